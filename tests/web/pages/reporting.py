"""What people report in the tests of pages: forms filled in from their own examples, by the use case."""

from itertools import count

from chalicelib import bootstrap
from chalicelib.usecases.registry.register import register_project
from chalicelib.usecases.reporting.submit import submit
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.once import Once

from ..installation import NOW

NOBODY = Once(who="test", key=None, asked=None)
UNIT = Bearer(id="yy-health/li", role="unit", jurisdiction="yunyang", party="yy-health")
OFFICE = Bearer(id="yy-data/zhao", role="authority", jurisdiction="yunyang", party="yy-data")
_numbers = count(1)


def reported(form, subject="p1", *, bearer=UNIT, now=NOW, **changes):
    """The receipt of the form's first example, with some members changed; None takes one out."""
    ports = bootstrap.ports()
    about = ports.forms.get(form)
    body = {name: value for name, value in {**about["examples"][0], **changes}.items() if value is not None}
    kind, ident = about["x-duban"]["subject"], f"t{next(_numbers)}"
    return submit(ports, bearer, form=form, kind=kind, subject=subject, body=body, once=NOBODY, ident=ident, now=now)


def late_project(ident="late", name="智慧急救平台"):
    """A project of the hospital's that was completed on Saturday 2025-12-20: its acceptance was to be applied for within half
    a year, by Monday 2026-06-22 (06-20 is a Saturday), 70 days ago."""
    facts = {"total_investment": 6_800_000, "kind": "new"}
    project = {"id": ident, "name": name, "unit": "yy-health", "facts": facts, "tracked_since": "2025-12-01"}
    register_project(bootstrap.ports(), project, NOW, NOBODY)
    reported("completion", ident, completed_on="2025-12-20")
