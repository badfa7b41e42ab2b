"""Tick: whatever wakes by now. Costs what is due, not what exists; two ticks at once do no harm."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any, NamedTuple

from ..core.ladder import Rung, between, instant, is_urgent, local_day, next_digest, polite_time
from ..ports import ABSENT, Change, Check, Delete, Item, Key, Ports, Put, Store, StoreConflict
from . import records
from .account import entries
from .holder import CASCADE, REPLAN, basis_of, load, next_wake, renew, replan, rewake, settings_of, split_due
from .jobs import JOB, run

log = logging.getLogger(__name__)

BATCH = 500
PEOPLE_A_WRITE = 12
LATE_AFTER = timedelta(hours=6)
GATHERED = ("new", "moved")  # a change of rules may bring a person thirty of these at once: together they are one message
GATHERING = timedelta(minutes=5)


class Person(NamedTuple):
    """A contact to be told, and the party whose ledger says so."""

    party: str
    contact: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.party}/{self.contact['id']}"


def tick(ports: Ports, now: datetime) -> int:
    """Plan every rung due by `now`; returns how many wake-ups were handled. Run it again after a crash: it is idempotent."""
    handled = 0
    for shard in range(records.SHARDS):
        for item in queued(ports.store, f"due#{shard}", now):
            handled += wake(ports, item, now)
    beat = min(now, ports.clock())  # who ticks for another day does not say that the clock has lived until then
    ports.store.write([Put(Key("heartbeat", "tick"), {"at": records.stamp(beat), "handled": handled})])
    return handled


def queued(store: Store, partition: str, now: datetime) -> Iterator[Item]:
    """Each entry of a due index or an outbox up to `now`, once: what cannot be handled does not stand in the way."""
    after = None
    while True:
        page = store.query(partition, after=after, upto=f"{records.stamp(now)}~", limit=BATCH)
        yield from page
        if len(page) < BATCH:
            return
        after = page[-1].key.sort


def wake(ports: Ports, item: Item, now: datetime) -> bool:
    """Handle one entry of the due index; False where another worker was faster (it will be seen again if need be)."""
    partition, what, due = "?", "?", item.key
    try:
        partition, what = split_due(due)
        if what == JOB:
            run(ports, due, partition.removeprefix("job#"), now)
        elif what in (REPLAN, CASCADE):
            replan(ports, item, now)
        else:
            _speak(ports, partition, what, due, now)
    except StoreConflict:
        return False
    except Exception:  # one broken record must not keep the others from being told; the entry stays and is seen each tick
        log.exception("could not wake %s of %s (%s)", what, partition, due.sort, extra={"action": "wake-failed"})
        return False
    return True


def _speak(ports: Ports, partition: str, ident: str, due: Key, now: datetime) -> None:
    """Turn the rungs that are due into steps and notices, and set the next wake-up."""
    store = ports.store
    item = store.get(records.obligation_key(partition, ident))
    if item is None or not due.sort.startswith(f"{item.value['wake']}#"):
        store.write([Delete(due), *([Check(item.key, item.version)] if item else [])])  # moved since: nothing to say
        return
    row, is_ = item.value, item.value["is"]
    basis = basis_of(ports, is_["jurisdiction"])
    if row["basis"] != basis:  # planned by other rules or another calendar: look again before speaking
        renew(ports, load(store, partition), now)
        renewed = store.get(item.key)
        if renewed.version != item.version:
            return  # it changed; its entry in the due index, moved or not, is handled like any other
    settings = settings_of(ports, is_["jurisdiction"])
    rungs = between(records.course_of_row(row), settings, records.handled_upto(row), now)
    ahead = {**row, "upto": records.stamp(now), "basis": basis, "rung": rungs[-1].name if rungs else row["rung"]}
    ahead["wake"] = next_wake(ahead, settings)
    advance: list[Change] = [Put(item.key, ahead, item.version), *rewake(partition, ident, row["wake"], ahead["wake"])]
    people = responsible(ports, partition, is_) if rungs else []
    told = []
    if rungs and not people:
        told.append({"what": "nobody to tell", "obligation": ident, "rung": rungs[-1].name, "at": records.stamp(now)})
    groups = [group for person in people if (group := _steps(ports, partition, item, person, rungs, settings, now))]
    for start in range(0, max(len(groups), 1), PEOPLE_A_WRITE):
        part = [change for group in groups[start : start + PEOPLE_A_WRITE] for change in group]
        is_last = start + PEOPLE_A_WRITE >= len(groups)
        store.write(
            [
                *part,
                *(advance if is_last else [Check(item.key, item.version)]),
                *(entries(store, is_["jurisdiction"], told) if is_last else []),
            ]
        )


def _steps(
    ports: Ports, partition: str, item: Item, person: Person, rungs: list[Rung], settings: dict, now: datetime
) -> list[Change]:
    """The changes that plan one person's step: of several late rungs only the last speaks, for all of them."""
    row, rung = item.value, rungs[-1]
    is_, contact = row["is"], person.contact
    step = Key(f"step#{is_['id']}", f"{rung.name}#{person.id}")
    if ports.store.get(step):
        return []
    missed = [earlier for earlier in rungs if earlier.kind not in ("new", "moved")]
    late = len(missed) > 1 or bool(missed) and now - missed[-1].at > LATE_AFTER
    single = contact["at_once"] or is_urgent(records.dates_of_row(is_).act_by, now, settings)
    if single and rung.kind in GATHERED and not contact["at_once"]:
        begun = now - timedelta(seconds=now.timestamp() % GATHERING.total_seconds())
        name = f"urgent-{records.stamp(begun)}"
        leaves = polite_time(begun + GATHERING, settings, ports.rules.calendar(), f"{person.id}{name}")
    elif single:
        leaves = now if contact["at_once"] else polite_time(now, settings, ports.rules.calendar(), f"{person.id}{is_['id']}")
        name = sha256(f"{is_['id']}#{local_day(leaves)}".encode()).hexdigest()[:16]  # what a holiday holds back leaves as one
    else:
        day = next_digest(now, settings, ports.rules.calendar())
        name, leaves = day.isoformat(), instant(day, settings["digest_at"])
        leaves = polite_time(leaves, settings, ports.rules.calendar(), f"{person.id}{name}") + _spread(person, settings)
    notice = f"{person.id}/{name}"
    head = Key(f"notice#{notice}", "head")
    stored = ports.store.get(head)
    if stored and stored.value["state"] != "queued":  # that digest has left: a single message instead
        notice, leaves = (
            f"{notice}+{sha256('#'.join(step).encode()).hexdigest()[:8]}",
            polite_time(now, settings, ports.rules.calendar(), name),
        )
        head, stored = Key(f"notice#{notice}", "head"), None
    carried = {
        "obligation": is_["id"],
        "holder": partition,
        "rung": rung.name,
        "kind": rung.kind,
        "late": late,
        "instead_of": [earlier.name for earlier in rungs[:-1]],
    }
    changes: list[Change] = [
        Put(step, {"notice": notice, "at": records.stamp(now)}, ABSENT),
        Put(Key(f"notice#{notice}", f"step#{is_['id']}#{rung.name}"), carried, ABSENT),
    ]
    if stored:
        changes.append(Check(head, stored.version))
    else:
        leaving = records.stamp(leaves)
        changes += [
            Put(
                head,
                {
                    "person": contact["id"],
                    "party": person.party,
                    "jurisdiction": is_["jurisdiction"],
                    "state": "queued",
                    "channel": 0,
                    "attempts": 0,
                    "leaves": leaving,
                    "planned": records.stamp(now),
                },
                ABSENT,
            ),
            Put(outbox_key(leaving, notice), {}),
        ]
    return changes


def _spread(person: Person, settings: dict[str, Any]) -> timedelta:
    """A few minutes of jitter, always the same for the same person."""
    return timedelta(seconds=int.from_bytes(sha256(person.id.encode()).digest()[:2]) % (60 * settings["jitter_minutes"]))


def outbox_key(leaves: str, notice: str) -> Key:
    return Key(f"outbox#{records.shard(notice)}", f"{leaves}#{notice}")


def responsible(ports: Ports, partition: str, is_: dict[str, Any]) -> list[Person]:
    """Who is told: the contacts of the party that leads; where none can be reached, of its department; then of the first
    office of the rulebook that has any."""
    store = ports.store
    kind, _, ident = partition.partition("#")
    jurisdiction = is_["jurisdiction"]
    unit = None
    if kind != "jurisdiction":
        profile = store.get(Key(partition, "profile")).value
        unit = profile["unit"] if kind == "project" else ident
    unit_profile = store.get(records.party_key(unit)).value if unit else {}
    parent = unit_profile.get("facts", {}).get("parent")
    lead = is_["owed_by"][0] if is_["owed_by"] else "unit"
    first = {"unit": unit, "parent": parent or unit}.get(lead) or _authority(store, jurisdiction, lead)
    offices = (_authority(store, jurisdiction, key) for key in ports.rules.editions(jurisdiction)[-1].authorities)
    for party in chain((first, parent), offices):
        people = [Person(party, contact.value) for contact in store.query(f"party#{party}", prefix="contact#")] if party else []
        if any(person.contact["channels"] for person in people):
            return [person for person in people if person.contact["channels"]]
    return []


def _authority(store: Store, jurisdiction: str, key: str) -> str | None:
    item = store.get(Key(f"authority#{jurisdiction}", key))
    return item and item.value["party"]
