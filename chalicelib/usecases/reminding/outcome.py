"""The outcome of a notice, recorded: settled, partly sent, to be tried again, over to the next channel, given up."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import Unavailable
from ...ports import ANY, Change, Channel, Delete, Item, Key, Ports, Put, StoreConflict
from ..state import records
from ..state.account import entries
from ..telling.notices import requeued
from .dead import buried
from .delivery_log import logged
from .handing_on import hand_on
from .message import Work

USEFUL = timedelta(hours=24)  # how long a person's last channel is tried
NEXT_AFTER = timedelta(hours=2)  # how long one is tried while there is another
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=30)
VENDOR_REMEMBERS = timedelta(hours=4)  # for so long a vendor that drops repeats knows what it was sent
INSISTING = 1_000  # tries to record what became of a notice, which last longer than its lease: who gives up sends it twice
TOLD_AT_ONCE = 80  # entries of the ledger in one write
NO_CHANNEL = "no channel left"


def named(step: dict[str, Any], notice: str, head: Item) -> dict[str, Any]:
    return {
        "obligation": step["obligation"],
        "rung": step["rung"],
        "instead_of": step["instead_of"],
        "notice": notice,
        "person": head.value["person"],
    }


def perhaps_sent(head: dict[str, Any]) -> dict[str, bool]:
    """For the ledger's word of a step that is not accepted: an attempt of which nobody knows the end went before."""
    return {"perhaps_sent": True} if head.get("possible_duplicate") or head.get("elsewhere") else {}


def settle(
    ports: Ports,
    head: Item,
    row: Key,
    state: str,
    told: Iterable[dict[str, Any]],
    now: datetime,
    also: Iterable[Change] = (),
    seen: int | None = ANY,
) -> bool:
    """Record the end of a notice together with what is to be told of its steps, then tell it. Where that is too much for
    one write, the notice is settled first and keeps what is still untold; whoever takes over goes on telling. `seen`: the
    row's version, by who does not hold the notice: it may be being sent."""
    untold, also = [{"at": records.stamp(now), **entry} for entry in told], list(also)
    settled = head.value.get("settled")
    if settled is None:  # else only its telling goes on
        settled = records.stamp(now)
        also.append(logged(head.value, head.key.partition.removeprefix("notice#"), state, untold, now))
    while True:
        part, left = untold[:TOLD_AT_ONCE], untold[TOLD_AT_ONCE:]
        value = {**head.value, "state": state, "untold": left, "settled": settled}
        held = Delete(row, seen) if not left else Put(row, {}, seen)
        if not _recorded(ports, head, row, [Put(head.key, value, head.version), held, *also], part):
            return False
        if not left:
            return True
        head, untold, also, seen = Item(head.key, value, head.version + 1), left, [], ANY


def _recorded(ports: Ports, head: Item, row: Key, changes: list[Change], told: list[dict[str, Any]]) -> bool:
    """Write what became of a notice and tell it in the ledger, however long others are in the way or the store is busy. False
    where somebody else has the notice by now."""
    for _ in range(INSISTING):
        try:
            ports.store.write([*changes, *(entries(ports.store, head.value["party"], told) if told else ())])
        except (StoreConflict, Unavailable):
            if is_anothers(ports, head, row):
                return False
            continue  # only the ledger had moved on
        return True
    return False


def is_anothers(ports: Ports, head: Item, row: Key) -> bool:
    """Whether somebody else has the notice: our lease ran out, or what we saw of the outbox was old."""
    current = ports.store.get(head.key)
    return current is None or current.version != head.version or ports.store.get(row) is None


def go_on(ports: Ports, work: Work, count: int, told: list[dict[str, Any]], now: datetime) -> bool:
    """A part of the notice was accepted: that is recorded, and the rest is queued to follow at once."""
    done = [f"step#{step['obligation']}#{step['rung']}" for step, _ in work.steps[:count]]
    value = {
        **work.head.value,
        "state": "queued",
        "possible_duplicate": False,
        "attempts": 0,
        "tried": None,
        "done": [*work.head.value.get("done", ()), *done],
    }
    told = [{"at": records.stamp(now), **entry} for entry in told]
    _recorded(ports, work.head, work.row, requeued(work.head, work.row, value, now), told)
    return False


def again(ports: Ports, work: Work, changed: dict[str, Any], at: datetime) -> bool:
    """Queue it for another attempt."""
    value = {**work.head.value, "state": "queued", **changed}
    _recorded(ports, work.head, work.row, requeued(work.head, work.row, value, at, work.seen), [])
    return False


def next_channel(ports: Ports, work: Work, reason: str, now: datetime) -> bool:
    """This channel will not take it: the person's next one is tried now."""
    value = work.head.value
    elsewhere = value.get("elsewhere", False) or value.get("possible_duplicate", False)  # it may have come over this one
    ahead = {"channel": value["channel"] + 1, "attempts": 0, "tried": None, "possible_duplicate": False, "elsewhere": elsewhere}
    return again(ports, work, {**ahead, "reason": reason}, now)


def give_up(ports: Ports, work: Work, now: datetime) -> bool:
    """No channel of the person took it: the next responsible person is told instead, and an admin sees a dead letter."""
    for step, _ in work.steps:
        hand_on(ports, step, work.head.value, now)
    why = work.head.value.get("reason") or NO_CHANNEL
    what = {"what": "given up", "why": why, **perhaps_sent(work.head.value)}
    told = [{**what, **named(step, work.notice, work.head)} for step, _ in work.steps]
    letter = buried(work.head.value, work.notice, why, now, perhaps_sent(work.head.value))
    return settle(ports, work.head, work.row, "given up", [*work.told, *told], now, letter, work.seen)


def marked(head: Item, text: str, now: datetime) -> Item:
    """After an attempt of which nobody knows the end, the next one may be a duplicate. `text`: the hash of what was sent. Where
    that is not the first such attempt, and the one before may have said something else, no vendor drops the repeat."""
    value = head.value
    is_same = value.get("perhaps_sent") == text
    marks = {
        "possible_duplicate": True,
        "perhaps_sent": text,
        "perhaps_at": value["perhaps_at"] if is_same else records.stamp(now),
        "elsewhere": value.get("elsewhere", False) or (value["possible_duplicate"] and not is_same),
    }
    return head._replace(value={**value, **marks})


def may_be_double(work: Work, channel: Channel, text: str, now: datetime) -> bool:
    """Whether the reader may have it twice. A vendor that drops repeats drops the same text within some hours."""
    value = work.head.value
    is_dropped = (
        channel.is_idempotent
        and value.get("perhaps_sent") == text
        and now - records.instant_of(value["perhaps_at"]) < VENDOR_REMEMBERS
    )
    return value.get("elsewhere", False) or (value["possible_duplicate"] and not is_dropped)


def backoff(work: Work) -> timedelta:
    """The first wait is what the channel says; where that did not help, longer and longer ones."""
    earlier = work.head.value["attempts"] - 1
    return min(FIRST_WAIT * 2 ** min(earlier, 10), LONGEST_WAIT) if earlier else timedelta(0)


def patience(work: Work) -> timedelta:
    return NEXT_AFTER if work.head.value["channel"] + 1 < len(work.targets) else USEFUL
