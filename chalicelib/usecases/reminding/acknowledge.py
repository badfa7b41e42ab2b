"""Acknowledge: a person signs for a duty (签收). It stops nobody from being reminded; it stops escalation for want of an answer."""

from datetime import datetime
from typing import Any

from ...core.errors import Busy, NotFound
from ...ports import ABSENT, Change, Item, Key, Ports, Put, Store, StoreConflict
from ..state import records
from ..state.account import entries

TRIES = 12


def acknowledge(ports: Ports, person: str, holder: str, obligation: str, how: str, now: datetime) -> dict[str, Any]:
    """`person` is "party/contact", `how` the way it came: button, link, page. Gives {obligation, title, first}; `first` is
    False where that person had signed before, and nothing is written then. NotFound where there is no such duty."""
    for _ in range(TRIES):
        row = row_of(ports.store, holder, obligation)
        signed = acknowledgement_key(holder, obligation, person)
        answer = {"obligation": obligation, "title": row.value["is"]["title"], "first": ports.store.get(signed) is None}
        if not answer["first"]:
            return answer
        try:
            ports.store.write(acknowledged(ports.store, row, holder, person, how, now))
        except StoreConflict:
            continue  # the row or the ledger moved on: look again
        return answer
    raise Busy()


def acknowledged(store: Store, row: Item, holder: str, person: str, how: str, now: datetime) -> list[Change]:
    """The writes of one acknowledgement: the fact, the obligation that shows it, the ledger."""
    obligation, at = row.value["is"]["id"], records.stamp(now)
    told = {"what": "acknowledged", "obligation": obligation, "person": person.split("/", 1)[1], "how": how, "at": at}
    return [
        Put(acknowledgement_key(holder, obligation, person), {"person": person, "how": how, "at": at}, ABSENT),
        Put(row.key, {**row.value, "acknowledged": {"by": person, "at": at}}, row.version),
        *entries(store, person.split("/", 1)[0], [told]),
    ]


def acknowledgement_key(holder: str, obligation: str, person: str) -> Key:
    return Key(holder, f"acknowledgement#{obligation}#{person}")


def row_of(store: Store, holder: str, obligation: str) -> Item:
    """The stored obligation. NotFound where there is none."""
    row = store.get(records.obligation_key(holder, obligation))
    if row is None:
        raise NotFound("没有找到这个事项，可能已随项目撤销", "there is no such duty; its project may have been withdrawn")
    return row
