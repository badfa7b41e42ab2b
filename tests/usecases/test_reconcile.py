"""Reconciliation finds whatever somebody took away, and nothing where nobody did."""

from datetime import date, timedelta

import pytest

from chalicelib.core.ladder import local_day
from chalicelib.ports import Delete, GiveUp, Put
from chalicelib.usecases.account import verify
from chalicelib.usecases.acknowledge import acknowledge
from chalicelib.usecases.publish import publish
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.snooze import snooze
from tests.usecases.world import PLACES

A_DAY = ("06:10", "08:50", "09:05", "10:07", "17:30")


def live(world, days, start=None):
    """Let days pass as they do: the clock plans and sends at each of these hours."""
    day = start or local_day(world.now)
    for _ in range(days):
        for clock in A_DAY:
            world.at(day.isoformat(), clock)
            world.tick()
            world.deliver()
        day += timedelta(days=1)


def found(world, **how):
    return [(gap["what"], gap["about"]) for gap in reconcile(world.ports, world.now, **how)["found"]]


@pytest.fixture
def town(world):
    """A unit with a leader, its office, and a project whose acceptance comes near, then late."""
    world.contact(ident="boss", roles=["leader"])
    world.office()
    world.contact("office", "officer")
    world.completed()
    return world


class TestAHealthyWorld:
    def test_weeks_of_reminders_and_escalation_leave_no_gap(self, town):
        live(town, 20)
        assert found(town) == []
        live(town, 40, start=date(2026, 6, 25))  # acceptance is due on 15 July, and nobody acts
        rungs = town.rungs()
        assert any(rung.startswith("escalated-leader") for rung in rungs)
        assert town.ledger("unit", "accepted")
        assert found(town) == [] and found(town, everything=True) == []
        assert reconcile(town.ports, town.now)["looked_at"] == len(PLACES) + 3

    def test_it_is_looked_at_each_day_by_itself(self, town):
        live(town, 3)
        record = reconcile(town.ports, town.now)
        assert record["gaps"] == 0
        assert town.ledger("unit", "gap found") == []

    def test_what_people_do_leaves_no_gap(self, town):
        live(town, 3)
        ident = next(ident for ident, row in town.rows().items() if row["is"]["dates"][3])
        snooze(town.ports, "unit/clerk", "project#p1", ident, date(2026, 2, 2), town.now)
        acknowledge(town.ports, "unit/boss", "project#p1", ident, "page", town.now)
        live(town, 14, start=date(2026, 1, 23))
        assert found(town) == []

    def test_channels_that_refuse_and_nobody_to_tell_leave_no_gap(self, make_world):
        world = make_world()
        world.unit()
        world.project(facts={"total_investment": 6_000_000, "kind": "new"})
        world.completed()
        live(world, 4)
        assert world.ledger("yunyang", "nobody to tell")
        world.contact()
        world.chat.answers = [GiveUp("no such chat")] * 3
        live(world, 6, start=date(2026, 6, 28))
        assert world.ledger("unit", "given up")
        assert found(world) == []

    def test_a_published_change_leaves_no_gap(self, town):
        live(town, 3)
        publish(town.ports, "yunyang", {"settings": {"ladder": [90, 60, 45, 20, 5]}}, by="x", why="try", expects=None, now=town.now)
        assert found(town) == []
        live(town, 10, start=date(2026, 1, 23))
        assert found(town) == []

    @pytest.mark.parametrize("place", PLACES)
    def test_a_year_of_every_place(self, make_world, place):
        world = make_world(place)
        world.unit()
        world.contact()
        world.project(
            facts={"total_investment": 6_000_000, "kind": "new"},
            milestones=[{"id": "m1", "event": "construction_completed", "on": "2026-01-15"}],
        )
        day = date(2026, 1, 20)
        while day < date(2027, 3, 1):
            live(world, 1, start=day)
            if day.day in (1, 2, 15):
                assert found(world) == [], day
            day += timedelta(days=1)
