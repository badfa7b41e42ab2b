"""Killed at any moment and started again: nothing acknowledged is lost, nothing done twice, nothing due forgotten."""

import random
import re
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.core.ladder import local_day
from chalicelib.serve import SENDERS
from chalicelib.store.sqlite import SqliteStore
from chalicelib.usecases.state import records
from tests.e2e.served import Clerk, Served

KILLS = 7
RULE = "report-serious-issue"  # each delay that is reported is a duty of its own, told at once
PROJECTS = {"yunyang": "sample-yunyang-1", "dazhou": "sample-dazhou-1"}


@pytest.fixture
def served(tmp_path):
    made = Served(tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


@contextmanager
def opened(served):
    store = SqliteStore(served.folder / "duban.sqlite")
    try:
        yield store
    finally:
        store.close()


def clerks_of(served):
    """Two on one project, one on another."""
    yesterday = (local_day(datetime.now(UTC)) - timedelta(days=1)).isoformat()
    body = {"classified": False, "step": "delay_found", "happened_on": yesterday, "content": "进度落后"}
    return [
        Clerk(served, name, PROJECTS[place], served.token(place), "serious-issue", body)
        for name, place in (("first", "yunyang"), ("second", "yunyang"), ("third", "dazhou"))
    ]


def steps_told(store) -> Counter:
    """How often each step is in the ledger as accepted, withheld or given up."""
    owners = [item.key.sort for item in store.query("ledgers")]
    entries = [item.value for owner in owners for item in store.query(f"ledger#{owner}")]
    return Counter(
        (entry["obligation"], entry["rung"], entry["person"])
        for entry in entries
        if entry["what"] in ("accepted", "withheld", "given up")
    )


def test_a_server_killed_again_and_again_keeps_its_promises(served):
    served.start("--sample")
    served.is_ready()
    clerks = clerks_of(served)
    for clerk in clerks:
        clerk.start()
    for _ in range(KILLS):
        time.sleep(random.uniform(0.3, 2.2))
        served.kill()
        served.start("--sample")
        served.is_ready()
    time.sleep(1)
    for clerk in clerks:
        clerk.finish()
    assert [fault for clerk in clerks for fault in clerk.faults] == []
    every_answered_submission_is_there_once(served, clerks)
    served.stop()

    after_the_leases = (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ticked = [served.run("tick", "--now", after_the_leases) for _ in range(2)]
    assert [run.returncode for run in ticked] == [0, 0], ticked
    with opened(served) as store:
        nothing_due_is_left(store, records.instant_of(after_the_leases))
        every_duty_was_told_once(store, clerks)
        sent = sum(text.count("┌─ 致") for text in (served.printed(), *(run.stdout for run in ticked)))
        accepted = {
            entry.value["notice"]
            for place in bootstrap.FileRules().jurisdictions()
            for party in (f"sample-{place}", f"sample-{place}-department")
            for entry in store.query(f"ledger#{party}")
            if entry.value["what"] == "accepted"
        }
        assert len(accepted) <= sent <= len(accepted) + KILLS * SENDERS  # what was in flight at each death, at most
    verified = served.run("verify")
    assert verified.returncode == 0, verified.stdout
    assert "Traceback" not in served.printed()


def every_answered_submission_is_there_once(served, clerks):
    for place, project in PROJECTS.items():
        mine = [clerk for clerk in clerks if project in clerk.path]
        answered = {answer["submission"] for clerk in mine for answer in clerk.answers.values()}
        status, told = served.ask(
            "GET", f"/api/v1/projects/{project}/submissions", Authorization=f"Bearer {served.token(place)}"
        )
        assert status == 200
        stored = [submission["id"] for submission in told["submissions"]]
        assert len(stored) == len(set(stored))
        assert set(stored) == answered
        assert len(answered) == sum(len(clerk.asked) for clerk in mine) > KILLS
        assert sum(clerk.asked.total() for clerk in mine) > len(answered)  # some had to be sent again


def nothing_due_is_left(store, now):
    for shard in range(records.SHARDS):
        for index in ("due", "outbox"):
            assert store.query(f"{index}#{shard}", upto=records.stamp(now)) == []


def every_duty_was_told_once(store, clerks):
    told = steps_told(store)
    assert set(told.values()) == {1}
    for project in PROJECTS.values():
        rows = [item.value["is"] for item in store.query(f"project#{project}", prefix="obligation#")]
        duties = [is_["id"] for is_ in rows if is_["rule"] == RULE]
        assert len(duties) == sum(len(clerk.answers) for clerk in clerks if project in clerk.path)
        assert [duty for duty in duties if (duty, "new", "clerk") not in told] == []


@pytest.mark.parametrize("chains", [1, 3])
def test_a_server_killed_while_it_loads_the_sample_starts_again(served, chains):
    """It dies when so many of the places' ledgers have been begun."""
    served.start("--sample")
    with opened(served) as store:
        while len(store.query("ledgers")) < chains:
            assert served.process.poll() is None
            time.sleep(0.001)
        served.kill()
    served.start("--sample")
    served.is_ready()
    assert len(set(re.findall(r"示例·\S+ 示例联系人", wait_for_sample(served)))) == 5
    served.stop()


def wait_for_sample(served) -> str:
    """What was printed, as soon as all five places have spoken, or after a while."""
    until = time.monotonic() + 5
    while len(set(re.findall(r"致 (\S+ 示例联系人)", served.printed()))) < 5 and time.monotonic() < until:
        time.sleep(0.05)
    return served.printed()


def test_the_key_of_the_ledger_survives_a_death_while_it_is_made(tmp_path):
    """A file that was begun and not written must not become an empty key for ever."""
    (tmp_path / "secret").touch(mode=0o600)
    assert len(bootstrap.secret(tmp_path)) == 32
    assert bootstrap.secret(tmp_path) == bootstrap.secret(tmp_path)
