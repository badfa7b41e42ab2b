"""The reminder ladder: when somebody is to be told about an obligation. Pure: settings and instants are arguments.

A rung is one reason to speak at one instant. Its name holds the day it counts from, so that a date that moves gets
rungs of its own and a rung is never said twice. Rungs already past when an obligation is born do not apply.
"""

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple

from .calendar import ONE_DAY, Calendar

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991


RUNGS = ("new", "moved", "opens", "before", "overdue", "nudge", "lawful", "unheard", "escalated")  # the kinds there are


class Rung(NamedTuple):
    """`name` is unique within the obligation; `at` is an instant (UTC); `kind` is one of RUNGS, of which unheard (nobody has
    acknowledged) and escalated are for others than those responsible."""

    name: str
    at: datetime
    kind: str
    days: int = 0  # before act_by, or after due_on
    to: str = "responsible"  # or leader, department, authority


class Course(NamedTuple):
    """What the ladder needs to know of an obligation."""

    kind: str
    opens_on: date | None
    due_on: date | None
    act_by: date | None
    earliest_next_on: date | None
    anchored: bool  # starts from something that was reported, so that it is news when it appears
    overdue: bool  # becomes overdue (rather than lapsing)
    born: datetime
    nudge: int | None = None
    moved: datetime | None = None  # when its dates were last found to be other than they had been
    escalation: tuple[Mapping[str, Any], ...] | None = None  # the levels of the day it was first escalated, once it was


def local_day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def instant(day: date, clock: str) -> datetime:
    """The instant at which the clock in Shanghai shows "08:40" on `day`."""
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI).astimezone(UTC)


def rungs(course: Course, settings: Mapping[str, Any]) -> Iterator[Rung]:
    """All rungs in order of time. Endless where the duty never ends by itself: take what you need."""
    clock = settings["plan_at"]
    if course.anchored and course.kind != "at_least":
        yield Rung("new", course.born, "new")
    if course.moved:
        yield Rung(f"moved-{course.moved:%Y%m%dT%H%M%S}@{counted_from('moved', course)}", course.moved, "moved")
    if course.kind == "no_date" and course.act_by is None:  # with a day, it was returned to be mended by then
        every = course.nudge or settings["nudge_days"]
        for number in count(1):
            yield Rung(
                f"nudge-{number}@{course.opens_on}", instant(course.opens_on + number * every * ONE_DAY, clock), "nudge", number
            )
    if course.earliest_next_on:
        yield Rung(f"lawful@{course.earliest_next_on}", instant(course.earliest_next_on, clock), "lawful")
        return
    if course.act_by is None:
        return
    dated = [
        Rung(f"before-{days}@{course.act_by}", instant(course.act_by - timedelta(days=days), clock), "before", days)
        for days in settings["ladder"]
    ]
    dated += _escalated(course, settings, "unheard")
    if course.opens_on:
        dated.append(Rung(f"opens@{course.opens_on}", instant(course.opens_on, clock), "opens"))
    yield from sorted(dated, key=lambda rung: rung.at)
    late = heapq.merge(_overdue(course, settings), _escalated(course, settings, "overdue"), key=lambda rung: rung.at)
    yield from late if course.overdue else ()


def _overdue(course: Course, settings: Mapping[str, Any]) -> Iterator[Rung]:
    for number in count():
        days = 1 + number * settings["overdue_every_days"]
        at = instant(course.due_on + timedelta(days=days), settings["plan_at"])
        yield Rung(f"overdue-{days}@{course.due_on}", at, "overdue", days)


def _escalated(course: Course, settings: Mapping[str, Any], when: str) -> list[Rung]:
    """Rungs for others than the responsible: so many days before act_by if nobody has acknowledged, or days after due_on.
    A course that was escalated before keeps the levels of that day."""
    if not course.overdue:
        return []
    found = []
    for level in course.escalation or settings["escalation"]:
        if level["when"] != when:
            continue
        days, to = level["days"], level["to"]
        kind, base, sign = ("unheard", course.act_by, -1) if when == "unheard" else ("escalated", course.due_on, 1)
        at = instant(base + timedelta(days=sign * days), settings["plan_at"])
        found.append(Rung(f"{kind}-{to}-{days}@{base}", at, kind, days, to))
    return sorted(found, key=lambda rung: rung.at)


def counted_from(kind: str, dates: Any) -> date | None:
    """The day that a rung's name holds: one of the dates of the obligation (a Course, or its Dates)."""
    match kind:
        case "overdue" | "escalated":
            return dates.due_on
        case "opens" | "nudge":
            return dates.opens_on
        case "lawful":
            return dates.earliest_next_on
        case _:
            return dates.act_by or dates.earliest_next_on or dates.opens_on


def between(course: Course, settings: Mapping[str, Any], after: datetime, upto: datetime) -> list[Rung]:
    """Rungs after one instant, up to and with another, none from before the obligation was born."""
    found = []
    for rung in rungs(course, settings):
        if rung.at > upto and rung.kind not in ("new", "moved"):
            break
        if rung.at > after and course.born <= rung.at <= upto:
            found.append(rung)
    return sorted(found, key=lambda rung: rung.at)


def next_after(course: Course, settings: Mapping[str, Any], after: datetime) -> Rung | None:
    """The first rung after an instant; None when nothing more will be said."""
    ahead = (rung for rung in rungs(course, settings) if rung.at > after and rung.at >= course.born)
    first = next(ahead, None)
    if first and first.kind in ("new", "moved"):  # these stand before the others whatever their time
        second = next(ahead, None)
        return min(first, second, key=lambda rung: rung.at) if second else first
    return first


def is_urgent(act_by: date | None, now: datetime, settings: Mapping[str, Any]) -> bool:
    """What is near or late goes out as a single message, the rest in the morning digest."""
    return act_by is not None and (act_by - local_day(now)).days <= settings["urgent_within_days"]


def is_polite(now: datetime, settings: Mapping[str, Any], calendar: Calendar) -> bool:
    """Whether a message that we initiate may leave at all at this instant: a working day, outside quiet hours."""
    local = now.astimezone(SHANGHAI)
    opens, closes = time.fromisoformat(settings["quiet_to"]), time.fromisoformat(settings["quiet_from"])
    return opens <= local.time() < closes and not calendar.is_rest(local.date())


def polite_time(wanted: datetime, settings: Mapping[str, Any], calendar: Calendar, key: str) -> datetime:
    """When a message that we initiate may leave: outside quiet hours, on a working day, with a few minutes of jitter
    (the same for the same `key`), never on the hour. Deferred, never dropped."""
    local = wanted.astimezone(SHANGHAI)
    opens, closes = time.fromisoformat(settings["quiet_to"]), time.fromisoformat(settings["quiet_from"])
    day = local.date() + ONE_DAY if local.time() >= closes else local.date()
    working = calendar.next_working(day)
    if working != local.date() or local.time() < opens:
        local = datetime.combine(working, opens, SHANGHAI)
    elif local.minute:
        return wanted
    room = (datetime.combine(working, closes, SHANGHAI) - local) // timedelta(minutes=1)
    minutes = [minute for minute in range(1, min(settings["jitter_minutes"] + 1, room)) if (local.minute + minute) % 60]
    spread = minutes[sha256(key.encode()).digest()[0] % len(minutes)] if minutes else 0
    return (local + timedelta(minutes=spread)).astimezone(UTC)


def next_digest(now: datetime, settings: Mapping[str, Any], calendar: Calendar) -> date:
    """The working day whose morning digest takes what is planned now."""
    day = local_day(now)
    if now > instant(day, settings["digest_at"]):
        day += ONE_DAY
    return calendar.next_working(day)
