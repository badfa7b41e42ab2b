"""A year of reminders, from the rulebooks: what an average jurisdiction's people are told by the ladder every place starts with.

Projects are begun evenly over BEGUN_OVER; each goes as the story of bench/evaluate.py. What that leaves open is done when people
do such things: a few days before the advised day, one in LATE_ONE_IN a week late.
"""

from collections import Counter
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from bench.evaluate import PROJECT, STORY
from chalicelib import loaders
from chalicelib.core.evaluate import Answer, evaluate
from chalicelib.core.facts import Facts
from chalicelib.core.ladder import Rung, between, instant, is_urgent, local_day, next_digest
from chalicelib.core.obligation import Obligation
from chalicelib.usecases.state import records

YEAR = 2026
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 12, 31)
UNITS, PROJECTS_A_UNIT = 100, 10
SAMPLE = 10  # units that are looked at; the others are like them
BEGUN_OVER = timedelta(days=4 * 365)
DONE_BEFORE = timedelta(days=3)  # the advised day
LATE_BY, LATE_ONE_IN = timedelta(days=8), 10
TAKES = timedelta(days=30)  # a duty without a date
SIGNED_ONE_IN = 2  # of what is sent is acknowledged, and nobody hears that nobody has


class Year(NamedTuple):
    """Counts of one place in one year."""

    submissions: float
    duties: float  # of which anything was told
    reminders: float  # a rung told to a person
    digests: float  # messages
    singles: float  # messages

    @property
    def messages(self) -> float:
        return self.digests + self.singles

    @property
    def acknowledgements(self) -> float:
        return self.messages / SIGNED_ONE_IN


@cache
def average() -> Year:
    """Over the places there are rulebooks for."""
    places = [year_of(place) for place in loaders.jurisdictions()]
    return Year(*(sum(each) / len(places) for each in zip(*places, strict=True)))


@cache
def year_of(place: str) -> Year:
    years = [_of_a_unit(place, number) for number in range(SAMPLE)]
    of_units = [sum(each) * UNITS / SAMPLE for each in zip(*years, strict=True)]
    offices = _of_an_office(place)
    return Year(*(units + own for units, own in zip(of_units, offices, strict=True)))


def _of_a_unit(place: str, number: int) -> Year:
    told, submissions = [], 0
    unit = {"id": f"{place}-u{number}"}
    told += _told(place, _judged(place, {"unit": unit}, "unit"))
    for turn in range(PROJECTS_A_UNIT):
        place_in_line = number * PROJECTS_A_UNIT + turn
        began = LAST - BEGUN_OVER * (place_in_line + 0.5) / (SAMPLE * PROJECTS_A_UNIT)
        story = [(event, began + timedelta(days=days)) for event, days in STORY]
        happened = [
            {"id": f"m{at}", "event": event, "on": day.isoformat()} for at, (event, day) in enumerate(story) if day <= LAST
        ]
        submissions += sum(day.year == YEAR for _, day in story if day <= LAST)
        facts = {"unit": unit, "project": {"id": f"{unit['id']}-p{turn}", **PROJECT}, "milestones": happened}
        told += _told(place, _judged(place, facts, "project"))
    return _counted(place, told, submissions)


def _of_an_office(place: str) -> Year:
    return _counted(place, _told(place, _judged(place, {}, "jurisdiction")), 0)


def _judged(place: str, facts: dict[str, Any], per: str) -> Answer:
    given = Facts.of_json({"jurisdiction": place, "unit": {}, "milestones": [], **facts})
    wanted = frozenset((per,))
    return evaluate(loaders.editions(place), loaders.calendar(), given, on=LAST, since=FIRST, until=LAST, per=wanted)


class Told(NamedTuple):
    duty: str
    rung: Rung
    act_by: date | None


def _told(place: str, answer: Answer) -> list[Told]:
    """Every rung of the year that comes before its duty is done."""
    settings = loaders.editions(place)[-1].settings
    found = []
    for obligation in answer.obligations:
        is_ = records.projection(obligation, answer.view, FIRST)
        done = obligation.done.on if obligation.done else _done(obligation)
        open_ = {**is_, "done_on": None}
        if done is None or not records.needs_reminding(open_):
            continue
        born = instant(obligation.anchor.on if obligation.anchor else FIRST, "10:07")
        after, upto = (
            max(born - timedelta(seconds=1), instant(FIRST, "00:00")),
            min(instant(done, "00:00"), instant(LAST, "23:59")),
        )
        rungs = between(records.course_of(open_, born), settings, after, upto)
        signed = _share(obligation.id, SIGNED_ONE_IN)
        found += [
            Told(obligation.id, rung, obligation.dates.act_by) for rung in rungs if not (rung.kind == "unheard" and signed)
        ]
    return found


def _done(obligation: Obligation) -> date | None:
    dates = obligation.dates
    if dates.due_on and _share(obligation.id, LATE_ONE_IN):
        return dates.due_on + LATE_BY
    if dates.act_by:
        return dates.act_by - DONE_BEFORE
    return dates.opens_on + TAKES if dates.opens_on else dates.earliest_next_on


def _share(ident: str, one_in: int) -> bool:
    return sha256(ident.encode()).digest()[0] % one_in == 0


def _counted(place: str, told: list[Told], submissions: int) -> Year:
    settings, calendar = loaders.editions(place)[-1].settings, loaders.calendar()
    messages: Counter = Counter()
    for duty, rung, act_by in told:
        if is_urgent(act_by, rung.at, settings):
            messages["single", rung.to, duty, local_day(rung.at)] += 1
        else:
            messages["digest", rung.to, "", next_digest(rung.at, settings, calendar)] += 1
    kinds = Counter(kind for kind, *_ in messages)
    return Year(submissions, len({each.duty for each in told}), len(told), kinds["digest"], kinds["single"])
