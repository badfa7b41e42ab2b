"""Corrections and withdrawals: what of the history stands, and that an obligation stays the same one."""

import pytest

from chalicelib.core.facts import Facts, History

from .small import ask, book, day, duty, happened, of, the

ACCEPT = book(duty("at_most", from_="construction_completed", within={"months": 6}, done_by=["acceptance_passed"]))
YEARLY = book(
    duty(
        "recurring",
        per="unit",
        by={"month": 9, "day": "last"},
        for_="next",
        done_by=["annual_list_submitted"],
    )
)
ON = "2025-07-01"


def standing(*milestones):
    history = History(Facts.of_json({"jurisdiction": "x", "milestones": list(milestones)}).milestones)
    return [(milestone.id, milestone.root, str(milestone.on)) for listed in history.actual.values() for milestone in listed]


def completed(id, on, **fields):
    return happened("construction_completed", on, id, **fields)


# What stands


def test_a_chain_of_corrections_leaves_the_last_with_the_first_ones_root():
    chain = [
        completed("m1", "2025-01-06"),
        completed("m2", "2025-01-07", replaces="m1"),
        completed("m3", "2025-01-08", replaces="m2"),
    ]
    assert standing(*chain) == standing(*reversed(chain)) == [("m3", "m1", "2025-01-08")]


@pytest.mark.parametrize("withdrawn", ["m1", "m2"])
def test_withdrawing_the_first_or_the_last_of_a_chain_leaves_nothing(withdrawn):
    chain = [completed("m1", "2025-01-06"), completed("m2", "2025-01-07", replaces="m1")]
    assert standing(*chain, completed("m3", "2025-01-09", void=withdrawn)) == []


def test_a_circle_of_corrections_ends():
    assert standing(completed("m1", "2025-01-06", replaces="m2"), completed("m2", "2025-01-07", replaces="m1")) == []


def test_what_happened_is_in_order_of_day_whatever_the_order_of_reports():
    assert [
        id for id, _, _ in standing(completed("b", "2025-02-03"), completed("a", "2025-01-06"), completed("c", "2025-02-03"))
    ] == ["a", "b", "c"]


def test_a_plan_that_came_true_stands_once_with_the_plans_root():
    planned = completed("plan", "2025-02-03", planned=True)
    assert standing(planned) == []
    assert standing(planned, completed("real", "2025-02-10", replaces="plan")) == [("real", "plan", "2025-02-10")]


# Identity


def test_a_corrected_day_moves_the_same_obligation():
    before = the(ask(ACCEPT, completed("m1", "2025-01-06"), on=ON))
    after = the(ask(ACCEPT, completed("m1", "2025-01-06"), completed("m2", "2025-01-13", replaces="m1"), on=ON))
    assert before["id"] == after["id"]
    assert (before["literal_due_on"], after["literal_due_on"]) == ("2025-07-06", "2025-07-13")
    assert after["anchor"]["milestone"] == "m2"


def test_a_withdrawn_anchor_leaves_no_duty():
    assert of(ask(ACCEPT, completed("m1", "2025-01-06"), completed("m2", "2025-01-13", void="m1"), on=ON)) == []


def test_an_identity_holds_no_day_but_the_holder_the_rule_and_the_root():
    identity = the(ask(ACCEPT, completed("m1", "2025-01-06"), on=ON))["id"]
    assert "2025" not in identity
    assert all(part in identity for part in ("p1", "duty", "m1"))
    assert identity != the(ask(ACCEPT, completed("m1", "2025-01-06"), on=ON, project={"id": "p2"}))["id"]


def test_periods_have_identities_of_their_own():
    answer = ask(YEARLY, on="2025-01-06", unit={"id": "u1"})
    assert len({obligation["id"] for obligation in of(answer)}) == len(of(answer)) == 2


def test_a_milestone_without_an_id_is_named_after_its_place():
    facts = Facts.of_json(
        {
            "jurisdiction": "x",
            "milestones": [happened("listed", "2025-01-06"), happened("declared", "2025-01-07")],
        }
    )
    assert [(m.id, m.root, m.on) for m in facts.milestones] == [
        ("listed-1", "listed-1", day("2025-01-06")),
        ("declared-2", "declared-2", day("2025-01-07")),
    ]
