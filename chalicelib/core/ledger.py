"""The ledger: an append-only, hash-chained account per party of what was recorded, sent, withheld and why.

Rows hold ids and keyed hashes of addresses and texts, never the texts themselves: personal data beside it can be
erased and the chain stays whole.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

GENESIS = "0" * 64


class Head(NamedTuple):
    """The end of a chain: how many entries, and the hash of the last."""

    length: int = 0
    hash: str = GENESIS


def chained(head: Head, entry: Mapping[str, Any]) -> tuple[Head, dict[str, Any]]:
    """The entry with its place, its predecessor's hash and its own; and the new head."""
    row = {**entry, "number": head.length + 1, "previous": head.hash}
    row["hash"] = _hash(row)
    return Head(head.length + 1, row["hash"]), row


def first_fault(rows: Iterable[Mapping[str, Any]], head: Head, start: Head | None = None) -> str | None:
    """None for a whole chain that ends in `head` (and follows `start`, where it is a part); else what is wrong, and where."""
    at = start or Head()
    for row in rows:
        if row["number"] != at.length + 1:
            return f"entry {at.length + 1} is missing (found {row['number']})"
        if row["previous"] != at.hash:
            return f"entry {row['number']} does not follow from the one before it"
        if row["hash"] != _hash({key: value for key, value in row.items() if key != "hash"}):
            return f"entry {row['number']} was altered"
        at = Head(row["number"], row["hash"])
    return None if at == head else f"the chain ends at {at.length}, its head says {head.length}: the tail is missing or altered"


def keyed(secret: bytes, text: str) -> str:
    """A keyed hash of an address or a text: proves what it was to who has both the key and the text, tells nothing else."""
    return hmac.new(secret, text.encode(), sha256).hexdigest()


def _hash(row: Mapping[str, Any]) -> str:
    return sha256(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
