"""The rulebooks and calendars in force: what was published into the store, and the files' seed where nothing was.

Published versions never change. The one item that does is `current`, which says which version governs: reading it is
reading the law of the house.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from ...core.calendar import Calendar
from ...core.reader import rulebook
from ...core.rulebook import Rulebook
from ...ports import Key, Ports, Rules, Seeds, Store

CURRENT = "current"


class PublishedRules:
    """The Rules port over a store. Parsed versions are kept in memory; whether they still govern is asked each time."""

    def __init__(self, store: Store, seeds: Seeds):
        self._store, self._seeds = store, seeds
        self._editions: dict[tuple[str, int], tuple[Rulebook, ...]] = {}
        self._calendars: dict[int, Calendar] = {}

    def jurisdictions(self) -> tuple[str, ...]:
        published = {item.key.sort for item in self._store.query("rules")}
        return tuple(sorted(published | set(self._seeds.jurisdictions())))

    def editions(self, jurisdiction: str) -> tuple[Rulebook, ...]:
        item = self._store.get(Key(f"rules#{jurisdiction}", CURRENT))
        if item is None:
            return self._seeds.editions(jurisdiction)
        key = (jurisdiction, item.value["number"])
        if key not in self._editions:
            self._editions[key] = self.read(jurisdiction, item.value)
        return self._editions[key]

    def version(self, jurisdiction: str) -> dict[str, Any]:
        """The version that governs: {number, books, tuning}; number 0 is the files' seed."""
        item = self._store.get(Key(f"rules#{jurisdiction}", CURRENT))
        return item.value if item else self.seed_version(jurisdiction)

    def seed_version(self, jurisdiction: str) -> dict[str, Any]:
        """What the files say, as a version: number 0."""
        books = self._seeds.editions(jurisdiction)
        return {
            "number": 0,
            "books": [dict(book.raw) for book in books],
            "tuning": {},
            "defaults": self._seeds.defaults(),
            "by": "",
            "why": "",
            "at": "",
        }

    def since(self, jurisdiction: str) -> str:
        """When what governs here was published, rules or calendar, the later of the two; "" while both are the files' seed."""
        items = (self._store.get(Key(f"rules#{jurisdiction}", CURRENT)), self._store.get(Key("calendar", CURRENT)))
        return max((item.value["at"] for item in items if item), default="")

    def books(self, jurisdiction: str, version: dict[str, Any]) -> list[dict[str, Any]]:
        """The rulebooks' data of a version."""
        return [
            self._store.get(Key(f"rules#{jurisdiction}", f"book#{book}")).value["data"] if isinstance(book, str) else book
            for book in version["books"]
        ]

    def defaults(self, version: dict[str, Any]) -> dict[str, Any]:
        """The settings a version starts from: those of its day, so that an upgrade changes nothing that was published; what the
        product has learnt to set since comes from the files."""
        return {**self._seeds.defaults(), **version.get("defaults", {})}

    def read(self, jurisdiction: str, version: dict[str, Any]) -> tuple[Rulebook, ...]:
        """The rulebooks of a version, published or only thought of. Raises InvalidRulebook."""
        return tuple(
            rulebook(data, self._seeds.vocabulary(), self.defaults(version), version["tuning"])
            for data in self.books(jurisdiction, version)
        )

    def calendar(self) -> Calendar:
        item = self._store.get(Key("calendar", CURRENT))
        if item is None:
            return self._seeds.calendar()
        number = item.value["number"]
        if number not in self._calendars:
            self._calendars[number] = self._seeds.calendar(item.value["years"])
        return self._calendars[number]

    def calendar_with(self, year: int, notice: dict[str, Any]) -> Calendar:
        return self._seeds.calendar({**self.notices(), str(year): notice})

    def notices(self) -> dict[str, Any]:
        item = self._store.get(Key("calendar", CURRENT))
        return item.value["years"] if item else {}

    def orders(self) -> tuple[tuple[str, str], ...]:
        return self._seeds.orders()


class Held:
    """The rules as they are when they are first asked for: for one short piece of work, which then reads them once and not at
    every turn. In the cloud every worker reads the same item of the calendar, which takes 3,000 reads a second."""

    def __init__(self, rules: Rules):
        self._rules = rules
        self.editions, self.calendar, self.since = cache(rules.editions), cache(rules.calendar), cache(rules.since)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rules, name)


def held(ports: Ports) -> Ports:
    """The ports for one short piece of work: one notice, one wake-up, one holder."""
    return replace(ports, rules=Held(ports.rules))
