"""Addresses of calendar feeds: given out once, listed, taken back. Only their hash is stored; see feed.py for what they show.

partition               sort                   holds
feed#<hash>             feed                   what the address shows: {id, of, jurisdiction, party, contact, by, issued}
feeds#<jurisdiction>    <id>                   {"hash"}: the feeds of a place
party#<id>              feed#<contact>#<id>    {"hash"}: those of a contact, which die with the contact
"""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from ...core.errors import Conflict, InvalidInput, NotFound
from ...ports import ABSENT, Change, Delete, Item, Key, Ports, Put, Store
from ..state import records
from .access import Bearer, may_see

OF = ("contact", "unit", "jurisdiction")
MOST = 10  # addresses of the same calendar
SIXTEEN = 16


def issue(
    ports: Ports, bearer: Bearer, *, of: str, party: str | None, contact: str | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Make an address: its token, shown once, and what is kept of it. A unit for itself and its contacts, an office for the
    place too, an admin for anybody of the place. InvalidInput, Forbidden, NotFound."""
    feed = _asked(ports, bearer, of, party, contact)
    same = [item for item in _of_place(ports.store, bearer.jurisdiction) if feed.items() <= item.value.items()]
    if len(same) >= MOST:
        raise Conflict(
            f"已发出{len(same)}个这样的地址，请先收回不用的", f"{len(same)} such addresses were given out; take some back first"
        )
    token = secrets.token_urlsafe(24)
    hashed = _hash(token)
    kept = {"id": hashed[:SIXTEEN], **feed, "by": bearer.id, "issued": records.stamp(now)}
    ports.store.write([Put(_key(hashed), kept, ABSENT), *(Put(key, {"hash": hashed}) for key in _listed(kept))])
    return token, kept


def listed(ports: Ports, bearer: Bearer) -> list[dict[str, Any]]:
    """The feeds that the bearer may take back."""
    return [item.value for item in _feeds(ports.store, bearer)]


def revoke(ports: Ports, bearer: Bearer, ident: str) -> dict[str, Any]:
    """Take an address back: from now on it shows nothing. NotFound where there is none that the bearer may take back."""
    for item in _feeds(ports.store, bearer):
        if item.value["id"] == ident:
            ports.store.write(_gone(item))
            return {"removed": ident}
    raise NotFound(f"没有日历地址“{ident}”，或不属于您", f"there is no calendar address {ident!r} of yours")


def opened(store: Store, token: str) -> dict[str, Any]:
    """What the address shows. NotFound for one that was never given out, was taken back, or has outlived whom it was for."""
    item = store.get(_key(_hash(token)))
    if item is None or not _lives(store, item.value):
        raise NotFound(
            "没有这个日历，地址可能已被收回；请在督办系统中另取一个",
            "there is no such calendar; its address may have been taken back",
        )
    return item.value


def ended(store: Store, party: str, contact: str) -> list[Change]:
    """To be written with the removal of a contact: whoever is given the same id later does not inherit the address."""
    items = store.query(f"party#{party}", prefix=f"feed#{contact}#")
    feeds = store.get_many(_key(item.value["hash"]) for item in items)
    return [change for item in feeds.values() for change in _gone(item)]


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _key(hashed: str) -> Key:
    return Key(f"feed#{hashed}", "feed")


def _listed(feed: dict[str, Any]) -> list[Key]:
    """Where a feed is found again."""
    keys = [Key(f"feeds#{feed['jurisdiction']}", feed["id"])]
    if feed["contact"]:
        keys.append(Key(f"party#{feed['party']}", f"feed#{feed['contact']}#{feed['id']}"))
    return keys


def _gone(item: Item) -> list[Change]:
    return [Delete(item.key), *(Delete(key) for key in _listed(item.value))]


def _asked(ports: Ports, bearer: Bearer, of: str, party: str | None, contact: str | None) -> dict[str, Any]:
    """What is asked for, if the bearer may have it."""
    party = party or bearer.party
    if of not in OF or (of != "jurisdiction" and party is None) or (of == "contact") != bool(contact):
        raise InvalidInput(
            'of 应为 contact（写明 party、contact）、unit（写明 party）或 jurisdiction，如 {"of": "unit", "party": "yy-health"}',
            "of is contact (with party and contact), unit (with party) or jurisdiction",
        )
    if of == "jurisdiction":
        bearer.must_be("authority", "admin")
        return {"of": of, "jurisdiction": bearer.jurisdiction, "party": None, "contact": None}
    may_see(ports, bearer, f"party#{party}")
    if of == "contact":
        if party != bearer.party:
            bearer.must_be("admin")
        if ports.store.get(records.contact_key(party, contact)) is None:
            raise NotFound(f"没有联系人“{contact}”，请核对编号", f"there is no contact {contact!r}; check the id")
    return {"of": of, "jurisdiction": bearer.jurisdiction, "party": party, "contact": contact}


def _of_place(store: Store, jurisdiction: str) -> list[Item]:
    keys = [_key(item.value["hash"]) for item in store.query(f"feeds#{jurisdiction}")]
    return list(store.get_many(keys).values())


def _feeds(store: Store, bearer: Bearer) -> list[Item]:
    keys = [_key(item.value["hash"]) for item in store.query(f"feeds#{bearer.jurisdiction}")]
    found = store.get_many(keys).values()
    return [
        item for item in found if bearer.role == "admin" or item.value["party"] == bearer.party or item.value["by"] == bearer.id
    ]


def _lives(store: Store, feed: dict[str, Any]) -> bool:
    """Whether the contact and the party are still there."""
    keys = [records.party_key(feed["party"])] if feed["party"] else []
    keys += [records.contact_key(feed["party"], feed["contact"])] if feed["contact"] else []
    return len(store.get_many(keys)) == len(keys)
