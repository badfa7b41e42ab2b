"""What the use cases ask of the outside world: a specification for the adapters.

Each method says its order, atomicity and idempotence, and what it raises. The store's port promises only what both
SQLite and DynamoDB can keep.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from .core.calendar import Calendar
from .core.rulebook import Rulebook

ANY = None  # expects: whatever is there now
ABSENT = 0  # expects: nothing is there

MAX_CHANGES = 100  # DynamoDB TransactWriteItems
MAX_ITEM_BYTES = 400_000


class Key(NamedTuple):
    """Where an item lives. Items of one partition are ordered by `sort`, by Unicode code point (UTF-8 bytes)."""

    partition: str
    sort: str


class Item(NamedTuple):
    """A stored value and its version: 1 when first written, one more with each write."""

    key: Key
    value: dict[str, Any]
    version: int


class Put(NamedTuple):
    """Write a value (a JSON object of str, int, bool, None, list, dict; no floats) over what `expects` describes."""

    key: Key
    value: dict[str, Any]
    expects: int | None = ANY


class Delete(NamedTuple):
    """Remove an item; removing one that is not there is fine unless `expects` says otherwise."""

    key: Key
    expects: int | None = ANY


class Check(NamedTuple):
    """Write nothing, but let the whole write fail unless the item is at this version (ABSENT: not there)."""

    key: Key
    expects: int


Change = Put | Delete | Check


class StoreConflict(Exception):
    """A condition of `write` did not hold, or another writer was faster; nothing was written. Read again, then retry."""


class Store(Protocol):
    """Keyed items with conditional, atomic writes. All reads are strongly consistent. Safe to use from several threads."""

    def get(self, key: Key) -> Item | None:
        """The item, or None."""

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Those of `keys` that are there; any number, duplicates allowed."""

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        upto: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Item]:
        """Items of one partition in order of `sort` (reversed when newest_first): those starting with `prefix`, after the
        cursor `after` (exclusive, in reading direction), and at or below `upto` (inclusive). All pages are read up to `limit`."""

    def write(self, changes: Iterable[Change]) -> None:
        """All of the changes or none, durable on return. At most MAX_CHANGES, each key once (ValueError otherwise).
        Raises StoreConflict when any condition does not hold."""


class Outgoing(NamedTuple):
    """A message ready to leave: an idempotence key, an address of the channel, a text."""

    key: str
    address: str
    text: str


class Sent(NamedTuple):
    """The vendor accepted it. `reference` is the vendor's id for it, where it gives one."""

    reference: str | None = None


class RetryAfter(NamedTuple):
    """Not accepted now; worth another try after this many seconds."""

    seconds: float
    reason: str


class GiveUp(NamedTuple):
    """Will not be accepted as it is; the reason is for an admin to read."""

    reason: str


class Channel(Protocol):
    """A way to reach a person. A vendor's error inside an HTTP 200 is an error."""

    name: str

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        """Hand the message to the vendor. Never raises for a vendor's or network's failure: it says what to do next."""


class Rules(Protocol):
    """The rulebooks in force and the calendar, as published."""

    def jurisdictions(self) -> tuple[str, ...]:
        """Ids of the places there are rulebooks for."""

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]:
        """The place's rulebooks, oldest first. NotFound for a place without one."""

    def calendar(self) -> Calendar:
        """The working days of all years."""

    def orders(self) -> tuple[tuple[str, str], ...]:
        """Pairs of events of which the second cannot be earlier than the first."""

    def version(self, jurisdiction: str) -> dict[str, Any]:
        """The version that governs: {number, books, tuning, defaults, by, why, at}; number 0 is the files' seed. `books` are
        rulebooks' data or the digests of published ones, `tuning` what an admin set, `defaults` what every place starts with."""

    def since(self, jurisdiction: str) -> str:
        """When what governs was published, rules or calendar, the later of the two; "" while both are the files' seed."""

    def books(self, jurisdiction: str, version: dict[str, Any]) -> list[dict[str, Any]]:
        """The rulebooks' data of a version."""

    def defaults(self, version: dict[str, Any]) -> dict[str, Any]:
        """The settings a version starts from: key -> {name, value}."""

    def seed_version(self, jurisdiction: str) -> dict[str, Any]:
        """What the files say, as version 0."""

    def read(self, jurisdiction: str, version: dict[str, Any]) -> tuple[Rulebook, ...]:
        """The rulebooks of a version, published or only thought of. Raises InvalidRulebook."""


class Seeds(Protocol):
    """The rulebooks and calendars as the files have them: where a store begins."""

    def jurisdictions(self) -> tuple[str, ...]: ...

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]: ...

    def orders(self) -> tuple[tuple[str, str], ...]: ...

    def vocabulary(self) -> dict[str, Any]:
        """The events and facts all rulebooks share."""

    def defaults(self) -> dict[str, Any]:
        """The settings every place starts with."""

    def calendar(self, published: dict[str, Any] | None = None) -> Calendar:
        """The calendar with these years' notices (year -> data) in place of the files'."""


class Forms(Protocol):
    """The forms there are, and what a filled one says."""

    def ids(self) -> tuple[str, ...]: ...

    def get(self, form: str) -> dict[str, Any]:
        """The form's JSON Schema with its `x-duban` annotation. KeyError for an unknown one."""

    def check(self, form: str, body: Any) -> tuple:
        """Every fault of the body at once; empty when there is none."""

    def is_classified(self, body: Any) -> bool:
        """Whether the body says 涉密."""

    def milestones(self, form: str, body: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """The milestones the filled form records, without ids."""

    def facts(self, form: str, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The facts it states: {"project": {...}, "unit": {...}}."""


Clock = Callable[[], datetime]  # the current instant, aware, UTC


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What a use case is handed. `secret` keys the hashes of addresses and texts in the ledger."""

    store: Store
    rules: Rules
    forms: Forms
    channels: dict[str, Channel]
    clock: Clock
    secret: bytes
