"""The words of a notice: what, for which project, by when, how many working days left, what to do, where.

How a message is laid out is data that an admin may change, a layout for each language and level, and for a channel if need
be: {one: a message about one duty; head, item, foot: about several}. Words in braces stand for what is known then (FIELDS).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from .calendar import Calendar
from .dates import Dates, en_day, zh_day
from .errors import Text

LEVELS = ("reference", "title", "full")  # no names at all; what and when; and why, to whom
LANGUAGES = ("zh", "en")
OF_A_LINE = ("marks", "unit", "subject", "title", "when", "due", "article", "place", "to", "reference", "number")
OF_ALL = ("count", "part", "refs", "do", "url")
FIELDS = (*OF_A_LINE, *OF_ALL)
PARTS = ("one", "head", "item", "foot")
CODE = "code"  # beside the levels, a template for sign-in codes, where a vendor sends only approved texts; and its word
MOST_LINES = 50  # of one message: nobody reads more
SHORTEST = 4  # characters that a name is cut to at most
ESCALATED = {  # to whom a duty of others is told: what they are to it
    "leader": Text("贵单位负责人", "its leader"),
    "department": Text("主管部门", "its department"),
    "authority": Text("业务主管机关", "the authority"),
}


class Line(NamedTuple):
    """One obligation as a notice speaks of it; or, where `said` is given, something that has happened."""

    reference: str
    subject: str  # the project's or unit's name
    title: Text
    article: str
    place: Text
    dates: Dates
    submit_to: tuple[str, ...]
    form: str | None
    kind: str  # of the rung
    late: bool  # 补发: told later than it should have been
    sample: bool
    said: Text | None = None
    unit: str = ""  # who is to do it, where others are told
    to: str = ""  # the audience
    moved_from: date | None = None  # the last lawful day as it had been told
    asks: bool = True  # whether its reader is to do something


def layout_of(settings: Mapping[str, Any], channel: str, language: str, level: str) -> Mapping[str, Any]:
    """How a message is laid out on this channel: its own layout where it has one, else that of the language and level."""
    own = settings["text_of_channel"].get(f"{channel}.{language}.{level}")
    return own or settings[f"text_{language}_{level}"]


def text_of(
    lines: Sequence[Line],
    today: date,
    calendar: Calendar,
    layout: Mapping[str, str],
    *,
    level: str,
    language: str,
    url: str,
    before: int = 0,
    count: int | None = None,
) -> str:
    """The whole message about these lines: all there are, or of `count` those that follow `before` others."""
    zh = language == "zh"
    known = [fields_of(line, today, calendar, language) for line in lines]
    overall = {
        "count": str(count or len(lines)),
        "part": part_of(before, len(lines), count or len(lines), zh),
        "refs": ("、" if zh else ", ").join(map(_ref, known)),
        "do": ("办理" if zh else "Go to") if any(line.asks for line in lines) else "查看" if zh else "See",
        "url": url,
    }
    if len(lines) == 1:
        return _tidy(filled(layout["one"], {**known[0], **overall, "number": "1"}))
    items = [filled(layout["item"], {**each, **overall, "number": str(place)}) for place, each in enumerate(known, before + 1)]
    return _tidy("\n".join([filled(layout["head"], overall), *items, filled(layout["foot"], overall)]))


def part_of(before: int, here: int, count: int, zh: bool) -> str:
    """Which of all of them a message is about, where one does not hold all."""
    if here >= count:
        return ""
    first, last = before + 1, before + here
    return f"（第{first}–{last}项）" if zh else f" ({first}–{last})"


def by_urgency(line: Line) -> tuple[bool, date]:
    """News first, then what is or will be late soonest, what has no day last."""
    return line.said is None, line.dates.act_by or line.dates.due_on or line.dates.earliest_next_on or date.max


def fitting(lines: Sequence[Line], write: Callable[[Sequence[Line]], str], fits: Callable[[str], bool]) -> tuple[str, int]:
    """(a message about the first of the lines that fits, how many it is about): as many as go into one message; names of
    a single one are cut where need be. A message that cannot be made to fit is given as short as it gets."""
    count = min(len(lines), MOST_LINES)
    while count > 1:
        if fits(text := write(lines[:count])):
            return text, count
        count -= 1
    line = lines[0]
    longest = max(len(line.unit), len(line.subject), len(line.title.zh), len(line.title.en), SHORTEST)
    for length in range(longest, SHORTEST - 1, -1):
        names = {name: _cut(getattr(line, name), length) for name in ("unit", "subject")}
        text = write([line._replace(**names, title=Text(*(_cut(each, length) for each in line.title)))])
        if fits(text):
            break
    return text, 1


def fields_of(line: Line, today: date, calendar: Calendar, language: str) -> dict[str, str]:
    """What the words in braces stand for, of one line."""
    zh = language == "zh"
    said = line.said and (line.said.zh if zh else line.said.en)
    return {
        "marks": marks_of(line, zh),
        "unit": on_one_line(line.unit),
        "subject": on_one_line(line.subject),
        "title": line.title.zh if zh else line.title.en,
        "when": said or _when(line, today, calendar, zh),
        "due": (zh_day if zh else en_day)(line.dates.due_on) if line.dates.due_on else "",
        "article": line.article and (f"第{line.article}条" if zh else f"article {line.article}"),
        "place": line.place.zh if zh else line.place.en,
        "to": "、".join(line.submit_to),
        "reference": line.reference,
    }


def filled(layout: str, known: Mapping[str, str]) -> str:
    """The layout with what is known in place of its words in braces. A line whose words all stand for nothing falls away."""
    lines = []
    for line in layout.split("\n"):
        words = re.findall(r"\{(\w+)\}", line)
        if not words or any(known.get(word) for word in words):
            lines.append(re.sub(r"\{(\w+)\}", lambda word: known.get(word[1], ""), line))
    return "\n".join(lines)


def unknown_words(layout: str, known: Sequence[str] = FIELDS) -> list[str]:
    """Words in braces that stand for nothing that is known."""
    return [word for word in re.findall(r"\{([^{}]*)\}", layout) if word not in known]


def on_one_line(name: str) -> str:
    """A name that somebody gave: no line of ours can be made with it, nor the order of letters turned."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())


def _ref(known: Mapping[str, str]) -> str:
    return known["marks"] + known["reference"]


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip())


def _cut(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def marks_of(line: Line, zh: bool) -> str:
    """What sort of message it is, in brackets before its words."""
    marks = ("【示例】" if zh else "[sample] ") if line.sample else ""
    marks += ("【补发】" if zh else "[late] ") if line.late else ""
    if line.kind == "moved":
        marks += "【期限调整】" if zh else "[date moved] "
    if line.to in ESCALATED:
        marks += "【请督促】" if zh else "[please see to it] "
    return marks


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _when(line: Line, today: date, calendar: Calendar, zh: bool) -> str:
    """By when, and how long that still is."""
    dates = line.dates
    if dates.earliest_next_on:
        if today >= dates.earliest_next_on:
            return "最短期间已满，可以进行下一步" if zh else "the minimum has passed; the next step may be taken"
        return (
            f"{zh_day(dates.earliest_next_on)}起方可进行下一步"
            if zh
            else f"the next step is lawful from {en_day(dates.earliest_next_on)}"
        )
    if dates.due_on is None:
        return "条文未定期限，请及时办理" if zh else "no fixed term: do it without delay"
    why, ask = _told_others(line, today > dates.due_on, zh)
    if today > dates.due_on:
        days = (today - dates.due_on).days
        if zh:
            return f"期限{zh_day(dates.due_on)}，已逾期{days}天，{why}请{ask}尽快办理"
        return f"was due {en_day(dates.due_on)}, {_many(days, 'day', 'days')} ago: {why}please {ask or 'act now'}"
    tentative = ("（暂定）" if zh else " (provisional)") if dates.provisional else ""
    target = dates.act_by if dates.act_by and today <= dates.act_by else dates.due_on
    left = calendar.working_days_between(today, target)
    if zh:
        when = f"还有{left}个工作日" if left > 0 else "今天" if target == today else "最后几天"
        legal = "" if target == dates.due_on else f"，法定期限{zh_day(dates.due_on)}"
        was = f"，原期限{zh_day(line.moved_from)}" if line.moved_from else ""
        return f"{why}请{ask}于{zh_day(target)}前办结（{when}）{legal}{tentative}{was}"
    when = f"{_many(left, 'working day', 'working days')} left" if left > 0 else "today" if target == today else "the last days"
    legal = "" if target == dates.due_on else f", due {en_day(dates.due_on)}"
    was = f", formerly due {en_day(line.moved_from)}" if line.moved_from else ""
    return f"{why}{f'please {ask}: ' if ask else ''}act by {en_day(target)} ({when}){legal}{tentative}{was}"


def _told_others(line: Line, is_late: bool, zh: bool) -> tuple[str, str]:
    """(why it is told to somebody who need not do it, what they are asked to do); nothing for who has to."""
    who = ESCALATED.get(line.to)
    if who is None:
        return "", ""
    unit = on_one_line(line.unit)
    if zh:
        why = f"按规定告知{who.zh}" if is_late else f"{unit}尚无人签收，告知{who.zh}"
        return f"{why}，", f"督促{unit if is_late else ''}"
    why = f"{'late' if is_late else 'not acknowledged'}{unit and f' by {unit}'}, told to {who.en}"
    return f"{why}; ", "see that it is done" if is_late else "see to it"
