"""The whole future of a set of facts: every message that would go out, if nothing more happened."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from ...core.answer import text_json
from ...core.evaluate import Answer
from ...core.ladder import SHANGHAI, Rung, between, instant
from ...ports import Ports
from ..state import records
from ..telling.listeners import listeners

END_OF_DAY = "23:59"

Recipients = Callable[[dict[str, Any], Rung], list[dict[str, Any]]]


def messages(
    answer: Answer, settings: dict[str, Any], now: datetime, tracked_since: date | None, recipients: Recipients | None = None
) -> list[dict[str, Any]]:
    """Rungs from now to the answer's horizon, in order of time, by the same ladder that tick climbs; with who would be told
    and when it would leave, where `recipients` says that."""
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
                    "to": rung.to,
                    "obligation": obligation.id,
                    "title": text_json(obligation.rule.title),
                    "article": obligation.rule.article,
                    "act_by": records.iso(obligation.dates.act_by),
                    "due_on": records.iso(obligation.dates.due_on),
                    **({"recipients": recipients(is_, rung)} if recipients else {}),
                }
            )
    return sorted(found, key=lambda message: (message["at"], message["obligation"]))


def recipients_of(ports: Ports, partition: str, settings: dict[str, Any], now: datetime) -> Recipients:
    """Who of a holder's people would be told of a rung, as things are today, and when the message would leave (Shanghai)."""
    told = listeners(ports, partition, settings, now)

    def found(is_: dict[str, Any], rung: Rung) -> list[dict[str, Any]]:
        return [
            {
                "person": person.id,
                "name": person.contact["name"],
                "channel": person.contact["channels"][0]["channel"],
                "leaves": goes.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            }
            for person, goes in told(is_, rung)
        ]

    return found
