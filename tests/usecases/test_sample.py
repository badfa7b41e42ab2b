"""The sample speaks for every place at once, whatever the hour and the day, and leaves no trace."""

from contextlib import suppress
from datetime import date

import pytest

from chalicelib.core.ladder import instant
from chalicelib.usecases.clockwork.sample import STORIES, load_sample, sample_tokens, unload
from chalicelib.usecases.rulebooks.seed import seed
from chalicelib.usecases.signing_in.access import bearer_of
from tests.usecases.doubles import PowerCut
from tests.usecases.world import PLACES

HOURS = [("2026-03-10", f"{hour:02}:{minute:02}") for hour in range(24) for minute in (0, 30)]  # a Tuesday
AROUND_PLANNING = [
    ("2026-03-10", "05:59:59"),
    ("2026-03-10", "06:00:01"),
    ("2026-03-10", "06:00:59"),
    ("2026-03-10", "06:01:00"),
]
DAYS = [
    (day, clock)
    for clock in ("03:00", "15:00")
    for day in (
        "2026-03-14",
        "2026-03-15",  # Saturday, Sunday
        "2026-01-01",
        "2027-01-01",
        "2026-12-31",
        "2026-02-16",
        "2026-02-17",
        "2026-02-20",
        "2027-02-06",  # Spring Festival
        "2026-02-28",  # Saturday, a make-up working day
        "2028-02-29",
        "2028-08-31",
        "2026-10-01",
        "2026-10-08",
    )
]


OF_THE_CLOCK = {
    *("heartbeat", "rounds", "job#checkpoint", "job#reconcile", "job#retain"),
    *("checkpoint", "checkpoint-head", "reconciliation", "retention"),
}


def assert_nothing_is_left(world):
    """But that the clock has lived, and the accounts of the places, which tell of more than the sample."""
    world.tick_until_quiet()
    left = {key.partition for key in world.store.everything() if key.sort not in PLACES} - {"ledgers"}
    accounts = {f"{kind}#{place}" for kind in ("ledger", "ledger-head") for place in PLACES}
    assert "heartbeat" in left <= {*OF_THE_CLOCK, *accounts}
    assert {item.key.sort for item in world.store.query("ledgers")} <= set(PLACES)


@pytest.mark.parametrize(("day", "clock"), [*HOURS, *AROUND_PLANNING, *DAYS])
def test_each_place_has_a_message_on_the_console_at_once(make_world, day, clock):
    world = make_world()
    world.now = instant(date.fromisoformat(day), clock)
    assert load_sample(world.ports, world.now)
    world.tick()
    world.deliver()
    addressed = {message.address for message in world.chat.sent}
    silent = [place for place in PLACES if not any(address.startswith(STORIES[place][0]) for address in addressed)]
    assert not silent
    assert all("【示例】" in text for text in world.chat.texts)
    assert unload(world.ports)
    assert_nothing_is_left(world)


def test_it_is_loaded_once(make_world):
    world = make_world()
    assert load_sample(world.ports, world.now)
    stored = world.store.everything()
    assert not load_sample(world.ports, world.now)
    assert world.store.everything() == stored


def test_after_weeks_of_use_nothing_is_left_of_it_either(make_world):
    world = make_world()
    load_sample(world.ports, world.now)
    tokens = sample_tokens(world.ports, world.now)
    for _ in range(30):
        world.tick()
        world.deliver()
        world.later(days=1)
    world.submit("serious-issue", "sample-yunyang-1", happened_on="2026-02-01", party="sample-yunyang")
    assert bearer_of(world.store, f"Bearer {tokens['yunyang']}").party == "sample-yunyang"
    unload(world.ports)
    assert_nothing_is_left(world)
    world.tick_until_quiet()
    assert unload(world.ports) == 0


def test_what_was_published_before_it_came_stays_published_and_told(make_world):
    world = make_world()
    seed(world.ports, world.now)
    told = world.ledger("yunyang")
    assert [entry["what"] for entry in told] == ["published"]
    load_sample(world.ports, world.now)
    unload(world.ports)
    assert world.ledger("yunyang")[:1] == told
    assert world.ports.rules.version("yunyang")["number"] == 1
    world.assert_ledgers_whole()


def test_what_people_added_themselves_stays_when_it_goes(make_world):
    world = make_world()
    load_sample(world.ports, world.now)
    world.unit()
    world.contact()
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    own = {key for key in world.store.everything() if "sample" not in f"{key.partition}{key.sort}"}
    unload(world.ports)
    left = world.store.everything()
    assert {key for key in own if key.partition in ("project#p1", "party#unit", "ledger#unit", "jurisdiction#yunyang")} <= set(
        left
    )
    assert not any("sample" in f"{key.partition}{key.sort}" for key in left)
    world.assert_as_rebuilt("project#p1")
    world.at("2026-01-21")
    world.deliver()
    assert len(world.chat.sent) == 1


@pytest.mark.parametrize("landed", [1, 2, 3, 4, 5, 9, 14, 19, 20])
def test_a_load_cut_short_is_completed_by_the_next(make_world, landed):
    world = make_world()
    world.store.dies_after(landed)
    with pytest.raises(PowerCut):
        load_sample(world.ports, world.now)
    world.store.revives()
    world.later(seconds=2)
    load_sample(world.ports, world.now)
    world.tick()
    world.deliver()
    assert all(any(message.address.startswith(STORIES[place][0]) for message in world.chat.sent) for place in PLACES)
    unload(world.ports)
    assert_nothing_is_left(world)


@pytest.mark.parametrize("landed", range(3))
def test_a_removal_cut_short_is_completed_by_the_next(make_world, landed):
    world = make_world()
    load_sample(world.ports, world.now)
    sample_tokens(world.ports, world.now)
    world.tick()
    world.deliver()
    before = len(world.store.written)
    world.store.dies_after(landed)
    with suppress(PowerCut):
        unload(world.ports)
    assert len(world.store.written) == before + landed
    world.store.revives()
    unload(world.ports)
    assert_nothing_is_left(world)
