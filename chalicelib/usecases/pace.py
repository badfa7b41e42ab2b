"""Pacing: no bot sends more than its vendor allows, whoever of the workers sends. What was sent lately stands in the store.

The record of a bot, or of one address of it, keeps the instants of what was sent within the longest of its periods. A
slot is taken in the same write that claims the notice, so that two workers cannot both have the last one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ..core.ledger import keyed
from ..ports import ABSENT, Change, Channel, Key, Limit, Ports, Put, StoreConflict
from . import records
from .holder import A_MOMENT

TRIES = 12
BOT, ADDRESS = "bot", "address"
ON_THE_WAY = timedelta(seconds=1)  # by so much more may one message take from its slot to the vendor than a later one


class Pace(NamedTuple):
    """Whether a message may leave now (`at` is now), else when it may; and what has to be written with the one or the other."""

    at: datetime
    changes: list[Change]


def admit(ports: Ports, channel: Channel, address: str, now: datetime) -> Pace:
    """Asks for a slot. Where there is none, the time given is one that nobody else was given, so that those who wait do not
    all come back at once."""
    found = []
    for scope in (BOT, ADDRESS):
        limits = [limit for limit in channel.limits if limit.per == scope]
        item = ports.store.get(_at(ports, channel, address, scope))
        if limits or item:
            found.append((_at(ports, channel, address, scope), item, limits))
    frees = [_free(item.value if item else {}, limits, now) for _, item, limits in found]
    at = max(
        [now, *(max(free, _after_the_last(row[1].value, row[2])) for free, row in zip(frees, found, strict=True) if free > now)]
    )
    changes: list[Change] = []
    for free, (key, item, limits) in zip(frees, found, strict=True):
        value = item.value if item else {}
        if at == now:
            value = {**value, "sent": [*_lately(value, limits, now), records.stamp(now)]}
        elif free > now:  # who waits for the one does not keep those waiting who are of the other
            value = {**value, "promised": round(at.timestamp() * 1000)}
        changes.append(Put(key, value, item.version if item else ABSENT))
    return Pace(at, changes)


def take(ports: Ports, channel: Channel, address: str, now: datetime) -> datetime:
    """Take a slot now, in a write of its own; gives `now`, or, where there is none, when there will be."""
    for _ in range(TRIES):
        pace = admit(ports, channel, address, now)
        try:
            ports.store.write(pace.changes)
        except StoreConflict:
            continue  # another worker took one: look again
        return pace.at
    return now + timedelta(seconds=TRIES)


def hold(ports: Ports, channel: Channel, address: str, scope: str, until: datetime) -> None:
    """The vendor told the whole bot, or all who write to this address, to wait."""
    key = _at(ports, channel, address, scope)
    for _ in range(TRIES):
        item = ports.store.get(key)
        value = item.value if item else {"sent": []}
        if value.get("held", "") >= records.stamp(until):
            return
        try:
            ports.store.write([Put(key, {**value, "held": records.stamp(until)}, item.version if item else ABSENT)])
        except StoreConflict:
            continue
        return


def _at(ports: Ports, channel: Channel, address: str, scope: str) -> Key:
    return Key(f"pace#{channel.name}#{channel.bot}", "bot" if scope == BOT else keyed(ports.secret, address)[:32])


def _free(value: dict[str, Any], limits: Sequence[Limit], now: datetime) -> datetime:
    """The first instant from now on at which one more would be within every limit. Stamps are whole seconds, so that a
    second is added to each period: 30 sent at 0.9 and 30 at 1.1 are in one second. What a bot may send in a second is set
    lower than the vendor's limit where that is known; every other limit has room for what a message takes on the way."""
    sent = [records.instant_of(stamp) for stamp in value.get("sent", ())]
    free = [now, records.instant_of(value["held"])] if value.get("held") else [now]
    free += [sent[-limit.count] + _period(limit) for limit in limits if len(sent) >= limit.count]
    return max(free)


def _period(limit: Limit) -> timedelta:
    is_brief = limit.per == BOT and limit.seconds == 1
    return timedelta(seconds=limit.seconds) + A_MOMENT + (timedelta(0) if is_brief else ON_THE_WAY)


def _lately(value: dict[str, Any], limits: Sequence[Limit], now: datetime) -> list[str]:
    """What still counts against a limit."""
    oldest = records.stamp(now - max(map(_period, limits), default=A_MOMENT))
    most = max((limit.count for limit in limits), default=0)
    return [stamp for stamp in value.get("sent", ()) if stamp >= oldest][-most:] if most else []


def _after_the_last(value: dict[str, Any], limits: Sequence[Limit]) -> datetime:
    """When the next of those who wait may come: evenly after the one before."""
    if "promised" not in value:
        return records.LONG_AGO
    gap = max((timedelta(seconds=limit.seconds / limit.count) for limit in limits), default=timedelta(0))
    return datetime.fromtimestamp(value["promised"] / 1000, UTC) + gap
