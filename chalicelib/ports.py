"""What the use cases ask of the outside world: a specification for the adapters.

Each method says its order, atomicity and idempotence, and what it raises. The store's port promises only what both
SQLite and DynamoDB can keep.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple, Protocol

from .core.calendar import Calendar
from .core.errors import StoreConflict as StoreConflict  # of what a store raises; those who do not know stores know it too
from .core.errors import Text
from .core.rulebook import Rulebook
from .core.table import Table

ANY = None  # expects: whatever is there now
ABSENT = 0  # expects: nothing is there

MAX_CHANGES = 99  # DynamoDB's TransactWriteItems takes 100; one is the check of the gate (usecases/state/gate.py)
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

    def scan(self, cursor: str | None = None, limit: int = 1000) -> tuple[list[Item], str | None]:
        """Everything, a page at a time, in an order of the store's own: the items and the cursor of the next page (None
        after the last; a page may be empty before it). What is written meanwhile may or may not be seen."""

    def write(self, changes: Iterable[Change]) -> None:
        """All of the changes or none, durable on return. At most MAX_CHANGES, each key once (ValueError otherwise).
        Raises StoreConflict when any condition does not hold."""


class Button(NamedTuple):
    """Something the reader can do with one touch. `action` (at most 60 bytes of ASCII) comes back to the bot that sent it."""

    label: str
    action: str


class Template(NamedTuple):
    """A text that the vendor approved beforehand, by its code, and the words for its blanks."""

    code: str
    parameters: dict[str, str]


class Outgoing(NamedTuple):
    """A message ready to leave."""

    key: str  # of idempotence: the same at every attempt at the same message
    address: str  # of the channel: a chat, a number, a mailbox, a robot's key
    text: str
    subject: str = ""  # a line of its own where the channel has one, e.g. an e-mail's Subject
    buttons: tuple[Button, ...] = ()  # shown by a channel that has_buttons; others are given a link in the text
    follows: str | None = None  # the reference of the message before it in the same thread, which it replaces
    template: Template | None = None  # instead of the text, where the vendor only sends approved ones


class Sent(NamedTuple):
    """The vendor accepted it. `reference` is the vendor's id for it, where it gives one."""

    reference: str | None = None


class RetryAfter(NamedTuple):
    """Not accepted now; worth another try after this many seconds."""

    seconds: float
    reason: str
    uncertain: bool = False  # it may have been accepted all the same: the answer did not come, or was not understood
    holds: str = ""  # what else has to wait as long: "bot" (all that this bot sends), "address" (all to this address)


class GiveUp(NamedTuple):
    """Will not be accepted as it is; the reason is for an admin to read, and holds no address and no secret."""

    reason: str


class Limit(NamedTuple):
    """No more than `count` messages in any `seconds`, by one bot in all ("bot") or to one address ("address")."""

    count: int
    seconds: int
    per: str


class Channel(Protocol):
    """A way to reach a person. A vendor's error inside an HTTP 200 is an error."""

    name: str
    bot: str  # which account sends; workers pace each account together. Not a secret.
    limits: tuple[Limit, ...]
    longest: int  # by `size`
    has_buttons: bool
    is_idempotent: bool  # the vendor itself drops the same text to the same address, for four hours
    asks_template: bool  # sends only texts approved beforehand; then `longest_word` says how much goes into a blank
    gives_receipts: bool  # says later, by the reference of a message, whether it arrived

    def size(self, text: str) -> int:
        """The length of a text as the vendor counts it."""

    def is_private(self, address: str) -> bool:
        """Whether one person alone reads what is sent there; not so in a group."""

    def wrong_address(self, address: str) -> Text | None:
        """Why nothing can be sent to what was written as an address, with an example of one; None where it may be right."""

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        """Hand the message to the vendor. Never raises for a vendor's or network's failure: it says what to do next.
        The text is at most `longest`; a channel that is handed a longer one gives up and says so."""


class Said(NamedTuple):
    """What a person said to the bot, in a chat with nobody else: words, or the action of a button they touched."""

    chat: str  # the channel and the address there, e.g. telegram:4242
    text: str = ""
    action: str = ""


class Reply(NamedTuple):
    """What the bot answers. Without a text no message is sent."""

    text: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()  # of buttons under it
    replaces: bool = False  # goes where the message stood whose button was touched
    note: str = ""  # a few words at the touch itself
    spends: bool = False  # the button that was touched has done its work, and goes


class HandOverAgain(Exception):
    """An answer could not be sent now; the update is to be handed over again."""


class Inbound(Protocol):
    """The way back on a channel: what people say to its bot."""

    channel: str

    def heard(self, update: Any) -> tuple[int, Said | None]:
        """The update's number, by which one that comes again is known, and what was said; None where nothing was said to
        the bot alone: in a group, by an edit."""

    def reply(self, update: Any, reply: Reply) -> None:
        """Answer in the chat an update came from. Raises HandOverAgain; nothing where that person no longer listens."""


class Slot(NamedTuple):
    """Where a browser may send one file by a form of type multipart/form-data: these fields first, then `file`."""

    url: str
    fields: dict[str, str]


class Stored(NamedTuple):
    """A file that is there."""

    size: int
    content_type: str


class Blob(Protocol):
    """Files and large bodies, by key (ASCII words parted by /). What is there never changes; a key is used once."""

    def slot(self, key: str, content_type: str, most_bytes: int, back: str, now: datetime) -> Slot:
        """Leave to upload one file of this type and size within the hour; the browser then goes `back` (an absolute URL)."""

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        """Keep a file that the program itself made or moved: its bytes, or a file that is read to its end and may be larger than
        the memory. Where two put the same key, the first one's is there."""

    def head(self, key: str) -> Stored | None:
        """What is there, or None."""

    def read(self, key: str) -> bytes:
        """The file. NotFound where there is none."""

    def link(self, key: str, filename: str, now: datetime) -> str:
        """An address from which whoever has it may fetch the file within the hour, under this name."""

    def keys(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Keys in order, after a cursor."""

    def delete(self, key: str) -> None:
        """Remove a file; fine where there is none."""


class Queue(Protocol):
    """Makes fast what a sweep would find anyway: at least once, in any order, and losing one loses nothing."""

    def put(self, messages: Iterable[dict[str, Any]], delay: int = 0) -> None:
        """Hand over messages: {"notice": outbox key} to deliver, {"job": id} to go on with; to be received after `delay`
        seconds, at most 900."""


class Rules(Protocol):
    """The rulebooks in force and the calendar, as published."""

    def jurisdictions(self) -> tuple[str, ...]:
        """Ids of the places there are rulebooks for."""

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]:
        """The place's rulebooks, oldest first. NotFound for a place without one."""

    def calendar(self) -> Calendar:
        """The working days of all years."""

    def calendar_with(self, year: int, notice: dict[str, Any]) -> Calendar:
        """The working days if this year's notice were published too."""

    def notices(self) -> dict[str, Any]:
        """The years' notices that were published here (year -> data), in place of the files'."""

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

# Writes a table into a file, as xlsx or csv, a row after the other; the media type. InvalidInput where such a file cannot hold it.
Writer = Callable[[Table, str, BinaryIO], str]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What a use case is handed. `secret` keys the hashes of addresses and texts in the ledger."""

    store: Store
    rules: Rules
    forms: Forms
    channels: dict[str, Channel]
    clock: Clock
    secret: bytes
    blob: Blob | None = None
    queue: Queue | None = None
    write_table: Writer | None = None
    checkpoints: Blob | None = None  # where checkpoints of the ledgers are kept outside the store
