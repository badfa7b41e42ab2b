"""Deliver: read the facts again, claim the notice and a slot of its channel's pace, send it, record what became of it.

At least once: a death between the vendor's answer and our record can double one notice in flight. It is then marked
as a possible duplicate; it is never lost, because the claim is a lease that the next delivery takes over.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from ...core.errors import Unavailable
from ...core.ladder import is_polite, polite_time
from ...core.ledger import keyed
from ...core.notice import by_urgency
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
from ..state.epoch import may_send
from ..state.holder import settings_of
from ..telling.notices import notice_of, outbox_key, queued, requeued
from ..telling.pace import admit, hold
from ..telling.people import Person, person
from .answer_link import open_link
from .message import Work, level_of, thread_key, written
from .outcome import (
    again,
    backoff,
    give_up,
    go_on,
    is_anothers,
    marked,
    may_be_double,
    named,
    next_channel,
    patience,
    perhaps_sent,
    settle,
)
from .receipt import noted
from .reread import reread

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
TRIES = 12


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
            return settle(ports, head, row.key, head.value["state"], head.value["untold"], now)
        ports.store.write([Delete(row.key)])
        return False
    head = _taken_over(head)
    who = person(ports.store, f"{head.value['party']}/{head.value['person']}")
    if _waits_for_morning(ports, head, row, who, now):
        return False
    work = _looked_at(ports, head, row, who, now)
    if not work.steps:
        state = "accepted" if head.value.get("done") else "withheld"
        return settle(ports, head, row.key, state, work.told, now, seen=row.version)
    if work.target is None:
        return give_up(ports, work, now)
    channel = ports.channels.get(work.target["channel"])
    if channel is None:
        return next_channel(ports, work, f"channel {work.target['channel']} is not set up", now)
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
            told.append({"what": "withheld", "why": why_not, **named(step.value, notice, head), **perhaps_sent(head.value)})
    left.sort(key=lambda step: by_urgency(step[1]))  # where not all go into one message
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
            if is_anothers(ports, work.head, work.row):
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
                "possible_duplicate": may_be_double(work, channel, keyed(ports.secret, message.text), now),
                "planned_for": work.head.value.get("paced") or work.head.value["leaves"],
            }
            told = [{"what": "accepted", **how, **named(step, work.notice, work.head)} for step, _ in work.steps[:count]]
            also = _thread(work, channel, reference)
            if channel.gives_receipts and reference:
                also.append(noted(channel.name, reference, work.notice))
            if count == len(work.steps):
                return settle(ports, work.head, work.row, "accepted", [*work.told, *told], now, also)
            return go_on(ports, work, count, told, now)
        case RetryAfter(seconds, reason, uncertain, holds):
            if holds:
                hold(ports, channel, message.address, holds, now + timedelta(seconds=ceil(seconds)))
            work = replace(work, head=marked(work.head, keyed(ports.secret, message.text), now) if uncertain else work.head)
            wait = timedelta(seconds=max(ceil(seconds), 1)) if holds else max(timedelta(seconds=ceil(seconds)), backoff(work))
            if now + wait - records.instant_of(work.head.value["tried"]) > patience(work):
                return next_channel(ports, work, reason, now)
            return again(ports, work, {"reason": reason}, now + wait)
        case GiveUp(reason):
            return next_channel(ports, work, reason, now)


def _thread(work: Work, channel: Channel, sent_as: str | None) -> list[Change]:
    """What the next single message of the duty follows."""
    if sent_as is None or len(work.steps) > 1:
        return []
    return [Put(thread_key(work.steps[0][0]["obligation"], work, channel), {"reference": sent_as})]
