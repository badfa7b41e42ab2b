"""Deliver: read the facts again, claim the notice and a slot of its channel's pace, send it, record what became of it.

At least once: a death between the vendor's answer and our record can double one notice in flight. It is then marked
as a possible duplicate; it is never lost, because the claim is a lease that the next delivery takes over.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from ...core.errors import Unavailable
from ...core.ladder import is_polite, polite_time
from ...core.ledger import keyed
from ...ports import (
    ANY,
    Change,
    Channel,
    Delete,
    GiveUp,
    Item,
    Key,
    Ports,
    Put,
    RetryAfter,
    Sent,
    StoreConflict,
)
from ..state import records
from ..state.account import entries
from ..state.epoch import may_send
from ..state.holder import settings_of
from ..telling.notices import notice_of, outbox_key, queued, requeued
from ..telling.pace import admit, hold
from ..telling.people import Person, person
from .answer_link import open_link
from .dead import buried
from .delivery_log import logged
from .handing_on import hand_on
from .message import Work, level_of, thread_key, written
from .receipt import noted
from .reread import reread

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
USEFUL = timedelta(hours=24)  # how long a person's last channel is tried
NEXT_AFTER = timedelta(hours=2)  # how long one is tried while there is another
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=30)
VENDOR_REMEMBERS = timedelta(hours=4)  # for so long a vendor that drops repeats knows what it was sent
TRIES = 12
INSISTING = 200  # tries to record what was sent: who gives up on that sends it twice
TOLD_AT_ONCE = 80  # entries of the ledger in one write
NO_CHANNEL = "no channel left"


def deliver(ports: Ports, now: datetime, public_url: str, shards: Iterable[int] = range(records.SHARDS)) -> int:
    """Send what may leave by `now`; returns how many notices were settled (accepted, withheld or given up)."""
    settled, began = 0, ports.clock()
    for shard in shards:
        for row in queued(ports.store, f"outbox#{shard}", now):
            try:
                settled += deliver_one(ports, row, now + (ports.clock() - began), public_url)
            except (StoreConflict, Unavailable):
                continue  # another worker has it, or the store is being moved
            except Exception:  # one broken notice must not keep the others back; its lease brings it up again
                log.exception("could not deliver %s", row.key.sort, extra={"action": "deliver-failed"})
    return settled


def deliver_one(ports: Ports, row: Item, now: datetime, public_url: str) -> bool:
    """One notice of the outbox. False where somebody else has it or it is to be tried again later."""
    if not may_send(ports.store):
        return False
    head = ports.store.get(Key(f"notice#{notice_of(row.key)}", "head"))
    if head is None or head.value["state"] not in ("queued", "sending"):
        if head and head.value.get("untold"):  # it was settled, but not all of it told
            return _settle(ports, head, row.key, head.value["state"], head.value["untold"], now)
        ports.store.write([Delete(row.key)])
        return False
    head = _taken_over(head)
    who = person(ports.store, f"{head.value['party']}/{head.value['person']}")
    if _waits_for_morning(ports, head, row, who, now):
        return False
    work = _looked_at(ports, head, row, who, now)
    if not work.steps:
        state = "accepted" if head.value.get("done") else "withheld"
        return _settle(ports, head, row.key, state, work.told, now, seen=row.version)
    if work.target is None:
        return _give_up(ports, work, now)
    channel = ports.channels.get(work.target["channel"])
    if channel is None:
        return _next_channel(ports, work, f"channel {work.target['channel']} is not set up", now)
    claimed = _claim(ports, work, channel, now)
    return bool(claimed) and _send(ports, claimed, channel, now, public_url)


def _taken_over(head: Item) -> Item:
    """The notice as whoever finds it may see it. One that is being sent was left by a worker that died, or has forgotten the
    time: nobody knows whether it was sent."""
    in_flight = head.value["state"] == "sending"
    return head._replace(value={**head.value, "possible_duplicate": True}) if in_flight else head


def _waits_for_morning(ports: Ports, head: Item, row: Item, who: Person | None, now: datetime) -> bool:
    """Nothing that we initiate leaves in quiet hours or on a rest day, however late it has become. The hours it waits are not
    among those for which a channel is tried."""
    if head.value["prompt"] or who is None:
        return False
    settings = who.settings(settings_of(ports, head.value["jurisdiction"]))
    calendar = ports.rules.calendar()
    if is_polite(now, settings, calendar):
        return False
    morning, value, tried = polite_time(now, settings, calendar, notice_of(row.key)), head.value, head.value.get("tried")
    if tried:
        value = {**value, "tried": records.stamp(records.instant_of(tried) + (morning - now))}
    ports.store.write(requeued(head, row.key, value, morning, row.version))
    return True


def _looked_at(ports: Ports, head: Item, row: Item, who: Person | None, now: datetime) -> Work:
    """The notice with what the facts of this moment still call for."""
    notice, told, left = notice_of(row.key), [], []
    for step in ports.store.query(f"notice#{notice}", prefix="step#"):
        if step.key.sort in head.value.get("done", ()):
            continue
        line, why_not = reread(ports, step.value, now)
        if line:
            left.append((step.value, line))
        else:
            told.append({"what": "withheld", "why": why_not, **_named(step.value, notice, head), **_perhaps_sent(head.value)})
    return Work(notice=notice, row=row.key, seen=row.version, head=head, person=who, steps=tuple(left), told=tuple(told))


def _claim(ports: Ports, work: Work, channel: Channel, now: datetime) -> Work | None:
    """Take the notice for the length of a lease, and a slot of the channel's pace; None where somebody was faster or the pace
    has it wait. The outbox row moves to the lease's end: whoever comes then takes over, and whoever still holds the old row
    finds it gone."""
    for _ in range(TRIES):
        pace = admit(ports, channel, work.target["address"], now)
        if pace.at > now:
            changes = requeued(work.head, work.row, work.head.value, pace.at, work.seen)
        else:
            value = {
                **work.head.value,
                "state": "sending",
                "attempts": work.head.value["attempts"] + 1,
                "tried": work.head.value.get("tried") or records.stamp(now),
                "possible_duplicate": work.head.value.get("possible_duplicate", False),
            }
            lease = outbox_key(records.stamp(now + LEASE), work.notice)
            has_link = work.is_answerable and (not channel.has_buttons or len(work.steps) > 1)  # also of "acknowledge all"
            link = [open_link(ports, work.notice, level_of(ports, work, channel), now)] if has_link else []
            changes = [Put(work.head.key, value, work.head.version), Delete(work.row, work.seen), Put(lease, {}), *link]
        try:
            ports.store.write([*changes, *pace.changes])
        except StoreConflict:
            if _is_anothers(ports, work.head, work.row):
                return None
            continue  # only the pace had moved on
        return (
            None
            if pace.at > now
            else replace(work, row=lease, seen=ANY, head=Item(work.head.key, value, work.head.version + 1))
        )
    return None


def _send(ports: Ports, work: Work, channel: Channel, now: datetime, public_url: str) -> bool:
    """Send what is left of the notice, in as many messages as the channel's size demands."""
    message, count = written(ports, work, channel, now, public_url)
    answer = channel.send(message)
    match answer:
        case Sent(reference):
            how = {
                "channel": channel.name,
                "to": keyed(ports.secret, message.address),
                "text": keyed(ports.secret, message.text),
                "reference": reference,
                "possible_duplicate": _may_be_double(work, channel, keyed(ports.secret, message.text), now),
                "planned_for": work.head.value.get("paced") or work.head.value["leaves"],
            }
            told = [{"what": "accepted", **how, **_named(step, work.notice, work.head)} for step, _ in work.steps[:count]]
            also = _thread(work, channel, reference)
            if channel.gives_receipts and reference:
                also.append(noted(channel.name, reference, work.notice))
            if count == len(work.steps):
                return _settle(ports, work.head, work.row, "accepted", [*work.told, *told], now, also)
            return _go_on(ports, work, count, told, now)
        case RetryAfter(seconds, reason, uncertain, holds):
            if holds:
                hold(ports, channel, message.address, holds, now + timedelta(seconds=ceil(seconds)))
            work = replace(work, head=_marked(work.head, keyed(ports.secret, message.text), now) if uncertain else work.head)
            wait = timedelta(seconds=max(ceil(seconds), 1)) if holds else max(timedelta(seconds=ceil(seconds)), _backoff(work))
            if now + wait - records.instant_of(work.head.value["tried"]) > _patience(work):
                return _next_channel(ports, work, reason, now)
            return _again(ports, work, {"reason": reason}, now + wait)
        case GiveUp(reason):
            return _next_channel(ports, work, reason, now)


def _thread(work: Work, channel: Channel, sent_as: str | None) -> list[Change]:
    """What the next single message of the duty follows."""
    if sent_as is None or len(work.steps) > 1:
        return []
    return [Put(thread_key(work.steps[0][0]["obligation"], work, channel), {"reference": sent_as})]


def _named(step: dict[str, Any], notice: str, head: Item) -> dict[str, Any]:
    return {
        "obligation": step["obligation"],
        "rung": step["rung"],
        "instead_of": step["instead_of"],
        "notice": notice,
        "person": head.value["person"],
    }


def _perhaps_sent(head: dict[str, Any]) -> dict[str, bool]:
    """For the ledger's word of a step that is not accepted: an attempt of which nobody knows the end went before."""
    return {"perhaps_sent": True} if head.get("possible_duplicate") or head.get("elsewhere") else {}


# What becomes of a notice


def _settle(
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
    for _ in range(INSISTING):
        part, left = untold[:TOLD_AT_ONCE], untold[TOLD_AT_ONCE:]
        value = {**head.value, "state": state, "untold": left, "settled": settled}
        held = Delete(row, seen) if not left else Put(row, {}, seen)
        changes = [Put(head.key, value, head.version), held, *also]
        try:
            ports.store.write([*changes, *entries(ports.store, head.value["party"], part)])
        except StoreConflict:
            if _is_anothers(ports, head, row):
                return False
            continue  # only the ledger had moved on
        if not left:
            return True
        head, untold, also, seen = Item(head.key, value, head.version + 1), left, [], ANY
    return False


def _is_anothers(ports: Ports, head: Item, row: Key) -> bool:
    """Whether somebody else has the notice: our lease ran out, or what we saw of the outbox was old."""
    current = ports.store.get(head.key)
    return current is None or current.version != head.version or ports.store.get(row) is None


def _go_on(ports: Ports, work: Work, count: int, told: list[dict[str, Any]], now: datetime) -> bool:
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
    for _ in range(INSISTING):
        entries_now = entries(ports.store, work.head.value["party"], [{"at": records.stamp(now), **entry} for entry in told])
        try:
            ports.store.write([*requeued(work.head, work.row, value, now), *entries_now])
        except StoreConflict:
            if not _is_anothers(ports, work.head, work.row):
                continue
        return False
    return False


def _again(ports: Ports, work: Work, changed: dict[str, Any], at: datetime) -> bool:
    """Queue it for another attempt."""
    value = {**work.head.value, "state": "queued", **changed}
    with suppress(StoreConflict):  # our lease ran out and somebody else has it
        ports.store.write(requeued(work.head, work.row, value, at, work.seen))
    return False


def _next_channel(ports: Ports, work: Work, reason: str, now: datetime) -> bool:
    """This channel will not take it: the person's next one is tried now."""
    value = work.head.value
    elsewhere = value.get("elsewhere", False) or value.get("possible_duplicate", False)  # it may have come over this one
    ahead = {"channel": value["channel"] + 1, "attempts": 0, "tried": None, "possible_duplicate": False, "elsewhere": elsewhere}
    return _again(ports, work, {**ahead, "reason": reason}, now)


def _give_up(ports: Ports, work: Work, now: datetime) -> bool:
    """No channel of the person took it: the next responsible person is told instead, and an admin sees a dead letter."""
    for step, _ in work.steps:
        hand_on(ports, step, work.head.value, now)
    why = work.head.value.get("reason") or NO_CHANNEL
    what = {"what": "given up", "why": why, **_perhaps_sent(work.head.value)}
    told = [{**what, **_named(step, work.notice, work.head)} for step, _ in work.steps]
    letter = buried(work.head.value, work.notice, why, now)
    return _settle(ports, work.head, work.row, "given up", [*work.told, *told], now, letter, work.seen)


def _marked(head: Item, text: str, now: datetime) -> Item:
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


def _may_be_double(work: Work, channel: Channel, text: str, now: datetime) -> bool:
    """Whether the reader may have it twice. A vendor that drops repeats drops the same text within some hours."""
    value = work.head.value
    is_dropped = (
        channel.is_idempotent
        and value.get("perhaps_sent") == text
        and now - records.instant_of(value["perhaps_at"]) < VENDOR_REMEMBERS
    )
    return value.get("elsewhere", False) or (value["possible_duplicate"] and not is_dropped)


def _backoff(work: Work) -> timedelta:
    """The first wait is what the channel says; where that did not help, longer and longer ones."""
    earlier = work.head.value["attempts"] - 1
    return min(FIRST_WAIT * 2 ** min(earlier, 10), LONGEST_WAIT) if earlier else timedelta(0)


def _patience(work: Work) -> timedelta:
    return NEXT_AFTER if work.head.value["channel"] + 1 < len(work.targets) else USEFUL
