"""What a preview found, as tables for people; and what every page that publishes needs."""

import secrets
from typing import Any
from uuid import uuid4

from chalice import Response

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...usecases.rulebooks import previewing
from ...usecases.state import records
from ...usecases.state.job import PREVIEW
from ...usecases.state.once import Once
from .page import me, ports, posted, redirect

LONGEST_WHY = 2000  # characters of a reason
SHOWN = 50  # rows of each list of a preview
LISTS = (
    ("moves", ("期限调整", "Dates that move")),
    ("appears", ("新增事项", "Duties that appear")),
    ("vanishes", ("不再需要", "Duties that vanish")),
    ("other", ("其他变化", "Other changes")),
)
MESSAGES = (
    ("added", ("会多发的提醒", "Reminders more")),
    ("dropped", ("会少发的提醒", "Reminders fewer")),
    ("shifted", ("发送时间有变的提醒", "Reminders at another time")),
)
A_YEAR = "year"  # the choice to look ahead through the end of next year


def new_once() -> str:
    """What tells a form that is sent twice from two forms."""
    return secrets.token_hex(12)


def until_asked() -> str | None:
    """Through which day the reader wants messages compared; None for the next 30 days."""
    return f"{local_day(ports().clock()).year + 1}-12-31" if posted().get("until") == A_YEAR else None


def by_job(asked: dict[str, Any]) -> Response | None:
    """The way to the progress of a preview that takes longer than a page may; None where it does not."""
    bearer, now = me(), ports().clock()
    if not previewing.is_large(ports().store, bearer.jurisdiction):
        return None
    nobody, job = Once(who=bearer.id, key=None, asked=None), f"{PREVIEW}-{uuid4()}"
    previewing.begin(ports(), bearer, bearer.jurisdiction, asked, now, once=nobody, job=job)
    return redirect(f"/jobs/{job}")


def made_before() -> dict[str, Any] | None:
    """What the job found whose result the form was on, so that a form with a fault does not begin it anew."""
    job = posted().get("preview")
    try:
        found = previewing.result(ports(), me(), job) if job else None
    except NotFound:
        return None
    return found and found["preview"] and {**found["preview"], "job": job, "unread": found["unread"]}


def as_shown(found: dict[str, Any]) -> dict[str, Any]:
    """A preview as its page shows it, whether a job made it or not."""
    is_year = found["until"][5:] == "12-31" and found["until"][:4] > str(local_day(ports().clock()).year)
    return {"job": "", "unread": 0, "is_year": is_year, **found, "lists": _lists_of(found)}


def _lists_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The lists of a preview, the first rows of each with the names they are about."""
    lists = []
    for kind, name in LISTS:
        rows = sorted(
            (row for row in found["changes"] if row["change"] == kind),
            key=lambda row: (not row["overdue_at_once"], row["becomes"] or ""),
        )
        lists.append({"name": name, "count": found["counts"][kind], "rows": rows[:SHOWN], "is_message": False})
    for kind, name in MESSAGES:
        rows = sorted(found["messages"][kind], key=lambda row: row["leaves"] or row["at"])
        count = found["counts"][f"messages_{kind}"]
        lists.append({"name": name, "count": count, "rows": rows[:SHOWN], "is_message": True})
    shown = [row for each in lists for row in each["rows"]]
    names = _names({row["obligation"].partition("/")[0] for row in shown})
    for each in lists:
        each["rows"] = [{"article": "", **row, "name": names[row["obligation"].partition("/")[0]]} for row in each["rows"]]
    return lists


def _names(idents: set[str]) -> dict[str, str]:
    """What projects and parties are called; a place is called by its id."""
    keys = {key: ident for ident in idents for key in (records.party_key(ident), records.project_key(ident))}
    found = {keys[key]: item.value["name"] for key, item in ports().store.get_many(keys).items()}
    return {ident: found.get(ident, ident) for ident in idents}
