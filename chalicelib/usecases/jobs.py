"""Planning anew for whole places, in small steps: a record of how far it is, and a mark that makes tick go on with it.

A crash loses at most one step, which is done again: every step is idempotent.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from ..core.errors import NotFound
from ..ports import Change, Delete, Key, Ports, Put, Store, StoreConflict
from . import records
from .access import Bearer
from .holder import REPLAN, load, renew

log = logging.getLogger(__name__)

JOB = "@job"
HOLDERS_A_STEP = 200
A_TURN = timedelta(seconds=20)  # so long may a job keep the others of a tick waiting


def job_key(job: str) -> Key:
    return Key(f"job#{job}", "job")


def start_changes(job: str, what: dict[str, Any], now: datetime) -> list[Change]:
    """To be written with whatever makes the work necessary."""
    value = {"id": job, "done": 0, "after": None, "state": "running", "started": records.stamp(now), **what}
    return [Put(job_key(job), value), Put(records.due_key(records.stamp(now), f"job#{job}", JOB), {})]


def progress(store: Store, job: str) -> dict[str, Any]:
    """The record of a job. NotFound for an unknown one."""
    item = store.get(job_key(job))
    if item is None:
        raise NotFound(f"没有“{job}”这项工作", f"there is no job {job!r}")
    return item.value


def progress_for(store: Store, bearer: Bearer, job: str) -> dict[str, Any]:
    """How far a job is, for an admin of a place it is about."""
    bearer.must_be("admin")
    value = progress(store, job)
    if bearer.jurisdiction not in value["jurisdictions"]:
        raise NotFound(f"没有“{job}”这项工作", f"there is no job {job!r}")
    return {name: value[name] for name in ("id", "state", "done", "started")}


def run(ports: Ports, mark: Key, job: str, now: datetime) -> None:
    """Go on with a job from where it is: bring each holder up to date, note the progress after every few, end it. After a
    while it makes way for what else is due; its mark stays, and the next tick goes on."""
    makes_way = ports.clock() + A_TURN
    item = ports.store.get(job_key(job))
    todo = holders(ports.store, item.value["jurisdictions"], item.value["after"]) if item else iter(())
    while item and item.value["state"] == "running":
        value, last = item.value, None
        slice_ = list(islice(todo, HOLDERS_A_STEP))
        for place, holder in slice_:
            _bring_up_to_date(ports, holder, now)
            last = place
        state = "running" if len(slice_) == HOLDERS_A_STEP else "done"
        value = {**value, "done": value["done"] + len(slice_), "after": last or value["after"], "state": state}
        ports.store.write([Put(item.key, value, item.version)])
        item = ports.store.get(job_key(job))
        if state == "running" and ports.clock() >= makes_way:
            return
    ports.store.write([Delete(mark)])


def _bring_up_to_date(ports: Ports, holder: str, now: datetime) -> None:
    """One holder. Where somebody writes at the same moment, or its records are broken, a mark has tick see to it: the
    others are not kept waiting."""
    try:
        renew(ports, load(ports.store, holder), now)
    except StoreConflict:
        ports.store.write([Put(records.due_key(records.stamp(now), holder, REPLAN), {})])
    except Exception:
        log.exception("could not bring %s up to date", holder, extra={"action": "renew-failed"})
        ports.store.write([Put(records.due_key(records.stamp(now), holder, REPLAN), {})])


def holders(store: Store, jurisdictions: list[str], after: list[str] | None = None) -> Iterator[tuple[list[str], str]]:
    """Every holder of these places, in an order that a cursor [place, party, project] can resume."""
    past_place, past_party, past_project = after or ["", "", ""]
    for place in sorted(jurisdictions):
        if place < past_place:
            continue
        if place != past_place or not after:
            yield [place, "", ""], f"jurisdiction#{place}"
        cursor = past_party if place == past_place else ""
        parties = [cursor] if cursor else []
        parties += [item.key.sort for item in store.query(f"jurisdiction#{place}", prefix="party#", after=cursor or None)]
        for party in parties:
            project_cursor = past_project if party == cursor else ""
            if party != cursor:
                yield [place, party, ""], party
            for item in store.query(party, prefix="project#", after=project_cursor or None):
                yield [place, party, item.key.sort], item.key.sort
