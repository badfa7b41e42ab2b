"""The answer as data: the shape of schemas/answer.schema.json, which outside programs rely on."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from .condition import View
from .errors import Text
from .evaluate import Answer
from .explain import because
from .facts import Milestone
from .findings import Finding
from .obligation import Obligation
from .rulebook import Choice, Rulebook


def answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "on": answer.on.isoformat(),
        "until": answer.until.isoformat(),
        "obligations": [obligation_json(obligation, answer) for obligation in answer.obligations],
        "findings": [finding_json(finding) for finding in answer.findings],
        "not_computed": [
            {"article": item.article, "excerpt": item.excerpt, "reason": text_json((item.zh, item.en))}
            for item in answer.not_computed
        ],
        "rulebooks": [book.ref for book in answer.editions],
        "calendar": {"revision": answer.calendar.revision, "known_until": answer.calendar.known_until.isoformat()},
    }


def obligation_json(obligation: Obligation, answer: Answer) -> dict[str, Any]:
    rule, dates, point, book = obligation.rule, obligation.dates, obligation.anchor, obligation.book
    view = answer.view.at(point.milestone) if point and point.milestone else answer.view
    return {
        "id": obligation.id,
        "rule": rule.id,
        "article": rule.article,
        "title": text_json(rule.title),
        "quote": rule.quote,
        "kind": rule.kind,
        "modality": rule.modality,
        "per": rule.per,
        "owed_by": chosen(rule.owed_by, view),
        "period": obligation.period,
        "for": obligation.about,
        "anchor": {"event": point.event, "on": iso(point.on), "milestone": point.milestone.id if point.milestone else None}
        if point
        else None,
        "opens_on": iso(dates.opens_on),
        "literal_due_on": iso(dates.literal_due_on),
        "due_on": iso(dates.due_on),
        "act_by": iso(dates.act_by),
        "earliest_next_on": iso(dates.earliest_next_on),
        "state": obligation.state(answer.on),
        "needs": list(obligation.needs),
        "form": rule.form,
        "submit_to": names(rule.submit_to, view, book),
        "copy_to": names(rule.copy_to, view, book),
        "materials": chosen(rule.materials, view),
        "consequence": rule.consequence,
        "provisional": dates.provisional,
        "because": [text_json(step) for step in because(obligation, answer.calendar, answer.view)],
        "rulebook": book.ref,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "article": finding.article,
        "kind": finding.kind,
        "outcome": finding.outcome,
        "judged": judged_json(finding.judged),
        "needs": list(finding.needs),
        "message": text_json(finding.message),
    }


def judged_json(milestone: Milestone | None) -> dict[str, Any] | None:
    return milestone and {"milestone": milestone.id, "event": milestone.event, "on": iso(milestone.on)}


def chosen(choices: Iterable[Choice], view: View) -> list[str]:
    """The entries whose condition is true; an unknown one does not count."""
    return [choice.name for choice in choices if choice.when is None or choice.when.test(view, set())]


def names(choices: Iterable[Choice], view: View, book: Rulebook) -> list[str]:
    return [book.authorities[key].zh for key in chosen(choices, view)]


def iso(value: date | None) -> str | None:
    return value and value.isoformat()


def text_json(text: Text | tuple[str, str]) -> dict[str, str]:
    return {"zh": text[0], "en": text[1]}
