"""What an office returns (退回) is owed again: the unit is told why, and it waits until it is handed in once more."""

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.ports import Key
from chalicelib.usecases.reporting.inbox import waiting
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.views.dossier import dossier
from chalicelib.usecases.views.returned import of_holder, of_unit

CLERK = Bearer(id="unit/clerk", role="unit", jurisdiction="yunyang", party="unit")
OFFICER = Bearer(id="office/zhao", role="authority", jurisdiction="yunyang", party="office")
LACKING = ["缺少监理总结", "财务报告未盖章"]


@pytest.fixture
def applied(world):
    """The project was completed on 15 January, and its acceptance applied for on the 20th; it is owed by 15 July."""
    world.completed()
    world.receipt = world.submit("acceptance-application", applied_on="2026-01-20")
    assert owed(world)["done_on"] == "2026-01-20"
    return world


def owed(world):
    return world.row("apply-for-acceptance")["is"]


def sent_back(world, **more):
    of = world.receipt["milestones"][0]["id"]
    body = {"of": of, "returned_on": "2026-01-20", "reasons": LACKING, "due_on": "2026-02-06", **more}
    return world.submit("return", party="office", **body)


def decided(world, **more):
    body = {"accepted_on": "2026-01-20", "stage": "completion", "result": "returned", "reason": "缺少监理总结", **more}
    return world.submit("acceptance-result", role="authority", party="office", **body)


def test_the_duty_is_owed_again_by_the_day_that_the_return_sets(applied):
    sent_back(applied)
    is_ = owed(applied)
    assert (is_["done_on"], is_["dates"][2], is_["dates"][3]) == (None, "2026-07-15", "2026-02-06")  # Wed, Fri
    assert waiting(applied.ports, OFFICER, applied.now)["rows"] == []
    applied.assert_as_rebuilt("project#p1")


def test_an_acceptance_that_is_returned_sends_the_application_back(applied):
    decided(applied)
    assert owed(applied)["done_on"] is None
    (row,) = of_unit(applied.store, "unit")
    assert (row["form"], row["reasons"], row["due_on"]) == ("acceptance-application", ["缺少监理总结"], None)


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_what_was_decided_otherwise_is_not_owed_again(applied, result):
    decided(applied, result=result, reason=None if result == "passed" else "系统不能运行")
    assert owed(applied)["done_on"] == "2026-01-20"
    assert of_unit(applied.store, "unit") == []


def test_a_return_may_name_the_duty_instead_of_what_was_sent(applied):
    applied.submit("extension-request", of="organise-acceptance", requested_on="2026-01-20", until="2026-09-30")
    sent_back(applied, of="apply-for-acceptance")
    assert owed(applied)["done_on"] is None
    assert [row["form"] for row in of_unit(applied.store, "unit")] == ["acceptance-application"]


def test_the_unit_sees_what_was_returned_with_every_reason(applied):
    sent_back(applied)
    (row,) = of_unit(applied.store, "unit")
    assert row == of_holder(applied.store, "project#p1")[0]
    assert (row["name"], row["reasons"], row["due_on"]) == ("项目p1", LACKING, "2026-02-06")
    assert row["submission"] == applied.receipt["submission"]


def test_the_same_form_once_more_mends_it(applied):
    sent_back(applied)
    applied.later(days=3)
    applied.submit("acceptance-application", applied_on="2026-01-23")
    assert owed(applied)["done_on"] == "2026-01-23"
    assert of_unit(applied.store, "unit") == [] == of_holder(applied.store, "project#p1")
    assert [row["form"] for row in waiting(applied.ports, OFFICER, applied.now)["rows"]] == ["acceptance-application"]


def test_a_return_that_is_withdrawn_is_as_if_it_had_not_been(applied):
    receipt = sent_back(applied)
    void = receipt["milestones"][0]["id"]
    applied.submit("withdrawal", role="authority", party="office", void=void, event="returned", on="2026-01-20")
    assert owed(applied)["done_on"] == "2026-01-20"
    assert of_unit(applied.store, "unit") == []
    (row,) = waiting(applied.ports, OFFICER, applied.now)["rows"]
    assert row["submission"] == applied.receipt["submission"]


def test_a_decision_that_is_withdrawn_takes_back_the_return_that_it_brought(applied):
    (decision, _) = decided(applied)["milestones"]
    body = {"void": decision["id"], "event": "acceptance_passed", "on": "2026-01-20"}
    applied.submit("withdrawal", role="authority", party="office", **body)
    assert owed(applied)["done_on"] == "2026-01-20" and of_unit(applied.store, "unit") == []
    assert [row["form"] for row in waiting(applied.ports, OFFICER, applied.now)["rows"]] == ["acceptance-application"]


def test_a_decision_that_is_corrected_to_passed_returns_nothing_any_more(applied):
    (decision, _) = decided(applied)["milestones"]
    body = {"replaces": decision["id"], "event": "acceptance_passed", "on": "2026-01-20", "result": "passed"}
    example = {name: None for name in applied.example("correction") if name not in (*body, "classified", "reason")}
    applied.submit("correction", role="authority", party="office", **example, **body)
    assert owed(applied)["done_on"] == "2026-01-20" and of_unit(applied.store, "unit") == []


def test_an_application_that_is_withdrawn_need_not_be_mended(applied):
    sent_back(applied)
    void = applied.receipt["milestones"][0]["id"]
    applied.submit("withdrawal", void=void, event="acceptance_applied", on="2026-01-20")
    assert of_unit(applied.store, "unit") == []


def test_a_request_without_a_milestone_of_a_duty_is_returned_too(world):
    world.completed()
    world.submit("extension-request", of="apply-for-acceptance", requested_on="2026-01-20", until="2026-09-30")
    more = {"decided_on": "2026-01-20", "result": "returned", "until": None, "reason": "请写明原因"}
    world.submit("extension-decision", party="office", of="apply-for-acceptance", **more)
    (row,) = of_unit(world.store, "unit")
    assert (row["form"], row["of"], row["reasons"]) == ("extension-request", "apply-for-acceptance", ["请写明原因"])


def test_a_return_needs_reasons(applied):
    with pytest.raises(InvalidInput) as refused:
        decided(applied, reason=None)
    (fault,) = refused.value.errors
    assert fault["field"] == "/reason" and "写明理由" in fault["message"]["zh"]


def test_how_far_a_project_is_does_not_count_what_did_not_pass(applied):
    decided(applied)
    told = dossier(applied.ports, CLERK, "p1", applied.now)
    assert [each["event"] for each in told["milestones"] if each["is_stage"]] == [
        "acceptance_applied",
        "construction_completed",
    ]
    assert [each["name"]["zh"] for each in told["milestones"]] == ["验收结果：退回", "申请竣工验收", "项目建成"]
    assert [each["reasons"] for each in told["returned"]] == [["缺少监理总结"]]


def test_a_return_is_called_by_what_it_sends_back(applied):
    sent_back(applied)
    told = dossier(applied.ports, CLERK, "p1", applied.now)
    assert "退回：验收申请" in [each["name"]["zh"] for each in told["milestones"]]


def test_once_it_is_mended_nothing_of_the_return_waits_any_more(applied):
    sent_back(applied)
    applied.submit("acceptance-application", applied_on="2026-01-20")
    assert not [
        key for key in applied.store.everything() if key.partition == "returned#unit" or key.sort.startswith("returned#")
    ]
    assert applied.store.get(Key("project#p1", f"awaiting#{applied.receipt['submission']}")) is None
