"""An authority's pages: the jurisdiction on one page, its lists, and what awaits a decision."""

from calendar import monthrange
from datetime import date
from typing import Any

from chalice import Blueprint

from ...core.errors import InvalidInput
from ...core.ladder import local_day
from ...usecases.reporting import inbox as requests
from ...usecases.reporting.sent import submission as submission_of
from ...usecases.state.once import Once
from ...usecases.state.tally import NO_DAY, OPEN
from ...usecases.views import overview
from ...usecases.views.board import board, open_page
from ..views import is_day
from .duties import SUBJECT_OF, fill_link, seen, titles_of_forms
from .page import asked, me, pages_of, ports, posted, redirect, show

board_pages = Blueprint(__name__)
page = pages_of(board_pages)

OFFICERS = ("authority", "admin")
UNITS = 20  # on the first page; all of them on a page of their own
STUCK = 10
REQUESTS = 5
MONTHS_BEFORE, MONTHS = 2, 12  # of the heat map
COUNTED = ("overdue", "soon", "later", "done", "late")
HEAT = (1, 3, 10, 30)  # from so many on, a deeper shade
LISTS = {  # name -> its title, and the last lawful days it is of
    "overdue": (("已逾期", "Overdue"), lambda today: (None, _before(today))),
    "soon": (("30天内到期", "Due within 30 days"), lambda today: (today.isoformat(), _after(today))),
    "later": (("30天以后到期", "Due later"), lambda today: (_after(today, 31), "9999-12-30")),
    "undated": (("没有固定期限", "Without a fixed day"), lambda today: (NO_DAY, None)),
    "all": (("全部未办结", "All that is open"), lambda today: (None, None)),
}


@page("/board", roles=OFFICERS)
def show_board():
    bearer, now = me(), ports().clock()
    counted = board(ports().store, bearer, now)
    own = open_page(ports(), bearer, now, own=True, limit=20)
    until = _before(local_day(now))
    stuck = open_page(ports(), bearer, now, until=until, limit=STUCK)
    inbox = requests.waiting(ports(), bearer, now, limit=REQUESTS)
    months = _months(counted["days"], local_day(now))
    return show(
        "board.html",
        _title(bearer.jurisdiction),
        totals=counted["totals"],
        units=counted["units"][:UNITS],
        more_units=max(0, len(counted["units"]) - UNITS),
        months=months,
        ahead=_ahead(months),
        earlier=sum(counts.get(OPEN, 0) for day, counts in counted["days"].items() if day < months[0]["first"]),
        own=[seen(row_as_duty(row), now) for row in own["rows"]],
        stuck=[seen(row_as_duty(row), now) for row in stuck["rows"]],
        inbox=[_request(row) for row in inbox["rows"]],
        more_requests=inbox["next"] is not None,
        forms=titles_of_forms(),
    )


def _title(place: str) -> tuple[str, str]:
    name = ports().rules.editions(place)[-1].name
    return f"{name.zh}：全辖区", f"{name.en}: the jurisdiction"


def row_as_duty(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the board's lists as pages show duties."""
    return {**row, "id": row["obligation"], "provisional": False, "sample": False}


def _before(today: date) -> str:
    return date.fromordinal(today.toordinal() - 1).isoformat()


def _after(today: date, days: int = 30) -> str:
    return date.fromordinal(today.toordinal() + days).isoformat()


# The calendar


def _months(days: dict[str, dict[str, int]], today: date) -> list[dict[str, Any]]:
    """A row for each month from two months ago on: a cell for each day with how many duties have their last day then."""
    calendar = ports().rules.calendar()
    rows = []
    for number in range(-MONTHS_BEFORE, MONTHS - MONTHS_BEFORE):
        year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
        first = date(year, month + 1, 1)
        cells = [_cell(first.replace(day=day), days, today, calendar) for day in range(1, monthrange(year, month + 1)[1] + 1)]
        rows.append({"first": first.isoformat(), "year": year, "month": month + 1, "cells": cells, "blank": 31 - len(cells)})
        rows[-1]["count"] = sum(cell["count"] for cell in cells)
    return rows


def _ahead(months: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in words, from today on: the months in which something falls due, with the days on which it does."""
    told = [{**row, "cells": [cell for cell in row["cells"] if cell["count"] and not cell["late"]]} for row in months]
    return [{**row, "count": sum(cell["count"] for cell in row["cells"])} for row in told if row["cells"]]


def _cell(day: date, days: dict[str, dict[str, int]], today: date, calendar: Any) -> dict[str, Any]:
    count = days.get(day.isoformat(), {}).get(OPEN, 0)
    return {
        "day": day.isoformat(),
        "count": count,
        "heat": sum(count >= least for least in HEAT),
        "late": day < today,
        "today": day == today,
        "rest": calendar.is_rest(day),
    }


# Lists


@page("/board/duties", roles=OFFICERS)
def list_duties():
    bearer, now = me(), ports().clock()
    title, since, until = _asked_days(local_day(now))
    after = asked("after")
    found = open_page(ports(), bearer, now, after if after.startswith("open#") else None, since=since, until=until)
    return show(
        "board_duties.html",
        title,
        rows=[seen(row_as_duty(row), now) for row in found["rows"]],
        next=found["next"],
        chosen=asked("state", "all"),
        day=asked("day"),
        lists={name: words for name, (words, _) in LISTS.items()},
    )


def _asked_days(today: date) -> tuple[tuple[str, str], str | None, str | None]:
    """What the address asks for: a day, a month, or one of LISTS."""
    day = asked("day")
    if day:
        if not is_day(day if len(day) > len("2026-08") else f"{day}-01"):
            raise InvalidInput(
                f"日期“{day[:20]}”应如 2026-08-31 或 2026-08", "give a day such as 2026-08-31, or a month: 2026-08"
            )
        return (f"{day} 到期", f"Due {day}"), day, f"{day}~"
    title, days = LISTS.get(asked("state"), LISTS["all"])
    return title, *days(today)


@page("/board/units", roles=OFFICERS)
def list_units():
    """All units that owe or owed something, and those of a name that is looked for."""
    sought = asked("name").strip()[:100]
    counted = board(ports().store, me(), ports().clock())["units"]
    known = {unit["id"] for unit in counted}
    quiet = [
        {"id": party["id"], "name": party["name"], **dict.fromkeys(COUNTED, 0)}
        for party in overview.parties(ports().store, me())
        if party["id"] not in known and not party["authority"]
    ]
    fitting = [unit for unit in (*counted, *quiet) if sought.casefold() in unit["name"].casefold() or sought == unit["id"]]
    return show("board_units.html", ("各单位", "The units"), units=fitting, sought=sought)


# What awaits a decision


@page("/inbox", roles=OFFICERS)
def list_requests():
    found = requests.waiting(ports(), me(), ports().clock(), asked("after") or None)
    rows = [_request(row) for row in found["rows"]]
    return show(
        "inbox.html", ("待决定", "To decide"), rows=rows, next=found["next"], forms=titles_of_forms(), done=asked("done")
    )


@page("/inbox/aside", roles=OFFICERS)
def ask_before_laying_aside():
    """It is told to nobody and cannot be undone: asked once more."""
    holder, ident = asked("holder"), asked("submission")
    kind, _, subject = holder.partition("#")
    submission = submission_of(ports(), me(), SUBJECT_OF.get(kind, kind), subject, ident)
    return show(
        "aside.html",
        ("移出待决定", "Take it out of the list"),
        submission=submission,
        form=titles_of_forms()[submission["form"]],
    )


@page("/inbox/aside", "POST", roles=OFFICERS)
def lay_aside():
    bearer = me()
    once = Once(who=bearer.id, key=None, asked=None)
    requests.lay_aside(ports(), bearer, posted().get("holder"), posted().get("submission"), ports().clock(), once)
    return redirect("/inbox?done=1")


def decisions(kind: str, subject: str, answers: list[str], about: str) -> list[tuple[str, str]]:
    """The forms that whoever looks may decide a request with, each with the address at which it opens with what was asked."""
    links = [(form, fill_link(kind, subject, form, about)) for form in answers]
    return [(form, link) for form, link in links if link]


def _request(row: dict[str, Any]) -> dict[str, Any]:
    """A request with the forms that decide it or send it back."""
    return {
        **row,
        "decide": decisions(row["kind"], row["subject"], row["answers"], row["about"]),
        "link": f"/sent/{row['kind']}/{row['subject']}/{row['submission']}",
        "subject_link": f"/projects/{row['subject']}" if row["kind"] == "project" else f"/units/{row['subject']}",
    }
