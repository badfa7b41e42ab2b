"""Binding: a chat becomes a contact's by a one-time code. One chat speaks for one contact; binding it again moves it.

Codes and chats are stored as keyed hashes: who reads the store can neither bind a chat nor tell whose it is.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import Busy, NotFound
from ...core.ledger import keyed
from ...ports import ABSENT, Change, Check, Delete, Item, Key, Ports, Put, StoreConflict
from ..state import records, unheard
from ..state.account import TRIES, entries
from ..telling.addresses import address_changes
from .session import if_no_admins

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read as something else: no 0 and O, no 1, I and L
LENGTH = 8  # of 31 letters: with five tries a day for a chat, guessing one of a thousand codes takes a hundred million chats
GOOD_FOR = timedelta(hours=24)
MOST_TRIES = 5  # of a chat, in GOOD_FOR


def make_code(ports: Ports, party: str, ident: str, by: str, now: datetime, *, by_admin: bool = False) -> dict[str, str]:
    """A code for a contact: {"code", "expires"}; shown once, good for one chat, in place of any made before. For a contact who
    is an admin it takes an admin: Forbidden otherwise."""
    contact = ports.store.get(records.contact_key(party, ident))
    if contact is None:
        raise NotFound(f"没有联系人“{ident}”，请核对编号", f"there is no contact {ident!r}; check the id")
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    hashed, expires = _hash(ports, code), records.stamp(now + GOOD_FOR)
    for _ in range(TRIES):
        told = {"what": "code made", "person": ident, "by": by, "at": records.stamp(now)}
        before = ports.store.get(_pointer(party, ident))
        guard = [] if by_admin else if_no_admins(ports.store, party, ident)
        try:
            ports.store.write(
                [
                    *([Delete(_code_key(before.value["code"]))] if before else []),
                    Put(_code_key(hashed), {"party": party, "contact": ident, "expires": expires}, ABSENT),
                    Put(_pointer(party, ident), {"code": hashed}, before.version if before else ABSENT),
                    *guard,
                    *entries(ports.store, party, [told]),
                ]
            )
        except StoreConflict:
            continue
        return {"code": f"{code[:4]}-{code[4:]}", "expires": expires}
    raise Busy()


def code_changes(ports: Ports, party: str, ident: str) -> list[Change]:
    """The writes that make a contact's code, if there is one, good for nothing."""
    pointer = ports.store.get(_pointer(party, ident))
    if pointer is None:
        return [Check(_pointer(party, ident), ABSENT)]
    return [Delete(pointer.key, pointer.version), Delete(_code_key(pointer.value["code"]))]


def is_code(text: str) -> bool:
    """Whether it could be a code, however it is written."""
    plain = _plain(text)
    return len(plain) == LENGTH and set(plain) <= set(ALPHABET)


def bind(ports: Ports, chat: str, code: str, now: datetime) -> dict[str, Any] | None:
    """Make the chat ("telegram:4242") the contact's whose code this is; gives the contact. None where the code is wrong, used
    or too old, or the chat has tried too often: nothing tells these apart. The code that bound the chat binds it again."""
    for _ in range(TRIES):
        door, tries = ports.store.get(_chat_key(ports, chat)), ports.store.get(_tries_key(ports, chat))
        hashed = _hash(ports, _plain(code))
        if door and door.value["code"] == hashed:
            return contact_of(ports, chat)
        failed = tries.value["failed"] if tries and records.instant_of(tries.value["since"]) > now - GOOD_FOR else 0
        if failed >= MOST_TRIES:
            return None
        named = ports.store.get(_code_key(hashed))
        contact = named and ports.store.get(records.contact_key(named.value["party"], named.value["contact"]))
        try:
            if contact is None or named.value["expires"] < records.stamp(now):
                since = tries.value["since"] if failed else records.stamp(now)
                value = {"failed": failed + 1, "since": since}
                ports.store.write([Put(_tries_key(ports, chat), value, tries.version if tries else ABSENT)])
                return None
            return _bound(ports, chat, hashed, named, contact, door, now)
        except StoreConflict:
            continue  # the same code, or the same contact, at the same moment: look again
    return None


def _bound(ports: Ports, chat: str, hashed: str, code: Item, contact: Item, door: Item | None, now: datetime) -> dict[str, Any]:
    channel, _, address = chat.partition(":")
    reads = {"channel": channel, "address": address}
    party, ident = contact.value["party"], contact.value["id"]
    value = {**contact.value, "channels": [reads, *(other for other in contact.value["channels"] if other != reads)]}
    how = {"channel": channel, "to": keyed(ports.secret, address), "at": records.stamp(now)}
    told = {party: [{"what": "bound", "person": ident, **how}]}
    moved: list[Change] = []
    if door and (door.value["party"], door.value["contact"]) != (party, ident):
        moved = _without(ports, door.value, reads)
        told.setdefault(door.value["party"], []).append({"what": "unbound", "person": door.value["contact"], **how})
    owner = {"party": party, "contact": ident, "code": hashed, "at": records.stamp(now)}
    ports.store.write(
        [
            Delete(code.key, code.version),
            Delete(_pointer(party, ident)),
            Delete(_tries_key(ports, chat)),
            Put(contact.key, value, contact.version),
            *address_changes(ports.secret, contact.value, value),
            *unheard.ended(ports.store, value),
            Put(_chat_key(ports, chat), owner, door.version if door else ABSENT),
            *moved,
            *(change for party_told, rows in told.items() for change in entries(ports.store, party_told, rows)),
        ]
    )
    return value


def unbind(ports: Ports, chat: str, now: datetime) -> dict[str, Any] | None:
    """The chat is nobody's any more, and nothing is sent to it; gives whose it was, as they are now."""
    channel, _, address = chat.partition(":")
    for _ in range(TRIES):
        door = ports.store.get(_chat_key(ports, chat))
        if door is None:
            return None
        party, ident = door.value["party"], door.value["contact"]
        told = {"what": "unbound", "person": ident, "channel": channel, "to": keyed(ports.secret, address)}
        try:
            ports.store.write(
                [
                    Delete(door.key, door.version),
                    *_without(ports, door.value, {"channel": channel, "address": address}),
                    *entries(ports.store, party, [{**told, "at": records.stamp(now)}]),
                ]
            )
        except StoreConflict:
            continue
        contact = ports.store.get(records.contact_key(party, ident))
        return contact and contact.value
    raise Busy()


def contact_of(ports: Ports, chat: str) -> dict[str, Any] | None:
    """Whose chat it is; None for a stranger's."""
    door = ports.store.get(_chat_key(ports, chat))
    contact = door and ports.store.get(records.contact_key(door.value["party"], door.value["contact"]))
    return contact and contact.value


def released(ports: Ports, party: str, ident: str, channels: Iterable[dict[str, str]]) -> list[Change]:
    """The writes after which these channels' chats are no longer heard as the contact's."""
    keys = {_chat_key(ports, f"{each['channel']}:{each['address']}") for each in channels}
    return [
        Delete(door.key, door.version)
        for door in ports.store.get_many(keys).values()
        if (door.value["party"], door.value["contact"]) == (party, ident)
    ]


def _without(ports: Ports, door: dict[str, Any], reads: dict[str, str]) -> list[Change]:
    """The contact a chat was bound to, without that channel."""
    item = ports.store.get(records.contact_key(door["party"], door["contact"]))
    if item is None:
        return []
    value = {**item.value, "channels": [each for each in item.value["channels"] if each != reads]}
    return [Put(item.key, value, item.version), *address_changes(ports.secret, item.value, value)]


def _plain(code: str) -> str:
    return "".join(code.upper().replace("-", "").split())


def _hash(ports: Ports, code: str) -> str:
    return keyed(ports.secret, f"code {code}")


def _code_key(hashed: str) -> Key:
    return Key(f"code#{hashed}", "code")


def _pointer(party: str, ident: str) -> Key:
    return Key(f"party#{party}", f"code#{ident}")


def _chat_key(ports: Ports, chat: str) -> Key:
    return Key(f"chat#{keyed(ports.secret, chat)}", "contact")


def _tries_key(ports: Ports, chat: str) -> Key:
    return Key(f"chat#{keyed(ports.secret, chat)}", "tries")
