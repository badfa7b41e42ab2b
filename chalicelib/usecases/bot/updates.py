"""Updates: what the vendor of a chat hands over is answered once, though it may be handed over often.

An update is claimed before anything is done, for the length of a lease, and marked as answered after its answer has left. One
that comes again meanwhile is refused, so that it comes once more; one that was answered is passed over. A death in between
loses nothing: the lease runs out, the update comes again, and what it asks is done again, which changes nothing the second
time. Only the words of an answer can then be sent twice: when the death, or a timeout, fell between the vendor's taking them
and our mark.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ...ports import ABSENT, Change, Delete, HandOverAgain, Inbound, Item, Key, Ports, Put, Reply, Store, StoreConflict
from ..state import records
from ..telling.pace import answering
from .answer import answer

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MOST_TRIES = 5  # then it is given up: something is wrong with it, and others wait behind it
KEPT = timedelta(days=3)  # a vendor hands nothing over that is older than a day
SWEPT = 10  # old marks removed with each update
SORRY = Reply("系统出错，这次没有办成，原因已记录；请稍后再试。(That did not work; the cause is logged. Please try later.)")


def handle(ports: Ports, bot: Inbound, update: Any, now: datetime, url: str) -> bool:
    """Answer an update. False where it is to be handed over again: another worker has it, or no answer could be sent."""
    number, said = bot.heard(update)
    if said is None:
        return True
    key = Key(f"update#{bot.channel}", f"{number:020d}")
    stored = ports.store.get(key)
    if stored and stored.value["state"] == "answered":
        return True
    if stored and stored.value["until"] > records.stamp(now):
        return False
    claim = _claimed(ports.store, key, stored, now)
    if claim is None:
        return False
    try:
        channel = ports.channels[bot.channel]
        if not answering(ports, channel, said.chat.partition(":")[2], now):
            raise HandOverAgain("pace")
        bot.reply(update, answer(ports, said, now, url))
    except HandOverAgain as reason:
        log.info("an answer could not be sent (%s); the update is to come again", reason, extra={"action": "not-answered"})
        _mark(ports.store, claim, {**claim.value, "tries": claim.value["tries"] - 1, "until": records.stamp(now)})
        return False
    except Exception:
        log.exception("an update was not answered", extra={"action": "update-failed"})
        if claim.value["tries"] < MOST_TRIES:
            _mark(ports.store, claim, {**claim.value, "until": records.stamp(now)})
            return False
        with suppress(Exception):
            bot.reply(update, SORRY)
    _mark(ports.store, claim, {"state": "answered", "at": records.stamp(now)}, _old(ports.store, key.partition, now))
    return True


def _claimed(store: Store, key: Key, stored: Item | None, now: datetime) -> Item | None:
    tries = stored.value["tries"] + 1 if stored else 1
    value = {"state": "begun", "tries": tries, "at": records.stamp(now), "until": records.stamp(now + LEASE)}
    version = stored.version if stored else ABSENT
    try:
        store.write([Put(key, value, version)])
    except StoreConflict:
        return None
    return Item(key, value, version + 1)


def _mark(store: Store, claim: Item, value: dict[str, Any], also: list[Change] | None = None) -> None:
    with suppress(StoreConflict):  # the lease had run out, and another worker has taken over
        store.write([Put(claim.key, value, claim.version), *(also or [])])


def _old(store: Store, partition: str, now: datetime) -> list[Change]:
    oldest = records.stamp(now - KEPT)
    return [Delete(item.key) for item in store.query(partition, limit=SWEPT) if item.value["at"] < oldest]
