"""A project's timeline as shapes: what happened as points, duties as bars, "not before" marks, today. The template draws them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LEFT, RIGHT, TOP = 16, 16, 36  # pixels around the days; TOP holds the names of the months
LANE, ROW = 26, 46  # heights: of a line of points, of a bar with its words
WIDE = 1040  # what a desk shows without scrolling
NEAREST, FARTHEST = 4.0, 0.55  # pixels a day
LONGEST = timedelta(days=int((WIDE - LEFT - RIGHT) / FARTHEST))  # what is drawn; earlier days are told below
LABEL = 56  # the least between the names of months
AHEAD = timedelta(days=400)
MOST = 30  # bars
GONE = ("withdrawn", "waived")
TO_DO = ("overdue", "open", "upcoming", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A milestone."""

    x: float
    y: int
    words: tuple[str, str]
    to_left: bool  # the words stand on its left
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A duty from the day it can be done to its last day; a minimum ends with the day before which not."""

    x: float
    width: float
    y: int
    words: tuple[str, str]
    to_left: bool
    state: str
    act_by: float | None
    done: float | None
    not_before: float | None
    begins: str
    ends: str
    duty: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    width: int
    height: int
    today: float
    day: str
    ticks: tuple[tuple[float, str, bool], ...]  # where, what it says, whether a year begins
    points: tuple[Point, ...]
    bars: tuple[Bar, ...]
    earlier: int  # milestones that lie before the days that are drawn


def timeline(milestones: list[dict[str, Any]], duties: list[dict[str, Any]], today: date) -> Timeline | None:
    """The shapes; None where there is nothing to draw."""
    happened = sorted((each for each in milestones if each["stands"]), key=lambda each: each["on"])
    spans = sorted(_spans(duties, today), key=lambda span: (span[1], span[0]))
    if len(spans) > MOST:  # those nearest to today
        near = sorted(spans, key=lambda span: abs((span[1] - today).days))[:MOST]
        spans = [span for span in spans if span in near]
    days = [date.fromisoformat(each["on"]) for each in happened] + [day for span in spans for day in span[:2]]
    if not days:
        return None
    first, last = min([*days, today]) - timedelta(days=20), max([*days, today]) + timedelta(days=20)
    first = max(first, last - LONGEST)
    shown = [each for each in happened if each["on"] >= first.isoformat()]
    spans = [(max(begins, first), ends, duty) for begins, ends, duty in spans if ends >= first]
    a_day = max(FARTHEST, min(NEAREST, (WIDE - LEFT - RIGHT) / (last - first).days))

    def at(day: date) -> float:
        return round(LEFT + (day - first).days * a_day, 1)

    width = int(at(last)) + RIGHT
    points, below = _points(shown, at, width)
    bars = tuple(_bar(span, place, below, at, width) for place, span in enumerate(spans))
    return Timeline(
        width=width,
        height=below + len(bars) * ROW + 12,
        today=at(today),
        day=today.isoformat(),
        ticks=tuple(_ticks(first, last, a_day, at, width)),
        points=points,
        bars=bars,
        earlier=len(happened) - len(shown),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the timeline in words: a milestone, or a day of a duty."""

    on: str
    kind: str  # happened | planned | opens | due | not_before
    name: dict[str, str]
    state: str = ""
    link: str | None = None
    about: str | None = None


def in_words(milestones: list[dict[str, Any]], duties: list[dict[str, Any]], today: date) -> tuple[list[Entry], list[Entry]]:
    """What lies ahead of today, what is overdue first; and what has happened, the latest first."""
    ahead, behind = [], []
    for each in milestones:
        if each["stands"]:
            kind = "planned" if each["planned"] else "happened"
            is_ahead = each["planned"] and each["on"] >= today.isoformat()
            (ahead if is_ahead else behind).append(Entry(on=each["on"], kind=kind, name=each["name"]))
    for duty in duties:
        known = {"name": duty["title"], "state": duty["state"], "link": duty["link"], "about": duty["for"]}
        if duty["state"] not in TO_DO or duty["before_tracking"]:
            continue
        if duty["earliest_next_on"]:
            ahead.append(Entry(on=duty["earliest_next_on"], kind="not_before", **known))
        elif duty["due_on"] and date.fromisoformat(duty["due_on"]) <= today + AHEAD:
            opens = duty["opens_on"] if duty["opens_on"] and duty["opens_on"] > today.isoformat() else None
            ahead += [Entry(on=opens, kind="opens", **known)] if opens else []
            ahead.append(Entry(on=duty["due_on"], kind="due", **known))
    ahead.sort(key=lambda entry: entry.on)
    return ahead, sorted(behind, key=lambda entry: entry.on, reverse=True)


def _spans(duties: list[dict[str, Any]], today: date) -> Iterator[tuple[date, date, dict[str, Any]]]:
    """(first day, last day, the duty) of those that have days and are not too far."""
    for duty in duties:
        last = duty["due_on"] or duty["literal_due_on"]
        if last is None or duty["state"] in GONE or duty["before_tracking"]:
            continue
        anchor = duty["anchor"]["on"] if duty["anchor"] else None
        first = duty["opens_on"] or anchor or duty["begins_on"] or last
        begins, ends = date.fromisoformat(min(first, last)), date.fromisoformat(last)
        if ends <= today + AHEAD:
            yield begins, ends, duty


def _points(happened: list[dict[str, Any]], at: Any, width: int) -> tuple[tuple[Point, ...], int]:
    """The points in as few lines as keep their words apart, and where the bars begin below them."""
    ends: list[float] = []
    found = []
    for each in happened:
        x = at(date.fromisoformat(each["on"]))
        long = _length(each["name"]) + 92
        to_left = x + long > width
        begins, stops = (x - long, x + 8) if to_left else (x - 8, x + long)
        line = next((number for number, end in enumerate(ends) if end <= begins), len(ends))
        ends[line : line + 1] = [stops]
        found.append(
            Point(
                x=x,
                y=TOP + 20 + line * LANE,
                words=(f"{each['name']['zh']} {each['on']}", f"{each['name']['en']} {each['on']}"),
                to_left=to_left,
                planned=each["planned"],
            )
        )
    return tuple(found), TOP + 14 + len(ends) * LANE


def _bar(span: tuple[date, date, dict[str, Any]], place: int, below: int, at: Any, width: int) -> Bar:
    begins, ends, duty = span
    x, end = at(begins), at(ends)
    title = duty["title"]
    about = f"（{duty['for']}）" if duty["for"] else ""
    long = _length(title) + 130
    not_before = duty["earliest_next_on"] and at(date.fromisoformat(duty["earliest_next_on"]))
    return Bar(
        x=x,
        width=max(round(end - x, 1), 6),
        y=below + place * ROW,
        words=(f"{title['zh']}{about} {ends.isoformat()}", f"{title['en']}{about} {ends.isoformat()}"),
        to_left=x + long > width or end - x > long,  # words stand by the last day, where there is room for them
        state="minimum" if not_before else duty["state"],
        act_by=at(date.fromisoformat(duty["act_by"])) if duty["act_by"] else None,
        done=at(date.fromisoformat(duty["done_on"])) if duty["done_on"] else None,
        not_before=not_before,
        begins=begins.isoformat(),
        ends=ends.isoformat(),
        duty=duty,
    )


def _length(words: dict[str, str]) -> int:
    """About as wide as the words are drawn, whichever language they are read in; a day beside them takes 92 more."""
    return max(14 * len(words["zh"]), 8 * len(words["en"]))


def _ticks(first: date, last: date, a_day: float, at: Any, width: int) -> Iterator[tuple[float, str, bool]]:
    """The first days of months, of quarters or of years, as many as can be read; what a line says is "" where it has no room."""
    every = next((months for months in (1, 3, 6) if (months * 30 - 2) * a_day >= LABEL), 12)
    day = first.replace(day=1)
    while day <= last:
        if day >= first and (day.month - 1) % every == 0:
            label = f"{day:%Y}" if every == 12 else f"{day:%Y-%m}"
            yield at(day), label if at(day) + LABEL <= width else "", day.month == 1
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
