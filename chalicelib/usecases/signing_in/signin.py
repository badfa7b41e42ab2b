"""Signing in without a password: a one-time code to the contact's own channels, or a one-time link from the console.

Whoever asks is answered the same whether there is such a contact or not. A code is good for ten minutes, for a few tries,
in the browser that asked for it; the store holds keyed hashes of codes and of addresses, never either.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.errors import DubanError, InvalidInput, NotFound
from ...core.ledger import keyed
from ...ports import ABSENT, Change, Delete, Item, Key, Ports, Put, Store, StoreConflict
from ..state import records
from ..telling.addresses import contacts_at
from ..telling.say import say
from .access import ROLES
from .session import Identity, roles_of

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(minutes=10)
LINK_GOOD_FOR = timedelta(hours=1)
DIGITS = 6
GUESSES = 5  # at one code
CODES_AN_HOUR = 5  # for one contact
CODES_AN_HOUR_IN_ALL = 1200  # a code may cost money: an SMS
PAUSE = timedelta(seconds=30)  # between two codes for one browser
TRIES = 5  # when another writer was faster
LONGEST = 200  # characters of what is typed


class NotSignedIn(DubanError):
    """The code or link is wrong, used up or too old: it is not said which, nor whether there is such a contact."""

    code, status = "not-signed-in", 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is meant by what somebody typed, with everybody else they are: the same channels at another party."""

    contact: dict[str, Any]
    also: tuple[tuple[str, str], ...]  # (party, contact)

    @property
    def id(self) -> str:
        return f"{self.contact['party']}/{self.contact['id']}"


def who(ports: Ports, typed: str) -> Person | None:
    """The contact meant by an address or by party/contact, if there is one."""
    party, _, ident = typed.strip()[:LONGEST].partition("/")
    known = ports.store.get(records.contact_key(party, ident)) if ident else None
    if known:
        return Person(contact=known.value, also=())
    people = contacts_at(ports, typed[:LONGEST])
    if not people:
        return None
    first = people[0]
    # An address that several share (an office's line) proves one of them only, unless all their channels are the same.
    also = [(person["party"], person["id"]) for person in people[1:] if person["channels"] == first["channels"]]
    return Person(contact=first, also=tuple(also))


# A code


def ask_code(ports: Ports, typed: str, browser: str, now: datetime) -> None:
    """Make a code for the contact meant, if there is one, and send it. To be done aside: how long it takes would tell whether
    there is such a contact."""
    person = who(ports, typed)
    if person is None or not _may_have_one(ports, now):
        return
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    if _keep_code(ports, person, code, browser, now):
        _send(ports, person, code, now)


def _send(ports: Ports, person: Person, code: str, now: datetime) -> None:
    minutes = GOOD_FOR // timedelta(minutes=1)
    text = f"【督办】登录验证码 {code}，{minutes}分钟内有效。不是您本人在登录的，不必理会，也不要告诉任何人。"
    if person.contact.get("language") == "en":
        text = f"[Duban] Your sign-in code is {code}, good for {minutes} minutes. If you did not ask for it, tell nobody."
    if say(ports, person.contact, text, now, code=code) is None:
        log.warning("no channel took the sign-in code of %s", person.id, extra={"action": "code-not-sent"})


def _may_have_one(ports: Ports, now: datetime) -> bool:
    """Count the code against what everybody together may ask for in this hour."""
    key, hour = Key("signin", "codes"), records.stamp(now)[:13]
    for _ in range(TRIES):
        item = ports.store.get(key)
        count = item.value["count"] if item and item.value["hour"] == hour else 0
        if count >= CODES_AN_HOUR_IN_ALL:
            log.warning("too many sign-in codes in this hour; no more are sent", extra={"action": "codes-exhausted"})
            return False
        try:
            ports.store.write([Put(key, {"hour": hour, "count": count + 1}, item.version if item else ABSENT)])
            return True
        except StoreConflict:
            continue
    return False


def _keep_code(ports: Ports, person: Person, code: str, browser: str, now: datetime) -> bool:
    """Keep the code's hash beside the contact's others; False where there have been enough of them."""
    key = codes_key(person.contact["party"], person.contact["id"])
    for _ in range(TRIES):
        item = ports.store.get(key)
        kept = [each for each in (item.value["codes"] if item else []) if _asked(each) + timedelta(hours=1) > now]
        mine = [each for each in kept if each["browser"] == _digest(browser)]
        if len(kept) >= CODES_AN_HOUR or any(_asked(each) + PAUSE > now for each in mine):
            return False
        spent = [{**each, "left": 0} if each in mine else each for each in kept]  # one code a browser
        fresh = {
            "browser": _digest(browser),
            "hash": _proof(ports, person, code),
            "asked": records.stamp(now),
            "left": GUESSES,
        }
        try:
            ports.store.write([Put(key, {"codes": [*spent, fresh]}, item.version if item else ABSENT)])
            return True
        except StoreConflict:
            continue
    return False


def use_code(ports: Ports, typed: str, code: str, browser: str, now: datetime) -> list[Identity]:
    """As whom the person may act, if the code is right. Raises NotSignedIn; a guess is counted before it is judged."""
    person = who(ports, typed)
    right = _is_right(ports, person, _digits(code), browser, now) if person else _wrong(ports, now)
    if not right:
        raise NotSignedIn(
            f"验证码不对，或已过期。验证码{GOOD_FOR // timedelta(minutes=1)}分钟内有效，每个可试{GUESSES}次；请核对，或重新获取",
            "the code is wrong or too old; check it, or ask for another",
        )
    identities = [
        identity
        for party, contact in ((person.contact["party"], person.contact["id"]), *person.also)
        for identity in roles_of(ports.store, party, contact)
    ]
    if not identities:
        raise NotSignedIn("您所在的主体没有可用的身份，请联系本辖区管理员", "your party has no role here; ask your admin")
    return identities


def _is_right(ports: Ports, person: Person, code: str, browser: str, now: datetime) -> bool:
    wanted = _proof(ports, person, code)
    for _ in range(TRIES):
        item = ports.store.get(codes_key(person.contact["party"], person.contact["id"]))
        codes = item.value["codes"] if item else []
        at = next((n for n, each in enumerate(codes) if _is_open(each, browser, now)), None)
        if at is None:
            return _wrong(ports, now)
        right = hmac.compare_digest(codes[at]["hash"], wanted)
        codes[at] = {**codes[at], "left": 0 if right else codes[at]["left"] - 1}
        try:
            ports.store.write([Put(item.key, {"codes": codes}, item.version)])
            return right
        except StoreConflict:
            continue
    return False


def _wrong(ports: Ports, now: datetime) -> bool:
    """False, after a write like that of a guess at a code there is: a quicker answer would tell that there is none."""
    ports.store.write([Put(Key("signin", "wrong"), {"at": records.stamp(now)})])
    return False


def _proof(ports: Ports, person: Person, code: str) -> str:
    """A code proves the channels that it went to: it is worth nothing once the contact has been given others, since what is
    known by the same channels comes with it."""
    channels = json.dumps(person.contact["channels"], ensure_ascii=False, sort_keys=True)
    return keyed(ports.secret, f"sign-in {person.id} {channels} {code}")


def _is_open(kept: dict[str, Any], browser: str, now: datetime) -> bool:
    return kept["left"] > 0 and kept["browser"] == _digest(browser) and now < _asked(kept) + GOOD_FOR


def _asked(kept: dict[str, Any]) -> datetime:
    return records.instant_of(kept["asked"])


def codes_key(party: str, contact: str) -> Key:
    """Where a contact's codes are kept."""
    return Key(f"party#{party}", f"codes#{contact}")


def _digits(typed: str) -> str:
    """The digits of what was typed, wide ones too: an input method may give １２３."""
    return "".join(str(int(letter)) for letter in typed[:40] if letter.isdecimal())


# A link


def make_link(store: Store, identity: Identity, now: datetime) -> str:
    """A token that signs in once as `identity`, within the hour. For whoever has the console."""
    if identity.role not in ROLES:
        raise InvalidInput(f"没有“{identity.role}”这个身份，可用 {'、'.join(ROLES)}", f"unknown role {identity.role!r}")
    if identity.contact and identity not in roles_of(store, identity.party, identity.contact):
        raise NotFound(
            f"联系人“{identity.party}/{identity.contact}”不存在，或没有这个身份",
            f"there is no contact {identity.party}/{identity.contact} with the role {identity.role}",
        )
    token = secrets.token_urlsafe(24)
    value = {"identity": identity.as_json(), "ends": records.stamp(now + LINK_GOOD_FOR)}
    store.write([*_ended_links(store, now), Put(_link_key(token), value, ABSENT)])
    return token


def link_identity(store: Store, token: str, now: datetime) -> Identity:
    """As whom a link would sign in; looking uses nothing up. Raises NotSignedIn."""
    return Identity(**_link(store, token, now).value["identity"])


def use_link(store: Store, token: str, now: datetime) -> list[Identity]:
    """Use the link up. Raises NotSignedIn."""
    item = _link(store, token, now)
    identity = Identity(**item.value["identity"])
    roles = roles_of(store, identity.party, identity.contact) if identity.contact else [identity]
    if identity not in roles:
        raise _old_link()
    try:
        store.write([Delete(item.key, item.version)])
    except StoreConflict:
        raise _old_link() from None
    return [identity, *(other for other in roles if other != identity)]


def _link(store: Store, token: str, now: datetime) -> Item:
    item = store.get(_link_key(token))
    if item is None or records.instant_of(item.value["ends"]) <= now:
        raise _old_link()
    return item


def _old_link() -> NotSignedIn:
    return NotSignedIn(
        "此登录链接已用过或已过期。请在服务器上另取一个：duban signin",
        "this link was used or is too old; make another on the server: duban signin",
    )


def _ended_links(store: Store, now: datetime) -> Iterable[Change]:
    links = store.query("signin-links", limit=50)
    return [Delete(item.key) for item in links if records.instant_of(item.value["ends"]) <= now]


def _link_key(token: str) -> Key:
    return Key("signin-links", _digest(token))


def _digest(token: str) -> str:
    """The hash of something random, which needs no key."""
    return sha256(token.encode()).hexdigest()
