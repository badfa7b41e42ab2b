"""Where clocks start: every form of anchor, and the phases in which a duty repeats."""

from .small import ask, book, duty, happened, of, states, the

ON = "2025-07-01"


def clock(from_, **fields):
    """A rulebook whose one duty is due thirty days after the anchor."""
    return book(duty("at_most", from_=from_, within={"days": 30}, **fields))


def anchors(answer, rule="duty"):
    return [(obligation["anchor"]["event"], obligation["anchor"]["on"]) for obligation in of(answer, rule)]


SIGNED = [happened("contract_signed", "2025-03-03", "c1"), happened("contract_signed", "2025-05-06", "c2")]
STARTED = happened("construction_started", "2025-04-07", "s1")


def test_an_event_starts_its_clock_at_its_first_occurrence():
    assert anchors(ask(clock("contract_signed"), *reversed(SIGNED), on=ON)) == [("contract_signed", "2025-03-03")]
    assert of(ask(clock("contract_signed"), STARTED, on=ON)) == []


def test_each_of_starts_a_clock_at_every_occurrence_of_any_of_them():
    answer = ask(clock({"each_of": ["contract_signed", "construction_started"]}), *SIGNED, STARTED, on=ON)
    assert anchors(answer) == [
        ("contract_signed", "2025-03-03"),
        ("construction_started", "2025-04-07"),
        ("contract_signed", "2025-05-06"),
    ]
    assert len({obligation["id"] for obligation in of(answer)}) == 3


def test_first_of_starts_at_whichever_came_first():
    first_of = clock({"first_of": ["construction_started", "contract_signed"]})
    assert anchors(ask(first_of, *SIGNED, STARTED, on=ON)) == [("contract_signed", "2025-03-03")]
    assert anchors(ask(first_of, STARTED, on=ON)) == [("construction_started", "2025-04-07")]


def test_later_of_waits_for_all_and_starts_at_the_last():
    later_of = clock({"later_of": ["contract_signed", "construction_started"]})
    assert of(ask(later_of, *SIGNED, on=ON)) == []
    assert anchors(ask(later_of, *SIGNED, STARTED, on=ON)) == [("construction_started", "2025-04-07")]


def test_later_of_keeps_its_identity_when_a_correction_makes_the_other_one_the_later():
    later_of = clock({"later_of": ["contract_signed", "construction_started"]})
    before = the(ask(later_of, SIGNED[0], STARTED, on=ON))
    after = the(ask(later_of, SIGNED[0], STARTED, happened("contract_signed", "2025-04-14", replaces="c1"), on=ON))
    assert (before["anchor"]["event"], after["anchor"]["event"]) == (
        "construction_started",
        "contract_signed",
    )
    assert before["id"] == after["id"]


def test_an_anchor_may_ask_for_a_result():
    failed = happened("pre_acceptance_approved", "2025-06-03", result="failed")
    assert of(ask(clock("pre_acceptance_approved"), failed, on=ON)) == []
    assert anchors(ask(clock({"event": "pre_acceptance_approved", "result": "failed"}), failed, on=ON)) == [
        ("pre_acceptance_approved", "2025-06-03")
    ]
    assert len(of(ask(clock({"each_of": [{"event": "pre_acceptance_approved", "result": "any"}]}), failed, on=ON))) == 1


def test_a_field_of_the_milestone_may_be_the_day_that_counts():
    from_ = {"each_of": "call_issued", "field": "due_on"}
    obligation = the(ask(clock(from_), happened("call_issued", "2025-06-03", due_on="2025-06-16"), on=ON))
    assert (obligation["anchor"]["on"], obligation["literal_due_on"]) == ("2025-06-03", "2025-07-16")


def test_a_fact_starts_a_clock_once_it_is_known():
    fact = clock({"fact": "project.warranty_ends_on"})
    assert the(ask(fact, on=ON, project={"warranty_ends_on": "2025-06-03"}))["literal_due_on"] == "2025-07-03"
    assert of(ask(fact, on=ON)) == []


def test_a_duty_may_follow_from_the_due_day_of_another():
    first = duty("at_most", "first", from_="construction_completed", within={"days": 30}, done_by=["acceptance_passed"])
    then = duty("at_most", from_={"due_of": "first"}, within={"days": 10})
    completed = happened("construction_completed", "2025-05-06")  # Tue + 30 days: Thu 5 June, + 10 days: Sun 15 June
    assert the(ask(book(first, then), completed, on=ON))["literal_due_on"] == "2025-06-15"
    assert the(ask(book(then, first), completed, on=ON))["literal_due_on"] == "2025-06-15"  # whichever stands first in the file


def test_a_duty_may_exist_only_because_another_was_missed():
    first = duty("at_most", "first", from_="construction_completed", within={"days": 30}, done_by=["acceptance_passed"])
    missed = book(first, duty("at_most", from_={"due_of": "first", "missed": True}, within={"days": 10}))
    completed = happened("construction_completed", "2025-05-06")  # due Thu 2025-06-05
    assert of(ask(missed, completed, on="2025-06-05")) == []
    assert len(of(ask(missed, completed, on="2025-06-06"))) == 1
    assert of(ask(missed, completed, happened("acceptance_passed", "2025-06-05"), on=ON)) == []
    assert len(of(ask(missed, completed, happened("acceptance_passed", "2025-06-06"), on=ON))) == 1
    assert of(ask(missed, completed, happened("waived", "2025-06-03", of="first"), on=ON)) == []


def test_the_document_taking_effect_starts_a_clock():
    rule = duty("at_most", per="unit", from_={"in_force": True}, within={"days": 180})
    effective = book(
        rule,
        status="in_force",
        valid_from={"on": "2025-01-06", "article": "9", "quote": "自2025年1月6日起施行"},
    )
    assert the(ask(effective, on=ON))["literal_due_on"] == "2025-07-05"
    assert of(ask(book(rule), on=ON)) == []  # a draft has no such day


def test_last_done_gives_nothing_until_it_was_done_once():
    again = book(duty("recurring", from_={"last_done": "self_evaluated"}, every={"years": 1}, done_by=["self_evaluated"]))
    assert of(ask(again, on=ON)) == []
    assert the(ask(again, happened("self_evaluated", "2025-03-03"), on=ON))["literal_due_on"] == "2026-03-03"


def test_a_step_that_must_precede_an_event_counts_from_the_plan_until_it_happened():
    before = book(duty("before_event", from_="contract_signed", before={"days": 30}, done_by=["declared"]))
    planned = happened("contract_signed", "2025-09-03", "plan", planned=True)
    assert the(ask(before, planned, on=ON))["literal_due_on"] == "2025-08-04"
    real = happened("contract_signed", "2025-10-09", replaces="plan")
    assert the(ask(before, planned, real, on=ON))["literal_due_on"] == "2025-09-09"
    assert the(ask(before, planned, on=ON))["id"] == the(ask(before, planned, real, on=ON))["id"]


def test_of_two_plans_the_last_one_reported_counts():
    before = book(duty("before_event", from_="contract_signed", before={"days": 30}))
    later, sooner = (
        happened("contract_signed", "2025-10-09", planned=True),
        happened("contract_signed", "2025-09-03", planned=True),
    )
    assert the(ask(before, later, sooner, on=ON))["literal_due_on"] == "2025-08-04"
    assert the(ask(before, sooner, later, on=ON))["literal_due_on"] == "2025-09-09"


# Phases

BUILDING = {
    "building": {
        "from": {"first_of": ["contract_signed", "construction_started"]},
        "to": ["acceptance_passed", "terminated"],
        "zh": "建设期",
        "en": "building",
    }
}
REPORTS = book(
    duty("recurring", by={"month": 12, "day": 31}, while_="building", done_by=["annual_report_submitted"]),
    phases=BUILDING,
)


def periods(answer):
    return [obligation["period"] for obligation in of(answer)]


def test_a_phase_gives_every_period_since_it_began_however_long_ago():
    answer = ask(REPORTS, happened("contract_signed", "2022-12-31"), on="2025-07-01")
    assert periods(answer) == ["2022", "2023", "2024", "2025", "2026"]
    assert states(answer) == ["overdue", "overdue", "overdue", "open", "waiting"]
    assert periods(ask(REPORTS, on="2025-07-01")) == []


def test_a_phase_ends_with_the_first_of_its_ends():
    signed = happened("contract_signed", "2023-03-06")
    for accepted, expected in (("2024-12-30", ["2023"]), ("2024-12-31", ["2023", "2024"])):
        assert (
            periods(
                ask(
                    REPORTS,
                    signed,
                    happened("acceptance_passed", accepted),
                    happened("terminated", "2025-06-03"),
                    on=ON,
                )
            )
            == expected
        )


def test_what_was_done_before_a_phase_began_is_not_its_report():
    answer = ask(
        REPORTS,
        happened("annual_report_submitted", "2025-03-03"),
        happened("contract_signed", "2025-03-04"),
        on=ON,
    )
    assert states(answer)[0] == "open"


def test_an_interval_within_a_phase_stops_with_it():
    rule = duty("recurring", from_="contract_signed", every={"months": 3}, while_="building", done_by=["stage_filed"])
    phased, signed = book(rule, phases=BUILDING), happened("contract_signed", "2025-01-06")
    assert the(ask(phased, signed, on=ON))["literal_due_on"] == "2025-04-06"
    assert of(ask(phased, signed, happened("acceptance_passed", "2025-04-03"), on=ON)) == []
