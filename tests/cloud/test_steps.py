"""A tuning published by its job: the function that works on it dies in the middle of a step, and another one does it again."""

import pytest

from chalicelib.ports import MAX_CHANGES, Put
from chalicelib.usecases.signing_in.access import issue_token
from tests.usecases.world import World

PLACE, PROJECTS = "yunyang", 9
LADDER = [60, 30, 14, 7, 3, 1, 0]  # schedules/defaults.yaml


@pytest.fixture
def installation(account, tmp_path):
    """Of Tue 2026-01-20: projects that were completed on the 15th, made by the use cases and carried into the table."""
    world = World(tmp_path, PLACE)
    world.unit()
    for number in range(PROJECTS):
        completed = {"id": f"m{number}", "event": "construction_completed", "on": "2026-01-15"}
        world.project(f"p{number}", milestones=[completed], facts={"kind": "new", "total_investment": 6_000_000})
    items = list(world.store.everything().values())
    for start in range(0, len(items), MAX_CHANGES):
        account.store.write([Put(item.key, item.value) for item in items[start : start + MAX_CHANGES]])
    account.now = world.now
    account.tick()  # the first one publishes the files' rulebooks
    assert account.serve("Jobs", "Work") == []
    return account


def wakes(account):
    """When each project speaks next."""
    found = set()
    for number in range(PROJECTS):
        rows = [item.value for item in account.store.query(f"project#p{number}", prefix="obligation#")]
        found |= {row["wake"] for row in rows if row["is"]["rule"] == "apply-for-acceptance"}
    return found


def test_a_job_is_done_when_its_worker_dies(installation):
    account, between = installation, installation.between
    admin = issue_token(account.store, role="admin", jurisdiction=PLACE, party=None, now=account.now)
    assert wakes(account) == {"2026-05-15T22:00:00Z"}  # 60 days before act_by, Wed 2026-07-15, at dawn
    version = {"change": {"settings": {"ladder": [90, *LADDER]}}, "why": "提前三个月提醒", "expects": 1}
    status, answer = account.ask("POST", f"/api/v1/rulebooks/{PLACE}/versions", version, admin)
    assert status == 202, answer
    account.tick()
    message = next(message for message in account.received("Jobs") if answer["job"] in message["body"])
    between.rivals_come_with = b"project#p5"  # here it stops
    first = account.function("Work")
    first.send({"Records": [message]})
    assert between.has_rivals.wait(60)
    account.functions.pop("Work").dies()
    between.has_rivals.clear()
    assert len(wakes(account)) == 2, "some have moved, some have not"
    account.comes_back("Jobs", message)
    assert account.serve("Jobs", "Work") == []
    _, progress = account.ask("GET", f"/api/v1/jobs/{answer['job']}", None, admin)
    assert (progress["state"], progress["done"]) == ("done", PROJECTS + 2)  # and their unit, and the place
    assert wakes(account) == {"2026-04-15T22:00:00Z"}  # 90 days
