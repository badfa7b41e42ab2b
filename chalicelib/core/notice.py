"""The words of a notice: what, for which project, by when, how many working days left, what to do, where."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from .calendar import Calendar
from .dates import Dates, en_day, zh_day
from .errors import Text


class Line(NamedTuple):
    """One obligation as a notice speaks of it."""

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


def text_of(lines: Sequence[Line], today: date, calendar: Calendar, *, level: str, language: str, url: str) -> str:
    """The message. `level`: reference (no names at all), title (what and when), full (and why, to whom, how)."""
    zh = language == "zh"
    if level == "reference":
        refs = ("、" if zh else ", ").join(_marks(line, zh) + line.reference for line in lines)
        if zh:
            return f"【督办】您有{len(lines)}个事项需要处理（{refs}），请登录查看：{url}"
        return f"[Duban] {_many(len(lines), 'duty needs', 'duties need')} you ({refs}): {url}"
    if len(lines) == 1:
        return "\n".join(_line(lines[0], today, calendar, level, zh) + [f"办理：{url}" if zh else f"Go to: {url}"])
    head = f"【督办】今日提醒，共{len(lines)}项" if zh else f"[Duban] Today, {len(lines)} duties"
    body = []
    for place, line in enumerate(lines, 1):
        first, *rest = _line(line, today, calendar, level, zh, prefix=f"{place}. ")
        body += [first, *(f"   {part}" for part in rest)]
    return "\n".join([head, *body, f"办理：{url}" if zh else f"Go to: {url}"])


def _line(line: Line, today: date, calendar: Calendar, level: str, zh: bool, prefix: str = "") -> list[str]:
    marks = _marks(line, zh)
    start = prefix or ("【督办】" if zh else "[Duban] ")
    title = line.title.zh if zh else line.title.en
    parts = [
        f"{start}{marks}{line.subject}：{title}" if zh else f"{start}{marks}{line.subject}: {title}",
        _when(line, today, calendar, zh),
    ]
    if level == "full":
        to = "、".join(line.submit_to)
        if zh:
            parts.append(f"依据：{line.place.zh}办法第{line.article}条" + (f"；报送：{to}" if to else ""))
        else:
            parts.append(f"Under: {line.place.en}, article {line.article}" + (f"; to: {to}" if to else ""))
    return parts


def _marks(line: Line, zh: bool) -> str:
    marks = ("【示例】" if zh else "[sample] ") if line.sample else ""
    marks += ("【补发】" if zh else "[late] ") if line.late else ""
    if line.kind == "moved":
        marks += "【期限调整】" if zh else "[date moved] "
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
    tentative = ("（暂定）" if zh else " (provisional)") if dates.provisional else ""
    if today > dates.due_on:
        days = (today - dates.due_on).days
        if zh:
            return f"期限{zh_day(dates.due_on)}，已逾期{days}天，请尽快办理"
        return f"was due {en_day(dates.due_on)}, {_many(days, 'day', 'days')} ago: please act now"
    target = dates.act_by if dates.act_by and today <= dates.act_by else dates.due_on
    left = calendar.working_days_between(today, target)
    if zh:
        when = f"还有{left}个工作日" if left > 0 else "今天" if target == today else "最后几天"
        legal = "" if target == dates.due_on else f"，法定期限{zh_day(dates.due_on)}"
        return f"请于{zh_day(target)}前办结（{when}）{legal}{tentative}"
    when = f"{_many(left, 'working day', 'working days')} left" if left > 0 else "today" if target == today else "the last days"
    legal = "" if target == dates.due_on else f", due {en_day(dates.due_on)}"
    return f"act by {en_day(target)} ({when}){legal}{tentative}"
