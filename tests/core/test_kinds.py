"""The dates of every kind of rule, each with the arithmetic of its days."""

import pytest

from .small import ask, book, duty, happened, the


def dates(obligation):
    return [obligation[key] for key in ("opens_on", "literal_due_on", "due_on", "act_by", "earliest_next_on")]


COMPLETED = happened("construction_completed", "2025-01-06", "m1")  # Mon


@pytest.mark.parametrize(
    ("rule", "milestones", "expected"),
    [
        pytest.param(
            duty("at_most", from_="construction_completed", within={"days": 30}),
            [COMPLETED],
            [None, "2025-02-05", "2025-02-05", "2025-02-05", None],
            id="at_most: Wed, the first day after the Spring Festival",
        ),
        pytest.param(
            duty("at_most", from_="construction_completed", within={"working_days": 17}),
            [COMPLETED],
            [None, "2025-02-05", "2025-02-05", "2025-02-05", None],
            id="at_most: 7-10, 13-17, 20-24, Sun 26 (worked), 27 January are 16, Wed 5 February 17",
        ),
        pytest.param(
            duty("at_least", from_="trial_run_started", for_={"months": 1}),
            [happened("trial_run_started", "2025-01-31")],
            [None, "2025-02-28", "2025-02-28", None, "2025-03-01"],
            id="at_least: a Saturday is as lawful as any day",
        ),
        pytest.param(
            duty("window", from_="put_into_operation", opens={"months": 12}, closes={"months": 24}),
            [happened("put_into_operation", "2024-02-29")],
            ["2025-02-28", "2026-02-28", "2026-02-28", "2026-02-28", None],
            id="window: Sat 2026-02-28 is worked",
        ),
        pytest.param(
            duty("recurring", by={"month": 7, "day": "last"}, opens={"month": 7, "day": 1}),
            [],
            ["2025-07-01", "2025-07-31", "2025-07-31", "2025-07-31", None],
            id="recurring: every July",
        ),
        pytest.param(
            duty("recurring", by={"month": 12, "third": "first"}),
            [],
            [None, "2025-12-10", "2025-12-10", "2025-12-10", None],
            id="recurring: the first third of December",
        ),
        pytest.param(
            duty("recurring", by={"month": 8, "day": 31}, roll="forward"),
            [],
            [None, "2025-08-31", "2025-09-01", "2025-08-29", None],
            id="recurring that rolls where the rule says so: Sun to Mon",
        ),
        pytest.param(
            duty("before_event", from_="contract_signed", before={"days": 30}),
            [happened("contract_signed", "2025-07-01")],
            [None, "2025-06-01", "2025-05-30", "2025-05-30", None],
            id="before_event: Sun 1 June goes back to Fri",
        ),
        pytest.param(
            duty("before_event", from_="contract_signed", before={"months": 1}),
            [happened("contract_signed", "2025-03-31")],
            [None, "2025-02-28", "2025-02-28", "2025-02-28", None],
            id="before_event: back by the corresponding day",
        ),
        pytest.param(
            duty("before_event", from_={"fact": "project.warranty_ends_on"}, before="previous_year"),
            [],
            [None, "2025-12-31", "2025-12-31", "2025-12-31", None],
            id="before_event: in the year before",
        ),
        pytest.param(
            duty("by_document", from_={"each_of": "rectification_ordered", "field": "due_on"}),
            [happened("rectification_ordered", "2025-06-06", due_on="2025-07-06")],
            [None, "2025-07-06", "2025-07-06", "2025-07-04", None],
            id="by_document: Sun does not roll",
        ),
        pytest.param(
            duty("by_document", from_={"each_of": "rectification_ordered", "field": "due_on"}),
            [happened("rectification_ordered", "2025-07-05", due_on="2025-07-06")],
            [None, "2025-07-06", "2025-07-06", "2025-07-06", None],
            id="by_document: nothing to act by before the document's own day, Sat",
        ),
        pytest.param(
            duty("no_date", from_="construction_completed"),
            [COMPLETED],
            ["2025-01-06", None, None, None, None],
            id="no_date: open from the day it began",
        ),
    ],
)
def test_the_dates_of_every_kind(rule, milestones, expected):
    answer = ask(
        book(rule),
        *milestones,
        on="2025-01-06",
        until="2025-12-31",
        project={"id": "p1", "warranty_ends_on": "2026-06-30"},
    )
    assert dates(the(answer)) == expected
