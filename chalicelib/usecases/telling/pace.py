"""Pacing: no bot sends more than its vendor allows, whoever of the workers sends. What was sent lately stands in the store.

The record of a bot, or of one address of it, keeps the instants of what was sent within the longest of its periods. A
slot is taken in the same write that claims the notice, so that two workers cannot both have the last one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ...core.ledger import keyed
from ...ports import ABSENT, Change, Channel, Key, Limit, Ports, Put, StoreConflict
from ..state import records
from ..state.plan import A_MOMENT

TRIES = 12
BOT, ADDRESS = "bot", "address"
PATIENCE = timedelta(seconds=5)  # of somebody who waits for an answer
ON_THE_WAY = timedelta(seconds=1)  # by so much more may one message take from its slot to the vendor than a later one


class Pace(NamedTuple):
    """Whether a message may leave now (`at` is now), else when it may; and what has to be written with the one or the other."""

    at: datetime
    changes: list[Change]


class Row(NamedTuple):
    """The record of a bot, or of one address of it, with its limits."""

    key: Key
    version: int
    value: dict[str, Any]
    limits: Sequence[Limit]

    def free(self, now: datetime) -> datetime:
        """The first instant from now on at which one more would be within every limit."""
        sent = [records.instant_of(stamp) for stamp in self.value.get("sent", ())]
        held = [records.instant_of(self.value["held"])] if self.value.get("held") else []
        full = [sent[-limit.count] + _period(limit) for limit in self.limits if len(sent) >= limit.count]
        return max([now, *held, *full])

    def after_the_last(self) -> datetime:
        """When the next of those who wait may come: evenly after the one before."""
        if "promised" not in self.value:
            return records.LONG_AGO
        gap = max((timedelta(seconds=limit.seconds / limit.count) for limit in self.limits), default=timedelta(0))
        return datetime.fromtimestamp(self.value["promised"] / 1000, UTC) + gap

    def sent(self, now: datetime) -> Change:
        """One more, now. What no longer counts against a limit is let go."""
        most = max((limit.count for limit in self.limits), default=0)
        oldest = now - max(map(_period, self.limits), default=timedelta(0))
        counting = [stamp for stamp in self.value.get("sent", ()) if records.instant_of(stamp) >= oldest]
        return self.with_(sent=[*counting, records.stamp(now)][-most:] if most else [])

    def with_(self, **more: Any) -> Change:
        return Put(self.key, {**self.value, **more}, self.version)


def admit(ports: Ports, channel: Channel, address: str, now: datetime) -> Pace:
    """Asks for a slot. Where there is none, the time given is one that nobody else was given, so that those who wait do not
    all come back at once."""
    rows = _rows(ports, channel, address)
    full = [row for row in rows if row.free(now) > now]
    if not full:
        return Pace(now, [row.sent(now) for row in rows])
    at = max(max(row.free(now), row.after_the_last()) for row in full)
    promised = round(at.timestamp() * 1000)  # who waits for the one does not keep those waiting who are of the other
    return Pace(at, [row.with_(promised=promised) if row in full else row.with_() for row in rows])


def answering(ports: Ports, channel: Channel, address: str, now: datetime) -> bool:
    """Whether somebody who waits for an answer may have it now, within our PATIENCE with the limits; if so it is counted.
    Answers come before reminders, and vendors let those who talk be brief: of the limits by the second it is reminders that
    make room, while those by the minute, and a vendor that told us to wait, hold here too."""
    for _ in range(TRIES):
        rows = _rows(ports, channel, address)
        if any(row.free(now) > now + PATIENCE for row in rows):
            return False
        try:
            ports.store.write([row.sent(now) for row in rows])
        except StoreConflict:
            continue  # another worker took one: look again
        return True
    return False


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
    if scope == BOT:
        return Key(_of(channel), "bot")
    name = keyed(ports.secret, address)[:32]
    return Key(f"{_of(channel)}#{records.shard(name)}", name)


def _of(channel: Channel) -> str:
    return f"pace#{channel.name}#{channel.bot}"


def partitions(channel: Channel) -> list[str]:
    """All that hold the channel's records: the bot's, and the addresses' spread over shards, since a whole province may write
    through one app in one minute."""
    return [_of(channel), *(f"{_of(channel)}#{shard}" for shard in range(records.SHARDS))]


def _rows(ports: Ports, channel: Channel, address: str) -> list[Row]:
    """The bot's and the address's, each where it has limits or was told to wait."""
    found = []
    for scope in (BOT, ADDRESS):
        key = _at(ports, channel, address, scope)
        limits = [limit for limit in channel.limits if limit.per == scope]
        item = ports.store.get(key)
        if item or limits:
            found.append(Row(key, item.version if item else ABSENT, item.value if item else {}, limits))
    return found


def _period(limit: Limit) -> timedelta:
    """How long one counts. Our clock tells whole seconds, so that one is added: 30 sent at 0.9 and 30 at 1.1 are in one second.
    What a bot may send in a second is set lower than the vendor's limit where that is known; every other limit has room for
    what a message takes on the way."""
    is_brief = limit.per == BOT and limit.seconds == 1
    return timedelta(seconds=limit.seconds) + A_MOMENT + (timedelta(0) if is_brief else ON_THE_WAY)
