"""Broadcast: an admin's words to the contacts of a place, after a look at who gets them. They go through the outbox like
any notice: in polite hours, at the channels' pace, with a line in the ledger for each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...core.errors import InvalidInput
from ...core.ladder import polite_time
from ...core.ledger import keyed
from ...ports import ABSENT, Change, Delete, Item, Key, Ports, Put, StoreConflict
from ..registry.contact import contacts_of
from ..signing_in.access import Bearer
from ..state import records
from ..state.account import entries
from ..state.holder import settings_of
from ..state.once import Once, retrying
from ..telling.notices import new_head, outbox_key
from ..telling.people import Person, person
from .reread import SAID

LONGEST = 500  # characters
PEOPLE_A_WRITE = 20
BROADCAST = "@broadcast"  # in the due index: go on with this one


def preview(
    ports: Ports, jurisdiction: str, words: str, roles: Sequence[str] | None, parties: Sequence[str] | None
) -> dict[str, Any]:
    """Who would get it: {text, count, unreachable, recipients: [{party, contact, name, channel}]}; `channel` is the first of
    theirs that is set up, None where there is none. `roles`, `parties`: only contacts with one of these roles, of these
    parties; None for all."""
    people = [(each, _channel(ports, each)) for each in _recipients(ports, jurisdiction, words, roles, parties)]
    return {
        "text": words.strip(),
        "count": sum(channel is not None for _, channel in people),
        "unreachable": sum(channel is None for _, channel in people),
        "recipients": [
            {"party": each.party, "contact": each.contact["id"], "name": each.contact["name"], "channel": channel}
            for each, channel in people
        ],
    }


def send(
    ports: Ports,
    bearer: Bearer,
    jurisdiction: str,
    words: str,
    roles: Sequence[str] | None,
    parties: Sequence[str] | None,
    *,
    ident: str,
    now: datetime,
    once: Once,
) -> dict[str, Any]:
    """Have it sent to all who can be reached: {broadcast, count, unreachable}. The list of people is written first, with a
    mark by which tick goes on should this be cut short."""

    def attempt() -> dict[str, Any]:
        people = _recipients(ports, jurisdiction, words, roles, parties)
        reached = [each.id for each in people if _channel(ports, each)]
        answer = {"broadcast": ident, "count": len(reached), "unreachable": len(people) - len(reached)}
        told = {"what": "broadcast", **answer, "by": bearer.id, "text": keyed(ports.secret, words.strip())}
        value = {
            "jurisdiction": jurisdiction,
            "text": words.strip(),
            "by": bearer.id,
            "at": records.stamp(now),
            "left": reached,
        }
        ports.store.write(
            [
                Put(_key(ident), value, ABSENT),
                Put(_mark(ident, now), {}),
                *once.remember(answer),
                *entries(ports.store, jurisdiction, [{**told, "at": records.stamp(now)}]),
            ]
        )
        return answer

    answer = retrying(once, ports.store, attempt)
    go_on(ports, _mark(ident, now), ident, now)
    return answer


def go_on(ports: Ports, mark: Key, ident: str, now: datetime) -> None:
    """Queue a notice for each of those who are left; the mark falls with the last."""
    item = ports.store.get(_key(ident))
    while item and item.value["left"]:
        some, left = item.value["left"][:PEOPLE_A_WRITE], item.value["left"][PEOPLE_A_WRITE:]
        queued = [
            change for one in some if (who := person(ports.store, one)) for change in _notice(ports, who, ident, item, now)
        ]
        value = {**item.value, "left": left}
        try:
            ports.store.write([*queued, Put(item.key, value, item.version)])
        except StoreConflict:
            return  # another worker goes on with it
        item = Item(item.key, value, item.version + 1)
    ports.store.write([Delete(mark)])


def _notice(ports: Ports, who: Person, ident: str, broadcast: Item, now: datetime) -> list[Change]:
    jurisdiction, words = broadcast.value["jurisdiction"], broadcast.value["text"]
    name = ports.rules.editions(jurisdiction)[-1].name
    settings = who.settings(settings_of(ports, jurisdiction))
    notice = f"{who.id}/{SAID}-{ident}"
    leaves = polite_time(now, settings, ports.rules.calendar(), notice)
    head = new_head(who, jurisdiction, leaves, now, prompt=False)
    step = {
        "obligation": ident,
        "holder": f"jurisdiction#{jurisdiction}",
        "rung": SAID,
        "kind": SAID,
        "to": "responsible",
        "late": False,
        "instead_of": [],
        "subject": name.zh if who.contact["language"] == "zh" else name.en,
        "title": {"zh": "通知", "en": "notice"},
        "text": {"zh": words, "en": words},
    }
    return [
        Put(Key(f"step#{ident}", f"{SAID}#{who.id}"), {"notice": notice, "at": records.stamp(now)}, ABSENT),
        Put(Key(f"notice#{notice}", f"step#{ident}#{SAID}"), step, ABSENT),
        Put(Key(f"notice#{notice}", "head"), head, ABSENT),
        Put(outbox_key(head["leaves"], notice), {}),
    ]


def _recipients(
    ports: Ports, jurisdiction: str, words: str, roles: Sequence[str] | None, parties: Sequence[str] | None
) -> list[Person]:
    if not 0 < len(words.strip()) <= LONGEST:
        raise InvalidInput(f"内容（text）应为1至{LONGEST}字", f"text has 1 to {LONGEST} characters")
    known = [item.key.sort.partition("#")[2] for item in ports.store.query(f"jurisdiction#{jurisdiction}", prefix="party#")]
    strange = sorted(set(parties or ()) - set(known))
    if strange:
        raise InvalidInput(
            f"本辖区没有主体：{'、'.join(strange)}，请核对单位编号（parties）",
            f"no such parties here: {', '.join(strange)}; check parties",
        )
    return [
        Person(party, contact)
        for party in known
        if parties is None or party in parties
        for contact in contacts_of(ports.store, party).values()
        if roles is None or set(roles) & set(contact["roles"])
    ]


def _channel(ports: Ports, who: Person) -> str | None:
    return next((each["channel"] for each in who.contact["channels"] if each["channel"] in ports.channels), None)


def _key(ident: str) -> Key:
    return Key(f"broadcast#{ident}", "broadcast")


def _mark(ident: str, now: datetime) -> Key:
    return records.due_key(records.stamp(now), f"broadcast#{ident}", BROADCAST)
