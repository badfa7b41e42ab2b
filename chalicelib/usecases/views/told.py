"""Who was told what of a holder, when and over which channel: the ledger's word, for people to read. Addresses are not in it.

A duty is told to the unit, then to its department and the offices, each of which has a ledger of its own; what could not be
told stands in that of the place. The newest entries of each are looked through.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ...core.answer import text_json
from ...ports import Key, Ports
from ..state import records
from ..state.account import recent
from ..state.holder import Holder

MOST = 500  # entries of each ledger
WHATS = ("accepted", "withheld", "given up", "acknowledged", "snoozed", "nobody to tell", "handed on")


def told_of(ports: Ports, holder: Holder, submissions: set[str] = frozenset(), of: str | None = None) -> list[dict[str, Any]]:
    """{at, what, why, title, rung, channel, person, party, possible_duplicate}, the newest first: of all the holder's duties
    and news, or of the one duty `of`."""
    titles = {ident: item.value["is"]["title"] for ident, item in holder.rows.items() if of in (None, ident)}
    for ident in submissions:
        titles[f"@news/{ident}"] = text_json(("报送回执与决定", "receipts and decisions"))
    entries = [
        (owner, entry)
        for owner in _owners(ports, holder)
        for entry in islice(recent(ports.store, owner, ""), MOST)
        if entry["what"] in WHATS and entry.get("obligation") in titles
    ]
    named = _named(ports, entries)
    told = [
        {
            "at": entry["at"],
            "what": entry["what"],
            "why": entry.get("why"),
            "obligation": entry["obligation"],
            "title": titles[entry["obligation"]],
            "rung": entry.get("rung"),
            "channel": entry.get("channel"),
            "until": entry.get("until"),
            "person": named.get((owner, entry.get("person")), entry.get("person") or ""),
            "party": named.get((owner, None), ""),
            "possible_duplicate": bool(entry.get("possible_duplicate")),
        }
        for owner, entry in entries
    ]
    return sorted(told, key=lambda each: each["at"], reverse=True)


def _owners(ports: Ports, holder: Holder) -> Iterator[str]:
    """Whose ledgers may tell of the holder."""
    offices = [item.value["party"] for item in ports.store.query(f"authority#{holder.jurisdiction}")]
    yield from dict.fromkeys(filter(None, (holder.party, holder.unit.get("parent"), *offices, holder.jurisdiction)))


def _named(ports: Ports, entries: list[tuple[str, dict[str, Any]]]) -> dict[tuple[str, str | None], str]:
    """(party, contact) -> the name; (party, None) -> the party's."""
    people = {
        (owner, entry["person"]): records.contact_key(owner, entry["person"]) for owner, entry in entries if entry.get("person")
    }
    parties = {(owner, None): records.party_key(owner) for owner, _ in entries}
    wanted: dict[tuple[str, str | None], Key] = {**people, **parties}
    found = ports.store.get_many(wanted.values())
    return {who: found[key].value["name"] for who, key in wanted.items() if key in found}
