"""The arithmetic of days, held against counts made another way: by walking the calendar one day at a time."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count, islice, pairwise

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.calendar import ONE_DAY
from chalicelib.core.counting import THIRDS, DayOfYear, Period, corresponding_day
from chalicelib.core.dates import Stop, dates_of

from .small import CALENDAR, book, day, duty

ANCHORS = st.dates(date(2015, 6, 1), date(2024, 12, 31))  # two years from here both ways there are notices
PERIODS = st.one_of(
    st.builds(Period, st.integers(1, 200), st.just("days")),
    st.builds(Period, st.integers(1, 90), st.just("working_days")),
    st.builds(Period, st.integers(1, 18), st.just("months")),
    st.just(Period(1, "years")),
)

AT_MOST, AT_LEAST, WINDOW, BEFORE = book(
    duty("at_most", "at-most", from_="construction_completed", within={"days": 1}),
    duty("at_least", "at-least", from_="trial_run_started", for_={"days": 1}),
    duty("window", "window", from_="put_into_operation", opens={"months": 12}, closes={"months": 24}),
    duty("before_event", "before", from_="contract_signed", before={"days": 30}),
).rules
LITERAL = book(
    duty("at_most", from_="construction_completed", within={"days": 1}),
    counting={"convention": "literal", "assumption": {"zh": "照字面", "en": "to the letter"}},
).rules[0]


def dates(rule, anchor, period=None, stops=()):
    return dates_of(replace(rule, period=period) if period else rule, anchor, None, None, CALENDAR, stops=stops)


def is_working(day):
    """By another source than ours."""
    return chinese_calendar.is_workday(day)


def days_from(start, step=1):
    return (start + timedelta(days=step * n) for n in count())


def walked(anchor, period):
    """The last day of the period, by walking."""
    if period.unit in ("months", "years"):
        year, month = anchor.year, anchor.month
        for _ in range(period.count * (12 if period.unit == "years" else 1)):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        wanted = anchor.day
        while True:
            try:
                return date(year, month, wanted)
            except ValueError:  # no such day in that month
                wanted -= 1
    counted = filter(is_working, days_from(anchor + ONE_DAY)) if period.unit == "working_days" else days_from(anchor + ONE_DAY)
    return next(islice(counted, period.count - 1, None))


@given(ANCHORS, PERIODS)
def test_a_period_ends_where_walking_ends(anchor, period):
    assert period.after(anchor, CALENDAR) == walked(anchor, period)


@given(ANCHORS, st.integers(1, 90))
def test_working_days_backwards_are_the_working_days_before(anchor, length):
    expected = next(islice(filter(is_working, days_from(anchor - ONE_DAY, -1)), length - 1, None))
    assert Period(length, "working_days").before(anchor, CALENDAR) == expected


@given(ANCHORS, st.integers(0, 120))
def test_working_days_between_two_days_are_those_after_the_first_up_to_the_last(start, length):
    end = start + timedelta(days=length)
    assert CALENDAR.working_days_between(start, end) == sum(map(is_working, islice(days_from(start + ONE_DAY), length)))
    assert CALENDAR.working_days_between(end, start) == -CALENDAR.working_days_between(start, end)


@given(ANCHORS, st.integers(-60, 60))
def test_the_corresponding_day_is_the_same_day_or_the_months_last(anchor, months):
    found = corresponding_day(anchor, months)
    assert (found.year - anchor.year) * 12 + found.month - anchor.month == months
    assert found.day == anchor.day or (found.day < anchor.day and (found + ONE_DAY).day == 1)


@given(ANCHORS, PERIODS)
def test_a_last_day_rolls_to_the_first_working_day_and_no_further(anchor, period):
    literal, due = dates(AT_MOST, anchor, period)[1:3]
    assert literal <= due and is_working(due)
    assert not any(map(is_working, islice(days_from(literal), (due - literal).days)))


@given(ANCHORS, PERIODS)
def test_act_by_is_the_last_working_day_after_the_anchor_and_not_after_the_literal_day_else_the_due_day(anchor, period):
    found = dates(AT_MOST, anchor, period)
    usable = [day for day in islice(days_from(anchor + ONE_DAY), (found.literal_due_on - anchor).days) if is_working(day)]
    assert found.act_by == (usable[-1] if usable else found.due_on)
    assert is_working(found.act_by)


@given(st.dates(date(2015, 6, 1), date(2023, 12, 31)), st.integers(1, 11), st.integers(1, 60))
def test_act_by_of_a_window_is_never_before_it_opens(anchor, opens, length):
    rule = replace(WINDOW, opens=Period(opens, "months"), closes=Period(opens * 31 + length, "days"))
    found = dates(rule, anchor)
    assert anchor < found.opens_on <= found.act_by <= found.due_on
    usable = [
        day for day in islice(days_from(found.opens_on), (found.literal_due_on - found.opens_on).days + 1) if is_working(day)
    ]
    assert found.act_by == (usable[-1] if usable else found.due_on)


@given(
    ANCHORS,
    st.one_of(
        st.builds(Period, st.integers(0, 90), st.sampled_from(["days", "working_days"])),
        st.builds(Period, st.integers(1, 6), st.just("months")),
    ),
)
def test_what_must_precede_an_event_is_due_on_a_working_day_no_later_than_the_literal_one(event, period):
    found = dates(BEFORE, event, period)
    assert found.due_on <= found.literal_due_on <= event
    assert is_working(found.due_on) and found.act_by == found.due_on
    assert not any(map(is_working, islice(days_from(found.due_on + ONE_DAY), (found.literal_due_on - found.due_on).days)))


@given(ANCHORS, PERIODS)
def test_a_minimum_never_rolls_and_the_next_step_is_lawful_the_day_after(anchor, period):
    found = dates(AT_LEAST, anchor, period)
    assert found.literal_due_on == found.due_on == walked(anchor, period)
    assert (found.earliest_next_on, found.act_by) == (found.due_on + ONE_DAY, None)


@given(ANCHORS, PERIODS)
def test_literal_counting_never_rolls(anchor, period):
    found = dates(LITERAL, anchor, period)
    assert found.due_on == found.literal_due_on == walked(anchor, period)


@given(ANCHORS, st.integers(1, 60), PERIODS)
def test_a_later_anchor_never_gives_an_earlier_day(anchor, later, period):
    first, second = dates(AT_MOST, anchor, period), dates(AT_MOST, anchor + timedelta(days=later), period)
    assert all(a <= b for a, b in zip(first[1:4], second[1:4], strict=True))


@st.composite
def suspensions(draw, anchor):
    """Suspensions one after another, the first no earlier than the day after the anchor."""
    marks = [anchor]
    for _ in range(2 * draw(st.integers(1, 3))):
        marks.append(marks[-1] + timedelta(days=draw(st.integers(1, 40))))
    return tuple(Stop(since, resumed) for since, resumed in list(pairwise(marks[1:]))[::2])


def running(stops, start, end):
    """Days after `start` up to `end` on which the project was not suspended."""
    return [
        day
        for day in islice(days_from(start + ONE_DAY), (end - start).days)
        if not any(stop.since <= day < stop.resumed for stop in stops)
    ]


@given(st.data(), st.dates(date(2015, 6, 1), date(2022, 12, 31)), PERIODS)
def test_suspension_adds_exactly_its_days(data, anchor, period):
    stops = data.draw(suspensions(anchor))
    literal = dates(AT_MOST, anchor, period, stops).literal_due_on
    ran = running(stops, anchor, literal)
    if period.unit == "working_days":
        assert len([day for day in ran if is_working(day)]) == period.count and is_working(literal)
    else:
        assert len(ran) == (walked(anchor, period) - anchor).days
    assert literal in ran


@pytest.mark.parametrize("period", [Period(10, "days"), Period(10, "working_days")], ids=str)
def test_a_suspension_that_covers_the_anchor_adds_only_the_days_that_would_have_counted(period):
    # from Mon 2025-03-03, suspended that day, resumed on Mon 2025-03-10: the 10th is the first that counts
    anchor, resumed = day("2025-03-03"), day("2025-03-10")
    literal = dates(AT_MOST, anchor, period, (Stop(anchor, resumed),)).literal_due_on
    assert literal == walked(resumed - ONE_DAY, period)  # Wed 2025-03-19, Fri 2025-03-21


@pytest.mark.parametrize(
    ("anchor", "period", "last"),
    [
        ("2024-01-31", Period(1, "months"), "2024-02-29"),  # Wed + a month: leap year's last day, Thu
        ("2025-01-31", Period(1, "months"), "2025-02-28"),  # Fri + a month: Fri
        (
            "2025-01-31",
            Period(2, "months"),
            "2025-03-31",
        ),  # counted once from the anchor: Mon 31 March, not 28
        ("2024-02-29", Period(1, "years"), "2025-02-28"),  # Thu, a leap day, has no day in 2025: Fri
        ("2024-02-29", Period(4, "years"), "2028-02-29"),  # ... and its own again in 2028: Tue
        (
            "2025-02-28",
            Period(1, "months"),
            "2025-03-28",
        ),  # the last day of February is the 28th, not "the month's end": Fri
        ("2024-12-31", Period(6, "months"), "2025-06-30"),  # Tue + half a year: Mon
        ("2025-09-30", Period(1, "working_days"), "2025-10-09"),  # Tue before the holiday of 1-8 October: Thu
        (
            "2026-02-13",
            Period(1, "working_days"),
            "2026-02-14",
        ),  # Fri; Sat 2026-02-14 is a make-up working day
        ("2025-09-30", Period(1, "days"), "2025-10-01"),  # 日 and 工作日 are different units: Wed, a holiday
    ],
)
def test_named_days(anchor, period, last):
    assert period.after(day(anchor), CALENDAR) == day(last)


@pytest.mark.parametrize(
    ("named", "year", "expected"),
    [
        (DayOfYear(2, 31), 2024, "2024-02-29"),
        (DayOfYear(2, 31), 2025, "2025-02-28"),
        (DayOfYear(9, 31), 2026, "2026-09-30"),
        (DayOfYear(12, THIRDS["first"]), 2026, "2026-12-10"),
        (DayOfYear(12, THIRDS["second"]), 2026, "2026-12-20"),
        (DayOfYear(2, THIRDS["third"]), 2026, "2026-02-28"),
        (DayOfYear(12, THIRDS["third"]), 2026, "2026-12-31"),
    ],
)
def test_a_day_named_within_the_year(named, year, expected):
    assert named.of(year) == day(expected)


def test_a_term_with_no_working_day_in_it_is_acted_on_when_it_is_due():
    found = dates(AT_MOST, day("2025-09-30"), Period(3, "days"))  # Tue + 3 days: Fri 3 October, all holiday until Thu the 9th
    assert (found.literal_due_on, found.due_on, found.act_by) == (
        day("2025-10-03"),
        day("2025-10-09"),
        day("2025-10-09"),
    )


@pytest.mark.parametrize(
    ("anchor", "period", "provisional"),
    [
        ("2026-12-21", Period(10, "days"), False),  # Thu 2026-12-31
        ("2026-12-21", Period(11, "days"), True),  # Fri 2027-01-01: no notice yet
        ("2026-12-21", Period(20, "working_days"), True),  # counts through days nobody has announced
        ("2025-12-22", Period(20, "working_days"), False),
    ],
)
def test_what_leans_on_a_year_without_a_notice_is_provisional(anchor, period, provisional):
    assert dates(AT_MOST, day(anchor), period).provisional is provisional
