"""Deliver: claim a notice, read the facts again, send it, record what became of it.

At least once: a death between the vendor's answer and our record can double one notice in flight. It is then marked
as a possible duplicate; it is never lost, because the claim is a lease that the next delivery takes over.
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from ..core.errors import Text
from ..core.ladder import counted_from, local_day
from ..core.ledger import keyed
from ..core.notice import Line, text_of
from ..ports import Change, Delete, GiveUp, Item, Key, Outgoing, Ports, Put, RetryAfter, Sent, StoreConflict
from . import records
from .account import entries
from .holder import basis_of, load, renew, settings_of
from .tick import outbox_key, queued

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
USEFUL = timedelta(hours=24)  # how long a channel is tried before the next one is
TRIES = 12
TOLD_AT_ONCE = 80  # entries of the ledger in one write


def deliver(ports: Ports, now: datetime, public_url: str) -> int:
    """Send what may leave by `now`; returns how many notices were settled (accepted, withheld or given up)."""
    settled = 0
    for shard in range(records.SHARDS):
        for row in queued(ports.store, f"outbox#{shard}", now):
            try:
                settled += deliver_one(ports, row, now, public_url)
            except StoreConflict:
                continue  # another worker has it
            except Exception:  # one broken notice must not keep the others back; its lease brings it up again
                log.exception("could not deliver %s", row.key.sort, extra={"action": "deliver-failed"})
    return settled


def deliver_one(ports: Ports, row: Item, now: datetime, public_url: str) -> bool:
    """One notice of the outbox. False where somebody else has it or it is to be tried again later."""
    notice = row.key.sort.split("#", 1)[1]
    head = ports.store.get(Key(f"notice#{notice}", "head"))
    if head and head.value.get("untold"):  # it was settled, but not all of it told
        return _settle(ports, head, row.key, head.value["state"], head.value["untold"], now)
    claimed = _claim(ports, row, notice, head, now)
    if claimed is None:
        return False
    head, lease = claimed
    steps = ports.store.query(f"notice#{notice}", prefix="step#")
    contact = ports.store.get(Key(f"party#{head.value['party']}", f"contact#{head.value['person']}"))
    told, lines = [], []
    for step in steps:
        line, why_not = _reread(ports, step.value, now)
        if line:
            lines.append((step.value, line))
        else:
            told.append({"what": "withheld", "why": why_not, **_named(step.value, notice, head)})
    channels = contact.value["channels"] if contact else []
    if not lines:
        return _settle(ports, head, lease, "withheld", told, now)
    if head.value["channel"] >= len(channels):
        told += [{"what": "given up", "why": "no channel left", **_named(step, notice, head)} for step, _ in lines]
        return _settle(ports, head, lease, "given up", told, now)
    target = channels[head.value["channel"]]
    text = _render(ports, head.value, target["channel"], contact.value, [line for _, line in lines], now, public_url)
    channel = ports.channels.get(target["channel"])
    answer = (
        channel.send(Outgoing(notice, target["address"], text))
        if channel
        else GiveUp(f"channel {target['channel']} is not set up")
    )
    match answer:
        case Sent(reference):
            how = {
                "channel": target["channel"],
                "to": keyed(ports.secret, target["address"]),
                "text": keyed(ports.secret, text),
                "reference": reference,
                "possible_duplicate": head.value["possible_duplicate"],
            }
            told += [{"what": "accepted", **how, **_named(step, notice, head)} for step, _ in lines]
            return _settle(ports, head, lease, "accepted", told, now)
        case RetryAfter(seconds, reason) if now - records.instant_of(head.value["leaves"]) < USEFUL:
            return _again(
                ports, head, lease, notice, now + timedelta(seconds=max(ceil(seconds), 1)), reason, head.value["channel"]
            )
        case RetryAfter(_, reason) | GiveUp(reason):
            return _again(ports, head, lease, notice, now, reason, head.value["channel"] + 1)


def _claim(ports: Ports, row: Item, notice: str, head: Item | None, now: datetime) -> tuple[Item, Key] | None:
    """Take the notice for the length of a lease. The outbox row moves to the lease's end: whoever comes then takes over,
    and whoever still holds the old row finds it gone."""
    if head is None or head.value["state"] not in ("queued", "sending"):
        ports.store.write([Delete(row.key)])
        return None
    value = {
        **head.value,
        "state": "sending",
        "attempts": head.value["attempts"] + 1,
        "possible_duplicate": head.value["state"] == "sending" or head.value.get("possible_duplicate", False),
    }
    lease = outbox_key(records.stamp(now + LEASE), notice)
    try:
        ports.store.write([Put(head.key, value, head.version), Delete(row.key, row.version), Put(lease, {})])
    except StoreConflict:
        return None
    return Item(head.key, value, head.version + 1), lease


def _reread(ports: Ports, step: dict[str, Any], now: datetime) -> tuple[Line | None, str]:
    """The step as a line of the notice, if the facts of this moment still call for it; else why not."""
    key = records.obligation_key(step["holder"], step["obligation"])
    item = ports.store.get(key)
    if item is None:
        return None, "gone"
    if item.value["basis"] != basis_of(ports, item.value["is"]["jurisdiction"]):
        renew(ports, load(ports.store, step["holder"]), now)
        item = ports.store.get(key)
    is_ = item.value["is"]
    if is_["done_on"]:
        return None, "done"
    if not records.needs_reminding(is_):
        return None, is_["closed"] or "suspended"
    dates = records.dates_of_row(is_)
    if step["kind"] != "new" and not step["rung"].endswith(f"@{counted_from(step['kind'], dates)}"):
        return None, "date moved"
    if item.value["rung"] != step["rung"]:
        return None, "superseded"  # a later rung was planned meanwhile: its own notice says it
    kind, _, ident = step["holder"].partition("#")
    book = ports.rules.editions(is_["jurisdiction"])[-1]
    profile = ports.store.get(Key(step["holder"], "profile")).value
    return Line(
        reference=sha256(is_["id"].encode()).hexdigest()[:6],
        subject=profile.get("name") or book.name.zh,
        title=Text(**is_["title"]),
        article=is_["article"],
        place=book.name,
        dates=dates,
        submit_to=tuple(is_["submit_to"]),
        form=is_["form"],
        kind=step["kind"],
        late=step["late"],
        sample=bool(profile.get("sample")),
    ), ""


def _render(ports: Ports, head: dict, channel: str, contact: dict, lines: list[Line], now: datetime, public_url: str) -> str:
    level = settings_of(ports, head["jurisdiction"])["content_level"].get(channel, "reference")
    return text_of(lines, local_day(now), ports.rules.calendar(), level=level, language=contact["language"], url=public_url)


def _named(step: dict[str, Any], notice: str, head: Item) -> dict[str, Any]:
    return {
        "obligation": step["obligation"],
        "rung": step["rung"],
        "instead_of": step["instead_of"],
        "notice": notice,
        "person": head.value["person"],
    }


def _settle(ports: Ports, head: Item, lease: Key, state: str, told: list[dict[str, Any]], now: datetime) -> bool:
    """Record the end of a notice together with what is to be told of its steps, then tell it. Where that is too much for
    one write, the notice is settled first and keeps what is still untold; whoever takes over goes on telling."""
    untold = [{"at": records.stamp(now), **entry} for entry in told]
    for _ in range(TRIES):
        part, left = untold[:TOLD_AT_ONCE], untold[TOLD_AT_ONCE:]
        value = {**head.value, "state": state, "untold": left}
        changes = [Put(head.key, value, head.version), *([] if left else [Delete(lease)])]
        try:
            ports.store.write([*changes, *entries(ports.store, head.value["party"], part)])
        except StoreConflict:
            current = ports.store.get(head.key)
            if current is None or current.version != head.version:
                return False  # our lease ran out and somebody else settled it
            continue  # only the ledger had moved on
        if not left:
            return True
        head, untold = Item(head.key, value, head.version + 1), left
    return False


def _again(ports: Ports, head: Item, lease: Key, notice: str, at: datetime, reason: str, channel: int) -> bool:
    """Queue it for later, or for the next channel now."""
    value = {**head.value, "state": "queued", "channel": channel, "reason": reason}
    if channel != head.value["channel"]:
        value["leaves"] = records.stamp(at)
    row = outbox_key(records.stamp(at), notice)
    changes: list[Change] = [Put(head.key, value, head.version), Delete(lease)]
    try:
        ports.store.write([change for change in changes if not (isinstance(change, Delete) and lease == row)] + [Put(row, {})])
    except StoreConflict:
        return False
    return False
