"""Killed between a vendor's answer and our record of it: the message may come once more, never not at all, and the ledger says so."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib.core.ladder import local_day
from chalicelib.ports import Key, Put
from chalicelib.serve import SENDERS
from chalicelib.store.sqlite import SqliteStore
from chalicelib.usecases.state import records
from tests.contract.vendors.dingtalk import Robot

from .served import Served

KILLS = 3
PATIENCE = 20
PROJECT = "sample-yunyang-1"


@pytest.fixture
def vendor():
    made = Robot()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def served(tmp_path, vendor):
    made = Served(tmp_path)
    made.environment["DUBAN_DINGTALK_URL"] = vendor.at
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


def reads_dingtalk(store) -> None:
    """The sample's contact in Yunyang is told in a group of DingTalk."""
    contact = store.get(Key("party#sample-yunyang", "contact#clerk"))
    reads = [{"channel": "dingtalk", "address": Robot.address}]
    store.write([Put(contact.key, {**contact.value, "channels": reads}, contact.version)])


def soon(true, served) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, served.printed()[-2_000:]
        time.sleep(0.02)


def has_arrived(vendor, taken) -> bool:
    return len(vendor.got) > taken


def report(served, number) -> None:
    """Each delay that is reported is a duty of its own, told at once."""
    yesterday = (local_day(datetime.now(UTC)) - timedelta(days=1)).isoformat()
    body = {"classified": False, "step": "delay_found", "happened_on": yesterday, "content": f"进度落后（{number}）"}
    token = {"Authorization": f"Bearer {served.token('yunyang')}", "Idempotency-Key": f"report-{number}"}
    status, answer = served.ask("POST", f"/api/v1/projects/{PROJECT}/submissions/serious-issue", body, **token)
    assert status == 201, answer


def test_a_death_between_the_vendors_answer_and_the_record_doubles_one_message_at_most(served, vendor):
    served.start("--sample")
    served.is_ready()
    served.kill()
    store = SqliteStore(served.folder / "duban.sqlite")
    reads_dingtalk(store)
    for number in range(KILLS):
        served.start()
        served.is_ready()
        taken = len(vendor.got)
        vendor.meet("hangs")  # it takes the message and does not come to answer
        report(served, number)
        soon(partial(has_arrived, vendor, taken), served)
        served.kill()
    after_the_leases = records.stamp(datetime.now(UTC) + timedelta(minutes=5))
    for _ in range(2):
        served.ran("tick", "--now", after_the_leases)

    entries = [item.value for item in store.query("ledger#sample-yunyang")]
    told = Counter((each["obligation"], each["rung"]) for each in entries if each["what"] == "accepted")
    duties = [item.value["is"] for item in store.query(f"project#{PROJECT}", prefix="obligation#")]
    reported = [is_["id"] for is_ in duties if is_["rule"] == "report-serious-issue"]
    assert len(reported) == KILLS and all((duty, "new") in told for duty in reported)
    assert set(told.values()) == {1}
    copies = sum(count - 1 for count in Counter(arrived.text for arrived in vendor.got).values())
    marked = {each["notice"] for each in entries if each.get("possible_duplicate")}
    assert 1 <= copies <= len(marked) <= KILLS * SENDERS  # what was in flight at each death, at most
    for shard in range(records.SHARDS):
        assert store.query(f"outbox#{shard}", upto=after_the_leases) == []
    store.close()
    assert served.run("verify").returncode == 0
