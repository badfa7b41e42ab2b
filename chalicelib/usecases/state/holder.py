"""The holder of duties - a project, a party, a jurisdiction: its facts read in one pass, its obligations planned anew."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ...core.errors import NotFound
from ...core.evaluate import Answer, evaluate
from ...core.facts import Facts
from ...core.ladder import local_day
from ...core.rulebook import digest
from ...ports import Item, Key, Ports, Store
from . import records

# whose duties are stored with each sort of holder; a project is also judged against the bans of vendors
PER = {"project": frozenset(("project",)), "party": frozenset(("unit",)), "jurisdiction": frozenset(("jurisdiction", "vendor"))}
FACTS = "facts"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Everything stored about one holder, as of one read."""

    partition: str
    jurisdiction: str
    party: str  # whose ledger and contacts: the unit, or "" for a jurisdiction
    unit: dict[str, Any]
    project: dict[str, Any] | None
    tracked_since: date | None
    milestones: tuple[dict[str, Any], ...]
    shared: tuple[dict[str, Any], ...] = ()  # what happened in the jurisdiction: calls, blacklisted vendors
    rows: dict[str, Item]
    facts: Item | None  # counts the facts; every write of facts goes through it

    @property
    def kind(self) -> str:
        return self.partition.partition("#")[0]

    @property
    def count(self) -> int:
        return self.facts.value["count"] if self.facts else 0

    def as_facts(self) -> Facts:
        return Facts.of_json(
            {
                "jurisdiction": self.jurisdiction,
                "unit": self.unit,
                "project": self.project,
                "milestones": self.milestones + self.shared,
            }
        )

    def with_facts(self, milestones: Iterable[dict[str, Any]], project: dict[str, Any], unit: dict[str, Any]) -> "Holder":
        """The holder as it would be with these milestones and facts added."""
        return replace(
            self,
            milestones=self.milestones + tuple(milestones),
            unit={**self.unit, **unit},
            project=None if self.project is None else {**self.project, **project},
        )

    def owner(self) -> str:
        """Whose ledger tells of it."""
        return self.party or self.jurisdiction


def load(store: Store, partition: str) -> Holder:
    """Read a holder whole. NotFound where there is none."""
    kind, _, ident = partition.partition("#")
    profile = store.get(Key(partition, "profile"))
    if kind != "jurisdiction" and profile is None:
        raise NotFound(f"没有找到“{ident}”，请核对编号", f"there is no {kind} {ident!r}; check the id")
    facts = profile.value if profile else {}
    project = unit_id = None
    if kind == "project":
        project, unit_id = {"id": ident, **facts["facts"]}, facts["unit"]
    elif kind == "party":
        unit_id = ident
    unit = facts if kind == "party" else store.get(records.party_key(unit_id)).value if unit_id else {}
    since = facts.get("tracked_since")
    counter = store.get(Key(partition, FACTS))
    return Holder(
        partition=partition,
        jurisdiction=ident if kind == "jurisdiction" else facts["jurisdiction"],
        party=unit_id or "",
        unit={"id": unit_id, **unit.get("facts", {})} if unit_id else {},
        project=project,
        tracked_since=date.fromisoformat(since) if since else None,
        milestones=milestones_of(store, partition),
        shared=() if kind == "jurisdiction" else milestones_of(store, f"jurisdiction#{facts['jurisdiction']}"),
        rows={item.value["is"]["id"]: item for item in store.query(partition, prefix="obligation#")},
        facts=counter,
    )


def milestone_key(partition: str, number: int, milestone: dict[str, Any]) -> Key:
    """Where a milestone is kept: in the order of the writes that brought it."""
    return Key(partition, f"milestone#{number:08d}#{milestone['id']}")


def milestones_of(store: Store, partition: str) -> tuple[dict[str, Any], ...]:
    return tuple(item.value for item in store.query(partition, prefix="milestone#"))


def assess(holder: Holder, ports: Ports, now: datetime) -> Answer:
    """What evaluate says of the holder today, every recurring period since it has been tracked included."""
    on = local_day(now)
    since = date((holder.tracked_since or on).year, 1, 1)
    return evaluate(
        ports.rules.editions(holder.jurisdiction),
        ports.rules.calendar(),
        holder.as_facts(),
        on=on,
        since=min(since, date(on.year, 1, 1)),
        per=PER[holder.kind] | {"vendor"},
    )


def projections(holder: Holder, answer: Answer) -> dict[str, dict[str, Any]]:
    return {
        obligation.id: records.projection(obligation, answer.view, holder.tracked_since)
        for obligation in answer.obligations
        if obligation.rule.per in PER[holder.kind]
    }


def settings_of(ports: Ports, jurisdiction: str) -> dict[str, Any]:
    return dict(ports.rules.editions(jurisdiction)[-1].settings)


def basis_of(ports: Ports, jurisdiction: str) -> str:
    """Names the rules and the calendar that a plan was made by; a row made by others is looked at again before it speaks."""
    books = ports.rules.editions(jurisdiction)
    rules = books[0].sha256 if len(books) == 1 else digest([book.sha256 for book in books])
    return f"{rules[:16]}.{ports.rules.calendar().revision}"
