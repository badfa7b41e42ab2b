"""Doubt: what a store that came out of a copy cannot know - whether the steps since the copy were said.

In doubt are the notices that were waiting or being sent when the copy was made and should have left by now, and the duties that
should have spoken by now. An admin chooses: send them all the same, marked as possible duplicates, or leave them unsaid. The
ledger says so of every step.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ...core.errors import Busy
from ...core.ladder import between
from ...ports import Item, Key, Ports, Put, Store, StoreConflict
from ..reminding.deliver import LEASE
from ..state import records
from ..state.account import TRIES, entries
from ..state.epoch import epoch_of, may_resume, resumed
from ..state.holder import settings_of
from ..state.plan import next_wake, rewake, split_due
from ..telling.notices import notice_of, queued

RESEND, SKIP = "resend", "skip"
UNDER_WAY = ("queued", "sending")


def waiting(store: Store, now: datetime) -> Iterator[tuple[Key, Item]]:
    """The row of the outbox and the head of every notice that should have left by now or is being sent."""
    for shard in range(records.SHARDS):
        for row in queued(store, f"outbox#{shard}", now + LEASE):
            head = store.get(Key(f"notice#{notice_of(row.key)}", "head"))
            if head and (head.value["state"] == "sending" or _is_past(row.key, now) and head.value["state"] == "queued"):
                yield row.key, head


def being_sent(store: Store, now: datetime) -> int:
    """How many notices are with a channel at this moment."""
    return sum(head.value["state"] == "sending" for _, head in waiting(store, now))


def silent(store: Store, now: datetime) -> Iterator[tuple[str, str, Item]]:
    """(holder, obligation, stored) of every duty that should have spoken by now."""
    for shard in range(records.SHARDS):
        for due in queued(store, f"due#{shard}", now):
            partition, ident = split_due(due.key)
            item = None if ident.startswith("@") else store.get(records.obligation_key(partition, ident))
            if item and due.key.sort.startswith(f"{item.value['wake']}#"):
                yield partition, ident, item


def in_doubt(store: Store, now: datetime) -> dict[str, Any]:
    """Where the store stands, and how much is in doubt: notices, and duties besides."""
    value = epoch_of(store).value
    told = {"epoch": value["number"], "state": value["state"]}
    if value["state"] == "paused":
        told |= {
            "copied": value["copied"],
            "asks_word": bool(value["word"]),
            "notices": sum(1 for _ in waiting(store, now)),
            "duties": sum(1 for _ in silent(store, now)),
        }
    return told


def resume(
    ports: Ports, choice: str, now: datetime, *, word: str | None = None, source_is_gone: bool = False
) -> dict[str, int]:
    """Say of every step in doubt what becomes of it, then let reminders leave again. Run again after a crash it goes on.
    Steps of a source that was frozen are not in doubt, but for those that were with a channel when it froze."""
    epoch = epoch_of(ports.store).value
    may_resume(epoch, word, source_is_gone)
    done = {"notices": 0, "duties": 0}
    if epoch["state"] == "paused":
        copied, is_sure = epoch["copied"], bool(epoch["word"]) and not source_is_gone
        for row, head in waiting(ports.store, now):
            if choice == SKIP or not is_sure:
                _patiently(lambda row=row, head=head: _notice(ports, row, head.key, choice, copied, now))
            done["notices"] += 1
        for partition, ident, item in silent(ports.store, now):
            if choice == SKIP or not is_sure:
                _patiently(lambda at=(partition, ident), key=item.key: _duty(ports, *at, key, choice, copied, now))
            done["duties"] += 1
    resumed(ports.store, now)
    return done


def _is_past(row: Key, now: datetime) -> bool:
    return row.sort < f"{records.stamp(now)}~"


def _patiently(attempt: Callable[[], None]) -> None:
    """Until nobody writes the same at the same moment."""
    for _ in range(TRIES):
        try:
            return attempt()
        except StoreConflict:
            continue
    raise Busy()


def _entry(choice: str, copied: str, now: datetime) -> dict[str, str]:
    """What the ledger says of a step in doubt."""
    what = {RESEND: "unknown", SKIP: "withheld"}[choice]
    return {"what": what, "why": f"not known whether it was said since the copy of {copied}", "at": records.stamp(now)}


def _notice(ports: Ports, row: Key, key: Key, choice: str, copied: str, now: datetime) -> None:
    """A notice that is to go again says that it may be a second one. One that is left unsaid keeps what the ledger is to be
    told of its steps, and deliver puts it there."""
    head = ports.store.get(key)
    if head.value["state"] not in UNDER_WAY:
        return
    value = {**head.value, "unknown": copied}
    if choice == RESEND:
        value["possible_duplicate"] = True
    else:
        about = {**_entry(choice, copied, now), "notice": notice_of(row), "person": head.value["person"]}
        steps = [
            step.value
            for step in ports.store.query(key.partition, prefix="step#")
            if step.key.sort not in head.value.get("done", ())
        ]
        value["untold"] = [{**about, **{name: step[name] for name in ("obligation", "rung", "instead_of")}} for step in steps]
        value["state"] = "withheld"
    if value != head.value:
        ports.store.write([Put(key, value, head.version)])


def _duty(ports: Ports, partition: str, ident: str, key: Key, choice: str, copied: str, now: datetime) -> None:
    """A duty that is left unsaid goes on with what comes after now."""
    item = ports.store.get(key)
    row, is_ = {**records.NEW_ROW, **item.value}, item.value["is"]
    if choice == RESEND and row.get("unknown") == copied:
        return
    settings = settings_of(ports, is_["jurisdiction"])
    rungs = between(records.course_of_row(row), settings, records.handled_upto(row), now)
    ahead = {**row, "unknown": copied} if choice == RESEND else dict(row)
    if choice == SKIP:
        ahead["upto"] = records.stamp(now)
        ahead["wake"] = next_wake(ahead, settings)
    told = [
        {
            **_entry(choice, copied, now),
            "obligation": ident,
            "rung": last.name,
            "instead_of": [rung.name for rung in rungs[:-1]],
        }
        for last in rungs[-1:]
    ]
    ports.store.write(
        [
            Put(key, ahead, item.version),
            *rewake(partition, ident, row["wake"], ahead["wake"]),
            *entries(ports.store, is_["jurisdiction"], told),
        ]
    )
