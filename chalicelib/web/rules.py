"""The API of tuning: an admin looks at what governs the place, previews a change, publishes it, takes it back."""

from datetime import date
from typing import Any
from uuid import uuid4

from chalice import Blueprint

from .. import bootstrap
from ..core.errors import InvalidInput, NotFound, counted
from ..usecases.clockwork import jobs
from ..usecases.rulebooks import previewing
from ..usecases.rulebooks.preview import CHANGES, MESSAGES, preview
from ..usecases.rulebooks.publish import publish, publish_calendar, roll_back, versions
from ..usecases.rulebooks.seed import proposal
from ..usecases.rulebooks.tuning import tuning
from ..usecases.signing_in.access import Bearer
from ..usecases.state.job import PREVIEW
from .views import YEARS, accepted, fault, fields, is_day, is_object, me, once, ports, views_of

rules = Blueprint(__name__)
view = views_of(rules)
SHOWN = 1000  # rows of each list of a preview; the counts are of all
ROWS = (*CHANGES, *(f"messages_{kind}" for kind in MESSAGES))  # what the lists are counted by
LONGEST_WHY = 2000
SHAPES = {
    "change": (is_object, "对象", '{"settings": {"nudge_days": 7}}'),
    "until": (is_day, "日期", "2026-12-31"),
    "notice": (is_object, "对象", '{"year": 2027, "revision": 1, "notice": {…}}'),
    "why": (
        lambda value: isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_WHY,
        f"{LONGEST_WHY}字以内的文字",
        "县局确认读法",
    ),
    "expects": (lambda value: _is_version(value), "预览时的版本号", "1"),
    "to": (lambda value: _is_version(value), "版本号，0 为规则册文件", "1"),
}


def _is_version(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000


def admin_of(rulebook: str) -> Bearer:
    bearer = me()
    bearer.must_be("admin")
    bearer.must_see(rulebook, None)
    return bearer


def _sound(change: dict[str, Any]) -> dict[str, Any]:
    """A change of which a whole rulebook, where there is one, is without fault."""
    book = change.get("rulebook")
    faults = bootstrap.rulebook_faults(book) if isinstance(book, dict) else []
    if faults:
        raise InvalidInput(
            f"规则册有{len(faults)}处需要修改，未作任何改动",
            f"{counted(len(faults), 'fault')} in the rulebook; nothing was changed",
            errors=tuple(
                fault(f"/change/rulebook/{one.where.replace('.', '/')}", f"{one.zh}；{one.remedy}", one.en) for one in faults
            ),
        )
    return change


@view("/api/v1/rulebooks/{rulebook}/versions", "GET")
def list_versions(rulebook):
    admin_of(rulebook)
    told = ("number", "by", "why", "at", "tuning")
    return {
        "current": ports().rules.version(rulebook)["number"],
        "versions": [
            {**{name: version[name] for name in told}, "rulebooks": version["books"]} for version in versions(ports(), rulebook)
        ],
    }


@view("/api/v1/rulebooks/{rulebook}/tuning", "GET")
def show_tuning(rulebook):
    admin_of(rulebook)
    return tuning(ports().rules, rulebook)


@view("/api/v1/rulebooks/{rulebook}/preview", "POST")
def preview_change(rulebook):
    """At once, or, of a place with many holders, by a job."""
    bearer, asked = admin_of(rulebook), fields("change", optional=("until",), shapes=SHAPES)
    _sound(asked["change"])
    if not previewing.is_large(ports().store, rulebook):
        until = date.fromisoformat(asked["until"]) if "until" in asked else None
        return _cut(preview(ports(), rulebook, asked["change"], ports().clock(), until))
    job, now = f"{PREVIEW}-{uuid4()}", ports().clock()
    return accepted(previewing.begin(ports(), bearer, rulebook, asked, now, once=once(bearer, asked), job=job))


@view("/api/v1/rulebooks/{rulebook}/previews/{job}", "GET")
def show_preview(rulebook, job):
    found = previewing.result(ports(), admin_of(rulebook), job)
    told = {name: found[name] for name in ("id", "state", "started", "done", "unread", "version")}
    return {**told, "preview": found["preview"] and _cut(found["preview"])}


def _cut(given: dict[str, Any]) -> dict[str, Any]:
    """The first rows of each list, what is overdue at once before the others."""
    lists = {"changes": sorted(given["changes"], key=lambda row: not row["overdue_at_once"]), **given["messages"]}
    shown = {name: rows[:SHOWN] for name, rows in lists.items()}
    return {
        "version": given["version"],
        "until": given["until"],
        "counts": given["counts"],
        "changes": shown["changes"],
        "messages": {kind: shown[kind] for kind in MESSAGES},
        "left_off": sum(given["counts"][name] for name in ROWS) - sum(map(len, shown.values())),
    }


@view("/api/v1/rulebooks/{rulebook}/versions", "POST")
def publish_change(rulebook):
    bearer = admin_of(rulebook)
    asked = fields("change", "why", "expects", shapes=SHAPES)
    return accepted(
        publish(
            ports(),
            rulebook,
            _sound(asked["change"]),
            by=bearer.id,
            why=asked["why"],
            expects=asked["expects"],
            now=ports().clock(),
            once=once(bearer, asked),
        )
    )


@view("/api/v1/rulebooks/{rulebook}/rollback", "POST")
def roll_back_to(rulebook):
    bearer = admin_of(rulebook)
    asked = fields("to", "why", optional=("expects",), shapes=SHAPES)
    return accepted(
        roll_back(
            ports(),
            rulebook,
            asked["to"],
            by=bearer.id,
            why=asked["why"],
            expects=asked.get("expects"),
            now=ports().clock(),
            once=once(bearer, asked),
        )
    )


@view("/api/v1/rulebooks/{rulebook}/proposal", "GET")
def show_proposal(rulebook):
    """What an upgrade brought; to accept it is to publish its rulebook."""
    admin_of(rulebook)
    return proposal(ports(), rulebook) or {"rulebook": None, "at": None, "differences": []}


@view("/api/v1/jobs/{job}", "GET")
def show_job(job):
    return jobs.progress_for(ports().store, me(), job)


@view("/api/v1/calendars/{year}", "POST")
def publish_year(year):
    bearer = me()
    bearer.must_be("admin")
    if not (year.isascii() and year.isdecimal() and int(year) in YEARS):
        raise NotFound(f"没有“{year}”年的日历，年份应如 2027", f"there is no calendar of {year!r}; a year is like 2027")
    asked = fields("notice", "why", shapes=SHAPES)
    faults = bootstrap.notice_faults(asked["notice"])
    if faults:
        raise InvalidInput(
            "放假安排的格式不对，未作任何改动",
            "the notice is malformed; nothing was changed",
            errors=tuple(fault(f"/notice{where}", text, text) for where, text in faults),
        )
    return accepted(
        publish_calendar(
            ports(), int(year), asked["notice"], by=bearer.id, why=asked["why"], now=ports().clock(), once=once(bearer, asked)
        )
    )
