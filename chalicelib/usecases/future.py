"""The whole future of a set of facts: every message that would go out, if nothing more happened."""

from datetime import date, datetime
from typing import Any

from ..core.answer import text_json
from ..core.evaluate import Answer
from ..core.ladder import SHANGHAI, between, instant
from . import records

END_OF_DAY = "23:59"


def messages(answer: Answer, settings: dict[str, Any], now: datetime, tracked_since: date | None) -> list[dict[str, Any]]:
    """Rungs from now to the answer's horizon, in order of time, by the same ladder that tick climbs."""
    until = instant(answer.until, END_OF_DAY)
    found = []
    for obligation in answer.obligations:
        is_ = records.projection(obligation, answer.view, tracked_since)
        if not records.needs_reminding(is_):
            continue
        for rung in between(records.course_of(is_, now), settings, records.LONG_AGO, until):
            found.append(
                {
                    "at": rung.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
                    "rung": rung.name,
                    "kind": rung.kind,
                    "obligation": obligation.id,
                    "title": text_json(obligation.rule.title),
                    "article": obligation.rule.article,
                    "act_by": records.iso(obligation.dates.act_by),
                    "due_on": records.iso(obligation.dates.due_on),
                }
            )
    return sorted(found, key=lambda message: (message["at"], message["obligation"]))
