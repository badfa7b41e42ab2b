"""Conditions: three-valued, in whole fen, and never more unknown than they have to be."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import loaders
from chalicelib.core.condition import FactType, View, Vocabulary
from chalicelib.core.errors import InvalidInput, InvalidRulebook, Text
from chalicelib.core.facts import Facts, History, fen

from .small import day, happened

SHARED = loaders.vocabulary()
OWN = {
    "project.yes": FactType("flag", "是", "yes"),
    "project.no": FactType("flag", "否", "no"),
    "project.unknown": FactType("flag", "未知", "unknown"),
    "project.fee": FactType("money", "费用", "fee", 1000),
    "milestone.attached": FactType("list", "附件", "attached"),
    "milestone.vendor": FactType("text", "企业", "vendor", "无"),
}
VOCABULARY = Vocabulary(
    {key: Text(entry["zh"], entry["en"]) for key, entry in SHARED["events"].items()},
    {key: FactType(entry["type"], entry["zh"], entry["en"], entry.get("default")) for key, entry in SHARED["facts"].items()}
    | OWN,
)
YES, NO, UNKNOWN = {"project.yes": True}, {"project.no": True}, {"project.unknown": True}
GIVEN = {"yes": True, "no": False}
TOTAL = "project.total_investment"


def ask(condition, *milestones, judged=None, on=None, unit=None, **project):
    """(answer, needs) of a condition; `judged` is the id of the milestone it is judged for."""
    facts = Facts.of_json({"jurisdiction": "x", "unit": unit, "project": GIVEN | project, "milestones": list(milestones)})
    found = next((milestone for milestone in facts.milestones if milestone.id == judged), None)
    needs: set[str] = set()
    view = View(facts, History(facts.milestones), VOCABULARY.facts, found, on and day(on) or found and found.on)
    return VOCABULARY.condition(condition, "test").test(view, needs), needs


def holds(*args, **kwargs):
    return ask(*args, **kwargs)[0]


@pytest.mark.parametrize(
    ("parts", "of_all", "of_any"),
    [
        ((YES, YES), True, True),
        ((YES, NO), False, True),
        ((NO, NO), False, False),
        ((YES, UNKNOWN), None, True),
        ((NO, UNKNOWN), False, None),
        ((UNKNOWN, UNKNOWN), None, None),
    ],
)
def test_all_and_any_in_three_values(parts, of_all, of_any):
    for ordered in (list(parts), list(reversed(parts))):
        for key, expected in (("all", of_all), ("any", of_any)):
            needed = {"project.unknown"} if expected is None else set()
            assert ask({key: ordered}) == (expected, needed)


@pytest.mark.parametrize(("part", "expected"), [(YES, False), (NO, True), (UNKNOWN, None)])
def test_not_turns_the_known_and_leaves_the_unknown(part, expected):
    assert holds({"not": part}) is expected
    assert holds({"not": {"not": part}}) is (None if expected is None else not expected)


def test_entries_of_one_mapping_must_all_hold():
    assert holds({**YES, **NO}) is False
    assert ask({**YES, **UNKNOWN}) == (None, {"project.unknown"})


def test_every_missing_fact_is_named_and_none_that_does_not_matter():
    assert ask({"all": [UNKNOWN, {TOTAL: {"at_least": 1}}]}) == (None, {"project.unknown", TOTAL})
    assert ask({"any": [{"all": [NO, {TOTAL: {"at_least": 1}}]}, UNKNOWN]}) == (None, {"project.unknown"})


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("at_least", False, True, True),
        ("above", False, False, True),
        ("at_most", True, True, False),
        ("below", True, False, False),
        ("is", False, True, False),
        ("not", True, False, True),
    ],
)
def test_one_fen_below_at_and_above_an_amount(operator, below, at, above):
    for amount, expected in (
        ("4999999.99", below),
        (5_000_000, at),
        ("5000000.00", at),
        ("5000000.01", above),
    ):
        assert holds({TOTAL: {operator: 5_000_000}}, total_investment=amount) is expected


def test_a_bare_amount_or_a_list_of_amounts_is_in_yuan_too():
    assert holds({TOTAL: 5_000_000}, total_investment="5000000") is True
    assert holds({TOTAL: [1, 5_000_000]}, total_investment=5_000_000) is True
    assert holds({TOTAL: {"in": [1, 2]}}, total_investment=5_000_000) is False


@pytest.mark.parametrize("wrong", ["1.001", "-1", -1, 1.5, True, "一百", "", "NaN", "Infinity"])
def test_an_amount_that_is_not_whole_fen_is_refused(wrong):
    with pytest.raises(InvalidInput):
        fen(wrong)


@pytest.mark.parametrize(("amount", "at_most", "above"), [("3.33", True, False), ("3.34", False, True)])
def test_ten_percent_of_an_odd_amount_is_not_rounded(amount, at_most, above):
    made = happened("adjustment_made", "2025-06-06", "m1", amount=amount)  # 10 % of 33.35 is 3.335
    for operator, expected in (("at_most", at_most), ("above", above)):
        condition = {"milestone.amount": {operator: {"percent": 10, "of": "project.approved_estimate"}}}
        assert holds(condition, made, judged="m1", approved_estimate="33.35") is expected


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(1, 100))
def test_percentages_agree_with_exact_fractions(left, right, percent):
    made = happened("adjustment_made", "2025-06-06", "m1", amount=f"{left // 100}.{left % 100:02}")
    exact = Fraction(right * percent, 100)
    for operator, expected in (
        ("at_least", left >= exact),
        ("above", left > exact),
        ("at_most", left <= exact),
        ("below", left < exact),
    ):
        condition = {"milestone.amount": {operator: {"percent": percent, "of": "project.approved_estimate"}}}
        assert holds(condition, made, judged="m1", approved_estimate=f"{right // 100}.{right % 100:02}") is expected


LEAST = {TOTAL: {"above": {"least_of": [{"percent": 10, "of": "project.approved_estimate"}, 500_000]}}}


@pytest.mark.parametrize(
    ("total", "estimate", "expected"),
    [
        (400_001, 4_000_000, True),
        (400_000, 4_000_000, False),
        (500_000, 9_000_000, False),
        (500_001, 9_000_000, True),
    ],
)
def test_the_least_of_a_percentage_and_an_amount(total, estimate, expected):
    assert holds(LEAST, total_investment=total, approved_estimate=estimate) is expected


def test_above_one_of_several_is_above_the_least_of_them_whatever_the_others_are():
    assert ask(LEAST, total_investment=500_001) == (True, set())
    assert ask(LEAST, total_investment=500_000) == (None, {"project.approved_estimate"})


CONTRACT = "supplementary_contract_signed"
WITHIN = {"sum": {"event": CONTRACT, "field": "amount", "at_most": {"percent": 10, "of": "project.contract_amount"}}}


def test_a_cumulative_limit_counts_up_to_and_with_the_judged_one_in_the_order_reported():
    signed = [
        happened(CONTRACT, "2025-06-06", "second", amount=600),
        happened(CONTRACT, "2025-06-06", "third", amount="0.01"),
        happened(CONTRACT, "2025-05-06", "first", amount=400),
    ]  # two on Fri 6 June, one a month before
    judged = {name: holds(WITHIN, *signed, judged=name, contract_amount=10_000) for name in ("first", "second", "third")}
    assert judged == {"first": True, "second": True, "third": False}


def test_a_cumulative_sum_takes_corrections_and_leaves_out_what_failed_or_came_later():
    signed = [
        happened(CONTRACT, "2025-06-06", "a", amount=9_000),
        happened(CONTRACT, "2025-06-06", "b", amount=900, replaces="a"),
        happened(CONTRACT, "2025-06-09", "c", amount=900, result="failed"),
        happened(CONTRACT, "2025-06-10", "d", amount=200),
    ]
    assert holds(WITHIN, *signed, on="2025-06-09", contract_amount=10_000) is True
    assert holds(WITHIN, *signed, on="2025-06-10", contract_amount=10_000) is False


def test_an_amount_that_was_not_given_leaves_the_sum_open_unless_the_others_already_exceed_it():
    unsaid = happened(CONTRACT, "2025-06-06", "a")
    assert ask(WITHIN, unsaid, judged="a", contract_amount=10_000) == (None, {"milestone.amount"})
    known = happened(CONTRACT, "2025-06-07", "b", amount=1_001)
    assert ask(WITHIN, unsaid, known, judged="b", contract_amount=10_000) == (False, set())


def test_a_fact_with_a_default_is_never_unknown():
    assert ask({"project.classified": False}) == (True, set())
    assert ask({"unit.defects": {"contains": "security_risk"}}) == (False, set())
    assert ask({"milestone.vendor": "无"}, happened("contract_signed", "2025-06-06", "m1"), judged="m1") == (
        True,
        set(),
    )


def test_a_default_amount_is_in_yuan():
    assert holds({"project.fee": {"at_least": 1000}}) is True
    assert holds({"project.fee": {"above": 1000}}) is False


def test_text_and_lists():
    assert holds({"unit.kind": ["school", "hospital"]}, unit={"kind": "school"}) is True
    assert holds({"unit.kind": {"in": ["school", "hospital"]}}, unit={"kind": "court"}) is False
    assert holds({"unit.kind": {"not": "court"}}, unit={"kind": "court"}) is False
    assert holds({"project.defects": {"contains": "security_risk"}}, defects=["security_risk"]) is True
    assert ask({"unit.kind": {"not": "court"}}) == (None, {"unit.kind"})


def test_happened_means_on_or_before_the_day_judged_and_with_the_right_result():
    accepted = happened("archive_accepted", "2025-06-06")
    assert [holds({"happened": "archive_accepted"}, accepted, on=on) for on in ("2025-06-05", "2025-06-06")] == [False, True]
    failed = happened("archive_accepted", "2025-06-06", result="failed")
    assert holds({"happened": "archive_accepted"}, failed, on="2025-06-09") is False
    assert holds({"happened": {"event": "archive_accepted", "result": "any"}}, failed, on="2025-06-09") is True
    assert (
        holds(
            {"happened": "archive_accepted"},
            happened("archive_accepted", "2025-06-06", planned=True),
            on="2025-06-09",
        )
        is False
    )


def test_what_was_attached_is_unknown_until_it_was_said():
    assert ask({"attached": "目录"}, happened("declared", "2025-06-06", "m1"), judged="m1") == (
        None,
        {"milestone.attached"},
    )
    assert holds({"attached": "目录"}, happened("declared", "2025-06-06", "m1", attached=[]), judged="m1") is False
    assert holds({"attached": "目录"}, happened("declared", "2025-06-06", "m1", attached=["目录"]), judged="m1") is True


@pytest.mark.parametrize(
    "wrong",
    [{"project.colour": "red"}, {TOTAL: {"over": 1}}, {"happened": "never"}, {TOTAL: {"above": "project.x"}}],
)
def test_a_condition_that_names_what_does_not_exist_is_refused_with_its_place(wrong):
    with pytest.raises(InvalidRulebook) as refused:
        VOCABULARY.condition(wrong, "规则 x")
    assert "规则 x" in refused.value.text.zh
