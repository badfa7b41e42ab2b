"""Who would be told of a rung that is still to come, and when their message would leave: for whatever looks ahead."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...core.ladder import Rung
from ...ports import Ports
from .notices import Leaving, Step, is_near, leaving
from .people import AUDIENCES, Person, audiences

Listeners = Callable[[dict[str, Any], Rung], list[tuple[Person, Leaving]]]


def listeners(ports: Ports, partition: str, settings: dict[str, Any], now: datetime) -> Listeners:
    """A function of an obligation of the holder and a rung of it: the people as things are today, each with what their message
    goes into. A rung that is past by `now` is told now. The people are read once for each party that leads."""
    known: dict[tuple[str, ...], dict[str, list[Person]]] = {}

    def found(is_: dict[str, Any], rung: Rung) -> list[tuple[Person, Leaving]]:
        led_by = tuple(is_["owed_by"])
        if led_by not in known:
            known[led_by] = dict(audiences(ports, partition, is_, now))
        people = known[led_by]
        told = people[rung.to] if rung.to != AUDIENCES[0] else next((each for each in people.values() if each), [])
        at = max(rung.at, now)
        urgent = is_near(is_, settings, at)
        step = Step(holder=partition, about=is_["id"], rung=rung.name, kind=rung.kind, to=rung.to, urgent=urgent)
        return [(person, leaving(ports, person, step, settings, at)) for person in told]

    return found
