"""Entries of the ledger, as changes to be written with what they tell of."""

from collections.abc import Iterable, Iterator
from typing import Any

from ...core.ledger import Head, chained, first_fault
from ...ports import ABSENT, Blob, Change, Key, Put, Store
from . import records
from .checkpoint import contradictions, grown

TRIES = 20
A_PAGE = 200


def entries(store: Store, owner: str, told: Iterable[dict[str, Any]]) -> list[Change]:
    """Changes that append `told` to the owner's chain, on the condition that nobody else appended meanwhile."""
    key = records.ledger_head_key(owner)
    stored = store.get(key)
    head = Head(stored.value["length"], stored.value["hash"]) if stored else Head()
    changes: list[Change] = []
    for entry in told:
        head, row = chained(head, entry)
        changes.append(Put(Key(f"ledger#{owner}", f"{row['number']:012d}"), row, ABSENT))
    if changes:
        changes.append(Put(key, {"length": head.length, "hash": head.hash}, stored.version if stored else ABSENT))
        changes.append(grown(owner))
        if not stored:
            changes.append(Put(Key("ledgers", owner), {}))
    return changes


def recent(store: Store, owner: str, since: str) -> Iterator[dict[str, Any]]:
    """The entries of an owner's chain made at or after an instant (as text), newest first."""
    before = None
    while page := store.query(f"ledger#{owner}", after=before, limit=A_PAGE, newest_first=True):
        for item in page:
            if item.value.get("at", since) < since:
                return
            yield item.value
        before = page[-1].key.sort


def verify(store: Store, outside: Blob | None = None) -> dict[str, str | None]:
    """For each party's chain: None where it is whole and agrees with the checkpoints in the store and outside (where that
    place is given), else the first fault."""
    chains = {item.key.sort: _fault(store, item.key.sort) for item in store.query("ledgers")}
    for owner, fault in contradictions(store, outside).items():
        chains[owner] = chains.get(owner) or fault
    return chains


def _fault(store: Store, owner: str) -> str | None:
    key = records.ledger_head_key(owner)
    for _ in range(TRIES):
        head = store.get(key)
        rows = [row.value for row in store.query(f"ledger#{owner}")]
        if store.get(key) == head:  # nobody appended between the two reads
            break
    if head is None:
        return "the whole ledger is missing"
    return first_fault(rows, Head(head.value["length"], head.value["hash"]))
