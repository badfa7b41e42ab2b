"""Entries of the ledger, as changes to be written with what they tell of."""

from collections.abc import Iterable
from typing import Any

from ..core.ledger import Head, chained, first_fault
from ..ports import ABSENT, Change, Key, Put, Store

TRIES = 20


def entries(store: Store, owner: str, told: Iterable[dict[str, Any]]) -> list[Change]:
    """Changes that append `told` to the owner's chain, on the condition that nobody else appended meanwhile."""
    key = Key(f"ledger-head#{owner}", "head")
    stored = store.get(key)
    head = Head(stored.value["length"], stored.value["hash"]) if stored else Head()
    changes: list[Change] = []
    for entry in told:
        head, row = chained(head, entry)
        changes.append(Put(Key(f"ledger#{owner}", f"{row['number']:012d}"), row, ABSENT))
    if changes:
        changes.append(Put(key, {"length": head.length, "hash": head.hash}, stored.version if stored else ABSENT))
        if not stored:
            changes.append(Put(Key("ledgers", owner), {}))
    return changes


def verify(store: Store) -> dict[str, str | None]:
    """For each party's chain: None where it is whole, else the first fault."""
    return {item.key.sort: _fault(store, item.key.sort) for item in store.query("ledgers")}


def _fault(store: Store, owner: str) -> str | None:
    key = Key(f"ledger-head#{owner}", "head")
    for _ in range(TRIES):
        head = store.get(key)
        rows = [row.value for row in store.query(f"ledger#{owner}")]
        if store.get(key) == head:  # nobody appended between the two reads
            break
    if head is None:
        return "the whole ledger is missing"
    return first_fault(rows, Head(head.value["length"], head.value["hash"]))
