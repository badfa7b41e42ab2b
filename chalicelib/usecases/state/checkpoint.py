"""Checkpoints: every hour the heads of the ledgers that grew are folded into one entry of a chain of its own, which is kept
in the store and outside it. Whoever cuts the tail off a ledger together with its head contradicts a checkpoint.

A ledger that grows leaves a mark, so that a checkpoint costs what grew and not what exists. Outside the store each stands in a
file of its own that is never written again: `checkpoints/<epoch>/<number>.json`.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from ...core.ledger import Head, chained, first_fault
from ...ports import ABSENT, MAX_CHANGES, Blob, Change, Delete, Item, Key, Ports, Put, Store, StoreConflict
from . import records
from .epoch import epoch_of

log = logging.getLogger(__name__)

CHAIN = "checkpoint"
HEAD, EXPORTED = Key("checkpoint-head", "head"), Key("checkpoint-head", "exported")
MOST = 1_500  # heads in one checkpoint: its item stays under the store's limit
FOLDER = "checkpoints"  # what the keys outside begin with
INSIDE, OUTSIDE = "in the store", "outside the store"
CHECKPOINTS = "@checkpoints"  # what the chain of checkpoints is called where faults are told


def grown(owner: str) -> Change:
    """To be written with every entry of a ledger."""
    return Put(Key(f"grown#{records.shard(owner)}", owner), {})


def covered_key(owner: str) -> Key:
    """Where it stands how much of a ledger the latest checkpoint covers: {length, hash, checkpoint, epoch, at}."""
    return Key(f"ledger-head#{owner}", "covered")


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Iterator[tuple[dict[str, Any], list[Change]]]:
    """The hourly job: fold what grew, then copy outside what is not there yet."""
    while (folded := fold(ports.store, now)) == MOST:
        job = {**job, "done": job["done"] + folded}
        yield job, []
    export(ports)
    yield {**job, "done": job["done"] + folded, "state": "done"}, []


def fold(store: Store, now: datetime) -> int:
    """Make a checkpoint of the ledgers that grew, MOST at a time; returns how many. None is made where none grew. A death
    after it leaves marks, which the next one folds again."""
    marks = _marks(store)
    heads = {key: item.value for key, item in store.get_many(records.ledger_head_key(mark.key.sort) for mark in marks).items()}
    known = {key.partition.partition("#")[2]: [value["length"], value["hash"]] for key, value in heads.items()}
    known = {owner: head for owner, head in known.items() if not _is_sample(store, owner)}
    if not known:
        _unmark(store, marks)
        return len(marks)
    last = store.get(HEAD)
    epoch = epoch_of(store).value["number"]
    head, row = chained(
        Head(**last.value) if last else Head(), {"at": records.stamp(now), "epoch": epoch, "heads": dict(sorted(known.items()))}
    )
    store.write([Put(_key(row["number"]), row, ABSENT), Put(HEAD, head._asdict(), last.version if last else ABSENT)])
    about = {"checkpoint": row["number"], "epoch": epoch, "at": row["at"]}
    covered = [Put(covered_key(owner), {"length": length, "hash": hash_, **about}) for owner, (length, hash_) in known.items()]
    for start in range(0, len(covered), MAX_CHANGES):
        store.write(covered[start : start + MAX_CHANGES])
    _unmark(store, marks)
    return len(marks)


def _marks(store: Store) -> list[Item]:
    found: list[Item] = []
    for shard in range(records.SHARDS):
        if len(found) < MOST:
            found += store.query(f"grown#{shard}", limit=MOST - len(found))
    return found


def _is_sample(store: Store, owner: str) -> bool:
    """The sample's ledgers go with it when it is removed: nothing is claimed of them."""
    profile = store.get(records.party_key(owner)) if owner.startswith("sample-") else None
    return bool(profile and profile.value.get("sample"))


def _unmark(store: Store, marks: list[Item]) -> None:
    """A ledger that grew again meanwhile keeps its mark."""
    for start in range(0, len(marks), MAX_CHANGES):
        some: list[Change] = [Delete(mark.key, mark.version) for mark in marks[start : start + MAX_CHANGES]]
        try:
            store.write(some)
        except StoreConflict:
            for one in some:
                with suppress(StoreConflict):
                    store.write([one])


def export(ports: Ports) -> None:
    """Copy outside what is not there yet. Where that place cannot be reached, the next hour makes up for it."""
    if ports.checkpoints is None:
        return
    stored = ports.store.get(EXPORTED)
    number = before = stored.value["number"] if stored else 0
    try:
        for item in _inside(ports.store, before):
            content = json.dumps(item.value, ensure_ascii=False, sort_keys=True).encode()
            ports.checkpoints.put(f"{FOLDER}/{item.value['epoch']:04d}/{item.key.sort}.json", content, "application/json")
            number = item.value["number"]
    except Exception:  # whatever keeps the place from being written to: a disk that is full or not there, a service
        log.exception("checkpoints after %s could not be copied outside", number, extra={"action": "checkpoint-not-copied"})
    if number > before:
        ports.store.write([Put(EXPORTED, {"number": number}, stored.version if stored else ABSENT)])


def contradictions(store: Store, outside: Blob | None) -> dict[str, str]:
    """What the checkpoints, in the store and outside, say against the ledgers, by owner; under CHECKPOINTS what is wrong with
    themselves. Every checkpoint is held against the ledgers: one made after a forgery agrees with it."""
    faults = _faults_of_the_chain(store, outside)
    sound: dict[str, int] = {}
    for row, where in _each(store, outside):
        keys = {owner: Key(f"ledger#{owner}", f"{length:012d}") for owner, (length, _) in row["heads"].items()}
        there = store.get_many(keys.values())
        for owner, (length, hash_) in row["heads"].items():
            if keys[owner] in there and there[keys[owner]].value["hash"] == hash_:
                sound[owner] = max(length, sound.get(owner, 0))
            else:
                by = f"checkpoint {row['number']} of {row['at']} ({where}) covers {length}"
                faults.setdefault(owner, _told(store, owner, sound.get(owner, 0), length, by))
    return faults


def of_a_lost_life(store: Store, outside: Blob | None) -> int:
    """How many checkpoints outside are of what the store held before a copy took its place: what they cover and the copy does
    not is lost with it, and no fault."""
    return sum(1 for row in _outside(outside) if _is_lost(store, row))


def _each(store: Store, outside: Blob | None) -> Iterator[tuple[dict[str, Any], str]]:
    """Every checkpoint once."""
    for item in _inside(store, 0):
        yield item.value, INSIDE
    for row in _outside(outside):
        if not _is_inside(store, row) and not _is_lost(store, row):
            yield row, OUTSIDE


def _told(store: Store, owner: str, sound: int, length: int, by: str) -> str:
    """What is wrong with a ledger that a checkpoint contradicts, and from which entry on. `sound`: how far an earlier one
    agrees."""
    last = store.query(f"ledger#{owner}", newest_first=True, limit=1)
    there = last[0].value["number"] if last else 0
    if there < length:
        return f"entries {there + 1} to {length} are missing: {by}"
    return f"rewritten from an entry after {sound}, at the latest {length}: {by} and has another one"


def _faults_of_the_chain(store: Store, outside: Blob | None) -> dict[str, str]:
    last = store.get(HEAD)
    fault = first_fault((item.value for item in _inside(store, 0)), Head(**last.value) if last else Head())
    if fault:
        return {CHECKPOINTS: f"{INSIDE}: {fault}"}
    for row in _outside(outside):
        if first_fault([row], Head(row["number"], row["hash"]), Head(row["number"] - 1, row["previous"])):
            return {CHECKPOINTS: f"checkpoint {row['number']} {OUTSIDE} was altered"}
        if not _is_inside(store, row) and not _is_lost(store, row):
            return {CHECKPOINTS: f"checkpoint {row['number']} {OUTSIDE} is missing or another one {INSIDE}"}
    return {}


def _is_inside(store: Store, row: dict[str, Any]) -> bool:
    item = store.get(_key(row["number"]))
    return item is not None and item.value["hash"] == row["hash"]


def _is_lost(store: Store, row: dict[str, Any]) -> bool:
    """Of an earlier epoch, and made after the copy that this one began from."""
    return row["epoch"] < epoch_of(store).value["number"] and not _is_inside(store, row)


def _inside(store: Store, after: int) -> Iterator[Item]:
    while page := store.query(CHAIN, after=f"{after:012d}", limit=100):
        yield from page
        after = page[-1].value["number"]


def _outside(outside: Blob | None) -> Iterator[dict[str, Any]]:
    after = f"{FOLDER}/"
    while outside and (keys := [key for key in outside.keys(after) if key.startswith(f"{FOLDER}/")]):
        yield from (json.loads(outside.read(key)) for key in keys)
        after = keys[-1]


def _key(number: int) -> Key:
    return Key(CHAIN, f"{number:012d}")
