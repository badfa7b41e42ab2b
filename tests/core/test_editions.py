"""Which text governs: editions of the law, drafts, and what an office tunes."""

import pytest

from chalicelib.core.errors import InvalidRulebook

from .small import ask, book, duty, findings, happened, in_force, of, the

ON = "2025-07-01"


def accept(days, **fields):
    return duty("at_most", from_="construction_completed", within={"days": days}, **fields)


OLD, NEW = in_force("2022-01-01", "2024-12-31"), in_force("2025-01-01", edition="2")


def days_counted(answer):
    return [obligation["rulebook"]["edition"] for obligation in of(answer)]


@pytest.mark.parametrize(
    ("completed", "edition", "due"),
    [("2024-12-31", "1", "2025-01-30"), ("2025-01-01", "2", "2025-03-02"), ("2022-01-01", "1", "2022-01-31")],
)
def test_each_edition_governs_what_is_anchored_in_its_time(completed, edition, due):
    obligation = the(
        ask(
            [book(accept(30), **OLD), book(accept(60), **NEW)],
            happened("construction_completed", completed),
            on=ON,
        )
    )
    assert (obligation["rulebook"]["edition"], obligation["literal_due_on"]) == (edition, due)


def test_a_repeated_duty_is_governed_on_its_periods_last_day():
    yearly = {month: duty("recurring", per="unit", by={"month": month, "day": "last"}) for month in (9, 10)}
    answer = ask([book(yearly[9], **OLD), book(yearly[10], **NEW)], on="2024-07-01", until="2025-12-31")
    assert [(o["due_on"], o["rulebook"]["edition"]) for o in of(answer)] == [
        ("2024-09-30", "1"),
        ("2025-10-31", "2"),
    ]


def test_findings_come_from_the_edition_of_the_day_judged():
    gate = duty("gate", bars=["declared"], needs={"attached": "目录"})
    band = duty(
        "band",
        "band",
        judged="project",
        rows=[{"when": {"project.kind": "new"}, "outcome": "route", "what": {"zh": "一", "en": "one"}}],
    )
    editions = [
        book(gate, band, **OLD),
        book({**gate, "modality": "in_principle"}, {**band, "rows": []}, **NEW),
    ]
    for declared, outcome in (("2024-12-31", "block"), ("2025-01-01", "warn")):
        answer = ask(editions, happened("declared", declared, attached=[]), on=ON, project={"kind": "new"})
        assert (findings(answer), findings(answer, "band")) == ([("gate", outcome)], [])
    assert findings(ask(editions, on="2024-07-01", project={"kind": "new"}), "band") == [("band", "route")]


@pytest.mark.parametrize("completed", ["2021-12-31", "2024-06-03"], ids=["before the first", "between the two"])
def test_a_day_that_no_edition_covers_is_said_once_and_nothing_is_computed(completed):
    gap = in_force("2022-01-01", "2023-12-31")
    editions = [
        book(accept(30), accept(30, id="other"), **gap),
        book(accept(60), accept(60, id="other"), **NEW),
    ]
    answer = ask(editions, happened("construction_completed", completed), on=ON)
    assert answer["obligations"] == []
    assert len(answer["not_computed"]) == 1
    assert completed in answer["not_computed"][0]["reason"]["zh"]


def test_a_day_after_the_last_edition_is_said_once():
    answer = ask(book(accept(30), **OLD), happened("construction_completed", "2025-03-03"), on=ON)
    assert (answer["obligations"], len(answer["not_computed"])) == ([], 1)


def test_a_gap_is_said_for_a_duty_that_only_the_newer_edition_knows():
    editions = [book(**in_force("2022-01-01", "2023-12-31")), book(accept(60), **NEW)]
    answer = ask(editions, happened("construction_completed", "2024-06-03"), on=ON)
    assert (answer["obligations"], len(answer["not_computed"])) == ([], 1)


def test_a_gate_on_a_day_that_no_edition_covers_is_said_too():
    gate = duty("gate", bars=["declared"], needs={"attached": "目录"})
    answer = ask(book(gate, **OLD), happened("declared", "2021-12-31", attached=[]), on="2024-07-01")
    assert (findings(answer), len(answer["not_computed"])) == ([], 1)


def test_a_band_on_the_project_is_not_judged_by_a_text_that_is_not_in_force():
    band = duty(
        "band",
        judged="project",
        rows=[{"when": {"project.kind": "new"}, "outcome": "route", "what": {"zh": "一", "en": "one"}}],
    )
    assert findings(ask(book(band, **OLD), on="2021-07-01", project={"kind": "new"})) == []


def test_the_day_of_effect_is_each_editions_own():
    rule = duty("at_most", per="unit", from_={"in_force": True}, within={"days": 180})
    answer = ask([book(**OLD), book(rule, **NEW)], on=ON)
    assert the(answer)["literal_due_on"] == "2025-06-30"  # 2025-01-01 + 180 days, Mon


def test_an_undated_duty_is_listed_by_one_edition_only():
    interval = {"settings": {"interval": {"name": {"zh": "间隔", "en": "interval"}, "value": None}}}
    rule = duty("recurring", from_="put_into_operation", every={"months": {"setting": "interval"}})
    answer = ask(
        [book(rule, **OLD, **interval), book(rule, **NEW, **interval)],
        happened("put_into_operation", "2024-06-03"),
        on=ON,
    )
    assert days_counted(answer) == ["1"]


def test_each_edition_may_have_facts_of_its_own():
    facts = {"facts": {"project.rural": {"zh": "是否在乡镇", "en": "rural", "type": "flag"}}}
    editions = [book(accept(30, when={"project.rural": True}), **OLD, **facts), book(accept(60), **NEW)]
    answer = ask(editions, happened("construction_completed", "2024-06-03"), on=ON, project={"rural": True})
    assert days_counted(answer) == ["1"]


def test_a_draft_counts_as_in_force_on_every_day_and_says_so():
    obligation = the(ask(book(accept(30)), happened("construction_completed", "1999-01-04"), on=ON))
    assert obligation["rulebook"]["status"] == "draft"
    assert "征求意见稿" in obligation["because"][-1]["zh"] and "draft" in obligation["because"][-1]["en"]


def test_every_answer_names_the_editions_it_rests_on_and_the_calendar():
    answer = ask([book(accept(30), **OLD), book(accept(60), **NEW)], on=ON)
    assert [(ref["edition"], ref["status"]) for ref in answer["rulebooks"]] == [
        ("1", "in_force"),
        ("2", "in_force"),
    ]
    assert all(len(ref["sha256"]) == 64 for ref in answer["rulebooks"])
    assert answer["calendar"] == {"revision": "known-in-2026", "known_until": "2026-12-31"}


def test_what_cannot_be_computed_is_listed_in_the_words_of_the_edition_in_force():
    def judgement(excerpt):
        return {"untranslatable": [{"article": "8", "excerpt": excerpt, "reason": {"zh": "需人判断", "en": "a judgement"}}]}

    editions = [book(**OLD, **judgement("适时")), book(**NEW, **judgement("及时"))]
    for on, excerpt in (("2024-12-31", "适时"), ("2025-01-01", "及时")):
        assert [item["excerpt"] for item in ask(editions, on=on)["not_computed"]] == [excerpt]


# What an office tunes

READING = {
    "readings": {
        "term": {
            "article": "1",
            "quote": "一个月",
            "about": {"zh": "多长", "en": "how long"},
            "chosen": "month",
            "why": {"zh": "字面", "en": "literal"},
            "options": [
                {"id": "month", "zh": "一个月", "en": "a month", "value": {"months": 1}},
                {"id": "days", "zh": "三十日", "en": "30 days", "value": {"days": {"setting": "length"}}},
            ],
        }
    },
    "settings": {"length": {"name": {"zh": "天数", "en": "days"}, "value": 30}},
}
READ = duty("at_most", from_="construction_completed", within={"reading": "term"})


@pytest.mark.parametrize(
    ("tuned", "due"),
    [
        (None, "2025-04-03"),
        ({"readings": {"term": "days"}}, "2025-04-02"),
        ({"readings": {"term": "days"}, "settings": {"length": 45}}, "2025-04-17"),
    ],
)
def test_a_reading_and_a_setting_stand_for_what_was_chosen(tuned, due):
    tuned_book = book(READ, tuned=tuned, **READING)
    assert the(ask(tuned_book, happened("construction_completed", "2025-03-03"), on=ON))["literal_due_on"] == due
    assert (tuned_book.sha256 == book(READ, **READING).sha256) is (tuned is None)


def test_the_day_of_effect_and_the_last_day_may_be_readings():
    readings = {
        "readings": {
            name: {
                **READING["readings"]["term"],
                "options": [{"id": "month", "zh": "x", "en": "x", "value": value}],
            }
            for name, value in (
                ("from", in_force("2025-03-03")["valid_from"]["on"]),
                ("to", in_force("2025-05-06")["valid_from"]["on"]),
            )
        }
    }
    edition = book(
        accept(30),
        status="in_force",
        valid_from={"on": {"reading": "from"}, "article": "9", "quote": "起"},
        valid_to={"on": {"reading": "to"}, "article": "9", "quote": "止"},
        **readings,
    )
    for completed, given in (("2025-03-02", 0), ("2025-03-03", 1), ("2025-05-06", 1), ("2025-05-07", 0)):
        assert len(of(ask(edition, happened("construction_completed", completed), on=ON))) == given


@pytest.mark.parametrize(
    ("rule", "head"),
    [
        ({**READ, "within": {"reading": "none"}}, READING),
        ({**READ, "within": {"days": {"setting": "none"}}}, {}),
        (duty("recurring", by={"month": 9, "day": 30}, while_="none"), {}),
        (duty("no_date", from_="none"), {}),
        (duty("no_date", from_={"fact": "project.none"}), {}),
        (duty("no_date", from_="listed", submit_to=["none"]), {}),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused_by_its_name(rule, head):
    with pytest.raises(InvalidRulebook) as refused:
        book(rule, **head)
    assert "规则 duty" in refused.value.text.zh and "none" in refused.value.text.zh
