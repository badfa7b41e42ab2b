"""Facts: what is known of a unit and a project, and what happened. The shape is contract/facts.schema.json.

Facts are append-only. A correction is a milestone with `replaces`, a withdrawal one with `void`; `History` is what is
left when both have been applied. Amounts are whole fen (分): integers, never floats.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from .errors import InvalidInput

PASSED = (None, "passed")
MOST = 10**15  # yuan
_YUAN = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")


def fen(value: int | str | None) -> int | None:
    """Yuan as a whole number or a decimal string -> fen. InvalidInput for anything else."""
    if value is None:
        return None
    if type(value) is int and 0 <= value < MOST:
        return value * 100
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise InvalidInput(
            f"金额“{value}”无法识别，应为元，如 5000000 或 “1234.50”",
            f"amount {value!r} is not understood; give yuan such as 5000000 or '1234.50'",
        )
    return int(Decimal(value) * 100)


def day(value: str | date | None) -> date | None:
    """An ISO date -> date. InvalidInput for a day that does not exist."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"日期“{value}”不存在，应为 2026-08-31 这样的日期", f"{value!r} is not a date; give one like 2026-08-31"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One thing that happened (or is planned), as somebody reported it."""

    id: str
    event: str
    on: date
    for_: str | None = None  # the period it is about: 2027, 2026-H1
    of: str | None = None  # the rule or milestone it fulfils, extends, waives or rectifies
    amount: int | None = None  # fen
    due_on: date | None = None  # the day set in a document
    until: date | None = None
    result: str | None = None  # passed | failed | returned
    list: str | None = None
    vendor: str | None = None
    attached: tuple[str, ...] | None = None  # None: not said
    planned: bool = False
    replaces: str | None = None
    void: str | None = None
    root: str = ""  # id of the first of its chain of corrections: what identity rests on

    @classmethod
    def of_json(cls, data: Mapping[str, Any], fallback_id: str) -> "Milestone":
        ident = data.get("id") or fallback_id
        attached = data.get("attached")
        return cls(
            id=ident,
            event=data["event"],
            on=day(data["on"]),
            for_=data.get("for"),
            of=data.get("of"),
            amount=fen(data.get("amount")),
            due_on=day(data.get("due_on")),
            until=day(data.get("until")),
            result=data.get("result"),
            list=data.get("list"),
            vendor=data.get("vendor"),
            attached=None if attached is None else tuple(attached),
            planned=bool(data.get("planned")),
            replaces=data.get("replaces"),
            void=data.get("void"),
            root=ident,
        )


class History:
    """The milestones that stand: corrections and withdrawals applied, by event, in order of day."""

    __slots__ = ("actual", "planned", "_passed")  # planned ones in the order reported: a plan's last word counts

    def __init__(self, milestones: Iterable[Milestone]):
        self.actual: dict[str, list[Milestone]] = {}
        self.planned: list[Milestone] = []
        for milestone in standing(milestones):
            if milestone.planned:
                self.planned.append(milestone)
            else:
                self.actual.setdefault(milestone.event, []).append(milestone)
        self._passed: dict[str, list[Milestone]] = {}
        for event, listed in self.actual.items():
            if len(listed) > 1:
                listed.sort(key=lambda milestone: milestone.on)
            self._passed[event] = [milestone for milestone in listed if milestone.result in PASSED]

    @property
    def events(self) -> set[str]:
        """What happened or is planned."""
        return {*self.actual, *(milestone.event for milestone in self.planned)}

    def judged(self, event: str, results: tuple | None = PASSED) -> Sequence[Milestone]:
        """Those of `event` to be judged: what happened, and what is planned (what-if)."""
        planned = [milestone for milestone in self.planned if milestone.event == event]
        return [*self.of(event, results), *planned] if planned else self.of(event, results)

    def of(self, event: str, results: tuple | None = PASSED) -> Sequence[Milestone]:
        """Those of `event` with one of `results` (None: any), oldest first. Not to be changed."""
        if results is PASSED:
            return self._passed.get(event, ())
        listed = self.actual.get(event, ())
        return listed if results is None else [milestone for milestone in listed if milestone.result in results]


def roots(milestones: Iterable[Milestone]) -> dict[str, str]:
    """Each milestone's id -> the id of the first of its chain of corrections."""
    by_id = {milestone.id: milestone for milestone in milestones}
    found = {}
    for milestone in by_id.values():
        first, seen = milestone, {milestone.id}
        while first.replaces in by_id and first.replaces not in seen:
            first = by_id[first.replaces]
            seen.add(first.id)
        found[milestone.id] = first.id
    return found


def standing(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Apply `replaces` and `void`: a replaced milestone gives way, keeping the root; a void one leaves nothing. Of two
    corrections of one milestone the later reported holds."""
    milestones = list(milestones)
    if not any(milestone.replaces or milestone.void for milestone in milestones):
        return milestones
    root_of = roots(milestones)
    replaced = {milestone.replaces for milestone in milestones}
    withdrawn = {root_of.get(milestone.void, milestone.void) for milestone in milestones if milestone.void}
    latest: dict[str, Milestone] = {}
    for milestone in milestones:
        root = root_of[milestone.id]
        if not milestone.void and milestone.id not in replaced and root not in withdrawn:
            latest[root] = milestone
    return [milestone if root == milestone.id else replace(milestone, root=root) for root, milestone in latest.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What `evaluate` is told. `project` is None when only the unit's and the authorities' duties are asked for."""

    jurisdiction: str
    unit: Mapping[str, Any]
    project: Mapping[str, Any] | None
    milestones: tuple[Milestone, ...]

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> "Facts":
        """From contract/facts.schema.json. A milestone without an id is named after its event and its place."""
        return cls(
            jurisdiction=data["jurisdiction"],
            unit=data.get("unit") or {},
            project=data.get("project"),
            milestones=tuple(
                Milestone.of_json(item, f"{item['event']}-{place}") for place, item in enumerate(data["milestones"], 1)
            ),
        )
