"""The kinds of imports there are, and applying a checked one: the steps of its job. See imports.py for the whole."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...core.errors import DubanError, NotFound
from ...ports import Change, Delete, Ports
from ..signing_in.access import Bearer
from . import import_forms
from .import_contacts import CONTACTS
from .import_projects import PROJECTS
from .import_units import UNITS
from .rows import Kind

log = logging.getLogger(__name__)

KINDS = {kind.name: kind for kind in (UNITS, CONTACTS, PROJECTS)}
ROWS_A_STEP = 20
CONFLICTS = 200  # that are listed; their count is of all


def kind_of(ports: Ports, name: str) -> Kind:
    """A kind of import: units, contacts, projects or form:<id>. NotFound for any other."""
    if name.startswith(import_forms.PREFIX):
        return import_forms.kind_of(ports, name)
    if name not in KINDS:
        known = "、".join((*KINDS, "form:<表单编号>"))
        raise NotFound(f"没有“{name}”这种表格，可用：{known}", f"there is no table {name!r}; there are: {', '.join(KINDS)}")
    return KINDS[name]


def kinds(ports: Ports) -> list[str]:
    """The names of all kinds."""
    return [*KINDS, *(f"{import_forms.PREFIX}{form}" for form in ports.forms.ids())]


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Iterator[tuple[dict[str, Any], list[Change]]]:
    """Go on with an import: after every few rows, what is new in the job's record and what is written with it."""
    kind = kind_of(ports, job["what"])
    bearer = Bearer(jurisdiction=job["jurisdictions"][0], **job["bearer"])
    chunks = ports.store.query(f"job#{job['id']}", prefix="rows#")
    left = sum(len(chunk.value["rows"]) for chunk in chunks) - (job["after"] or 0)
    if not left:
        yield {"state": "done"}, []
    for number, chunk in enumerate(chunks):
        rows = chunk.value["rows"]
        for start in range(job["after"] or 0 if number == 0 else 0, len(rows), ROWS_A_STEP):
            slice_ = rows[start : start + ROWS_A_STEP]
            for row in slice_:
                job = _applied(ports, kind, bearer, job, row, now)
            left -= len(slice_)
            is_last = start + ROWS_A_STEP >= len(rows)
            job = {
                **job,
                "done": job["done"] + len(slice_),
                "after": None if is_last else start + ROWS_A_STEP,
                "state": "running" if left else "done",
            }
            yield job, [Delete(chunk.key)] if is_last else []


def _applied(
    ports: Ports, kind: Kind, bearer: Bearer, job: dict[str, Any], row: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """The job's record after one row: counted, or named as in conflict."""
    try:
        kind.apply(ports, bearer, row["value"], f"{job['id']}-{row['row']}", now)
        return {**job, "counts": {**job["counts"], row["change"]: job["counts"][row["change"]] + 1}}
    except DubanError as error:
        said = {"zh": error.text.zh, "en": error.text.en}
    except Exception:  # one row must not keep the others waiting for ever
        log.exception("could not import row %s of %s", row["row"], job["id"], extra={"action": "import-row-failed"})
        said = {
            "zh": "系统出错，原因已记录；请稍后再次导入同一文件",
            "en": "it failed; the cause is logged. Import the file again",
        }
    conflict = {"row": row["row"], "name": row["name"], "message": said}
    return {**job, "conflicts": [*job["conflicts"], conflict][:CONFLICTS], "conflicts_count": job["conflicts_count"] + 1}
