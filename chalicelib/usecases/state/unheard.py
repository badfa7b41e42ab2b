"""Parties of which nobody could be told of a duty: marked by the clock, until a contact of theirs has a channel.

Only who leads a duty is marked, and only where no other audience was told in their stead.
"""

from typing import Any, NamedTuple

from ...ports import Change, Delete, Key, Put, Store
from . import records

MOST = 100  # that are counted; more are shown as 100+
SHOWN = 20


class Unheard(NamedTuple):
    """How many parties are marked, at most MOST, and the first of them: (id, name)."""

    count: int
    first: tuple[tuple[str, str], ...]


def key(place: str, party: str) -> Key:
    return Key(f"unheard#{place}", party)


def began(place: str, party: str) -> Change:
    """To write with what tells the ledger; writing it again changes nothing."""
    return Put(key(place, party), {})


def ended(store: Store, contact: dict[str, Any]) -> list[Change]:
    """To write with a contact: with a channel they can be told."""
    if not contact["channels"]:
        return []
    party = store.get(records.party_key(contact["party"]))
    return [Delete(key(party.value["jurisdiction"], contact["party"]))]


def unheard(store: Store, place: str) -> Unheard:
    idents = [item.key.sort for item in store.query(f"unheard#{place}", limit=MOST)]
    keys = {ident: records.party_key(ident) for ident in idents[:SHOWN]}
    found = store.get_many(keys.values())
    return Unheard(len(idents), tuple((ident, found[at].value["name"]) for ident, at in keys.items() if at in found))


def marked(store: Store, place: str, parties: list[str]) -> set[str]:
    """Those of the parties that are marked."""
    return {at.sort for at in store.get_many(key(place, party) for party in parties)}
