"""What is owed, as a unit and as an office see it."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from chalicelib.ports import Key, Put, Said
from chalicelib.usecases.bot.answer import answer
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.signing_in.binding import bind, make_code
from chalicelib.usecases.state import records
from chalicelib.usecases.state.holder import FACTS
from chalicelib.usecases.state.unit_projects import projects_page
from chalicelib.usecases.views.board import figures_of
from chalicelib.usecases.views.owed import FEW, is_late, is_small, listed, owed

UNIT = Bearer(id="u", role="unit", jurisdiction="yunyang", party="unit")
OFFICE = Bearer(id="o", role="authority", jurisdiction="yunyang", party="office")
ADMIN = Bearer(id="a", role="admin", jurisdiction="yunyang", party=None)


def seen(world, bearer, **how):
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
    assert seen(place, UNIT) == [("项目p1", "25"), ("单位unit", "7")]


def test_an_office_sees_the_place_late_ones_first(place):
    assert seen(place, OFFICE) == seen(place, ADMIN)
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
    assert "项目p1" not in [subject for subject, _ in seen(place, UNIT)]


def test_until_a_day_only_what_is_to_be_done_by_it(place):
    assert seen(place, UNIT, until=date(2026, 7, 14)) == []
    assert seen(place, UNIT, until=date(2026, 7, 15)) == [("项目p1", "25")]


def test_a_period_that_has_not_begun_counts_only_when_it_is_asked_for(place):
    years = [duty["for"] for duty in owed(place.ports, UNIT, place.now, until=date(2027, 12, 31)) if duty["article"] == "7"]
    assert years == ["2027", "2028"]
    assert [duty["for"] for duty in owed(place.ports, UNIT, place.now) if duty["article"] == "7"] == ["2027"]


def test_a_page_is_a_part_of_the_same(place):
    assert owed(place.ports, UNIT, place.now, limit=1) == owed(place.ports, UNIT, place.now)[:1]


# Where there is much


def many(world, count, unit="unit", first=0):
    """So many projects more, each with an acceptance to apply for."""
    for number in range(first, first + count):
        ident = f"{unit}-{number:03}"
        world.project(ident, unit=unit, facts={"total_investment": 6_000_000, "kind": "new"}, tracked_since="2025-01-01")
        world.completed(ident, on=f"2025-{6 + number % 6:02}-{1 + number % 28:02}", party=unit)
    world.tick_until_quiet()


def idents(duties):
    return [duty["id"] for duty in duties]


def reads(world, ask):
    before = world.store.reads
    ask()
    return world.store.reads - before


@pytest.mark.parametrize("bearer", [UNIT, OFFICE, ADMIN], ids=lambda bearer: bearer.role)
@pytest.mark.parametrize("until", [None, date(2026, 4, 30), date.max])
def test_where_there_is_much_the_lists_say_the_same_as_the_obligations(place, bearer, until):
    many(place, FEW + 1)
    assert not is_small(place.store, bearer)
    by_lists = owed(place.ports, bearer, place.now, until=until, limit=999)
    by_holders = owed(place.ports, bearer, place.now, until=until)
    assert by_lists and {duty["id"]: duty for duty in by_lists} == {duty["id"]: duty for duty in by_holders}
    days = [duty["due_on"] or "9999" for duty in by_lists]
    assert days == sorted(days)
    assert owed(place.ports, bearer, place.now, until=until, limit=7) == by_lists[:7]


def test_what_is_mine_and_what_is_not_are_parted_by_the_lists_too(make_world):
    world = make_world("dazhou")
    world.office()
    world.unit()
    for number in range(FEW + 1):
        submitted = {"id": f"m{number}", "event": "technical_plan_submitted", "on": "2026-01-19"}
        facts = {"total_investment": 2_400_000, "kind": "new", "delivery": "build"}
        world.project(f"p{number}", facts=facts, milestones=[submitted])
    world.tick_until_quiet()
    for bearer in (replace(OFFICE, jurisdiction="dazhou"), replace(UNIT, jurisdiction="dazhou")):
        whole = owed(world.ports, bearer, world.now, until=date.max)
        for mine in (True, False):
            part = owed(world.ports, bearer, world.now, until=date.max, limit=999, mine=mine)
            assert part and sorted(idents(part)) == sorted(duty["id"] for duty in whole if duty["mine"] is mine)


def test_a_unit_s_lists_go_on_page_by_page_and_its_counter_agrees(place):
    many(place, FEW + 1)
    found, after = [], None
    while True:
        page = listed(place.ports, UNIT, place.now, "open", after, limit=10)
        found += page["duties"]
        after = page["next"]
        if not after:
            break
    assert len(found) == len(set(idents(found))) == figures_of(place.store, UNIT, "unit", place.now)["open"]
    assert sum(map(is_late, found)) == figures_of(place.store, UNIT, "unit", place.now)["overdue"] > 5
    late = listed(place.ports, UNIT, place.now, "open", until=date(2026, 1, 19), limit=999)["duties"]
    after_that = listed(place.ports, UNIT, place.now, "open", since=date(2026, 1, 20), limit=999)["duties"]
    assert idents(late + after_that) == idents(found) and all(map(is_late, late))


def test_what_was_done_a_moment_ago_is_gone_from_the_lists_before_they_are_counted_anew(place):
    many(place, FEW + 1)
    (first,) = owed(place.ports, UNIT, place.now, limit=1)
    place.submit("acceptance-application", first["holder"].partition("#")[2], applied_on="2026-01-19")
    assert first["id"] not in idents(owed(place.ports, UNIT, place.now, limit=5))
    assert first["id"] not in idents(listed(place.ports, UNIT, place.now, "open", limit=5)["duties"])


def test_a_plan_that_is_written_in_parts_is_seen_whole(place):
    many(place, FEW + 1)
    (first,) = owed(place.ports, UNIT, place.now, limit=1)
    counter = place.store.get(Key(first["holder"], FACTS))
    row = place.store.get(records.obligation_key(first["holder"], first["id"]))
    half = {**row.value, "is": {**row.value["is"], "title": {"zh": "旧", "en": "old"}}}
    place.store.write([Put(counter.key, {**counter.value, "unfinished": True}), Put(row.key, half)])
    (seen_now,) = owed(place.ports, UNIT, place.now, limit=1)
    assert seen_now["title"] == first["title"]


def test_a_small_unit_sees_what_was_reported_before_it_is_counted(world):
    world.completed()
    assert is_small(world.store, UNIT)
    assert seen(world, UNIT, limit=1) == [("项目p1", "25")]


def test_a_page_costs_as_many_reads_of_300_projects_as_of_3(world):
    def home():
        owed(world.ports, UNIT, world.now, limit=50)
        owed(world.ports, UNIT, world.now, until=date(2026, 1, 27), limit=50, mine=True)
        owed(world.ports, OFFICE, world.now, limit=50)
        listed(world.ports, UNIT, world.now, "open", limit=50)
        projects_page(world.store, "unit", world.now, limit=50)

    world.office()
    many(world, 3)
    few = reads(world, home)
    many(world, 297, first=3)
    assert reads(world, home) <= few


def test_the_bot_answers_an_office_and_a_unit_with_much_in_few_reads(place):
    for party in ("unit", "office"):
        place.contact(party, "reader")
        assert bind(
            place.ports, f"telegram:{party}", make_code(place.ports, party, "reader", "a", place.now)["code"], place.now
        )

    def asked(party, words):
        return answer(place.ports, Said(f"telegram:{party}", text=words), place.now, place.url).text

    def cost():
        said = (("unit", "我的事项"), ("office", "各单位事项"), ("office", "7天内"))
        return [reads(place, partial(asked, *of)) for of in said]

    many(place, 150)
    before = cost()
    assert "您有100项以上待办" in asked("unit", "我的事项")
    many(place, 150, first=150)
    assert cost() == before and max(before) < 30
    counted = sum(figures_of(place.store, OFFICE, unit, place.now)["open"] for unit in ("unit", "slow"))
    assert f"各单位未办结{counted}项" in asked("office", "我的事项")


def test_projects_are_listed_page_by_page_with_what_each_has_to_do_and_found_by_name(place):
    many(place, 12)
    first = projects_page(place.store, "unit", place.now, limit=5)
    second = projects_page(place.store, "unit", place.now, after=first["next"], limit=5)
    listed_now = [project["id"] for project in first["projects"] + second["projects"]]
    assert len(set(listed_now)) == 10 and listed_now == sorted(listed_now)
    (one,) = projects_page(place.store, "unit", place.now, "UNIT-003", limit=5)["projects"]
    theirs = owed(place.ports, UNIT, place.now, until=date.max, only="project#unit-003")
    assert one["current"] == len(theirs) and one["overdue"] == sum(map(is_late, theirs))
    assert one["next"] == min(duty["due_on"] for duty in theirs if duty["due_on"])
    assert projects_page(place.store, "unit", place.now, "没有", limit=5) == {"projects": [], "next": None}
