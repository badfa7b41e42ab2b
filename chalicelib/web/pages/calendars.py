"""Working days, year by year; and publishing a year's holiday notice the day it comes out."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from chalice import Blueprint

from ... import bootstrap
from ...core.calendar import Calendar
from ...core.errors import InvalidInput, NotFound
from ...core.ladder import local_day
from ...usecases.rulebooks.preview import preview_calendar
from ...usecases.rulebooks.publish import publish_calendar
from ...usecases.state.once import Once
from ..views import YEARS, is_day
from .effect import LONGEST_WHY, as_shown, by_job, made_before, new_once, until_asked
from .page import me, pages_of, ports, posted, redirect, show

calendars = Blueprint(__name__)
page = pages_of(calendars)

ADMIN = ("admin",)
ROWS = 9  # of days off in the form: seven festivals, and two to spare
AHEAD = 2  # years shown beyond this one
ONE_DAY = timedelta(days=1)
SEPARATORS = re.compile(r"[\s、，,；;]+")


@page("/admin/calendars", roles=ADMIN)
def list_years():
    calendar, this = ports().rules.calendar(), local_day(ports().clock()).year
    years = [
        {
            "year": year,
            "title": calendar.notices.get(year),
            "rest": len(_spans(calendar, year)),
            "work": len(_work(calendar, year)),
        }
        for year in range(this + AHEAD, min(calendar.known) - 1, -1)
    ]
    return show("calendars.html", ("工作日历", "Calendars"), years=years, here=set(ports().rules.notices()), this=this)


@page("/admin/calendars/{year}", roles=ADMIN)
def show_year(year):
    number, calendar = _year(year), ports().rules.calendar()
    return show(
        "calendar.html",
        (f"{number}年", str(number)),
        year=number,
        notice=calendar.notices.get(number),
        rest=_spans(calendar, number),
        work=_work(calendar, number),
    )


@page("/admin/calendars/{year}/notice", roles=ADMIN)
def fill_in(year):
    number, calendar = _year(year), ports().rules.calendar()
    published = ports().rules.notices().get(str(number))
    known = published or {"notice": {}, "rest": _spans(calendar, number), "work": [str(day) for day in _work(calendar, number)]}
    return show_form(number, _typed_of(known))


@page("/admin/calendars/{year}/notice", "POST", roles=ADMIN)
def look(year):
    number, typed = _year(year), _typed()
    if posted().get("do") == "edit":
        return show_form(number, typed)
    notice, faults = _notice(number, typed)
    if not faults:
        try:
            return _preview(number, typed, notice)
        except InvalidInput as error:
            faults = [_as_fault(each["field"], (each["message"]["zh"], each["message"]["en"])) for each in error.errors]
    return show_form(number, typed, faults=faults, status=422)


@page("/admin/calendars/{year}/publish", "POST", roles=ADMIN)
def publish_year(year):
    number, typed, why = _year(year), _typed(), posted().get("why").strip()
    notice, faults = _notice(number, typed)
    if faults:
        return show_form(number, typed, faults=faults, status=422)
    if not why or len(why) > LONGEST_WHY:
        return _preview(number, typed, notice, error=("请写明原因，它会记入台账", "say why; it is kept in the ledger"))
    once = Once(who=me().id, key=posted().get("once")[:64] or None, asked=[number, notice, why])
    done = publish_calendar(ports(), number, notice, by=me().id, why=why, now=ports().clock(), once=once)
    return redirect(f"/jobs/{done['job']}")


def _preview(number: int, typed: dict[str, Any], notice: dict[str, Any], *, error=None):
    done = made_before() if error else None
    if done:
        return show_found(number, typed, notice, done, error=error)
    asked = {"year": number, "notice": notice, "typed": typed, "until": until_asked()}
    job = by_job(asked)
    if job:
        return job
    until = asked["until"] and date.fromisoformat(asked["until"])
    found = preview_calendar(ports(), me().jurisdiction, number, notice, ports().clock(), until)
    return show_found(number, typed, notice, found, error=error)


def show_found(number: int, typed: dict[str, Any], notice: dict[str, Any], found: dict[str, Any], *, error=None):
    return show(
        "calendar_preview.html",
        (f"预览：{number}年放假安排", f"Preview: holidays of {number}"),
        status=422 if error else 200,
        year=number,
        notice=notice,
        typed=typed,
        preview=as_shown(found),
        error=error,
        once=new_once(),
        why=f"{notice['notice']['title']}已发布",
        place=ports().rules.editions(me().jurisdiction)[-1].name,
    )


def show_form(number: int, typed: dict[str, Any], *, faults: Iterable[Any] = (), status: int = 200):
    return show(
        "notice.html",
        (f"录入{number}年放假通知", f"The notice of {number}"),
        status=status,
        year=number,
        typed=typed,
        rows=max(ROWS, len(typed["rest"])),
        faults=list(faults),
        errors=dict(faults),
    )


# What is typed


def _typed() -> dict[str, Any]:
    given = posted()
    rows = range(min(30, sum(name.endswith(".name") for name, _ in given.pairs)))
    return {
        **{name: given.get(name).strip() for name in ("title", "number", "issued_on", "work", "yaml")},
        "rest": [{part: given.get(f"rest.{at}.{part}").strip() for part in ("name", "from", "to")} for at in rows],
    }


def _typed_of(known: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: known["notice"].get(name) or "" for name in ("title", "number", "issued_on")},
        "work": "、".join(known["work"]),
        "yaml": "",
        "rest": [{part: str(span[part]) for part in ("name", "from", "to")} for span in known["rest"]],
    }


def _notice(year: int, typed: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """The notice as typed, as YAML where that is given, and what is malformed."""
    try:
        notice = bootstrap.read_yaml(typed["yaml"]) if typed["yaml"] else _of_fields(year, typed)
    except InvalidInput as error:
        return {}, [("yaml", error.text)]
    if not isinstance(notice, dict):
        return {}, [("yaml", ("应是一组“键: 值”，写法见 schedules/calendars/", "a mapping, as in schedules/calendars/"))]
    notice.setdefault("revision", _next_revision(year))
    missing = [] if typed["yaml"] else list(_unfilled(typed))
    if missing:
        return notice, missing
    found = bootstrap.notice_faults(notice)
    if typed["yaml"]:
        return notice, [("yaml", (f"{where} {text}", f"{where} {text}")) for where, text in found]
    return notice, [_as_fault(where, (text, text)) for where, text in found]


def _unfilled(typed: dict[str, Any]) -> Iterator[Any]:
    """What a person forgot or mistyped, in words of the form."""
    if not typed["title"]:
        yield "title", ("请填写通知的标题", "the title is missing")
    if not is_day(typed["issued_on"]):
        yield "issued_on", ("发文日期应如 2026-11-04", "the day of issue is like 2026-11-04")
    if not any(any(row.values()) for row in typed["rest"]):
        yield "rest.0.name", ("请至少填写一段放假日期", "give at least one stretch of days off")
    for at, row in enumerate(typed["rest"]):
        if any(row.values()) and not (row["name"] and is_day(row["from"]) and is_day(row["to"])):
            zh = f"第{at + 1}行应写明节日名称、首日和末日，日期如 2027-02-06"
            yield f"rest.{at}.name", (zh, f"row {at + 1}: a name, the first and the last day, like 2027-02-06")
    wrong = [part for part in SEPARATORS.split(typed["work"]) if part and not is_day(part)]
    if wrong:
        yield "work", (f"日期应如 2027-02-20，这些不是：{'、'.join(wrong)[:200]}", "days are like 2027-02-20")


def _of_fields(year: int, typed: dict[str, Any]) -> dict[str, Any]:
    return {
        "year": year,
        "revision": _next_revision(year),
        "notice": {"title": typed["title"], "number": typed["number"] or None, "issued_on": typed["issued_on"]},
        "rest": [row for row in typed["rest"] if any(row.values())],
        "work": [part for part in SEPARATORS.split(typed["work"]) if part],
    }


def _next_revision(year: int) -> int:
    published = ports().rules.notices().get(str(year))
    if published:
        return published["revision"] + 1
    return 2 if year in ports().rules.calendar().known else 1


def _as_fault(where: str, text: tuple[str, str]) -> tuple[str, tuple[str, str]]:
    """The field of the form that a pointer of the notice means."""
    parts = where.strip("/").split("/")
    match parts:
        case ["notice", name, *_] if name in ("title", "number", "issued_on"):
            return name, text
        case ["rest", at, *_] if at.isdecimal():
            return f"rest.{at}.name", text
        case ["rest", *_]:
            return "rest.0.name", text
        case ["work", *_]:
            return "work", text
    return "title", text


# What a calendar holds


def _spans(calendar: Calendar, year: int) -> list[dict[str, Any]]:
    """The days off of a year as the notice names them: consecutive days of one festival together."""
    spans: list[dict[str, Any]] = []
    for day in sorted(each for each in calendar.rest if each.year == year):
        name = calendar.rest[day]
        if spans and spans[-1]["name"] == name and spans[-1]["to"] == day - ONE_DAY:
            spans[-1]["to"] = day
        else:
            spans.append({"name": name, "from": day, "to": day})
    return spans


def _work(calendar: Calendar, year: int) -> list[date]:
    return sorted(day for day in calendar.work if day.year == year)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:5]) in YEARS):
        raise NotFound(f"没有“{text}”年的日历，年份应如 2027", f"there is no calendar of {text!r}; a year is like 2027")
    return int(text)
