"""A session: who is signed in at a browser, and until when. The browser holds a random token, the store only its hash.

A session ends 12 hours after it was last used, 7 days after it began, when it is signed out, and when the contact is removed
or loses the role. Its key begins with the instant of its end, so that what has ended is found and removed in passing.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.errors import Forbidden, Unavailable
from ...ports import ABSENT, Change, Check, Delete, Item, Key, Put, Store, StoreConflict
from ..state import records
from .access import Bearer

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=10)  # how exactly it is known when a session was last used
SWEPT = 20  # ended sessions removed when another begins
REMEMBERED = timedelta(days=1)  # an ended one: whose it was, for what they may still be typing


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom somebody acts. `party` and `contact` are None for who signed in with a link of the console as admin."""

    role: str  # unit, authority or admin
    jurisdiction: str
    party: str | None = None
    contact: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"role": self.role, "jurisdiction": self.jurisdiction, "party": self.party, "contact": self.contact}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that lives."""

    identity: Identity
    at: int  # its number
    others: tuple[tuple[int, Identity], ...]  # as whom else the same person may act, by number
    name: str  # of the contact; "" for an admin without one
    party_name: str
    key: Key

    @property
    def bearer(self) -> Bearer:
        """What use cases ask for. The id names the contact, so that the ledger tells who did what."""
        is_ = self.identity
        ident = f"{is_.party}/{is_.contact}" if is_.contact else f"console:{self.key.sort[-12:]}"
        return Bearer(id=ident, role=is_.role, jurisdiction=is_.jurisdiction, party=None if is_.role == "admin" else is_.party)


def new_token(ends: datetime | None = None) -> str:
    """A random token; one without an end is no session yet, and only tells one browser from another."""
    return f"{int(ends.timestamp()) if ends else 0}.{secrets.token_urlsafe(32)}"


def begin(store: Store, identities: list[Identity], now: datetime) -> str:
    """Begin a session and return its token. It is always a new one: what the browser held before counts for nothing."""
    token = new_token(now + LONGEST)
    key = _key(token)
    value = {
        "identities": [identity.as_json() for identity in identities],
        "at": 0,
        "began": records.stamp(now),
        "seen": records.stamp(now),
    }
    ended = store.query(key.partition, upto=str(int((now - REMEMBERED).timestamp())), limit=SWEPT)
    store.write([Put(key, value, ABSENT), *(Delete(item.key) for item in ended)])
    return token


def session_of(store: Store, token: str, now: datetime) -> Session | None:
    """The session of a browser's token, or None where it has ended or never was one."""
    ends, _, _ = token.partition(".")
    if not (ends.isascii() and ends.isdigit()) or int(ends[:12]) <= now.timestamp():
        return None
    item = store.get(_key(token))
    if item is None or records.instant_of(item.value["seen"]) + IDLE <= now:
        return None
    found = _living(store, item)
    if found and records.instant_of(item.value["seen"]) + NOTED_EVERY <= now:
        with suppress(StoreConflict, Unavailable):  # another page of the same browser noted it, or the next will
            store.write([Put(item.key, {**item.value, "seen": records.stamp(now)}, item.version)])
    return found


def ended_of(store: Store, token: str) -> Identity | None:
    """Whose session it was that a token had, while that is remembered; None for one that never was a session."""
    item = store.get(_key(token))
    return Identity(**item.value["identities"][item.value["at"]]) if item else None


def switch(store: Store, session: Session, number: int) -> None:
    """Go on as another of the person's identities; nothing happens where there is none of that number."""
    item = store.get(session.key)
    if item and number in dict(session.others):
        with suppress(StoreConflict):
            store.write([Put(item.key, {**item.value, "at": number}, item.version)])


def end(store: Store, session: Session) -> None:
    """Sign out."""
    store.write([Delete(session.key)])


def roles_of(store: Store, party: str, contact: str) -> list[Identity]:
    """As whom a contact may act today; none where the contact is gone."""
    return _known(store, party, contact)[0]


def _known(store: Store, party: str, contact: str) -> tuple[list[Identity], str, str]:
    """As whom a contact may act, their name, and that of the party."""
    of_party, of_contact = records.party_key(party), records.contact_key(party, contact)
    found = store.get_many([of_party, of_contact])
    if len(found) < 2:
        return [], "", ""
    profile = found[of_party].value
    place = profile["jurisdiction"]
    roles = ["unit"] if profile["is_unit"] else []
    roles += ["authority"] if profile.get("authority") else []
    roles += ["admin"] if store.get(admin_key(place, party, contact)) else []
    identities = [Identity(role=role, jurisdiction=place, party=party, contact=contact) for role in roles]
    return identities, found[of_contact].value["name"], profile["name"]


def admin_key(jurisdiction: str, party: str, contact: str) -> Key:
    """Where it stands that a contact is an admin of the place."""
    return Key(f"jurisdiction#{jurisdiction}", f"admin#{party}/{contact}")


def if_no_admins(store: Store, party: str, ident: str) -> list[Change]:
    """What is to be written with a change that would let somebody sign in as this contact, made by anybody but an admin.
    Forbidden where the contact is an admin: a colleague would become one."""
    profile = store.get(records.party_key(party))
    if profile is None:
        return []
    key = admin_key(profile.value["jurisdiction"], party, ident)
    if store.get(key):
        raise Forbidden(
            "这位联系人是本辖区管理员，其接收渠道和绑定码只能由管理员更改；请以管理员身份登录后再试",
            "this contact is an admin of the place: only an admin may change their channels or make them a code",
        )
    return [Check(key, ABSENT)]


def _living(store: Store, item: Item) -> Session | None:
    """The session as its contact's present roles allow; None where the contact or the role is gone."""
    identities = [Identity(**each) for each in item.value["identities"]]
    at = item.value["at"]
    mine = identities[at]
    if mine.contact is None:
        return Session(identity=mine, at=at, others=(), name="", party_name="", key=item.key)
    roles, name, party_name = _known(store, mine.party, mine.contact)
    if mine not in roles:
        return None
    others = tuple((number, identity) for number, identity in enumerate(identities) if number != at)
    return Session(identity=mine, at=at, others=others, name=name, party_name=party_name, key=item.key)


def _key(token: str) -> Key:
    digest = sha256(token.encode()).hexdigest()
    return Key(f"session#{digest[0]}", f"{token.partition('.')[0][:12]}#{digest}")
