"""What an office returns (退回) is owed again: the unit is told why, and it waits until it is handed in once more."""

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.ports import MAX_CHANGES, Key
from chalicelib.usecases.reporting.inbox import MOST_ANSWERED, waiting
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


def corrected(world, milestone, result, **more):
    """The office corrects the result of its decision."""
    body = {"replaces": milestone, "event": "acceptance_passed", "on": "2026-01-20", "result": result, **more}
    left_out = {name: None for name in world.example("correction") if name not in (*body, "classified", "reason")}
    return world.submit("correction", role="authority", party="office", **left_out, **body)


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_a_decision_that_is_corrected_returns_nothing_any_more_and_stays_decided(applied, result):
    (decision, _) = decided(applied)["milestones"]
    corrected(applied, decision["id"], result)
    assert owed(applied)["done_on"] == "2026-01-20" and of_unit(applied.store, "unit") == []
    assert waiting(applied.ports, OFFICER, applied.now)["rows"] == []


@pytest.mark.parametrize("result", ["passed", "failed"])
def test_a_decision_that_is_corrected_to_returned_returns_what_it_had_decided(applied, result):
    (decision,) = decided(applied, result=result)["milestones"]
    applied.submit("funds-request", requested_on="2026-01-20")
    corrected(applied, decision["id"], "returned", reason="缺少监理总结")
    (row,) = of_unit(applied.store, "unit")
    assert (row["submission"], row["reasons"]) == (applied.receipt["submission"], ["缺少监理总结"])
    assert owed(applied)["done_on"] is None
    applied.assert_as_rebuilt("project#p1")


@pytest.mark.parametrize("names", ["the first", "the last"])
def test_a_decision_may_be_corrected_to_and_fro(applied, names):
    (decision,) = decided(applied, result="passed", reason=None)["milestones"]
    first = corrected(applied, decision["id"], "returned")["milestones"][0]
    corrected(applied, {"the first": decision, "the last": first}[names]["id"], "passed")
    assert of_unit(applied.store, "unit") == [] == waiting(applied.ports, OFFICER, applied.now)["rows"]
    assert owed(applied)["done_on"] == "2026-01-20"


def test_a_returned_decision_of_which_only_the_day_is_corrected_returns_the_same(applied):
    (decision, _) = decided(applied)["milestones"]
    before = of_unit(applied.store, "unit")
    applied.later(days=1)
    corrected(applied, decision["id"], "returned", on="2026-01-21")
    assert of_unit(applied.store, "unit") == before and owed(applied)["done_on"] is None


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


def requested(world, form, **body):
    return world.submit(form, **body)["milestones"][0]["id"]


def returned(world, of):
    return world.submit("return", party="office", of=of, returned_on="2026-01-20", reasons=LACKING, due_on=None)


def rows_of_returned(world):
    return world.store.query("project#p1", prefix="returned#")


def to_mend(world):
    """What waits to be mended, at the unit and at the project, which are the same."""
    rows = of_unit(world.store, "unit")
    assert rows == of_holder(world.store, "project#p1")
    return sorted((row["form"], row["of"]) for row in rows)


@pytest.fixture
def two_returned(world):
    """Of a project whose funds and whose end were asked for, both were returned."""
    world.completed()
    world.funds = requested(world, "funds-request", requested_on="2026-01-20")
    world.plan = requested(world, "decommission-plan", submitted_on="2026-01-20")
    returned(world, world.funds)
    returned(world, world.plan)
    return world


def test_a_return_leaves_what_was_returned_before(two_returned):
    assert to_mend(two_returned) == [("decommission-plan", None), ("funds-request", None)]


def decide(world, result, of):
    more = {} if result == "passed" else {"reason": "金额不符", "amount": None}
    return world.submit("request-decision", party="office", decided_on="2026-01-20", result=result, of=of, **more)


def test_a_decision_ends_what_it_names(two_returned):
    decide(two_returned, "passed", two_returned.plan)
    assert to_mend(two_returned) == [("funds-request", None)]


def test_a_decision_that_names_nothing_ends_all_of_its_sort(two_returned):
    decide(two_returned, "passed", None)
    assert to_mend(two_returned) == []


def test_a_decision_to_return_ends_nothing_that_was_returned_before(two_returned):
    decide(two_returned, "returned", None)  # nothing waits: it finds nothing to return
    again = requested(two_returned, "funds-request", requested_on="2026-01-20")
    assert to_mend(two_returned) == [("decommission-plan", None)]
    decide(two_returned, "returned", again)
    assert to_mend(two_returned) == [("decommission-plan", None), ("funds-request", None)]


def test_the_same_form_about_another_duty_does_not_mend_it(world):
    world.completed()
    duties = ("apply-for-acceptance", "organise-acceptance")
    day = {"requested_on": "2026-01-20", "until": "2026-12-31"}
    for of in [requested(world, "extension-request", of=duty, **day) for duty in duties]:
        returned(world, of)
    assert to_mend(world) == [("extension-request", duty) for duty in duties]
    requested(world, "extension-request", of=duties[0], **day)
    assert to_mend(world) == [("extension-request", duties[1])]


def test_of_very_many_returned_the_next_decision_ends_what_the_first_left(two_returned):
    asked = [requested(two_returned, "funds-request", requested_on="2026-01-20") for _ in range(MAX_CHANGES // 2)]
    for of in asked:
        returned(two_returned, of)
    left = [len(rows_of_returned(two_returned))]
    assert 2 * left[0] > MAX_CHANGES  # each is two rows
    while left[-1]:
        decide(two_returned, "passed", None)
        left.append(len(rows_of_returned(two_returned)))
        assert left[-1] == max(0, left[-2] - MOST_ANSWERED)
    assert to_mend(two_returned) == []
