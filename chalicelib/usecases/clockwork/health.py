"""Whether the clock lives: when the last tick ran and what should have been sent.

Anybody may ask, as often as they like: what is late is counted by the tick, once a minute, and only read here.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import Unavailable
from ...ports import Key, Put, Store, StoreConflict
from ..proof.reconcile import RECORD
from ..state import records
from ..state.epoch import epoch_of
from ..state.job import CHECKPOINT, RECONCILE, RETAIN, job_key

SILENT_AFTER = timedelta(minutes=5)
BEAT, LATE = Key("heartbeat", "tick"), Key("heartbeat", "late")
MOST_LATE = 100  # that are counted
COUNTED_EVERY = timedelta(minutes=1)
STOPPED_AFTER = {CHECKPOINT: timedelta(hours=3), RECONCILE: timedelta(hours=36), RETAIN: timedelta(hours=36)}


def count_late(store: Store, now: datetime) -> None:
    """Count what should have left ten minutes ago, up to MOST_LATE, where that was not done within the last minute."""
    item = store.get(LATE)
    if item and now - records.instant_of(item.value["at"]) < COUNTED_EVERY:
        return
    late, found, beat = records.stamp(now - 2 * SILENT_AFTER), 0, store.get(BEAT)
    has_lived = beat and now - records.instant_of(beat.value["at"]) <= SILENT_AFTER
    for shard in range(records.SHARDS):
        if has_lived and found < MOST_LATE:  # else the clock is just back: what waited for it leaves in this minute
            found += len(store.query(f"outbox#{shard}", upto=late, limit=MOST_LATE - found))
    with suppress(StoreConflict, Unavailable):  # another worker counts at the same moment, or the store is being moved
        store.write([Put(LATE, {"at": records.stamp(now), "count": found})])


def health(store: Store, now: datetime) -> dict[str, Any]:
    """`ok` is false when no tick has run for five minutes, when what should have left ten minutes ago has not, when a round that
    ran before has stopped, and while nothing is sent because the store is being moved or came out of a copy (`state` is not
    open; see epoch). `notices_late` is at most MOST_LATE, as of the last minute of the clock. `reconciliation` is the record of the
    last one (None before the first): what it looked at, the gaps it found, how many of them it mended. `rounds` says when the
    hourly and daily work last began (None before the first time): one that has not ended is not begun again, so that an old
    instant tells either."""
    beat = store.get(BEAT)
    last = beat and records.instant_of(beat.value["at"])
    state = epoch_of(store).value["state"]
    found = store.get_many([LATE, RECORD, *map(job_key, STOPPED_AFTER)])
    waiting = found[LATE].value["count"] if LATE in found else 0
    compared, rounds = found.get(RECORD), {round_: found.get(job_key(round_)) for round_ in STOPPED_AFTER}
    began = {round_: job and job.value["started"] for round_, job in rounds.items()}
    has_stopped = any(at and now - records.instant_of(at) > STOPPED_AFTER[round_] for round_, at in began.items())
    return {
        "ok": bool(last and now - last <= SILENT_AFTER and not waiting and not has_stopped and state == "open"),
        "state": state,
        "now": records.stamp(now),
        "last_tick": last and records.stamp(last),
        "notices_late": waiting,
        "reconciliation": compared and {name: compared.value[name] for name in ("at", "looked_at", "gaps", "mended")},
        "rounds": began,
    }
