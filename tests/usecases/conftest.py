"""A world for each test; see world.py."""

import pytest

from tests.usecases.world import World


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def make_world(folder):
    """Makes worlds that are closed when the test ends."""
    made = []

    def make(place="yunyang"):
        made.append(World(folder, place))
        return made[-1]

    yield make
    for world in made:
        world.store.inner.close()


@pytest.fixture
def world(make_world):
    """A unit with one contact and a project of 6,000,000 that is under construction."""
    made = make_world()
    made.unit()
    made.contact()
    made.project(facts={"total_investment": 6_000_000, "kind": "new"})
    return made


@pytest.fixture
def due(world):
    """The obligation of `world` has appeared, and that it is new has been said."""
    world.completed()
    world.tick()
    world.at("2026-01-21")
    world.deliver()
    assert world.rungs() == ["new"]
    return world


@pytest.fixture
def planned(make_world):
    """Somebody who reads the console, then Telegram, is to be told at once of a new obligation."""
    world = make_world()
    world.unit()
    world.contact(channels=("console", "telegram"), at_once=True)
    done = {"id": "m1", "event": "construction_completed", "on": "2026-01-15"}
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[done])
    world.tick()
    assert len(world.outbox()) == 1
    return world
