"""Receipts: what a vendor says later of a message it accepted. Accepted, delivered, read and acknowledged are four things.

A receipt names the message by the vendor's reference, so that whoever sends over a channel that gives receipts notes it.
"""

from datetime import datetime

from ...core.errors import Busy
from ...ports import Change, Item, Key, Ports, Put, StoreConflict
from ..state import records
from ..state.account import TRIES, entries
from ..telling.notices import outbox_key
from .delivery_log import arrived

DELIVERED, READ, LOST = "delivered", "read", "not delivered"


def noted(channel: str, reference: str, notice: str) -> Change:
    """To be written with the acceptance of a notice, by channels that give receipts."""
    return Put(_key(channel, reference), {"notice": notice})


def receive(ports: Ports, channel: str, reference: str, what: str, at: datetime, now: datetime, why: str = "") -> bool:
    """Record a receipt (DELIVERED, READ or LOST, with the vendor's code as `why`), once however often it comes. False where no
    notice is known by that reference. `at`: when the vendor says it was. What was lost is tried over the next channel."""
    for _ in range(TRIES):
        item = ports.store.get(_key(channel, reference))
        head = item and ports.store.get(Key(f"notice#{item.value['notice']}", "head"))
        if not head:
            return False
        if what in item.value:
            return True
        about = {"notice": item.value["notice"], "person": head.value["person"], "channel": channel, "reference": reference}
        told = {"what": what, **about, **({"why": why} if why else {}), "at": records.stamp(at)}
        seen = Put(item.key, {**item.value, what: records.stamp(at)}, item.version)
        onward = _next_channel(head, item.value["notice"], now) if what == LOST else []
        onward += arrived(ports.store, head.value, item.value["notice"], what, at)
        try:
            ports.store.write([seen, *onward, *entries(ports.store, head.value["party"], [told])])
        except StoreConflict:
            continue
        return True
    raise Busy()


def _next_channel(head: Item, notice: str, now: datetime) -> list[Change]:
    """The writes that put an accepted notice back, for the person's next channel; the facts are read again before it leaves."""
    if head.value["state"] != "accepted" or head.value.get("untold"):
        return []
    afresh = {"state": "queued", "attempts": 0, "tried": None, "settled": None, "done": [], "possible_duplicate": False}
    leaves = records.stamp(now)
    value = {**head.value, **afresh, "channel": head.value["channel"] + 1, "leaves": leaves, "reason": "not delivered"}
    return [Put(head.key, value, head.version), Put(outbox_key(leaves, notice), {})]


def _key(channel: str, reference: str) -> Key:
    return Key(f"receipt#{channel}", reference)
