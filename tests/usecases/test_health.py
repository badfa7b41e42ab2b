"""Whether everything that the clock should do is done, and since when it is not."""

from datetime import timedelta

import pytest

from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.health import STOPPED_AFTER, health
from chalicelib.usecases.registry.contact import change_contact
from chalicelib.usecases.signing_in.binding import bind, make_code
from chalicelib.usecases.state import records
from chalicelib.usecases.state.job import job_key, start_changes
from chalicelib.usecases.state.unheard import marked, unheard

A_MINUTE = timedelta(minutes=1)


def beat(world, now):
    world.store.write([Put(Key("heartbeat", "tick"), {"at": records.stamp(now)})])


def test_a_store_whose_rounds_have_not_come_yet_is_well(world):
    world.tick()
    told = health(world.store, world.now)
    assert told["ok"] and set(told["rounds"].values()) == {None}


@pytest.mark.parametrize("round_", STOPPED_AFTER)
@pytest.mark.parametrize("state", ["running", "done"])
def test_a_round_that_is_not_begun_again_or_does_not_end_is_not_well(world, round_, state):
    began = world.now
    world.store.write(start_changes(round_, {"kind": round_, "jurisdictions": ["yunyang"], "state": state}, began))
    for now, is_well in ((began + STOPPED_AFTER[round_], True), (began + STOPPED_AFTER[round_] + A_MINUTE, False)):
        beat(world, now)
        told = health(world.store, now)
        assert (told["ok"], told["rounds"][round_]) == (is_well, world.store.get(job_key(round_)).value["started"])


def test_the_clock_begins_every_round_again_in_time(world):
    for _ in range(60):
        world.later(hours=1)
        world.tick_until_quiet()
        world.deliver()
        told = health(world.store, world.now)
        assert told["ok"], told
    assert all(told["rounds"].values())


def test_what_should_have_left_ten_minutes_ago_is_counted_by_the_clock_and_only_read_here(world):
    world.contact(ident="boss", at_once=True)
    world.completed()
    world.tick_until_quiet()
    world.later(minutes=9)
    world.tick()
    assert health(world.store, world.now)["notices_late"] == 0
    world.later(minutes=2)
    world.tick()
    told = health(world.store, world.now)
    assert told["notices_late"] >= 1 and not told["ok"]
    world.deliver()
    world.later(minutes=1)
    world.tick()
    assert health(world.store, world.now)["ok"]


def test_health_reads_a_handful_of_items_however_much_is_late(world):
    world.store.write([Put(Key("outbox#3", f"2026-01-0{n}T00:00:00Z#n{n}"), {}) for n in range(1, 10)])
    world.tick()
    assert health(world.store, world.now)["notices_late"] == 0, "the clock is just back: they leave in this minute"
    world.later(minutes=1)
    world.tick()
    before = world.store.reads
    assert health(world.store, world.now)["notices_late"] == 9
    assert world.store.reads - before < 5


@pytest.fixture
def silent(make_world):
    """A unit that owes something, and nobody who could be told."""
    world = make_world()
    world.unit()
    world.contact(channels=())
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    return world


def test_a_unit_of_which_nobody_could_be_told_is_listed_and_that_is_no_failure_of_the_clock(silent):
    assert unheard(silent.store, "yunyang") == (1, (("unit", "单位unit"),))
    assert marked(silent.store, "yunyang", ["unit", "other"]) == {"unit"}
    assert health(silent.store, silent.now)["ok"]
    assert unheard(silent.store, "bazhong").count == 0


def test_it_is_listed_once_however_often_nobody_is_told(silent):
    for day in ("2026-06-01", "2026-07-01", "2026-07-20"):
        silent.at(day)
        silent.tick_until_quiet()
    assert len(silent.ledger("yunyang", what="nobody to tell")) > 1
    assert unheard(silent.store, "yunyang").count == 1


@pytest.mark.parametrize(("channels", "left"), [((), 1), (("console",), 0)])
def test_it_is_listed_until_somebody_there_has_a_channel(silent, channels, left):
    silent.contact(ident="li", channels=channels)
    assert unheard(silent.store, "yunyang").count == left


def test_a_channel_that_a_contact_gets_later_ends_it_too(silent):
    reads = [{"channel": "console", "address": "桌面"}]
    change_contact(silent.ports, "unit", "clerk", {"channels": reads}, "admin", silent.now)
    assert unheard(silent.store, "yunyang").count == 0


def test_so_does_a_chat_that_they_bind(silent):
    code = make_code(silent.ports, "unit", "clerk", "admin", silent.now)["code"]
    bind(silent.ports, "telegram:77", code, silent.now)
    assert unheard(silent.store, "yunyang").count == 0


def test_a_unit_in_whose_stead_its_office_is_told_is_not_listed(make_world):
    world = make_world()
    world.unit()
    world.office()
    world.contact("office")
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    assert unheard(world.store, "yunyang").count == 0
