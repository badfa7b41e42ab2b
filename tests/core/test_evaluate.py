"""From a small rulebook written here and a few facts to periods, states, entries and explanations."""

import json

from .small import ask, book, duty, happened, of, states, the

COMPLETED = happened("construction_completed", "2025-01-06", "m1")  # Mon


def test_halves_and_quarters_are_periods_of_the_year():
    halves = duty("recurring", by=[{"month": 6, "day": "last"}, {"month": 12, "day": "last"}])
    quarters = duty(
        "recurring",
        "quarterly",
        by=[{"month": month, "day": "last"} for month in (3, 6, 9, 12)],
        for_="previous",
    )
    answer = ask(book(halves, quarters), on="2025-08-01", until="2025-12-31")
    assert [(o["period"], o["due_on"], o["state"]) for o in of(answer)] == [
        ("2025-H1", "2025-06-30", "overdue"),
        ("2025-H2", "2025-12-31", "open"),
    ]
    assert [o["for"] for o in of(answer, "quarterly")] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    assert states(answer, "quarterly") == ["overdue", "overdue", "open", "waiting"]


def test_periods_run_from_the_first_of_january_to_two_years_ahead_unless_said():
    yearly = book(duty("recurring", per="unit", by={"month": 9, "day": "last"}))
    assert [o["period"] for o in of(ask(yearly, on="2025-10-09", project=None))] == ["2025", "2026", "2027"]
    assert [o["period"] for o in of(ask(yearly, on="2025-10-09", until="2025-12-31", project=None))] == ["2025"]


def test_a_unit_owes_nothing_from_before_it_was_registered():
    yearly = book(duty("recurring", per="unit", by={"month": 9, "day": "last"}))
    for since, periods in (("2026-09-30", ["2026", "2027"]), ("2026-10-01", ["2027"])):
        assert [o["period"] for o in of(ask(yearly, on="2026-01-05", until="2027-12-31", unit={"since": since}))] == periods


def test_an_interval_counts_from_the_anchor_then_from_each_time_it_was_done():
    every = book(duty("recurring", from_="put_into_operation", every={"months": 6}, done_by=["self_evaluated"]))
    running, done = happened("put_into_operation", "2025-01-06"), happened("self_evaluated", "2025-05-06")
    assert [(o["literal_due_on"], o["state"]) for o in of(ask(every, running, on="2025-05-06"))] == [("2025-07-06", "open")]
    assert [(o["literal_due_on"], o["period"], o["state"]) for o in of(ask(every, running, done, on="2025-05-06"))] == [
        ("2025-07-06", "2025", "done"),
        ("2025-11-06", "2025", "open"),
    ]


def test_an_interval_that_nobody_has_set_is_named_not_silent():
    every = book(
        duty(
            "recurring",
            from_="put_into_operation",
            every={"months": {"setting": "interval"}},
            done_by=["self_evaluated"],
        ),
        settings={"interval": {"name": {"zh": "间隔", "en": "interval"}, "value": None}},
    )
    obligation = the(ask(every, happened("put_into_operation", "2025-01-06"), on="2025-05-06"))
    assert (obligation["state"], obligation["needs"], obligation["due_on"]) == (
        "undetermined",
        ["settings.interval"],
        None,
    )


def test_a_document_without_its_day_is_undetermined():
    rule = duty("by_document", from_={"each_of": "rectification_ordered", "field": "due_on"})
    obligation = the(ask(book(rule), happened("rectification_ordered", "2025-06-06"), on="2025-06-06"))
    assert (obligation["state"], obligation["needs"], obligation["due_on"]) == (
        "undetermined",
        ["milestone.due_on"],
        None,
    )


def test_states_follow_the_day_they_are_asked_on():
    window = book(duty("window", from_="put_into_operation", opens={"months": 12}, closes={"months": 24}))
    running = happened("put_into_operation", "2024-01-08")
    for on, expected in (
        ("2025-01-07", "upcoming"),
        ("2025-01-08", "open"),
        ("2026-01-08", "open"),
        ("2026-01-09", "overdue"),
    ):
        assert states(ask(window, running, on=on)) == [expected]


def test_a_minimum_is_done_when_it_has_run_and_never_overdue():
    ban = book(duty("at_least", from_="trial_run_started", for_={"days": 7}))
    for on, expected in (("2025-01-13", "open"), ("2025-01-14", "done")):
        assert states(ask(ban, happened("trial_run_started", "2025-01-06"), on=on)) == [expected]


def test_a_condition_that_fails_gives_no_duty_and_an_unknown_one_an_undetermined_duty_with_its_dates():
    rule = book(
        duty(
            "at_most",
            from_="construction_completed",
            within={"days": 30},
            when={"project.total_investment": {"above": 100}},
        )
    )
    assert of(ask(rule, COMPLETED, on="2025-01-07", project={"total_investment": 100})) == []
    assert states(ask(rule, COMPLETED, on="2025-01-07", project={"total_investment": 101})) == ["open"]
    obligation = the(ask(rule, COMPLETED, on="2025-01-07"))
    assert (obligation["state"], obligation["needs"], obligation["due_on"]) == (
        "undetermined",
        ["project.total_investment"],
        "2025-02-05",
    )


def test_entries_with_a_condition_count_only_where_it_is_true():
    school = {"unit.kind": "school"}
    rule = book(
        duty(
            "recurring",
            per="unit",
            by={"month": 9, "day": "last"},
            owed_by=[{"name": "parent", "when": school}, "unit"],
            submit_to=["bureau", {"name": "finance", "when": school}],
            materials=["清单", {"name": "汇总表", "when": school}],
        )
    )
    seen = {kind: of(ask(rule, on="2025-01-06", unit={"kind": kind} if kind else {}))[0] for kind in ("school", "court", None)}
    assert seen["school"]["owed_by"] == ["parent", "unit"]
    assert seen["school"]["submit_to"] == ["小城大数据局", "小城财政局"]
    assert seen["school"]["materials"] == ["清单", "汇总表"]
    for kind in ("court", None):
        assert [seen[kind][key] for key in ("owed_by", "submit_to", "materials")] == [
            ["unit"],
            ["小城大数据局"],
            ["清单"],
        ]


def test_the_same_facts_give_the_same_bytes():
    rules = [
        duty(
            "at_most",
            from_="construction_completed",
            within={"months": 6},
            when={
                "any": [
                    {"project.total_investment": {"above": 1}},
                    {"project.kind": "new"},
                    {"unit.kind": "court"},
                ]
            },
        )
    ]
    first, second = (json.dumps(ask(book(*rules), COMPLETED, on="2025-01-07"), ensure_ascii=False) for _ in range(2))
    assert first == second
    assert json.loads(first)["obligations"][0]["needs"] == [
        "project.kind",
        "project.total_investment",
        "unit.kind",
    ]


def test_the_explanation_names_the_article_the_trigger_the_roll_and_the_edition():
    rule = book(duty("at_most", from_="construction_completed", within={"months": 6}))
    steps = the(ask(rule, COMPLETED, on="2025-01-07"))["because"]  # Mon 2025-01-06 + 6 months: Sun 2025-07-06, Mon the 7th
    zh, en = "\n".join(step["zh"] for step in steps), "\n".join(step["en"] for step in steps)
    for words in ("第1条", "项目建成", "6个月", "2025-07-06（周日）", "2025-07-07（周一）", "征求意见稿"):
        assert words in zh
    for words in (
        "article 1",
        "construction completed",
        "6 months",
        "Sun 2025-07-06",
        "Mon 2025-07-07",
        "draft",
    ):
        assert words in en
