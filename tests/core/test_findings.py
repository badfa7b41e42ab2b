"""What the text says of a project or a step, beside its dates: bands, gates, early steps and scope."""

import pytest

from .small import ask, book, duty, findings, happened


def test_a_band_gives_every_row_that_applies_and_says_when_it_cannot_tell():
    rule = book(
        duty(
            "band",
            judged="project",
            rows=[
                {
                    "when": {"project.total_investment": {"at_least": 100}},
                    "outcome": "route",
                    "what": {"zh": "大", "en": "large"},
                },
                {"when": {"project.kind": "new"}, "outcome": "warn", "what": {"zh": "新", "en": "new"}},
            ],
        )
    )
    for project, outcomes in (
        ({"total_investment": 100, "kind": "new"}, ["route", "warn"]),
        ({"total_investment": 99, "kind": "new"}, ["warn"]),
        ({"total_investment": 99, "kind": "operation"}, []),
        ({"kind": "operation"}, ["undetermined"]),
    ):
        assert [outcome for _, outcome in findings(ask(rule, on="2025-01-06", project=project))] == outcomes


@pytest.mark.parametrize(
    ("modality", "attached", "outcome"),
    [
        ("must", ["目录"], "pass"),
        ("must", [], "block"),
        ("must", None, "undetermined"),
        ("in_principle", [], "warn"),
    ],
)
def test_a_gate_judges_each_step_by_what_came_with_it(modality, attached, outcome):
    rule = book(duty("gate", modality=modality, bars=["declared"], needs={"attached": "目录"}))
    fields = {} if attached is None else {"attached": attached}
    assert findings(ask(rule, happened("declared", "2025-01-06", **fields), on="2025-01-07")) == [("gate", outcome)]
    assert findings(ask(rule, on="2025-01-07")) == []


def test_a_gate_judges_by_what_had_happened_on_its_day():
    rule = book(duty("gate", bars=["acceptance_passed"], needs={"happened": "archive_accepted"}))
    for archived, outcome in (("2025-01-06", "pass"), ("2025-01-07", "block")):
        answer = ask(
            rule,
            happened("acceptance_passed", "2025-01-06"),
            happened("archive_accepted", archived),
            on="2025-02-05",
        )
        assert findings(answer) == [("gate", outcome)]


def test_what_scope_takes_out_owes_nothing_except_what_is_kept_beyond_it():
    rules = [
        duty("no_date", from_="contract_signed"),
        duty("no_date", "kept", from_="contract_signed", beyond_scope=True),
    ]
    small = book(
        *rules,
        scope=[
            {
                "article": "2",
                "quote": "30万元以上",
                "when": {"project.total_investment": {"at_least": 300_000}},
                "message": {"zh": "30万元以上", "en": "300,000 or more"},
            }
        ],
    )
    for total, kept, outcome in (
        (300_000, ["duty", "kept"], "pass"),
        (299_999, ["kept"], "route"),
        (None, ["duty", "kept"], "undetermined"),
    ):
        answer = ask(
            small,
            happened("contract_signed", "2025-01-06"),
            on="2025-01-07",
            project={"total_investment": total} if total else {},
        )
        assert [o["rule"] for o in answer["obligations"]] == kept
        assert findings(answer, "scope") == [("scope", outcome)]


def test_a_barred_vendor_is_barred_by_its_own_name_only():
    ban = book(
        duty(
            "at_least",
            per="vendor",
            from_={"each_of": "vendor_blacklisted"},
            for_={"years": 5},
            bars=["contract_signed"],
            same="vendor",
        )
    )
    listed = happened("vendor_blacklisted", "2025-01-06", vendor="甲公司")
    for vendor, on, expected in (
        ("甲公司", "2030-01-06", [("early_step", "block")]),
        ("甲公司", "2030-01-07", []),
        ("乙公司", "2025-02-05", []),
    ):
        assert findings(ask(ban, listed, happened("contract_signed", on, vendor=vendor), on="2030-02-05")) == expected


def test_an_early_step_blocks_where_it_must_not_be_and_warns_where_it_should_not():
    for modality, outcome in (("must", "block"), ("in_principle", "warn")):
        rule = duty(
            "at_least",
            modality=modality,
            from_={"each_of": "publicity_started"},
            for_={"days": 7},
            bars=["publicity_ended"],
        )
        started = happened("publicity_started", "2025-03-03")
        for ended, expected in (("2025-03-10", [("early_step", outcome)]), ("2025-03-11", [])):
            assert findings(ask(book(rule), started, happened("publicity_ended", ended), on="2025-04-01")) == expected


def test_a_planned_step_is_judged_without_counting_as_done():
    gate = duty("gate", "gate", bars=["acceptance_passed"], needs={"happened": "archive_accepted"})
    follows = duty("at_most", "follows", from_="acceptance_passed", within={"days": 10})
    planned = happened("acceptance_passed", "2025-08-01", planned=True)
    answer = ask(book(gate, follows), planned, on="2025-07-01")
    assert (findings(answer, "gate"), answer["obligations"]) == ([("gate", "block")], [])
    archived = happened("archive_accepted", "2025-07-20", "a1")
    assert findings(ask(book(gate, follows), archived, planned, on="2025-07-01"), "gate") == [("gate", "pass")]


def test_a_planned_supplement_is_added_to_those_that_were_signed():
    band = duty(
        "band",
        judged="supplementary_contract_signed",
        rows=[
            {
                "when": {
                    "sum": {
                        "event": "supplementary_contract_signed",
                        "field": "amount",
                        "above": {"percent": 10, "of": "project.contract_amount"},
                    }
                },
                "outcome": "block",
                "what": {"zh": "超过", "en": "above"},
            }
        ],
    )
    signed = happened("supplementary_contract_signed", "2025-05-06", "s1", amount=60_000)
    planned = happened("supplementary_contract_signed", "2025-08-01", "s2", amount=40_001, planned=True)
    answer = ask(book(band), signed, planned, on="2025-07-01", project={"contract_amount": 1_000_000})
    assert [(finding["judged"]["milestone"], finding["outcome"]) for finding in answer["findings"]] == [("s2", "block")]
