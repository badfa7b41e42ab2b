"""Whether the clock lives: when the last tick ran and what is waiting to be sent."""

from datetime import datetime, timedelta
from typing import Any

from ...ports import Key, Store
from ..proof.reconcile import RECORD
from ..state import records
from ..state.epoch import epoch_of
from ..state.job import CHECKPOINT, RECONCILE, RETAIN, job_key

SILENT_AFTER = timedelta(minutes=5)
LOOKED_AT = 100
STOPPED_AFTER = {CHECKPOINT: timedelta(hours=3), RECONCILE: timedelta(hours=36), RETAIN: timedelta(hours=36)}


def health(store: Store, now: datetime) -> dict[str, Any]:
    """`ok` is false when no tick has run for five minutes, when what should have left ten minutes ago has not, when a round that
    ran before has stopped, and while nothing is sent because the store is being moved or came out of a copy (`state` is not
    open; see epoch). `reconciliation` is the record of the last one (None before the first): what it looked at, the gaps it
    found, how many of them it mended. `rounds` says when the hourly and daily work last began (None before the first time):
    one that has not ended is not begun again, so that an old instant tells either."""
    beat = store.get(Key("heartbeat", "tick"))
    last = beat and records.instant_of(beat.value["at"])
    late = records.stamp(now - 2 * SILENT_AFTER)
    waiting = sum(len(store.query(f"outbox#{shard}", upto=late, limit=LOOKED_AT)) for shard in range(records.SHARDS))
    state = epoch_of(store).value["state"]
    found = store.get_many([RECORD, *map(job_key, STOPPED_AFTER)])
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
