"""The JSON API, /api/v1. Each view says who may call it and hands over to one use case."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from chalice import Blueprint, Response

from ..core.errors import InvalidInput
from ..usecases.proof import audit
from ..usecases.registry import register
from ..usecases.reporting.submit import submit
from ..usecases.signing_in import access
from ..usecases.views import overview
from .app_factory import current_request
from .views import SHAPES, YEARS, body, created, fault, fields, is_day, is_list, is_object, me, once, ports, views_of

api = Blueprint(__name__)
view = views_of(api)
PLACES = {"projects": "project", "parties": "party", "jurisdictions": "jurisdiction"}
FACTS = {
    "jurisdiction": SHAPES["jurisdiction"],
    "unit": (is_object, "对象", '{"kind": "department"}'),
    "project": (is_object, "对象", '{"total_investment": 6000000}'),
    "milestones": (is_list, "列表", '[{"event": "construction_completed", "on": "2026-03-31"}]'),
}


# Parties and projects


@view("/api/v1/parties", "POST")
def add_party():
    """An admin registers a unit or an authority of the jurisdiction."""
    bearer = me()
    bearer.must_be("admin")
    party = fields(
        "id", "name", optional=("jurisdiction", "kind", "parent", "authority", "uscc", "is_unit", "tracked_since", "defects")
    )
    party.setdefault("jurisdiction", bearer.jurisdiction)
    bearer.must_see(party["jurisdiction"], None)
    return created(register.register_party(ports(), party, ports().clock(), once(bearer, party)))


@view("/api/v1/parties", "GET")
def list_parties():
    return {"parties": overview.parties(ports().store, me())}


@view("/api/v1/parties/{party}", "GET")
def show_party(party):
    return overview.profile(ports(), me(), f"party#{party}")


@view("/api/v1/projects", "POST")
def add_project():
    """A unit registers its own project; an admin one of any unit of the jurisdiction."""
    bearer = me()
    bearer.must_be("unit", "admin")
    project = fields("id", "name", optional=("unit", "code", "facts", "tracked_since"))
    project.setdefault("unit", bearer.party)
    if project["unit"] is None:
        raise InvalidInput(
            "请写明 unit（项目建设单位的编号）",
            "say which unit the project belongs to",
            errors=(fault("/unit", "缺少 unit", "unit is missing"),),
        )
    overview.profile(ports(), bearer, f"party#{project['unit']}")
    return created(register.register_project(ports(), project, ports().clock(), once(bearer, project)))


@view("/api/v1/projects", "GET")
def list_projects():
    return {"projects": overview.projects(ports().store, me())}


@view("/api/v1/projects/{project}", "GET")
def show_project(project):
    return overview.profile(ports(), me(), f"project#{project}")


@view("/api/v1/projects/{project}/record", "GET")
def show_record(project):
    """Everything recorded about a project, for an audit."""
    return audit.record(ports(), me(), project, ports().clock())


# Submissions and what follows from them


def _submit(kind: str, subject: str, form: str) -> Response:
    bearer = me()
    filled = body()
    asked = once(bearer, filled if not ports().forms.is_classified(filled) else None)
    ident = str(uuid5(NAMESPACE_URL, f"{bearer.id}/{asked.key}")) if asked.key else str(uuid4())
    what_if = _asked("record") == "false"
    if _asked("record") not in (None, "true", "false"):
        raise InvalidInput("record 应为 true 或 false（试算，不保存）", "record is true, or false for what-if")
    receipt = submit(
        ports(),
        bearer,
        form=form,
        kind=kind,
        subject=subject,
        body=filled,
        once=asked,
        ident=ident,
        now=ports().clock(),
        record=not what_if,
    )
    return receipt if what_if else created(receipt)


# API Gateway takes one name for a parameter at one place of a path, so that each is named for what stands there.
@view("/api/v1/projects/{project}/submissions/{form}", "POST")
def submit_for_project(project, form):
    return _submit("project", project, form)


@view("/api/v1/parties/{party}/submissions/{form}", "POST")
def submit_for_party(party, form):
    return _submit("unit", party, form)


@view("/api/v1/jurisdictions/{jurisdiction}/submissions/{form}", "POST")
def submit_for_jurisdiction(jurisdiction, form):
    return _submit("jurisdiction", jurisdiction, form)


def _holder_view(path: str, answer: Callable[[str], Any], name: str) -> None:
    for place, kind in PLACES.items():

        def show(kind=kind, **holder):
            return answer(f"{kind}#{holder[kind]}")

        show.__name__ = f"{name}_{kind}"
        view(f"/api/v1/{place}/{{{kind}}}/{path}", "GET")(show)


def _asked(name: str) -> str | None:
    return (current_request().query_params or {}).get(name)


def _day(name: str) -> date | None:
    value = _asked(name)
    if value is not None and not is_day(value):
        raise InvalidInput(
            f"{name} 应为 {YEARS[0]} 至 {YEARS[-1]} 年的日期，如 2026-08-31",
            f"{name} should be a date like 2026-08-31, from {YEARS[0]} to {YEARS[-1]}",
        )
    return value and date.fromisoformat(value)


_holder_view(
    "obligations",
    lambda holder: overview.obligations(ports(), me(), holder, ports().clock(), on=_day("on"), until=_day("until")),
    "obligations_of",
)
_holder_view("submissions", lambda holder: overview.submissions(ports(), me(), holder), "submissions_of")
_holder_view("milestones", lambda holder: overview.milestones(ports(), me(), holder), "milestones_of")
_holder_view("future", lambda holder: overview.future(ports(), me(), holder, ports().clock()), "future_of")


# What everybody may read


@view("/api/v1/forms", "GET")
def list_forms():
    me()
    return {"forms": overview.forms(ports().forms)}


@view("/api/v1/forms/{form}", "GET")
def show_form(form):
    me()
    return overview.form(ports().forms, form)


@view("/api/v1/rulebooks", "GET")
def list_rulebooks():
    me()
    return {"rulebooks": overview.rulebooks(ports().rules)}


@view("/api/v1/rulebooks/{rulebook}", "GET")
def show_rulebook(rulebook):
    me()
    return overview.rulebook(ports().rules, rulebook)


@view("/api/v1/evaluate", "POST")
def evaluate_facts():
    """Facts in, obligations and findings out; nothing is stored."""
    me()
    return overview.evaluated(
        ports().rules,
        fields("jurisdiction", "milestones", optional=("unit", "project"), shapes=FACTS),
        ports().clock(),
        on=_day("on"),
        until=_day("until"),
    )


@view("/api/v1/tokens", "POST")
def add_token():
    """An admin makes a token for a party of the jurisdiction; it is shown once."""
    bearer = me()
    bearer.must_be("admin")
    asked = fields("role", optional=("party",))
    token = access.issue_token(
        ports().store, role=asked["role"], jurisdiction=bearer.jurisdiction, party=asked.get("party"), now=ports().clock()
    )
    return created({"token": token, "role": asked["role"], "party": asked.get("party")})
