"""Every worked example of the contract, asked of the real rulebooks: what outside programs rely on."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from chalicelib import loaders
from chalicelib.core.answer import answer_json
from chalicelib.core.evaluate import evaluate
from chalicelib.core.facts import Facts

from .small import CALENDAR, day, findings, happened, of, states


def schema(name):
    data = json.loads((loaders.folder("schemas") / f"{name}.schema.json").read_text("utf-8"))
    return Draft202012Validator(data, format_checker=FormatChecker())


FACTS, ANSWER = schema("facts"), schema("answer")


def ask(jurisdiction, *milestones, on, project=None, unit=None):
    """The answer of the real rulebook; both what goes in and what comes out fit their schemas."""
    facts = {
        "jurisdiction": jurisdiction,
        "unit": unit or {"id": "u1"},
        "project": {"id": "p1", **(project or {})},
        "milestones": list(milestones),
    }
    FACTS.validate(facts)
    answer = answer_json(evaluate(loaders.editions(jurisdiction), CALENDAR, Facts.of_json(facts), on=day(on)))
    ANSWER.validate(answer)
    return answer


def dates(obligation):
    return [obligation[key] for key in ("literal_due_on", "due_on", "act_by")]


def by_article(answer, article, kind):
    return [
        obligation for obligation in answer["obligations"] if (obligation["article"], obligation["kind"]) == (article, kind)
    ]


def test_at_most_in_months_rolls_from_the_months_last_day_and_says_that_the_year_is_not_announced():
    # Mon 2026-08-31 + half a year: there is no 31 February, so Sun 2027-02-28, which rolls to Mon 2027-03-01
    answer = ask("fangchenggang", happened("construction_completed", "2026-08-31"), on="2026-11-21")
    (obligation,) = by_article(answer, "27", "at_most")
    assert dates(obligation) == ["2027-02-28", "2027-03-01", "2027-02-26"]  # Sun, Mon, Fri
    assert obligation["provisional"] is True


@pytest.mark.parametrize("total_investment", [5_000_000, 30_000_000])
def test_a_make_up_working_saturday_is_a_working_day(total_investment):
    answer = ask(
        "chongqing",
        happened("construction_completed", "2025-08-31"),
        on="2025-11-21",
        project={"total_investment": total_investment},
    )
    (obligation,) = by_article(answer, "27", "at_most")
    assert dates(obligation) == ["2026-02-28"] * 3  # Sat, a make-up working day
    assert obligation["provisional"] is False


def test_working_days_skip_the_new_year_and_count_the_working_sunday_after_it():
    # from Fri 2025-12-19: Thu 1 and Fri 2 January are off, Sun 4 January is worked
    answer = ask("dazhou", happened("budget_review_applied", "2025-12-19"), on="2025-12-20")
    (obligation,) = by_article(answer, "38", "at_most")
    assert dates(obligation) == ["2026-02-02"] * 3  # Mon


def test_at_least_gives_the_last_day_of_the_minimum_and_the_first_lawful_day():
    answer = ask("dazhou", happened("trial_run_started", "2026-01-31"), on="2026-02-01")
    (obligation,) = by_article(answer, "47", "at_least")
    assert dates(obligation) == ["2026-02-28", "2026-02-28", None]
    assert obligation["earliest_next_on"] == "2026-03-01"


def test_a_trial_run_ended_a_day_too_soon_is_a_finding_and_moves_no_date():
    started = happened("trial_run_started", "2026-01-31")  # Sat
    before = ask("dazhou", started, on="2026-03-02")
    answer = ask("dazhou", started, happened("trial_run_ended", "2026-02-27", "m2"), on="2026-03-02")
    (early,) = (finding for finding in answer["findings"] if finding["kind"] == "early_step")
    assert (early["article"], early["judged"]["milestone"]) == ("47", "m2")
    assert [dates(o) for o in by_article(answer, "47", "at_least")] == [dates(o) for o in by_article(before, "47", "at_least")]


def test_a_trial_run_ended_on_the_first_lawful_day_is_not_a_finding():
    answer = ask(
        "dazhou",
        happened("trial_run_started", "2026-01-31"),
        happened("trial_run_ended", "2026-03-01"),
        on="2026-03-02",
    )
    assert not [finding for finding in answer["findings"] if finding["kind"] == "early_step"]


def test_a_window_starts_from_the_later_of_its_two_anchors():
    accepted, running = (
        happened("acceptance_passed", "2028-01-20"),
        happened("put_into_operation", "2028-02-29", "m2"),
    )
    answer = ask("yunyang", accepted, running, on="2028-03-01")
    (obligation,) = by_article(answer, "27", "window")
    assert obligation["anchor"] == {"event": "put_into_operation", "on": "2028-02-29", "milestone": "m2"}
    assert (obligation["opens_on"], obligation["literal_due_on"]) == ("2029-02-28", "2030-02-28")
    for only in (accepted, running):
        assert not by_article(ask("yunyang", only, on="2028-03-01"), "27", "window")


def test_a_fixed_day_of_the_year_does_not_roll_but_the_advice_does():
    answer = ask("yunyang", on="2023-05-04")
    obligation = of(answer, "annual-list")[0]
    assert dates(obligation) == [
        "2023-09-30",
        "2023-09-30",
        "2023-09-28",
    ]  # Sat, Sat, Thu: 29 and 30 are holidays
    assert (obligation["period"], obligation["for"]) == ("2023", "2024")


def test_a_yearly_report_is_due_in_every_year_of_the_phase():
    answer = ask("dazhou", happened("contract_signed", "2023-07-03"), on="2024-02-01")
    reports = by_article(answer, "51", "recurring")
    assert [(o["period"], o["literal_due_on"], o["state"]) for o in reports] == [
        ("2023", "2023-12-31", "overdue"),
        ("2024", "2024-12-31", "open"),
        ("2025", "2025-12-31", "waiting"),
    ]


def test_the_operating_budget_is_declared_in_the_year_before_the_warranty_ends():
    answer = ask("dazhou", on="2024-05-06", project={"warranty_ends_on": "2025-06-30"})
    (obligation,) = by_article(answer, "32", "before_event")
    assert dates(obligation) == ["2024-12-31"] * 3  # Tue


@pytest.mark.parametrize("jurisdiction", loaders.jurisdictions())
def test_a_day_set_in_a_document_never_rolls(jurisdiction):
    answer = ask(
        jurisdiction,
        happened("rectification_ordered", "2025-06-06", due_on="2025-07-06"),
        on="2025-06-09",
        project={"total_investment": 5_000_000},
    )
    obligations = [o for o in answer["obligations"] if o["kind"] == "by_document"]
    assert obligations
    for obligation in obligations:
        assert dates(obligation) == ["2025-07-06", "2025-07-06", "2025-07-04"]  # Sun, Sun, Fri


def test_a_duty_without_a_term_is_open_until_it_is_reported():
    found, reported = (
        happened("serious_delay_found", "2023-11-20"),
        happened("serious_issue_reported", "2023-12-04"),
    )
    (obligation,) = by_article(ask("dazhou", found, on="2024-05-06"), "46", "no_date")
    assert [obligation["opens_on"], *dates(obligation), obligation["state"]] == [
        "2023-11-20",
        None,
        None,
        None,
        "open",
    ]
    (obligation,) = by_article(ask("dazhou", found, reported, on="2024-05-06"), "46", "no_date")
    assert obligation["state"] == "done"


def test_an_unknown_amount_lists_every_branch_that_may_apply_and_what_it_needs():
    answer = ask("yunyang", happened("construction_completed", "2025-08-31"), on="2025-11-21")
    branches = by_article(answer, "25", "at_most")
    assert [o["rule"] for o in branches] == ["apply-for-acceptance", "organise-acceptance"]
    assert {(o["state"], *o["needs"]) for o in branches} == {("undetermined", "project.total_investment")}


@pytest.mark.parametrize(
    ("jurisdiction", "amount", "article", "words"),
    [
        ("fangchenggang", 4_000_000, "10", "两份文件"),
        ("fangchenggang", "4000000.01", "10", "三份文件"),
        ("chongqing", 30_000_000, "8", "两步报批"),
        ("chongqing", "29999999.99", "8", "一步报批"),
    ],
)
def test_an_amount_exactly_at_the_edge_falls_where_the_text_puts_it(jurisdiction, amount, article, words):
    answer = ask(jurisdiction, on="2025-11-21", project={"total_investment": amount})
    routes = [
        f["message"]["zh"] for f in answer["findings"] if (f["kind"], f["article"], f["outcome"]) == ("band", article, "route")
    ]
    assert len(routes) == 1 and words in routes[0]


def test_acceptance_without_the_approval_before_it_is_stored_with_a_blocking_finding():
    answer = ask("dazhou", happened("acceptance_passed", "2025-06-06", "m1"), on="2025-06-09")
    assert findings(answer, "pre-acceptance-before-acceptance") == [("gate", "block")]
    assert "m1" in [f["judged"]["milestone"] for f in answer["findings"] if f["article"] == "48"]


@pytest.mark.parametrize("jurisdiction", loaders.jurisdictions())
def test_a_classified_project_gets_the_route_and_nothing_else(jurisdiction):
    answer = ask(
        jurisdiction,
        happened("construction_completed", "2025-08-31"),
        on="2025-11-21",
        project={"classified": True},
    )
    (finding,) = answer["findings"]
    assert answer["obligations"] == []
    assert (finding["kind"], finding["outcome"]) == ("classified", "block")
    assert finding["message"]["zh"] == loaders.seed_rulebook(jurisdiction)["classified"]["route"]["zh"]


def test_the_list_for_2024_fulfils_what_was_due_in_2023():
    answer = ask("yunyang", happened("annual_list_submitted", "2023-09-27", for_="2024"), on="2023-10-09")
    assert states(answer, "annual-list")[0] == "done"
