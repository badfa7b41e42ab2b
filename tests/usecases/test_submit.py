"""Submitting a form: one transaction, or nothing at all."""

import logging

import pytest

from chalicelib.core.errors import Conflict, InvalidInput, Refused
from chalicelib.core.ladder import local_day
from chalicelib.usecases.registry.register import ClassifiedRefused, register_project
from chalicelib.usecases.state import records
from chalicelib.usecases.state.once import Once
from tests.usecases.doubles import at_once
from tests.usecases.world import PLACES

ACCEPTANCE = "apply-for-acceptance"


def test_one_transaction_holds_the_submission_and_all_that_follows_from_it(world):
    before = len(world.store.written)
    receipt = world.completed(key="k")
    (changes,) = world.store.written[before:]
    kinds = {change.key.sort.split("#")[0] for change in changes if change.key.partition == "project#p1"}
    assert kinds >= {"submission", "milestone", "obligation", "profile", "facts"}
    partitions = {change.key.partition.split("#")[0] for change in changes}
    assert partitions >= {"project", "due", "ledger", "ledger-head", "idempotency"}
    assert [is_["rule"] for is_ in receipt["obligations"]] == [ACCEPTANCE]
    assert [entry["submission"] for entry in world.ledger(what="submitted")] == [receipt["submission"]]
    assert world.row(ACCEPTANCE)["is"]["dates"][2] == "2026-07-15"  # half a year after 2026-01-15
    world.assert_as_rebuilt("project#p1")
    world.assert_wakes_match("project#p1", "party#unit", "jurisdiction#yunyang")
    world.assert_ledgers_whole()


def test_a_correction_keeps_the_obligation_and_its_thread(world):
    world.contact(ident="chief", at_once=True)
    milestone = world.completed()["milestones"][0]["id"]
    ident, born = world.row(ACCEPTANCE)["is"]["id"], world.row(ACCEPTANCE)["born"]
    world.tick()
    said = world.steps()
    world.later(hours=3)
    world.submit(
        "correction",
        replaces=milestone,
        event="construction_completed",
        on="2026-01-09",
        **dict.fromkeys(("for_period", "of", "amount", "due_on", "until", "result", "list", "vendor")),
    )
    row = world.row(ACCEPTANCE)
    assert (row["is"]["id"], row["born"]) == (ident, born)
    assert row["is"]["dates"][1] == "2026-07-09"
    assert set(world.steps()) >= set(said) != set()
    world.assert_as_rebuilt("project#p1")


def test_of_two_corrections_of_one_milestone_the_later_holds(world):
    milestone = world.completed()["milestones"][0]["id"]
    empty = dict.fromkeys(("for_period", "of", "amount", "due_on", "until", "result", "list", "vendor", "attachments"))
    for day in ("2026-01-09", "2026-01-12"):
        world.submit("correction", replaces=milestone, event="construction_completed", on=day, **empty)
    assert world.row(ACCEPTANCE)["is"]["dates"][1] == "2026-07-12"
    world.submit("withdrawal", void=milestone, event="construction_completed", on="2026-01-12")
    assert world.row(ACCEPTANCE)["is"]["closed"] == "withdrawn"


def test_a_withdrawal_makes_the_obligation_withdrawn_and_keeps_it(world):
    milestone = world.completed()["milestones"][0]["id"]
    world.submit("withdrawal", void=milestone, event="construction_completed", on="2026-01-15")
    row = world.row(ACCEPTANCE)
    assert records.state_of_row(row["is"], local_day(world.now)) == "withdrawn"
    assert row["wake"] is None
    world.assert_wakes_match("project#p1", "party#unit", "jurisdiction#yunyang")
    world.tick_until_quiet()
    world.at("2026-07-15")
    world.tick()
    assert not world.steps()


def test_what_was_withdrawn_no_longer_says_which_days_are_possible(world):
    wrong = world.submit("contract", signed_on="2026-01-10", warranty_ends_on=None, om_contract_ends_on=None)
    world.submit("withdrawal", void=wrong["milestones"][0]["id"], event="contract_signed", on="2026-01-10")
    assert world.completed(on="2026-01-05")["milestones"]  # before the contract that never was


def test_a_refused_request_stores_nothing(world):
    before = world.store.everything()
    with pytest.raises(Refused) as refusal:
        world.submit("om-budget", submitted_on="2026-01-19", key="k")
    assert any(finding["rule"] == "unaccepted-no-operating-money" for finding in refusal.value.errors)
    assert world.store.everything() == before


def test_an_event_with_a_blocking_finding_is_stored_with_it(world):
    receipt = world.submit("acceptance-result", accepted_on="2026-01-19", stage="completion", result="passed")
    assert ("archives-before-acceptance", "block") in {(f["rule"], f["outcome"]) for f in receipt["findings"]}
    stored = world.store.query("project#p1", prefix="milestone#")
    assert [item.value["event"] for item in stored] == ["acceptance_passed"]


@pytest.mark.parametrize("place", PLACES)
def test_classified_content_is_neither_stored_nor_logged_and_is_told_the_way(make_world, caplog, place):
    world = make_world(place)
    world.unit()
    world.project()
    before, writes = world.store.everything(), len(world.store.written)
    route = world.ports.rules.editions(place)[-1].classified["route"]["zh"]
    with caplog.at_level(logging.DEBUG):
        for record in (True, False):
            with pytest.raises(ClassifiedRefused) as refusal:
                world.submit(
                    "completion",
                    record=record,
                    key="k",
                    body={"classified": True, "completed_on": "绝密内容"},
                )
            assert refusal.value.text.zh == route
            assert "绝密内容" not in repr(refusal.value.errors)
        with pytest.raises(ClassifiedRefused):
            world.project("p2", facts={"classified": True})
    assert (world.store.everything(), len(world.store.written)) == (before, writes)
    assert not caplog.records


def test_every_fault_of_a_form_is_told_at_once_and_nothing_stored(world):
    before = world.store.everything()
    with pytest.raises(InvalidInput) as refusal:
        world.submit("completion", completed_on="2026-02-30", total_investment=-1)
    assert [fault["field"] for fault in refusal.value.errors] == ["/completed_on", "/total_investment"]
    with pytest.raises(InvalidInput):
        world.completed(on="2026-01-21")  # tomorrow
    assert world.store.everything() == before


def test_the_same_request_again_is_answered_the_same_and_done_once(world):
    first = world.completed(key="k")
    stored = world.store.everything()
    world.later(minutes=5)
    assert world.completed(key="k") == first
    assert world.store.everything() == stored


def test_the_same_key_with_another_body_is_a_conflict(world):
    world.completed(key="k")
    stored = world.store.everything()
    with pytest.raises(Conflict):
        world.completed(on="2026-01-14", key="k")
    assert world.store.everything() == stored


def test_asking_what_if_gives_the_receipt_and_stores_nothing(world):
    before = world.store.everything()
    asked = world.completed(record=False)
    assert world.store.everything() == before
    told = world.completed()
    assert [is_["due_on"] for is_ in asked["obligations"]] == [is_["due_on"] for is_ in told["obligations"]]


def test_submissions_at_the_same_moment_all_land(world):
    works = [lambda n=n: world.submit("serious-issue", happened_on=f"2026-01-{10 + n}", key=f"k{n}") for n in range(8)]
    receipts = at_once(*works)
    assert len({receipt["submission"] for receipt in receipts}) == 8
    assert len(world.store.query("project#p1", prefix="milestone#")) == 8
    assert len(world.rows()) == 8
    assert len(world.ledger(what="submitted")) == 8
    world.assert_as_rebuilt("project#p1")
    world.assert_wakes_match("project#p1", "party#unit", "jurisdiction#yunyang")
    world.assert_ledgers_whole()


def test_the_same_request_at_the_same_moment_is_done_once(world):
    receipts = at_once(*[lambda: world.completed(key="k")] * 6)
    assert all(receipt == receipts[0] for receipt in receipts)
    assert len(world.store.query("project#p1", prefix="submission#")) == 1


def test_the_same_registration_at_the_same_moment_is_made_once(world):
    once = Once(who="admin", key="k", asked="p2")
    project = {"id": "p2", "name": "项目p2", "unit": "unit"}
    answers = at_once(*[lambda: register_project(world.ports, project, world.now, once)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert register_project(world.ports, project, world.now, once) == answers[0]
    with pytest.raises(Conflict):
        register_project(world.ports, project, world.now, Once(who="admin", key="another", asked="p2"))


def test_two_registrations_under_one_unit_at_the_same_moment_both_land(world):
    """They share the unit's ledger and nothing else."""
    at_once(*[lambda n=n: world.project(f"q{n}") for n in range(4)])
    assert all(world.store.get(records.project_key(f"q{n}")) for n in range(4))
    world.assert_ledgers_whole()


def test_a_receipt_says_why_no_duty_follows(world):
    mistyped = world.completed(on="2006-11-20")
    assert mistyped["obligations"] == [] and "不在本办法有效期内" in mistyped["notes"][0]["zh"]
    again = world.completed(on="2026-01-05")
    assert "此前已报送（2006-11-20）" in again["notes"][0]["zh"] and "更正" in again["notes"][0]["zh"]
    assert again["recorded"] is True


def test_a_receipt_says_that_what_was_named_is_not_there(world):
    world.completed(on="2026-01-05")
    granted = {"decided_on": "2026-01-20", "result": "passed", "until": "2026-12-31"}
    lost = world.submit("extension-decision", role="authority", of="no-such-duty", **granted)
    assert lost["obligations"] == [] and "apply-for-acceptance" in lost["notes"][0]["zh"]
    found = world.submit("extension-decision", role="authority", of="apply-for-acceptance", **granted)
    assert (found["obligations"][0]["due_on"], found["notes"]) == ("2026-12-31", [])


@pytest.mark.parametrize("parent", ["far", "nobody"])
def test_a_unit_cannot_make_another_places_party_its_department_and_have_it_told_of_its_duties(world, parent):
    world.unit("far", jurisdiction="dazhou" if world.place != "dazhou" else "yunyang")
    with pytest.raises(InvalidInput, match="there is no party"):
        world.submit("unit-details", "unit", parent=parent)
    world.unit("above")
    world.submit("unit-details", "unit", parent="above")
    assert world.store.get(records.party_key("unit")).value["facts"]["parent"] == "above"


# Documents that the text asks for


def test_a_report_without_its_documents_is_taken_and_told_which_are_missing_until_when_and_how_to_add_them(world):
    world.completed(on="2026-01-15")
    receipt = world.submit("acceptance-application", attachments=[{"name": "情况说明"}], applied_on="2026-01-20")
    (missing,) = receipt["missing_documents"]
    assert missing["article"] == "25" and len(missing["documents"]) > 1
    assert missing["until"] == "2026-07-15" and "2026-07-15" in missing["how"]["zh"]
    assert receipt["milestones"][0]["id"] in missing["how"]["zh"], "a correction names the milestone"
    assert missing["how"]["en"].startswith("add them by 2026-07-15")


def test_documents_that_are_named_are_not_missing_whatever_their_spaces(world):
    world.completed(on="2026-01-15")
    wanted = world.submit("acceptance-application", attachments=[{"name": "情况说明"}], applied_on="2026-01-20", record=False)[
        "missing_documents"
    ][0]["documents"]
    named = [{"name": f" {name[:2]} {name[2:]}"} for name in wanted[1:]]
    receipt = world.submit("acceptance-application", attachments=named, applied_on="2026-01-20")
    assert receipt["missing_documents"][0]["documents"] == wanted[:1]


def test_a_report_that_fulfils_nothing_misses_no_document(world):
    assert world.completed(on="2026-01-15")["missing_documents"] == []
