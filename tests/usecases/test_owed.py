"""What is owed, as a unit and as an office see it."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.usecases.access import Bearer
from chalicelib.usecases.owed import is_late, owed

UNIT = Bearer(id="u", role="unit", jurisdiction="yunyang", party="unit")
OFFICE = Bearer(id="o", role="authority", jurisdiction="yunyang", party="office")
ADMIN = Bearer(id="a", role="admin", jurisdiction="yunyang", party=None)


def listed(world, bearer, **how):
    return [(duty["subject"], duty["article"]) for duty in owed(world.ports, bearer, world.now, **how)]


@pytest.fixture
def place(world):
    """Two units; the second is late with a project. And the office."""
    world.completed()
    world.unit("slow")
    world.project("late", unit="slow", facts={"total_investment": 6_000_000, "kind": "new"}, tracked_since="2025-01-01")
    world.completed("late", on="2025-06-30", party="slow")
    world.office()
    return world


def test_a_unit_sees_its_own_nearest_first(place):
    assert listed(place, UNIT) == [("项目p1", "25"), ("单位unit", "7")]


def test_an_office_sees_the_place_late_ones_first(place):
    assert listed(place, OFFICE) == listed(place, ADMIN)
    duties = owed(place.ports, OFFICE, place.now)
    assert [is_late(duty) for duty in duties] == [True, False, False, False]
    assert duties[0]["subject"] == "项目late" and duties[0]["unit"] == "slow" and not any(duty["mine"] for duty in duties)


def test_the_duties_of_an_office_are_its_own_wherever_they_rest(make_world):
    """In Dazhou the data bureau adjusts the plan each year, and reviews each project's technical plan."""
    world = make_world("dazhou")
    world.office()
    world.unit()
    submitted = {"id": "m1", "event": "technical_plan_submitted", "on": "2026-01-19"}
    world.project(facts={"total_investment": 2_400_000, "kind": "new", "delivery": "build"}, milestones=[submitted])
    place = {"jurisdiction": "dazhou"}
    until = date(2026, 12, 31)
    office, unit = (
        {(duty["rule"], duty["holder"], duty["mine"]) for duty in owed(world.ports, bearer, world.now, until=until)}
        for bearer in (replace(OFFICE, **place), replace(UNIT, **place))
    )
    assert ("midyear-adjustment", "jurisdiction#dazhou", True) in office
    assert ("technical-review", "project#p1", True) in office
    assert ("technical-review", "project#p1", False) in unit
    assert not any(holder.startswith("jurisdiction#") for _, holder, _ in unit)


def test_what_is_done_is_owed_no_more(place):
    place.submit("acceptance-application", applied_on="2026-01-19")
    assert "项目p1" not in [subject for subject, _ in listed(place, UNIT)]


def test_until_a_day_only_what_is_to_be_done_by_it(place):
    assert listed(place, UNIT, until=date(2026, 7, 14)) == []
    assert listed(place, UNIT, until=date(2026, 7, 15)) == [("项目p1", "25")]


def test_a_period_that_has_not_begun_counts_only_when_it_is_asked_for(place):
    years = [duty["for"] for duty in owed(place.ports, UNIT, place.now, until=date(2027, 12, 31)) if duty["article"] == "7"]
    assert years == ["2027", "2028"]
    assert [duty["for"] for duty in owed(place.ports, UNIT, place.now) if duty["article"] == "7"] == ["2027"]


def test_a_page_is_a_part_of_the_same(place):
    assert owed(place.ports, UNIT, place.now, limit=1) == owed(place.ports, UNIT, place.now)[:1]
