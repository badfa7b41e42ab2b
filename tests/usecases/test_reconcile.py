"""Reconciliation finds whatever somebody took away, and nothing where nobody did."""

from datetime import date, timedelta

import pytest

from chalicelib.core.ladder import local_day
from chalicelib.ports import Delete, GiveUp, Put
from chalicelib.usecases.proof.reconcile import RECORD, reconcile
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.snooze import snooze
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.state.account import verify
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
        publish(
            town.ports, "yunyang", {"settings": {"ladder": [90, 60, 45, 20, 5]}}, by="x", why="try", expects=None, now=town.now
        )
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


@pytest.fixture
def late(town):
    """The acceptance is three weeks late: much was said lately, something waits to be said, escalation is under way."""
    live(town, 2)
    live(town, 45, start=date(2026, 6, 25))
    town.project("p2", facts={"total_investment": 6_000_000, "kind": "new"})
    town.completed("p2", on="2026-08-01")
    town.tick()
    assert town.outbox() and found(town) == []
    return town


def newest(keys):
    return sorted(keys)[-1:]


def stored(world, partition, sort=""):
    return [key for key in world.store.everything() if key.partition.startswith(partition) and key.sort.startswith(sort)]


def settled(world):
    """The notice that was accepted last."""
    heads = {notice: head for notice, head in world.notices().items() if head["state"] == "accepted"}
    return max(heads, key=lambda notice: (heads[notice]["leaves"], notice))


def waiting(world):
    return next(notice for notice, head in world.notices().items() if head["state"] == "queued")


def the_last_rung(world):
    return [key for key in world.steps() if key.sort.startswith(world.row("apply-for-acceptance")["said"]["responsible"])]


SABOTAGE = {
    "an obligation": lambda world: stored(world, "project#p1", "obligation#p1/apply-for-acceptance"),
    "one that nothing was said of yet": lambda world: stored(world, "party#unit", "obligation#")[:1],
    "a wake-up": lambda world: [
        key for key in world.due() if "apply-for-acceptance" in key.sort and "#project#p1#" in key.sort
    ],
    "the look of the new year": lambda world: [key for key in world.due() if key.sort.endswith("#project#p1#@replan")],
    "the steps of a rung": the_last_rung,
    "a step that was told": lambda world: stored_step(world, settled(world)),
    "a step that waits": lambda world: stored_step(world, waiting(world)),
    "a part of a notice that left": lambda world: stored(world, f"notice#{settled(world)}", "step#"),
    "a part of one that waits": lambda world: stored(world, f"notice#{waiting(world)}", "step#")[:1],
    "the head of a notice that left": lambda world: stored(world, f"notice#{settled(world)}", "head"),
    "the head of one that waits": lambda world: stored(world, f"notice#{waiting(world)}", "head"),
    "a row of the outbox": lambda world: [key for key in world.outbox() if key.sort.endswith(f"#{waiting(world)}")],
    "an entry of the ledger": lambda world: newest(
        item.key for item in world.store.query("ledger#unit") if item.value["what"] == "accepted"
    ),
    "an old step of the escalation": lambda world: [key for key in world.steps() if "escalated" in key.sort][-1:],
}


def stored_step(world, notice):
    part = next(item.value for item in world.store.query(f"notice#{notice}", prefix="step#"))
    who = "/".join(notice.split("/")[:2])
    return [
        key for key in world.steps("") if key.sort == f"{part['rung']}#{who}" and key.partition.endswith(part["obligation"])
    ]


class TestASaboteur:
    @pytest.mark.parametrize("what", SABOTAGE)
    def test_what_was_taken_away_is_found_once_and_mended(self, late, what):
        keys = SABOTAGE[what](late)
        assert keys
        late.store.inner.write([Delete(key) for key in keys])
        assert reconcile(late.ports, late.now, everything="old" in what)["gaps"] >= 1
        record = late.store.get(RECORD).value
        told = late.ledger("unit", "gap found") + late.ledger("office", "gap found") + late.ledger("yunyang", "gap found")
        assert len(told) == record["gaps"]
        if what == "an entry of the ledger":  # it cannot be made again; the ledger says so once
            assert record["found"][0]["what"] == "entry of the ledger missing" and not record["mended"]
            assert verify(late.store)["unit"]
            reconcile(late.ports, late.now)
            assert len(late.ledger("unit", "gap found")) == 1
            return
        assert record["mended"] == record["gaps"]
        live(late, 1, start=local_day(late.now) + timedelta(days=1))
        assert found(late) == []
        late.assert_as_rebuilt("project#p1")
        late.assert_wakes_match("project#p1", "project#p2", "party#unit", "jurisdiction#yunyang")
        late.assert_ledgers_whole()

    def test_a_step_that_was_taken_away_before_it_was_said_is_said(self, late):
        before, notice = len(late.chat.sent), waiting(late)
        for key in (*stored(late, f"notice#{notice}", "head"), *[key for key in late.outbox() if key.sort.endswith(notice)]):
            late.store.inner.write([Delete(key)])
        reconcile(late.ports, late.now)
        live(late, 2, start=local_day(late.now) + timedelta(days=1))
        assert any("p2" in text for text in late.chat.texts[before:])

    def test_a_wake_up_that_was_taken_away_does_not_silence_the_duty(self, late):
        late.store.inner.write([Delete(key) for key in SABOTAGE["a wake-up"](late)])
        before = len(late.chat.sent)
        live(late, 20, start=local_day(late.now) + timedelta(days=1))  # the clock reconciles by itself
        assert any("p1" in text for text in late.chat.texts[before:])
        assert late.ledger("unit", "gap found")

    def test_what_cannot_be_read_is_told_and_keeps_nobody_else_back(self, late):
        late.store.inner.write([Put(key, {}) for key in stored(late, "project#p1", "obligation#")])
        late.store.inner.write([Delete(key) for key in SABOTAGE["a row of the outbox"](late)])
        whats = [what for what, _ in found(late)]
        assert "unreadable" in whats and "row of the outbox missing" in whats
