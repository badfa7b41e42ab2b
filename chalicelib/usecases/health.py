"""Whether the clock lives: when the last tick ran and what is waiting to be sent."""

from datetime import datetime, timedelta
from typing import Any

from ..ports import Key, Store
from . import records
from .epoch import epoch_of
from .reconcile import RECORD

SILENT_AFTER = timedelta(minutes=5)
LOOKED_AT = 100


def health(store: Store, now: datetime) -> dict[str, Any]:
    """`ok` is false when no tick has run for five minutes, when what should have left ten minutes ago has not, and while
    nothing is sent because the store is being moved or came out of a copy (`state` is not open; see epoch). `reconciliation` is the
    record of the last one (None before the first): what it looked at, the gaps it found, how many of them it mended."""
    beat = store.get(Key("heartbeat", "tick"))
    last = beat and records.instant_of(beat.value["at"])
    late = records.stamp(now - 2 * SILENT_AFTER)
    waiting = sum(len(store.query(f"outbox#{shard}", upto=late, limit=LOOKED_AT)) for shard in range(records.SHARDS))
    state = epoch_of(store).value["state"]
    compared = store.get(RECORD)
    return {
        "ok": bool(last and now - last <= SILENT_AFTER and not waiting and state == "open"),
        "state": state,
        "now": records.stamp(now),
        "last_tick": last and records.stamp(last),
        "notices_late": waiting,
        "reconciliation": compared and {name: compared.value[name] for name in ("at", "looked_at", "gaps", "mended")},
    }
