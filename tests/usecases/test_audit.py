"""The record of a project: complete, and to be verified without this program."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from chalicelib.blobs.folder import FolderBlob
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.ports import Key
from chalicelib.usecases.proof.audit import record
from chalicelib.usecases.proof.reconcile import reconcile
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.delivery_search import Asked, look_up
from chalicelib.usecases.reminding.receipt import DELIVERED, LOST, READ, noted, receive
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import checkpoint, records

OFFICE = Bearer(id="office/officer", role="authority", jurisdiction="yunyang", party="office")
CLERK = Bearer(id="unit/clerk", role="unit", jurisdiction="yunyang", party="unit")


@pytest.fixture
def audited(due, tmp_path):
    """A duty that was told and acknowledged, beside another project of the same unit; an hour's checkpoint."""
    due.outside = FolderBlob(tmp_path, b"key", "https://duban.example")
    due.ports = replace(due.ports, checkpoints=due.outside)
    due.project("p2", facts={"total_investment": 6_000_000, "kind": "new"})
    due.completed("p2")
    due.tick()
    due.at("2026-01-22", "09:10")
    due.deliver()
    ident = due.row("apply-for-acceptance")["is"]["id"]
    acknowledge(due.ports, "unit/clerk", "project#p1", ident, "page", due.now)
    for _ in checkpoint.steps(due.ports, {"done": 0}, due.now):
        pass
    due.completed("p2", record=False)
    return due


def made(world, bearer=OFFICE, project="p1"):
    """As who gets the file reads it."""
    return json.loads(json.dumps(record(world.ports, bearer, project, world.now), ensure_ascii=False))


def hash_of(entry):
    """Written from the words of `how` alone."""
    plain = {name: value for name, value in entry.items() if name != "hash"}
    return sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_a_third_party_verifies_the_ledger_against_a_checkpoint_outside(audited):
    found = made(audited)
    unit = next(ledger for ledger in found["ledgers"] if ledger["owner"] == "unit")
    entries = unit["entries"]
    assert unit["whole"] and all(hash_of(entry) == entry["hash"] for ledger in found["ledgers"] for entry in ledger["entries"])
    assert all(later["previous"] == earlier["hash"] for earlier, later in zip(entries, entries[1:], strict=False))
    covered = unit["covered"]
    (only,) = audited.outside.keys()
    kept = json.loads(audited.outside.read(only))
    assert kept["number"] == covered["checkpoint"] and kept["heads"]["unit"] == [covered["length"], covered["hash"]]
    assert next(entry for entry in entries if entry["number"] == covered["length"])["hash"] == covered["hash"]


def test_every_message_stands_in_it_with_what_became_of_it(audited):
    found = made(audited)
    (message,) = found["messages"]
    assert (message["rung"], message["person"], message["state"]) == ("new", "unit/clerk", "accepted")
    (word,) = message["told"]
    assert word["what"] == "accepted" and word["channel"] == "console" and word["possible_duplicate"] is False
    assert [each["person"] for each in found["acknowledgements"]] == ["unit/clerk"]
    assert any(each["rung"].startswith("before-") for each in found["coming"])


def test_duties_come_with_their_derivation_and_facts_with_who_and_when(audited):
    found = made(audited)
    assert all(each["because"] and each["article"] for each in found["answer"]["obligations"])
    assert {each["id"] for each in found["obligations"]} == set(audited.rows())
    (milestone,) = found["milestones"]
    assert milestone["by"]["role"] == "unit" and records.instant_of(milestone["at"])


def test_names_and_numbers_of_people_are_hidden(audited):
    audited.submit("project-declaration", declared_on="2026-01-10")
    body = audited.example("project-declaration")
    text = json.dumps(made(audited)["submissions"], ensure_ascii=False)
    assert body["filler"]["phone"] not in text and body["leader"]["phone"] not in text
    assert body["filler"]["name"] not in text and '{"name": "***", "phone": "***"}' in text


def test_a_unit_is_given_its_own_ledger_only(audited):
    assert [ledger["owner"] for ledger in made(audited, CLERK)["ledgers"]] == ["unit"]
    assert "yunyang" in [ledger["owner"] for ledger in made(audited)["ledgers"]]


def test_who_may_not_see_the_project_is_given_nothing(audited):
    with pytest.raises(Forbidden):
        made(audited, replace(CLERK, party="another"))
    with pytest.raises(NotFound):
        made(audited, replace(OFFICE, jurisdiction="dazhou"))


class TestReceipts:
    @pytest.fixture
    def sent(self, audited):
        """The message left over a channel that gives receipts."""
        entry = audited.ledger("unit", "accepted")[0]
        audited.store.write([noted("console", entry["reference"], entry["notice"])])
        audited.reference = entry["reference"]
        return audited

    def test_delivered_and_read_are_told_apart_and_once(self, sent):
        for what in (DELIVERED, READ, DELIVERED, READ):
            assert receive(sent.ports, "console", sent.reference, what, sent.now, sent.now)
        assert [entry["what"] for entry in sent.ledger("unit") if entry["what"] in (DELIVERED, READ)] == [DELIVERED, READ]
        sent.assert_ledgers_whole()
        assert reconcile(sent.ports, sent.now)["gaps"] == 0

    def test_the_delivery_log_says_how_far_a_message_got(self, sent):
        admin = Bearer(id="a", role="admin", jurisdiction=sent.place, party=None)

        def stages(state):
            return [row["stage"] for row in look_up(sent.store, admin, Asked(party="unit", state=state))["notices"]]

        accepted = len(stages("accepted"))
        assert stages("delivered") == []
        receive(sent.ports, "console", sent.reference, DELIVERED, sent.now, sent.now)
        (far,) = stages("delivered")
        assert far in ("delivered", "acknowledged") and stages("read") == []
        receive(sent.ports, "console", sent.reference, READ, sent.now, sent.now)
        assert len(stages("delivered")) == len(stages("read")) == 1
        assert len(stages("accepted")) == accepted, "what was read was accepted too"

    def test_that_it_was_not_delivered_is_told_with_the_vendors_reason(self, sent):
        receive(sent.ports, "console", sent.reference, LOST, sent.now, sent.now, why="MOBILE_NOT_ON_SERVICE")
        assert sent.ledger("unit", LOST)[0]["why"] == "MOBILE_NOT_ON_SERVICE"

    def test_a_reference_that_nobody_knows_changes_nothing(self, sent):
        before = len(sent.ledger("unit"))
        assert not receive(sent.ports, "console", "unknown", DELIVERED, sent.now, sent.now)
        assert len(sent.ledger("unit")) == before

    def test_what_was_not_delivered_goes_out_over_the_next_channel(self, sent):
        notice = sent.ledger("unit", "accepted")[0]["notice"]
        head = Key(f"notice#{notice}", "head")
        assert sent.store.get(head).value["state"] == "accepted"
        receive(sent.ports, "console", sent.reference, LOST, sent.now, sent.now, why="x")
        value = sent.store.get(head).value
        assert (value["state"], value["channel"]) == ("queued", 1)
        sent.deliver()
        assert sent.store.get(head).value["state"] != "queued"  # over the next channel, or given up: never silence
        assert sent.outbox() == []
