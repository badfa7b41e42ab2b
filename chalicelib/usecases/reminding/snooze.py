"""Snooze: a person asks to be reminded of a duty on a working day of their choice, and not before."""

from datetime import date, datetime
from typing import Any

from ...core.errors import Busy, InvalidInput
from ...core.ladder import instant, local_day, polite_time
from ...ports import Ports, Put, StoreConflict
from ..state import records
from ..state.account import entries
from ..state.holder import settings_of
from ..state.references import remember
from ..telling.notices import Leaving, Step, queue
from ..telling.people import person as known_person
from .acknowledge import row_of
from .reread import SNOOZED

TRIES = 12


def snooze(ports: Ports, person: str, holder: str, obligation: str, until: date, now: datetime) -> dict[str, Any]:
    """`until`: a working day after today, not after act_by. Gives {obligation, title, until}. What would be said before is
    withheld, and that day's digest says it. InvalidInput for another day, NotFound where there is no such duty."""
    for _ in range(TRIES):
        row = row_of(ports.store, holder, obligation)
        is_ = row.value["is"]
        _must_fit(ports, is_, until, now)
        who = known_person(ports.store, person)
        settings = settings_of(ports, is_["jurisdiction"])
        own = who.settings(settings)
        leaves = polite_time(instant(until, own["digest_at"]), own, ports.rules.calendar(), f"{person}{until}")
        rung = f"{SNOOZED}-{until}@{is_['dates'][3]}"
        step = Step(holder=holder, about=obligation, rung=rung, kind=SNOOZED)
        told = {"what": "snoozed", "obligation": obligation, "until": until.isoformat(), "person": who.contact["id"]}
        value = {**records.NEW_ROW, **row.value}
        value["snoozed"] = {**value["snoozed"], person: until.isoformat()}
        try:
            ports.store.write(
                [
                    Put(row.key, value, row.version),
                    *queue(ports, who, step, settings, is_["jurisdiction"], now, Leaving(until.isoformat(), leaves)),
                    remember(holder, obligation),
                    *entries(ports.store, who.party, [{**told, "at": records.stamp(now)}]),
                ]
            )
        except StoreConflict:
            continue
        return {"obligation": obligation, "title": is_["title"], "until": until.isoformat()}
    raise Busy()


def _must_fit(ports: Ports, is_: dict[str, Any], until: date, now: datetime) -> None:
    act_by = records.dates_of_row(is_).act_by
    last = act_by.isoformat() if act_by else ""
    if not records.needs_reminding(is_):
        raise InvalidInput("该事项已不再提醒，无需推迟", "this duty is no longer reminded of")
    if until <= local_day(now) or ports.rules.calendar().is_rest(until) or (act_by and until > act_by):
        raise InvalidInput(
            "只能推迟到今天之后的某个工作日" + (f"，且不晚于建议办结日 {last}" if last else ""),
            "choose a working day after today" + (f", not after {last}" if last else ""),
        )
