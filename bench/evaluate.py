"""How many projects a second one core evaluates: 20,000 of ten obligations are the aim (`because` is made when asked for)."""

import time
from datetime import date, timedelta

from chalicelib import loaders
from chalicelib.core.evaluate import evaluate
from chalicelib.core.facts import Facts

STORY = (
    ("publicity_started", 0), ("publicity_ended", 10), ("technical_plan_submitted", 40), ("technical_plan_approved", 48),
    ("budget_review_applied", 60), ("budget_review_completed", 90), ("contract_signed", 120), ("construction_completed", 400),
    ("trial_run_started", 405), ("trial_run_ended", 440), ("acceptance_passed", 460), ("put_into_operation", 470),
)  # fmt: skip
PROJECT = {"total_investment": 2_400_000, "kind": "new", "delivery": "build", "approved_estimate": 2_300_000}
COUNT = 3000


def project(number: int) -> Facts:
    began = date(2024, 1, 1) + timedelta(days=number % 300)
    milestones = [
        {"id": f"m{place}", "event": event, "on": (began + timedelta(days=days)).isoformat()}
        for place, (event, days) in enumerate(STORY)
    ]
    return Facts.of_json({"jurisdiction": "dazhou", "project": {"id": f"p{number}", **PROJECT}, "milestones": milestones})


def run() -> dict[str, float]:
    editions, calendar = loaders.editions("dazhou"), loaders.calendar()
    facts = [project(number) for number in range(COUNT)]
    given, started = 0, time.perf_counter()
    for one in facts:
        given += len(evaluate(editions, calendar, one, on=date(2026, 11, 21), per=frozenset(("project",))).obligations)
    seconds = time.perf_counter() - started
    return {"projects_a_second": COUNT / seconds, "obligations_a_second": given / seconds}
