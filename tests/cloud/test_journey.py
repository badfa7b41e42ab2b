"""From a form to a reminder to a duty done, through the packed functions and the events AWS sends them."""

import io
import json
import time
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from chalicelib.ports import Put
from chalicelib.usecases.signing_in.access import issue_token
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.telling.notices import notice_of
from tests.contract.vendors.telegram import TOKEN

from .account import recorded

POISON = ("not JSON", '{"notice": 7}', '{"job": "j1"}', "[]")
SAID = 2  # messages that follow a completion: a receipt, and the new duty


@pytest.fixture(scope="module")
def admin(account):
    return issue_token(account.store, role="admin", jurisdiction="yunyang", party=None, now=datetime.now(UTC))


def a_unit_completes_its_project(account, admin, telegram) -> str:
    """Somebody there reads Telegram and wants to be told at once. The token of the unit's clerk."""
    unit = f"unit-{uuid4().hex[:8]}"
    telegram.address = str(int(telegram.address) + 1)  # somebody new, who has been told nothing yet
    telegram.got.clear()
    reads = [{"channel": "telegram", "address": telegram.address}]
    account.make("parties", {"id": unit, "name": "县卫生健康委", "kind": "department"}, admin)
    account.make(f"parties/{unit}/contacts", {"id": "li", "name": "李某", "at_once": True, "channels": reads}, admin)
    clerk = account.make("tokens", {"role": "unit", "party": unit}, admin)["token"]
    facts = {"kind": "new", "total_investment": 6_000_000}
    account.make("projects", {"id": unit, "name": "区域健康信息平台", "facts": facts}, clerk)
    completed = {"classified": False, "completed_on": datetime.now(UTC).date().isoformat()}
    account.make(f"projects/{unit}/submissions/completion", completed, clerk)
    return clerk


def until_all_is_said(account):
    """Minutes go by, here a second each: what the pace of a channel has wait leaves with a later sweep."""
    for _ in range(10):
        account.function("Tick")(recorded("tick"))
        assert account.serve("Notices", "Deliver") == [], account.function("Deliver").told()
        if not any(account.store.query(f"outbox#{shard}") for shard in range(records.SHARDS)):
            return
        time.sleep(1)
    raise AssertionError("after ten sweeps something is still unsaid")


def spoilt_step(account):
    """The step of a notice that waits to be sent, as it was before it was spoilt."""
    rows = [row for shard in range(records.SHARDS) for row in account.store.query(f"outbox#{shard}")]
    (step,) = account.store.query(f"notice#{notice_of(rows[0].key)}", prefix="step#")
    account.store.write([Put(step.key, {"kind": step.value["kind"]})])
    return step


@pytest.fixture(scope="module")
def story(account, admin, telegram):
    """A completion that was reported and told, and what was logged."""
    clerk = a_unit_completes_its_project(account, admin, telegram)
    fresh = account.function("Deliver").modules
    until_all_is_said(account)
    return SimpleNamespace(
        clerk=clerk,
        address=telegram.address,
        texts=[message.text for message in telegram.got],
        told={name: function.told() for name, function in account.functions.items()},
        fresh=fresh,
        modules={name: function.modules for name, function in account.functions.items()},
    )


@pytest.fixture
def planned(account, admin, telegram):
    """A completion was reported and tick has planned what follows: the messages to deliver."""
    a_unit_completes_its_project(account, admin, telegram)
    account.function("Tick")(recorded("tick"))
    messages = account.waiting("Notices")
    assert messages
    return messages


def test_a_reported_completion_reaches_the_contact(account, story):
    assert len(story.texts) == SAID
    assert "提交竣工验收申请" in "".join(story.texts)
    assert not any(verify(account.store).values())


def test_the_log_is_json_that_names_the_request_and_nobody(admin, story):
    for lines in story.told.values():
        assert all(line.get("request_id") for line in lines if "_aws" not in line)
    said = json.dumps(story.told, ensure_ascii=False)
    for secret in (admin, story.clerk, story.address, TOKEN, "李某", "区域健康信息平台"):
        assert secret not in said
    (submitted,) = [line for line in story.told["APIHandler"] if "submissions" in line["message"]]
    assert (submitted["status"], submitted["action"]) == (201, "handled")
    assert submitted["message"] == "Handled: POST /api/v1/projects/{project}/submissions/{form}"
    assert submitted["request_id"] == recorded("api")["requestContext"]["requestId"]


def test_figures_are_written_for_cloudwatch(story):
    figures = [line for name in ("Tick", "Deliver") for line in story.told[name] if "_aws" in line]
    for line in figures:
        (about,) = line["_aws"]["CloudWatchMetrics"]
        assert about["Namespace"] == "Duban" and about["Dimensions"] == [["FunctionName"]] and line["FunctionName"]
        assert all(isinstance(line[metric["Name"]], int | float) for metric in about["Metrics"])
    assert sum(line.get("NoticesAccepted", 0) for line in figures) == SAID
    assert sum(line.get("NoticesHandedOver", 0) for line in figures) >= SAID


def test_a_function_loads_only_what_it_uses(story):
    """What a function does not load it does not wait for at a cold start; bench/start.py says how long that is."""
    heavy = {"boto3", "telegram", "jsonschema", "jinja2"}
    assert story.fresh & heavy == set()
    assert story.modules["Deliver"] & heavy == {"boto3", "telegram"}
    assert story.modules["Tick"] & heavy == {"boto3"}


def test_a_message_that_comes_twice_is_said_once(account, planned, telegram):
    for _ in range(2):
        assert account.function("Deliver")({"Records": planned + planned}) == {"batchItemFailures": []}
    until_all_is_said(account)
    assert len({message.text for message in telegram.got}) == len(telegram.got) == SAID


def test_a_poisoned_message_is_the_only_one_that_comes_back(account, planned, telegram):
    poison = [{**recorded("message"), "messageId": f"poison-{place}", "body": body} for place, body in enumerate(POISON)]
    answer = account.function("Deliver")({"Records": [poison[0], *planned, *poison[1:]]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in poison]}
    assert telegram.got
    told = [line for line in account.function("Deliver").told() if line.get("action") == "message-failed"]
    assert [line["message_id"] for line in told] == [one["messageId"] for one in poison]


def test_what_cannot_be_sent_dies_alone_and_leaves_once_it_is_mended_and_driven_back(account, admin, telegram):
    until_all_is_said(account)  # what other tests left waiting is not to be taken for what is spoilt here
    a_unit_completes_its_project(account, admin, telegram)
    account.function("Tick")(recorded("tick"))
    step = spoilt_step(account)
    failures = account.serve("Notices", "Deliver")
    assert len(failures) == 1, account.function("Deliver").told()
    (failed,) = failures
    assert step.key.partition.removeprefix("notice#") in failed["body"]
    for _ in range(4):  # five times in all, half an hour apart
        account.comes_back("Notices", failed)
        (failed,) = account.serve("Notices", "Deliver")
    account.comes_back("Notices", failed)
    assert account.serve("Notices", "Deliver") == []
    account.store.write([Put(step.key, step.value)])
    (dead,) = account.waiting("DeadNotices")
    account.sqs.send_message(QueueUrl=account.made["Notices"], MessageBody=dead["body"])  # a redrive
    assert account.serve("Notices", "Deliver") == []
    until_all_is_said(account)
    assert len({message.text for message in telegram.got}) == len(telegram.got) == SAID
    assert not any(verify(account.store).values())


def test_two_ticks_at_once_plan_everything_once(account, admin, telegram):
    until_all_is_said(account)
    a_unit_completes_its_project(account, admin, telegram)
    ticks = [account.function("Tick"), account.function("Tick", again=True)]
    for tick in ticks:
        tick.send(recorded("tick"))
    for tick in ticks:
        assert tick.heard().get("error") is None
    until_all_is_said(account)
    assert len({message.text for message in telegram.got}) == len(telegram.got) == SAID
    assert not any(verify(account.store).values())


def test_a_message_the_queue_loses_is_handed_over_again(account, planned, telegram):
    until_all_is_said(account)  # what was handed over before is taken for lost
    assert len(telegram.got) == SAID


def test_what_is_published_is_planned_anew_by_the_work_function(account, admin):
    account.function("Tick")(recorded("tick"))  # the first one publishes the files' rulebooks
    version = {"change": {"settings": {"jitter_minutes": 5}}, "why": "试用", "expects": 1}
    status, answer = account.ask("POST", "/api/v1/rulebooks/yunyang/versions", version, admin)
    assert status == 202, answer
    messages = account.waiting("Jobs")  # handed over by the API itself
    assert [json.loads(message["body"]) for message in messages] == [{"job": answer["job"]}]
    assert account.function("Work")({"Records": messages}) == {"batchItemFailures": []}
    _, progress = account.ask("GET", f"/api/v1/jobs/{answer['job']}", None, admin)
    assert progress["state"] == "done"


def test_a_table_is_made_by_the_work_function_and_kept_in_s3(account, admin):
    status, begun = account.ask("POST", "/api/v1/exports/units.xlsx", None, admin)
    assert status == 202, begun
    messages = account.waiting("Jobs")
    assert [json.loads(message["body"]) for message in messages] == [begun]
    assert account.function("Work")({"Records": messages}) == {"batchItemFailures": []}
    _, told = account.ask("GET", f"/api/v1/jobs/{begun['job']}/files", None, admin)
    (file,) = told["files"]
    (left,) = account.s3.list_objects_v2(Bucket=account.made["Files"], Prefix="exports/")["Contents"]  # no part of a step
    assert (left["Key"], left["Size"]) == (f"exports/{begun['job']}-00000.xlsx", file["size"])
    assert f"{account.made['Files']}/{left['Key']}?" in file["url"] and "X-Amz-Signature" in file["url"]
    content = account.s3.get_object(Bucket=account.made["Files"], Key=left["Key"])["Body"].read()
    assert zipfile.is_zipfile(io.BytesIO(content))
