"""Whether everything that the clock should do is done, and since when it is not."""

from datetime import timedelta

import pytest

from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.health import STOPPED_AFTER, health
from chalicelib.usecases.state import records
from chalicelib.usecases.state.job import job_key, start_changes

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
