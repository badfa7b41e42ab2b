"""A contact: a person at a party, the channels they read, and how they wish to be reminded.

`channels` best first: [{"channel", "address"}]. `language` zh or en. `at_once`: no digest. `prefers`: of quiet_from, quiet_to,
digest_at ("HH:MM", Shanghai), in place of the place's own. `away`: {"from", "until", "to"}, both days included, `to` being
the contact of the same party who is told instead; or None. `roles`: words; "leader" is who an escalation goes to.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from ...core.errors import Conflict, InvalidInput, NotFound, Text
from ...ports import ABSENT, Change, Delete, Item, Ports, Put, Store
from ..signing_in import feeds
from ..signing_in.binding import code_changes, released
from ..signing_in.session import admin_key, if_no_admins
from ..signing_in.signin import codes_key
from ..state import records, unheard
from ..state.account import entries
from ..state.holder import settings_of
from ..state.once import Once, retrying
from ..telling.addresses import address_changes
from ..telling.people import PREFERENCES

HOURS_ZH = {"quiet_from": "免打扰开始", "quiet_to": "免打扰结束", "digest_at": "晨报时间"}

DEFAULTS: dict[str, Any] = {
    "channels": [],
    "language": "zh",
    "at_once": False,
    "prefers": {},
    "away": None,
    "roles": [],
}
CHANGEABLE = ("name", *DEFAULTS)
LONGEST_AWAY = timedelta(days=366)
Fault = tuple[str, str, str]  # where, in Chinese, in English


def contacts_of(store: Store, party: str) -> dict[str, dict[str, Any]]:
    """The contacts of a party by id, whole: not for showing."""
    return {item.value["id"]: {**DEFAULTS, **item.value} for item in store.query(f"party#{party}", prefix="contact#")}


def register_contact(ports: Ports, contact: dict[str, Any], once: Once) -> dict[str, Any]:
    """A new contact {id, party, name, and what differs from DEFAULTS}; answers it masked. NotFound for an unknown party,
    InvalidInput with every fault, Conflict for an id that is taken."""
    given = {name: contact[name] for name in DEFAULTS if contact.get(name) is not None}
    profile = {"id": contact["id"], "party": contact["party"], "name": contact["name"], **DEFAULTS, **given}
    _check(ports, profile, profile)
    key = records.contact_key(profile["party"], profile["id"])
    heard = unheard.ended(ports.store, profile)

    def attempt() -> dict[str, Any]:
        if ports.store.get(key):
            earlier = once.earlier(ports.store)  # the same request, made at the same moment
            if earlier is not None:
                return earlier
            raise Conflict(f"联系人编号“{contact['id']}”已被使用", f"contact id {contact['id']!r} is taken")
        answer = {"id": profile["id"]}  # what is kept to answer a repeated request tells nothing of the person
        ports.store.write(
            [Put(key, profile, ABSENT), *address_changes(ports.secret, None, profile), *heard, *once.remember(answer)]
        )
        return answer

    retrying(once, ports.store, attempt)
    return masked(profile)


def change_contact(
    ports: Ports, party: str, ident: str, change: dict[str, Any], by: str, now: datetime, *, by_admin: bool = False
) -> dict[str, Any]:
    """Set some of CHANGEABLE, None being what a new contact has (of a name: no change); answers the contact, masked. `by` is whoever changes it, for
    the ledger. A chat that is no longer among the channels is no longer heard as theirs. The channels of a contact who is
    an admin are for an admin to change: Forbidden otherwise."""

    def attempt() -> dict[str, Any]:
        item = _stored(ports.store, party, ident)
        before = {**DEFAULTS, **item.value}
        wanted = {name: {**before, **DEFAULTS}[name] if value is None else value for name, value in change.items()}
        profile = {**before, **wanted}
        _check(ports, profile, change, before["channels"])
        if profile == before:
            return masked(profile)
        is_free = by_admin or profile["channels"] == before["channels"]
        guard = [] if is_free else if_no_admins(ports.store, party, ident)
        dropped = [channel for channel in item.value["channels"] if channel not in profile["channels"]]
        told = {"what": "contact changed", "person": ident, "fields": sorted(change), "by": by, "at": records.stamp(now)}
        ports.store.write(
            [
                Put(item.key, profile, item.version),
                *address_changes(ports.secret, item.value, profile),
                *unheard.ended(ports.store, profile),
                *guard,
                *released(ports, party, ident, dropped),
                *entries(ports.store, party, [{**told, **({"away": profile["away"]} if "away" in change else {})}]),
            ]
        )
        return masked(profile)

    return retrying(Once(who=by, key=None, asked=None), ports.store, attempt)


def remove_contact(ports: Ports, party: str, ident: str, by: str, now: datetime) -> dict[str, Any]:
    """Erase a person: their name, addresses, chats and codes. The ledger keeps only the id. Whoever had handed over to them
    is told of their duties themselves again."""

    def attempt() -> dict[str, Any]:
        item = _stored(ports.store, party, ident)
        left = [
            Put(other.key, {**other.value, "away": None}, other.version)
            for other in ports.store.query(f"party#{party}", prefix="contact#")
            if (other.value.get("away") or {}).get("to") == ident
        ]
        told = {"what": "contact removed", "person": ident, "by": by, "at": records.stamp(now)}
        place = ports.store.get(records.party_key(party)).value["jurisdiction"]
        changes: list[Change] = [
            Delete(item.key, item.version),
            Delete(admin_key(place, party, ident)),
            Delete(codes_key(party, ident)),
            *code_changes(ports, party, ident),
            *released(ports, party, ident, item.value["channels"]),
            *address_changes(ports.secret, item.value, None),
            *feeds.ended(ports.store, party, ident),
        ]
        ports.store.write([*changes, *left, *entries(ports.store, party, [told])])
        return {"removed": ident}

    return retrying(Once(who=by, key=None, asked=None), ports.store, attempt)


def _stored(store: Store, party: str, ident: str) -> Item:
    item = store.get(records.contact_key(party, ident))
    if item is None:
        raise NotFound(f"没有联系人“{ident}”，请核对编号", f"there is no contact {ident!r}; check the id")
    return item


def _check(ports: Ports, profile: dict[str, Any], changed: Iterable[str], stored: Iterable[dict[str, str]] = ()) -> None:
    """What is changed has to make sense with the rest; what stood before is let be, though the place or a colleague changed."""
    party = ports.store.get(records.party_key(profile["party"]))
    if party is None:
        raise NotFound(f"没有主体“{profile['party']}”，请先登记", f"there is no party {profile['party']!r}; register it first")
    faults: list[Fault] = []
    if "channels" in changed:
        faults += _faults_of_channels(ports, profile["channels"], stored)
    if "prefers" in changed:
        faults += _faults_of_hours(profile["prefers"], settings_of(ports, party.value["jurisdiction"]))
    if "away" in changed:
        faults += _faults_of_absence(ports.store, profile)
    if "roles" in changed and not (isinstance(profile["roles"], list) and all(map(_is_word, profile["roles"]))):
        zh, en = 'roles 应为若干身份词，如 ["leader"]（单位负责人）', 'roles is a list of words like ["leader"]'
        faults.append(("/roles", zh, en))
    if faults:
        errors = tuple({"field": field, "message": {"zh": zh, "en": en}} for field, zh, en in faults)
        raise InvalidInput("；".join(zh for _, zh, _ in faults), "; ".join(en for _, _, en in faults), errors=errors)


def _faults_of_channels(ports: Ports, channels: list[dict[str, str]], stored: Iterable[dict[str, str]]) -> Iterator[Fault]:
    known = list(stored)
    for at, each in enumerate(channels):
        wrong = each not in known and wrong_address(ports, each["channel"], each["address"])
        if wrong:
            yield f"/channels/{at}/address", *wrong


def wrong_address(ports: Ports, channel: str, address: str) -> Text | None:
    """Why nothing would arrive there, with an example of what would; None where it may, or the channel is not set up here."""
    way = ports.channels.get(channel)
    return way and way.wrong_address(address)


def _faults_of_hours(prefers: dict[str, Any], settings: dict[str, Any]) -> Iterator[Fault]:
    """A digest has to fall between the end of one night's quiet hours and the beginning of the next."""
    if not isinstance(prefers, dict) or set(prefers) - set(PREFERENCES):
        known = "、".join(PREFERENCES)
        yield "/prefers", f"prefers 可用：{known}", f"prefers may hold {', '.join(PREFERENCES)}"
        return
    unclear = [name for name, value in prefers.items() if not is_clock(value)]
    for name in unclear:
        yield f"/prefers/{name}", f"{HOURS_ZH[name]}应为24小时制的时间，如 08:40", f"{name} is a time of day like 08:40"
    if unclear or not prefers:
        return
    opens, digest, closes = ({**settings, **prefers}[name] for name in ("quiet_to", "digest_at", "quiet_from"))
    if not opens <= digest < closes:
        yield (
            "/prefers",
            f"晨报时间（{digest}）应在免打扰结束（{opens}）之后、开始（{closes}）之前",
            f"the digest ({digest}) has to come after quiet hours end ({opens}) and before they begin ({closes})",
        )


def _faults_of_absence(store: Store, profile: dict[str, Any]) -> Iterator[Fault]:
    away = profile["away"]
    if away is None:
        return
    if (
        not isinstance(away, dict)
        or set(away) != {"from", "until", "to"}
        or not (_is_day(away["from"]) and _is_day(away["until"]))
    ):
        example = '{"from": "2026-09-01", "until": "2026-09-05", "to": "li"}'
        yield "/away", f"away 应如 {example}", f"away is like {example}"
        return
    length = date.fromisoformat(away["until"]) - date.fromisoformat(away["from"])
    if not timedelta(0) <= length <= LONGEST_AWAY:
        yield "/away/until", "外出的最后一天应在第一天之后一年以内", "the last day away is within a year of the first"
    other = contacts_of(store, profile["party"]).get(away["to"]) if isinstance(away["to"], str) else None
    if other is None or other["id"] == profile["id"]:
        yield "/away/to", "请交给同一单位的另一位联系人", "hand over to another contact of the same party"
    elif not other["channels"]:
        yield "/away/to", f"{other['name']}没有可用的渠道，提醒送不到", "they have no channel to be reached on"
    elif (theirs := other["away"]) and theirs["from"] <= away["until"] and away["from"] <= theirs["until"]:
        yield "/away/to", f"{other['name']}那几天也外出，请另选一位", "they are away on some of these days too"


def is_clock(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII))


def _is_day(value: Any) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        return False


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 50


def masked(contact: dict[str, Any]) -> dict[str, Any]:
    """A contact with its addresses shown only in part."""
    whole = {**DEFAULTS, **contact}
    return {**whole, "channels": [{**channel, "address": mask(channel["address"])} for channel in whole["channels"]]}


def mask(address: str) -> str:
    return address[:2] + "*" * max(3, len(address) - 4) + address[-2:] if len(address) > 4 else "***"
