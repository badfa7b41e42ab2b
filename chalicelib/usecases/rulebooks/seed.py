"""The files are the seed, the store is the truth: the first start publishes them, an upgrade's newer file is a proposal."""

from datetime import datetime
from typing import Any

from ...core.errors import NotFound
from ...core.rulebook import digest
from ...ports import ABSENT, Key, Ports, Put, StoreConflict
from ..state import records
from ..state.account import entries
from ..state.published import CURRENT
from .differences import differences


def seed(ports: Ports, now: datetime) -> list[str]:
    """Publish what the store does not have yet; where a file has changed since, keep it as a proposal beside the version
    in force. Returns the places that have a proposal waiting."""
    waiting = []
    for place in ports.rules.jurisdictions():
        partition = f"rules#{place}"
        current = ports.store.get(Key(partition, CURRENT))
        if current is None:
            _publish_files(ports, place, now)
        else:
            _propose(ports, place, now)
        if proposal(ports, place):
            waiting.append(place)
    return waiting


def _publish_files(ports: Ports, place: str, now: datetime) -> None:
    partition, version = f"rules#{place}", ports.rules.seed_version(place)
    said = {"number": 1, "by": "seed", "why": "初始版本", "at": records.stamp(now)}
    first = {**said, "books": [digest(data) for data in version["books"]], "tuning": {}, "defaults": version["defaults"]}
    try:
        ports.store.write(
            [
                Put(Key(partition, CURRENT), first, ABSENT),
                Put(Key(partition, "version#000001"), first, ABSENT),
                *(Put(Key(partition, f"book#{digest(data)}"), {"data": data}) for data in version["books"]),
                Put(Key(partition, "seed"), {"digest": digest(version["books"])}),
                Put(Key("rules", place), {}),
                *entries(ports.store, place, [{"what": "published", **said}]),
            ]
        )
    except StoreConflict:
        return  # another process seeds at this moment


def _propose(ports: Ports, place: str, now: datetime) -> None:
    """Keep the files' rulebooks as a proposal, if they are others than those last seen."""
    partition = f"rules#{place}"
    try:
        books = ports.rules.seed_version(place)["books"]
    except NotFound:
        return  # its file is gone; what is published stays
    seen = ports.store.get(Key(partition, "seed"))
    if seen is None or seen.value["digest"] != digest(books):
        ports.store.write(
            [
                Put(Key(partition, "proposal"), {"books": books, "at": records.stamp(now)}),
                Put(Key(partition, "seed"), {"digest": digest(books)}),
            ]
        )


def proposal(ports: Ports, jurisdiction: str) -> dict[str, Any] | None:
    """What an upgrade brought and nobody has published yet: {rulebook, at, differences from the version in force}."""
    item = ports.store.get(Key(f"rules#{jurisdiction}", "proposal"))
    if item is None:
        return None
    offered, version = item.value["books"][-1], ports.rules.version(jurisdiction)
    in_force = {book["edition"]: book for book in ports.rules.books(jurisdiction, version)}
    if offered in in_force.values():
        return None
    return {
        "rulebook": offered,
        "at": item.value["at"],
        "differences": differences(in_force.get(offered["edition"], list(in_force.values())[-1]), offered),
    }
