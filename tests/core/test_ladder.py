"""When somebody is told: the rungs of a duty."""

from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import loaders
from chalicelib.core.ladder import SHANGHAI, Course, between, is_urgent, local_day, next_after, rungs

from .small import day

DEFAULTS = {key: entry["value"] for key, entry in loaders.default_settings().items()}
SETTINGS = {**DEFAULTS, "escalation": []}  # for the rungs of those responsible; escalation has tests of its own
LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def at(text):
    """An instant by Shanghai's clock: "2025-06-03 08:40"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def course(kind="at_most", due="2025-07-08", act_by="2025-07-08", born="2025-01-08 10:15", **fields):
    defaults = {"opens_on": None, "earliest_next_on": None, "anchored": True, "overdue": True}
    return Course(
        kind=kind,
        due_on=due and day(due),
        act_by=act_by and day(act_by),
        born=at(born),
        **{**defaults, **fields},
    )


def said(course, after=LONG_AGO, upto=LATER, limit=None, settings=SETTINGS):
    return [rung.name for rung in between(course, settings, after, upto)][:limit]


def test_the_rungs_count_back_from_act_by_and_go_on_while_it_is_overdue():
    assert said(course(act_by="2025-07-04", due="2025-07-07"), upto=at("2025-07-16 06:00")) == [  # Fri; rolled to Mon
        "new",
        "before-60@2025-07-04",
        "before-30@2025-07-04",
        "before-14@2025-07-04",
        "before-7@2025-07-04",
        "before-3@2025-07-04",
        "before-1@2025-07-04",
        "before-0@2025-07-04",
        "overdue-1@2025-07-07",
        "overdue-8@2025-07-07",
    ]


def test_rungs_are_planned_at_the_hour_set_by_shanghais_clock():
    first = between(course(), SETTINGS, LONG_AGO, LATER)[1]
    assert (first.at, first.days) == (at("2025-05-09 06:00"), 60)
    assert first.at == datetime(2025, 5, 8, 22, 0, tzinfo=UTC)


def test_a_duty_born_late_climbs_only_what_is_left():
    assert said(course(born="2025-07-01 10:15"), limit=3) == [
        "new",
        "before-3@2025-07-08",
        "before-1@2025-07-08",
    ]
    assert said(course(born="2025-07-09 10:15"), limit=2) == ["new", "overdue-8@2025-07-08"]


def test_a_duty_of_the_year_is_no_news_and_one_that_lapses_is_never_overdue():
    assert said(course(anchored=False))[0] == "before-60@2025-07-08"
    assert said(course(overdue=False))[-1] == "before-0@2025-07-08"
    assert next_after(course(overdue=False), SETTINGS, at("2025-07-08 06:00")) is None


def test_after_an_outage_every_late_rung_is_found_and_none_twice():
    outage = at("2025-06-25 00:00"), at("2025-07-08 00:00")
    assert said(course(), *outage) == ["before-7@2025-07-08", "before-3@2025-07-08", "before-1@2025-07-08"]
    assert said(course(), outage[1], outage[1]) == []


@given(st.lists(st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)), max_size=6))
def test_however_often_the_clock_ticks_the_same_rungs_are_said_once_each(ticks):
    marks = [LONG_AGO, *sorted(ticks), datetime(2026, 1, 1, tzinfo=UTC)]
    piecewise = [name for after, upto in pairwise(marks) for name in said(course(), after, upto)]
    assert piecewise == said(course(), upto=marks[-1])
    assert len(set(piecewise)) == len(piecewise)


@given(
    st.datetimes(datetime(2024, 12, 1), datetime(2025, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(
        [
            course(),
            course(opens_on=day("2025-03-03")),
            course("no_date", None, None, opens_on=day("2025-01-08")),
            course(moved=at("2025-06-16 09:00")),
        ]
    ),
)
def test_the_next_rung_is_the_first_of_those_to_come(after, of):
    found = next_after(of, SETTINGS, after)
    assert found.at > after
    assert [rung.name for rung in between(of, SETTINGS, after, found.at)] == [found.name]


def test_a_date_that_moves_has_rungs_of_its_own():
    before, after = (
        said(course(), upto=at("2026-01-05 00:00")),
        said(course(act_by="2025-07-18", due="2025-07-18"), upto=at("2026-01-05 00:00")),
    )
    assert set(before) & set(after) == {"new"}


@pytest.mark.parametrize(
    ("kind", "dates"),
    [
        ("at_most", [{"act_by": "2025-07-08"}, {"act_by": "2025-07-18"}]),
        (
            "at_least",
            [
                {"act_by": None, "earliest_next_on": day("2025-07-09")},
                {"act_by": None, "earliest_next_on": day("2025-07-19")},
            ],
        ),
    ],
)
def test_every_move_is_news_once(kind, dates):
    first, second = (said(course(kind, moved=at("2025-06-16 09:00"), **fields)) for fields in dates)
    assert not {name for name in first if name.startswith("moved")} & {name for name in second if name.startswith("moved")}


def test_a_window_says_when_it_opens():
    window = course("window", "2026-01-08", "2026-01-08", opens_on=day("2025-12-01"))
    assert said(window, limit=4) == [
        "new",
        "before-60@2026-01-08",
        "opens@2025-12-01",
        "before-30@2026-01-08",
    ]


def test_a_minimum_speaks_once_on_the_first_lawful_day():
    assert said(course("at_least", act_by=None, earliest_next_on=day("2025-07-09"))) == ["lawful@2025-07-09"]


@pytest.mark.parametrize(("nudge", "days"), [(None, (14, 28)), (5, (5, 10))])
def test_a_duty_without_a_term_is_nudged_without_end(nudge, days):
    endless = course("no_date", None, None, opens_on=day("2025-01-08"), nudge=nudge)
    found = list(islice(rungs(endless, SETTINGS), 3))
    assert [rung.kind for rung in found] == ["new", "nudge", "nudge"]
    assert [(local_day(rung.at) - day("2025-01-08")).days for rung in found[1:]] == list(days)
    assert next_after(endless, SETTINGS, at("2035-01-08 06:00")).kind == "nudge"


def test_what_is_near_or_late_is_urgent_and_what_has_no_date_is_not():
    for act_by, expected in (
        ("2025-06-06", True),
        ("2025-06-07", False),
        ("2025-05-06", True),
        (None, False),
    ):
        assert is_urgent(act_by and day(act_by), at("2025-06-03 00:00"), SETTINGS) is expected


def test_escalation_climbs_from_the_leader_to_the_authority():
    late = between(course(act_by="2025-07-04", due="2025-07-07"), DEFAULTS, LONG_AGO, at("2025-07-31 06:00"))
    assert [(rung.name, rung.to) for rung in late if rung.to != "responsible"] == [
        ("unheard-leader-3@2025-07-04", "leader"),  # Fri - 3 days: nobody has acknowledged
        ("escalated-leader-1@2025-07-07", "leader"),
        ("escalated-department-7@2025-07-07", "department"),
        ("escalated-authority-15@2025-07-07", "authority"),
    ]
    assert [rung.at for rung in late] == sorted(rung.at for rung in late)


def test_what_is_never_overdue_is_never_escalated():
    assert said(course(overdue=False), settings=DEFAULTS) == said(course(overdue=False))


def test_an_escalation_under_way_keeps_its_levels():
    begun = course(escalation=({"when": "overdue", "days": 2, "to": "department"},))
    names = said(begun, settings=DEFAULTS)
    assert [name for name in names if name.startswith(("unheard", "escalated"))] == ["escalated-department-2@2025-07-08"]
