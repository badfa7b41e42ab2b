"""The reminder ladder: when somebody is to be told about an obligation. Pure: settings and instants are arguments.

A rung is one reason to speak at one instant. Its name holds the day it counts from, so that a date that moves gets
rungs of its own and a rung is never said twice. Rungs already past when an obligation is born do not apply.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple

from .calendar import ONE_DAY, Calendar

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991


class Rung(NamedTuple):
    """`name` is unique within the obligation; `at` is an instant (UTC); `kind`: new, opens, before, overdue, nudge, lawful."""

    name: str
    at: datetime
    kind: str
    days: int = 0  # before act_by, or after due_on


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
    if course.kind == "no_date":
        every = course.nudge or settings["nudge_days"]
        for number in count(1):
            yield Rung(f"nudge-{number}@{course.opens_on}", instant(course.opens_on + number * every * ONE_DAY, clock), "nudge", number)
    if course.earliest_next_on:
        yield Rung(f"lawful@{course.earliest_next_on}", instant(course.earliest_next_on, clock), "lawful")
        return
    if course.act_by is None:
        return
    dated = [Rung(f"before-{days}@{course.act_by}", instant(course.act_by - timedelta(days=days), clock), "before", days)
             for days in settings["ladder"]]
    if course.opens_on:
        dated.append(Rung(f"opens@{course.opens_on}", instant(course.opens_on, clock), "opens"))
    yield from sorted(dated, key=lambda rung: rung.at)
    if course.overdue:
        for number in count():
            days = 1 + number * settings["overdue_every_days"]
            yield Rung(f"overdue-{days}@{course.due_on}", instant(course.due_on + timedelta(days=days), clock), "overdue", days)


def between(course: Course, settings: Mapping[str, Any], after: datetime, upto: datetime) -> list[Rung]:
    """Rungs after one instant, up to and with another, none from before the obligation was born."""
    found = []
    for rung in rungs(course, settings):
        if rung.at > upto and rung.kind != "new":
            break
        if rung.at > after and course.born <= rung.at <= upto:
            found.append(rung)
    return found


def next_after(course: Course, settings: Mapping[str, Any], after: datetime) -> Rung | None:
    """The first rung after an instant; None when nothing more will be said."""
    return next((rung for rung in rungs(course, settings) if rung.at > after and rung.at >= course.born), None)


def is_urgent(act_by: date | None, now: datetime, settings: Mapping[str, Any]) -> bool:
    """What is near or late goes out as a single message, the rest in the morning digest."""
    return act_by is not None and (act_by - local_day(now)).days <= settings["urgent_within_days"]


def polite_time(wanted: datetime, settings: Mapping[str, Any], calendar: Calendar, key: str) -> datetime:
    """When a message that we initiate may leave: outside quiet hours, on a working day, with a few minutes of jitter
    (the same for the same `key`), never on the hour. Deferred, never dropped."""
    jitter = timedelta(minutes=1 + sha256(key.encode()).digest()[0] % max(1, settings["jitter_minutes"]))
    local = wanted.astimezone(SHANGHAI)
    clock, day = local.time(), local.date()
    if clock >= time.fromisoformat(settings["quiet_from"]):
        day, clock = day + ONE_DAY, time.min
    working = calendar.next_working(day)
    opens = time.fromisoformat(settings["quiet_to"])
    if working != day or clock < opens:
        return datetime.combine(working, opens, SHANGHAI).astimezone(UTC) + jitter
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC) + (jitter if local.minute == 0 else timedelta())


def next_digest(now: datetime, settings: Mapping[str, Any], calendar: Calendar) -> date:
    """The working day whose morning digest takes what is planned now."""
    day = local_day(now)
    if now > instant(day, settings["digest_at"]):
        day += ONE_DAY
    return calendar.next_working(day)
