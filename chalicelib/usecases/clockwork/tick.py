"""Tick: whatever wakes by now. Costs what is due, not what exists; two ticks at once do no harm."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import Unavailable
from ...core.ladder import Rung, between, local_day, polite_time
from ...ports import Change, Check, Delete, Item, Key, Ports, Put, StoreConflict
from ..reminding.broadcast import BROADCAST, go_on
from ..state import records, unheard
from ..state.account import entries
from ..state.epoch import may_send
from ..state.holder import basis_of, load, settings_of
from ..state.job import JOB
from ..state.plan import CASCADE, REPLAN, TALLY, next_wake, renew, replan, rewake, split_due
from ..state.published import held
from ..state.references import remember
from ..state.tally import recount
from ..telling.news import NEWS, spread
from ..telling.notices import GATHERED, Step, is_near, queue, queued
from ..telling.people import AUDIENCES, Person, audiences, leading
from ..telling.people import person as person_called
from .health import count_late
from .jobs import run
from .rounds import rounds

log = logging.getLogger(__name__)

PEOPLE_A_WRITE = 12
LATE_AFTER = timedelta(hours=6)
BEAT_EVERY = timedelta(seconds=30)
UNHEARD = "unheard"
ESCALATING = (UNHEARD, "escalated")


def tick(ports: Ports, now: datetime) -> int:
    """Plan every rung due by `now`; returns how many wake-ups were handled. Run it again after a crash: it is idempotent."""
    if not may_send(ports.store):
        return 0
    handled, began = 0, ports.clock()
    beaten = began
    for shard in range(records.SHARDS):
        for item in queued(ports.store, f"due#{shard}", now):
            handled += wake(ports, item, now)
            if ports.clock() - beaten > BEAT_EVERY:  # a long look is no silence
                beaten = ports.clock()
                _beat(ports, now + (beaten - began), handled)
    rounds(ports, now)
    count_late(ports.store, now)
    _beat(ports, now + (ports.clock() - began), handled)
    return handled


def _beat(ports: Ports, lived: datetime, handled: int) -> None:
    """Say that the clock has lived until then. Who ticks for another day does not say that it has lived until that day."""
    beat = records.stamp(min(lived, ports.clock()))
    with suppress(StoreConflict, Unavailable):  # another worker beats at the same moment, or the store is being moved
        ports.store.write([Put(Key("heartbeat", "tick"), {"at": beat, "handled": handled})])


def wake(ports: Ports, item: Item, now: datetime) -> bool:
    """Handle one entry of the due index; False where another worker was faster (it will be seen again if need be)."""
    partition, what, due = "?", "?", item.key
    try:
        partition, what = split_due(due)
        if what == JOB:
            run(ports, due, partition.removeprefix("job#"), now)
        elif what in (REPLAN, CASCADE):
            replan(ports, item, now)
        elif what == TALLY:
            recount(ports, item)
        elif what.startswith(NEWS):
            spread(ports, partition, item, now)
        elif what == BROADCAST:
            go_on(ports, due, partition.removeprefix("broadcast#"), now)
        else:
            _speak(ports, partition, what, due, now)
    except (StoreConflict, Unavailable):  # another worker was faster, or the store is being moved: the entry stays
        return False
    except Exception:  # one broken record must not keep the others from being told; the entry stays and is seen each tick
        log.exception("could not wake %s of %s (%s)", what, partition, due.sort, extra={"action": "wake-failed"})
        return False
    return True


def _speak(ports: Ports, partition: str, ident: str, due: Key, now: datetime) -> None:
    """Turn the rungs that are due into steps and notices, and set the next wake-up."""
    ports, store = held(ports), ports.store
    item = store.get(records.obligation_key(partition, ident))
    if item is None or not due.sort.startswith(f"{item.value['wake']}#"):
        store.write([Delete(due), *([Check(item.key, item.version)] if item else [])])  # moved since: nothing to say
        return
    row, is_ = {**records.NEW_ROW, **item.value}, item.value["is"]
    basis = basis_of(ports, is_["jurisdiction"])
    if row["basis"] != basis:  # planned by other rules or another calendar: look again before speaking
        renew(ports, load(store, partition), now)
        renewed = store.get(item.key)
        if renewed.version != item.version:
            return  # it changed; its entry in the due index, moved or not, is handled like any other
    settings = settings_of(ports, is_["jurisdiction"])
    rungs = between(records.course_of_row(row), settings, records.handled_upto(row), now)
    spoken, told = _heard(row, rungs, now)
    listeners = _listeners(ports, partition, row, spoken, now)
    said = {to: [rung for rung in spoken if rung.to == to][-1].name for to in {rung.to for rung in spoken}}
    ahead = {**row, "upto": records.stamp(now), "basis": basis, "said": {**row["said"], **said}}
    ahead.pop("unknown", None)  # of a store that came out of a copy: told with this step
    if any(rung.kind in ESCALATING for rung in spoken) and "escalation" not in row:
        ahead["escalation"] = _snapshot(ports, partition, is_, settings, now)
    ahead["wake"] = next_wake(ahead, settings)
    heard = {rung.name for _, theirs in listeners for rung in theirs}
    silent = [rung for rung in spoken if rung.name not in heard]
    told += [{"what": "nobody to tell", "obligation": ident, "rung": rung.name, "at": records.stamp(now)} for rung in silent]
    advance: list[Change] = [Put(item.key, ahead, item.version), *rewake(partition, ident, row["wake"], ahead["wake"])]
    if listeners:
        advance.append(remember(partition, ident))
    if any(rung.to == AUDIENCES[0] for rung in silent) and (party := leading(ports, partition, is_)):
        advance.append(unheard.began(is_["jurisdiction"], party))
    groups = []
    for person, theirs in listeners:
        if _is_asleep(row, person, now):
            told.append(
                {
                    "what": "withheld",
                    "why": f"snoozed until {row['snoozed'][person.id]}",
                    "obligation": ident,
                    "rung": theirs[-1].name,
                    "instead_of": [rung.name for rung in theirs[:-1]],
                    "person": person.contact["id"],
                    "at": records.stamp(now),
                }
            )
            continue
        step = _step(ports, partition, is_, person, theirs, settings, now)._replace(perhaps_said="unknown" in row)
        if group := queue(ports, person, step, settings, is_["jurisdiction"], now):
            groups.append(group)
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


def _is_asleep(row: dict[str, Any], person: Person, now: datetime) -> bool:
    """Whether the person has asked to be reminded on a later day, and that is still not after act_by."""
    until, act_by = row["snoozed"].get(person.id, ""), row["is"]["dates"][3]
    return until > local_day(now).isoformat() and not (act_by and until > act_by)


def _heard(row: dict[str, Any], rungs: list[Rung], now: datetime) -> tuple[list[Rung], list[dict[str, Any]]]:
    """The rungs that are to be said, and the ledger's word of those that are not because somebody has acknowledged."""
    if not row["acknowledged"]:
        return rungs, []
    quiet = [
        {"what": "withheld", "why": "acknowledged", "obligation": row["is"]["id"], "rung": rung.name, "at": records.stamp(now)}
        for rung in rungs
        if rung.kind == UNHEARD
    ]
    return [rung for rung in rungs if rung.kind != UNHEARD], quiet


def _listeners(
    ports: Ports, partition: str, row: dict[str, Any], rungs: list[Rung], now: datetime
) -> list[tuple[Person, list[Rung]]]:
    """Each person to be told, and the rungs that are for them. An escalation under way keeps its list of people."""
    if not rungs:
        return []
    kept = row.get("escalation", {}).get("people", {})
    found: dict[str, tuple[Person, list[Rung]]] = {}
    wanted = {rung.to for rung in rungs}
    by_audience: dict[str, list[Person]] = {}
    for audience, people in audiences(ports, partition, row["is"], now):
        by_audience[audience] = _still_reached(ports, kept.get(audience, [])) or people  # where all have left: who is there now
        if wanted <= set(by_audience) and _from(AUDIENCES[0], by_audience):
            break  # everybody is found: the rest need not be read
    for rung in rungs:
        for person in _from(rung.to, by_audience):
            found.setdefault(person.id, (person, []))[1].append(rung)
    return list(found.values())


def _from(audience: str, by_audience: dict[str, list[Person]]) -> list[Person]:
    """The people of an audience. Where nobody responsible can be reached, those of the first audience that has any: no duty
    is without somebody. A level of escalation that has nobody is passed over: the next one comes in its own time."""
    after = AUDIENCES if audience == AUDIENCES[0] else (audience,)
    return next((by_audience[name] for name in after if by_audience.get(name)), [])


def _still_reached(ports: Ports, idents: list[str]) -> list[Person]:
    people = [person_called(ports.store, ident) for ident in idents]
    return [each for each in people if each and each.contact["channels"]]


def _snapshot(ports: Ports, partition: str, is_: dict[str, Any], settings: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The levels and the people of an escalation as it begins: editing the rule does not alter what runs."""
    people = {audience: [each.id for each in people] for audience, people in audiences(ports, partition, is_, now)}
    return {"levels": settings["escalation"], "people": {name: people[name] for name in AUDIENCES[1:]}}


def _step(
    ports: Ports,
    partition: str,
    is_: dict[str, Any],
    person: Person,
    rungs: list[Rung],
    settings: dict[str, Any],
    now: datetime,
) -> Step:
    """One person's step: of several late rungs only the last speaks, for all of them. Late is what could have left hours ago:
    a rung of a Sunday would not have left before Monday."""
    rung = rungs[-1]
    could_leave = [
        earlier.at if person.contact["at_once"] else polite_time(earlier.at, settings, ports.rules.calendar(), is_["id"])
        for earlier in rungs
        if earlier.kind not in GATHERED
    ]
    return Step(
        holder=partition,
        about=is_["id"],
        rung=rung.name,
        kind=rung.kind,
        to=rung.to,
        late=any(now - at > LATE_AFTER for at in could_leave),
        instead_of=tuple(earlier.name for earlier in rungs[:-1]),
        urgent=is_near(is_, settings, now),
    )
