"""Handing on: where none of a person's channels takes a message, the next responsible person is told of the duty instead."""

from datetime import datetime
from typing import Any

from ...ports import Ports, StoreConflict
from ..state import records
from ..state.account import entries
from ..state.holder import settings_of
from ..telling.notices import Step, queue
from ..telling.people import AUDIENCES, Person, audiences
from .answer_link import is_answerable

TRIES = 12
PEOPLE_A_WRITE = 12


def hand_on(ports: Ports, step: dict[str, Any], head: dict[str, Any], now: datetime) -> list[str]:
    """Plan the step for the others of its audience and, where there are none who were not told yet, for the next one; gives
    their ids. Doing it twice does it once: a step is planned for a person once."""
    row = ports.store.get(records.obligation_key(step["holder"], step["obligation"])) if is_answerable(step) else None
    if row is None:
        return []
    settings, jurisdiction = settings_of(ports, head["jurisdiction"]), head["jurisdiction"]
    given_up = f"{head['party']}/{head['person']}"
    onward = Step(
        holder=step["holder"],
        about=step["obligation"],
        rung=step["rung"],
        kind=step["kind"],
        to=step["to"],
        late=step["late"],
        instead_of=tuple(step["instead_of"]),
        urgent=True,
    )
    for _ in range(TRIES):
        people = _next(ports, step, given_up, now)
        groups = [group for each in people if (group := queue(ports, each, onward, settings, jurisdiction, now))]
        told = {
            "what": "handed on",
            "obligation": step["obligation"],
            "rung": step["rung"],
            "person": head["person"],
            "to": [each.id for each in people],
            "at": records.stamp(now),
        }
        try:
            for start in range(0, len(groups), PEOPLE_A_WRITE):
                part = [change for group in groups[start : start + PEOPLE_A_WRITE] for change in group]
                is_last = start + PEOPLE_A_WRITE >= len(groups)
                ports.store.write([*part, *(entries(ports.store, head["party"], [told]) if is_last else [])])
        except StoreConflict:
            continue
        return [each.id for each in people]
    raise StoreConflict("too many writers at once; the notice is looked at again")


def _next(ports: Ports, step: dict[str, Any], given_up: str, now: datetime) -> list[Person]:
    """The others of the same audience were told with them; so it is the first audience after the one this person is of. Who
    is of none any more has left, or can be reached no longer: then it is the audience that the step was for, as it is now."""
    row = ports.store.get(records.obligation_key(step["holder"], step["obligation"])).value
    found = [people for _, people in audiences(ports, step["holder"], row["is"], now)]
    passed = [place for place, people in enumerate(found, 1) if given_up in {each.id for each in people}]
    first = passed[0] if passed else AUDIENCES.index(step["to"])
    return next((people for people in found[first:] if people), [])
