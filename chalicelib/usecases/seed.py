"""The files are the seed, the store is the truth: the first start publishes them, an upgrade's newer file is a proposal."""

from datetime import datetime
from typing import Any

from ..core.rulebook import digest
from ..ports import ABSENT, Key, Ports, Put, StoreConflict
from . import records
from .account import entries
from .published import CURRENT


def seed(ports: Ports, now: datetime) -> list[str]:
    """Publish what the store does not have yet; where a file has changed since, keep it as a proposal beside the version
    in force. Returns the places that have a proposal waiting."""
    waiting = []
    for place in ports.rules.jurisdictions():
        version = ports.rules.seed_version(place)
        found = digest(version["books"])
        partition = f"rules#{place}"
        current = ports.store.get(Key(partition, CURRENT))
        if current is None:
            first = {"number": 1, "books": [digest(data) for data in version["books"]], "tuning": {}, "by": "seed", "why": "初始版本",
                     "at": records.stamp(now)}
            try:
                ports.store.write([
                    Put(Key(partition, CURRENT), first, ABSENT), Put(Key(partition, "version#000001"), first, ABSENT),
                    *(Put(Key(partition, f"book#{digest(data)}"), {"data": data}) for data in version["books"]),
                    Put(Key(partition, "seed"), {"digest": found}), Put(Key("rules", place), {}),
                    *entries(ports.store, place, [{"what": "published", "number": 1, "by": "seed", "at": records.stamp(now)}]),
                ])
            except StoreConflict:
                continue  # another process seeds at this moment
        elif ports.store.get(Key(partition, "seed")).value["digest"] != found:
            ports.store.write([Put(Key(partition, "proposal"), {"books": version["books"], "at": records.stamp(now)}),
                               Put(Key(partition, "seed"), {"digest": found})])
        if ports.store.get(Key(partition, "proposal")):
            waiting.append(place)
    return waiting


def proposal(ports: Ports, jurisdiction: str) -> dict[str, Any] | None:
    """The rulebook that an upgrade brought and nobody has published yet."""
    item = ports.store.get(Key(f"rules#{jurisdiction}", "proposal"))
    return item and item.value["books"][-1]
