"""The dates of one obligation. This is the only place that computes them; explanations come from the same lines.

`tell` collects the derivation, step by step, in both languages: it is called by the code that just did the step.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from .calendar import ONE_DAY, Calendar
from .counting import DayOfYear
from .errors import Text
from .rulebook import Rule

Tell = Callable[[str, str], None]


class Dates(NamedTuple):
    """All are Asia/Shanghai days; a last day is good until 24:00."""

    opens_on: date | None = None
    literal_due_on: date | None = None  # before any roll; at_least: the last day of the minimum
    due_on: date | None = None
    act_by: date | None = None
    earliest_next_on: date | None = None
    provisional: bool = False


class Stop(NamedTuple):
    """A suspension of a project: from a day up to, not with, the day it resumed (None: still suspended)."""

    since: date
    resumed: date | None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.resumed is None or day < self.resumed)


NOTHING = Dates()
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zh_day(day: date) -> str:
    return f"{day.isoformat()}（{WEEKDAYS[day.weekday()]}）"


def en_day(day: date) -> str:
    return f"{WEEKDAYS_EN[day.weekday()]} {day.isoformat()}"


def silent(zh: str, en: str) -> None:
    """The `tell` of a caller who asked for no explanation."""


@lru_cache(maxsize=1 << 16)
def remembered(
    rule: Rule,
    anchor: date | None,
    year: int | None,
    day_of_year: DayOfYear | None,
    calendar: Calendar,
    document_day: date | None,
    stops: tuple[Stop, ...],
    extended_to: date | None,
) -> Dates:
    """dates_of without its story: many projects share a rule and a day."""
    return dates_of(rule, anchor, year, day_of_year, calendar, document_day=document_day, stops=stops, extended_to=extended_to)


def dates_of(
    rule: Rule,
    anchor: date | None,
    year: int | None,
    day_of_year: DayOfYear | None,
    calendar: Calendar,
    *,
    document_day: date | None = None,
    stops: tuple[Stop, ...] = (),
    extended_to: date | None = None,
    tell: Tell = silent,
) -> Dates:
    """Every date of an obligation under `rule`.

    `anchor` is the day the clock starts (for by_document the day set in the document, whose own day is `document_day`);
    `year` and `day_of_year` are for a recurring rule with fixed days. `stops` are the suspensions that count;
    `extended_to` is the last day granted by an extension.
    """
    match rule.kind:
        case "no_date":
            return Dates(opens_on=anchor)
        case "at_least":
            last = _run(rule.period, anchor, calendar, stops, tell, "最短期间的最后一日为", "the last day of the minimum is")
            tell(f"此后一日{zh_day(last + ONE_DAY)}起方可进行下一步", f"the next step is lawful from {en_day(last + ONE_DAY)}")
            provisional = rule.period.unit == "working_days" and calendar.is_provisional(anchor, last)
            return Dates(literal_due_on=last, due_on=last, earliest_next_on=last + ONE_DAY, provisional=provisional)
        case "by_document":
            tell(f"文书确定的日期为{zh_day(anchor)}，不顺延", f"the document sets {en_day(anchor)}; it does not move")
            return _close(rule, anchor, document_day, None, calendar, extended_to, tell, counted_from=None)
        case "recurring" if day_of_year:
            literal = day_of_year.of(year)
            opens = rule.opens.of(year) if rule.opens else None
            if opens:
                tell(f"自{zh_day(opens)}起办理", f"opens on {en_day(opens)}")
            tell(f"每年固定日期：{year}年为{zh_day(literal)}", f"fixed day of the year: in {year} it is {en_day(literal)}")
            earliest = max((day for day in (opens, anchor and anchor + ONE_DAY) if day), default=None)
            return _close(rule, literal, earliest, opens, calendar, extended_to, tell, counted_from=None)
        case "before_event":
            if rule.year_before:
                literal = date(anchor.year - 1, 12, 31)
                tell(f"上一年度：{anchor.year - 1}年12月31日前", f"in the year before: by {en_day(literal)}")
            else:
                literal = rule.period.before(anchor, calendar)
                tell(
                    f"{zh_day(anchor)}之前{rule.period.zh()}：当日{zh_day(literal)}办理仍为按期",
                    f"{rule.period.en()} before {en_day(anchor)}: lawful on {en_day(literal)} itself",
                )
            return _close(rule, literal, None, None, calendar, extended_to, tell, counted_from=None)
    opens = None
    if rule.kind == "window":
        opens = _run(rule.opens, anchor, calendar, stops, tell, "起始日为", "opens on")
    length = rule.closes if rule.kind == "window" else rule.period
    literal = _run(length, anchor, calendar, stops, tell, "末日为", "the last day is")
    earliest = max(opens or anchor, anchor + ONE_DAY)
    counted_from = anchor if length.unit == "working_days" else None
    return _close(rule, literal, earliest, opens, calendar, extended_to, tell, counted_from=counted_from)


def mended(dates: Dates, returned_on: date, by: date, calendar: Calendar, tell: Tell = silent) -> Dates:
    """The dates of a duty of which the submission was returned, to be handed in again `by` a day that the office set. That day
    is what reminders count back from; the text's own last day stands where it is later."""
    tell(
        f"{zh_day(returned_on)}退回，要求{zh_day(by)}前补正后重新报送",
        f"returned on {en_day(returned_on)}, to be handed in again by {en_day(by)}",
    )
    if dates.due_on is None or by > dates.due_on:
        dates = dates._replace(literal_due_on=by, due_on=by)
    last = calendar.last_working(by)
    act_by = last if last > returned_on else by
    return dates._replace(act_by=act_by, provisional=dates.provisional or calendar.is_provisional(by))


def _run(period, anchor: date, calendar: Calendar, stops: tuple[Stop, ...], tell: Tell, zh: str, en: str) -> date:
    """The last day of a period, with the suspensions that fell inside it added."""
    last = period.after(anchor, calendar)
    tell(
        f"自{zh_day(anchor)}次日起算{period.zh()}，{zh}{zh_day(last)}",
        f"counting {period.en()} from the day after {en_day(anchor)}, {en} {en_day(last)}",
    )
    for stop in stops:
        since = max(stop.since, anchor + ONE_DAY)  # the trigger day does not count, suspended or not
        if stop.resumed is None or since > last or stop.resumed <= since:
            continue
        if period.unit == "working_days":
            count = calendar.working_days_between(since - ONE_DAY, stop.resumed - ONE_DAY)
            last = calendar.add_working(last, count) if count else last
            unit = Text("个工作日", "working days")
        else:
            count = (stop.resumed - since).days
            last += timedelta(days=count)
            unit = Text("日", "days")
        tell(
            f"{zh_day(since)}至{zh_day(stop.resumed)}中止{count}{unit.zh}，顺延至{zh_day(last)}",
            f"suspended for {count} {unit.en} from {en_day(since)} to {en_day(stop.resumed)}: moves to {en_day(last)}",
        )
    return last


def _close(
    rule: Rule,
    literal: date,
    earliest: date | None,
    opens: date | None,
    calendar: Calendar,
    extended_to: date | None,
    tell: Tell,
    *,
    counted_from: date | None,
) -> Dates:
    """From the literal last day to due_on and act_by."""
    if extended_to:
        tell(
            f"经同意延期，末日由{zh_day(literal)}改为{zh_day(extended_to)}",
            f"extended: the last day moves from {en_day(literal)} to {en_day(extended_to)}",
        )
        literal = extended_to
    due = literal
    if rule.roll == "forward":
        due = calendar.next_working(literal)
    elif rule.roll == "backward":
        due = calendar.last_working(literal)
    if due != literal:
        why = calendar.why_rest(literal)
        zh_way, en_way = (
            ("顺延至下一工作日", "moves to the next working day")
            if due > literal
            else ("提前至上一工作日", "moves back to the working day before")
        )
        tell(
            f"{zh_day(literal)}为休息日{f'（{why}）' if why else ''}，{zh_way}{zh_day(due)}",
            f"{en_day(literal)} is a rest day, the due day {en_way}, {en_day(due)}",
        )
    elif literal in calendar.work:
        tell(
            f"{zh_day(literal)}为调休上班日，照常计为工作日（{calendar.notices.get(literal.year, '')}）",
            f"{en_day(literal)} is a make-up working day and counts as a working day",
        )
    elif calendar.is_rest(literal):
        tell(f"{zh_day(literal)}为休息日，固定日期不顺延", f"{en_day(literal)} is a rest day; this date does not move")
    act_by = calendar.last_working(min(literal, due))
    if earliest and act_by < earliest:
        act_by = due
    if act_by != due:
        tell(f"建议在{zh_day(act_by)}前办结（期限前最后一个工作日）", f"act by {en_day(act_by)}, the last working day before")
    provisional = calendar.is_provisional(counted_from, literal, due, act_by)
    if provisional:
        tell("所涉年份的放假通知尚未发布，日期暂定", "the holiday notice of that year is not out: provisional")
    return Dates(opens, literal, due, act_by, None, provisional)
