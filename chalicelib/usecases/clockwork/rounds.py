"""Rounds: the work that the clock begins by itself, every hour and every day, and after an upgrade that brought new lists. Each
is a job, of which one runs at a time."""

from contextlib import suppress
from datetime import datetime

from ...core.errors import Unavailable
from ...core.ladder import SHANGHAI, local_day
from ...ports import ABSENT, Change, Key, Ports, Put, StoreConflict
from ..signing_in import interrupted
from ..state import records
from ..state.job import CHECKPOINT, RECONCILE, RECOUNT, RETAIN, job_key, mark_of, start_changes
from ..state.tally import LISTS

ROUNDS = Key("rounds", "clock")
HOURLY, DAILY = (CHECKPOINT,), (RECONCILE, RETAIN)
DAILY_AT = "09:30"  # Shanghai: when the morning's digests have left


def rounds(ports: Ports, now: datetime) -> None:
    """Begin what this hour and this day ask for, once however often it is called, and forget what was kept for an hour; one
    read where nothing is to begin. A store that is looked at for the first time begins with the next hour and the next day."""
    stored = ports.store.get(ROUNDS)
    is_past = now.astimezone(SHANGHAI).strftime("%H:%M") >= DAILY_AT
    before = stored.value if stored else {"hour": _hour(now), "day": local_day(now).isoformat(), "lists": LISTS}
    ahead = {"hour": _hour(now), "day": local_day(now).isoformat() if is_past else before["day"], "lists": LISTS}
    if stored and ahead == before:
        return
    wanted = [*(HOURLY if ahead["hour"] != before["hour"] else ()), *(DAILY if ahead["day"] != before["day"] else ())]
    wanted += [RECOUNT] if before.get("lists") != LISTS else []  # counted by a program that did not write all lists
    changes = [change for kind in wanted for change in _begun(ports, kind, now)]
    with suppress(StoreConflict, Unavailable):  # another worker began them, or the next tick will
        interrupted.forget_old(ports.store, now)
        ports.store.write([Put(ROUNDS, ahead, stored.version if stored else ABSENT), *changes])


def _hour(now: datetime) -> str:
    return records.stamp(now)[:13]


def _begun(ports: Ports, kind: str, now: datetime) -> list[Change]:
    running = ports.store.get(job_key(kind))
    if running and running.value["state"] == "running":
        return [Put(mark_of(running.value), {})]  # it has one, unless somebody took it away
    return start_changes(kind, {"kind": kind, "jurisdictions": sorted(ports.rules.jurisdictions())}, now)
