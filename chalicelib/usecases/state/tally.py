"""The tally: counters and lists that boards read, so that a page costs the same whatever is stored.

Kept off the transactions that people wait for: whoever changes a holder's obligations leaves a mark in the due index, and
tick counts the holder anew. What of a holder is counted stands with it, so that counting is a difference, and a crash in the
middle leaves a mark and a difference that is still to be made.

board#<jurisdiction>   month#<yyyy-mm>                     {days: {day: {open, done, late}}} by the last lawful day
                       unit#<party>                        {days: {day: open ones}, done, late}
                       open#<day>#<holder>#<obligation>    each open obligation, nearest first
                       own#<day>#<holder>#<obligation>     those of them that an office owes
unit-board#<party>     open#<day>#<holder>#<obligation>    each that the unit owes, nearest first
                       awaited#<day>#<holder>#<obligation> each that an office owes about the unit or its projects
<holder>               tally                               {counted: {obligation: [day, bucket, unit, digest]}}
"""

from collections import Counter
from typing import Any

from ...core.rulebook import digest
from ...ports import ABSENT, Change, Delete, Item, Key, Ports, Put
from . import records
from .holder import Holder, load, split_due

AT_ONCE = (
    12  # obligations counted in one write: each touches two months and six entries at most; and a unit, and what is counted
)
NO_DAY = "9999-12-31"  # sorts after every day
OPEN, DONE, LATE = "open", "done", "late"


def recount(ports: Ports, due: Item) -> None:
    """Count a holder anew; the mark falls with the last write."""
    holder = load(ports.store, split_due(due.key)[0])
    names = _names(ports, holder)
    wanted = {ident: place for ident in holder.rows if (place := _place_of(holder, ident, names))}
    _bring_to(ports, holder, wanted, names, [Delete(due.key, due.version)])


def forget(ports: Ports, partition: str) -> None:
    """Count a holder no longer: it is going to be removed."""
    holder = load(ports.store, partition)
    _bring_to(ports, holder, {}, _names(ports, holder), [Delete(Key(partition, "tally"))])


def _bring_to(ports: Ports, holder: Holder, wanted: dict[str, list[str]], names: dict[str, str], last: list[Change]) -> None:
    """Write the difference between how a holder is counted and how it should be, and `last` with the end of it."""
    key = Key(holder.partition, "tally")
    stored = ports.store.get(key)
    version, counted = (stored.version, dict(stored.value["counted"])) if stored else (ABSENT, {})
    different = sorted(ident for ident in {*counted, *wanted} if counted.get(ident) != wanted.get(ident))
    while different:
        some, different = different[:AT_ONCE], different[AT_ONCE:]
        changes = _moved(ports, holder, some, counted, wanted, names)
        counted = {ident: place for ident, place in counted.items() if ident not in some}
        counted |= {ident: wanted[ident] for ident in some if ident in wanted}
        ports.store.write([*changes, Put(key, {"counted": counted}, version)])
        version += 1
    ports.store.write(last)


def _place_of(holder: Holder, ident: str, names: dict[str, str]) -> list[str] | None:
    """[day, bucket, unit, digest of its entry in the list] under which an obligation is counted; the unit is "" where an office
    owes it. None for what nobody has to do: withdrawn, waived, suspended, a right, a minimum, a vendor's, not to be told yet."""
    is_ = holder.rows[ident].value["is"]
    is_owed = is_["done_on"] or (records.needs_reminding(is_) and not is_["needs"])
    if not is_owed or is_["per"] == "vendor" or is_["before_tracking"] or not is_["may_be_overdue"]:
        return None
    day = is_["dates"][2] or NO_DAY
    unit = holder.party if is_["owed_by"][:1] in ([], ["unit"], ["parent"]) else ""
    if is_["done_on"]:
        return [day, LATE if is_["done_on"] > day else DONE, unit, ""]
    return [day, OPEN, unit, digest(_entry(holder, ident, names))[:12]]


def _names(ports: Ports, holder: Holder) -> dict[str, str]:
    """What the list calls the holder and its unit."""
    keys = [Key(holder.partition, "profile"), records.party_key(holder.party)]
    found = ports.store.get_many(keys)
    return {
        name: found[key].value.get("name", "") if key in found else "" for name, key in zip(("name", "unit"), keys, strict=True)
    }


def _moved(
    ports: Ports,
    holder: Holder,
    some: list[str],
    counted: dict[str, list[str]],
    wanted: dict[str, list[str]],
    names: dict[str, str],
) -> list[Change]:
    """The writes that take these obligations from where they are counted to where they belong."""
    board = f"board#{holder.jurisdiction}"
    moves: Counter = Counter()
    listed: dict[Key, Change] = {}
    for ident in some:
        for place, sign in ((counted.get(ident), -1), (wanted.get(ident), 1)):
            if place is None:
                continue
            moves[tuple(place[:3])] += sign
            for partition, name in _lists(holder, place):
                entry = Key(partition, f"{name}#{place[0]}#{holder.partition}#{ident}")
                value = _entry(holder, ident, names) if sign > 0 and partition == board else {"unit": holder.party}
                listed[entry] = Put(entry, value) if sign > 0 else Delete(entry)
    months: dict[Key, dict[str, Counter]] = {}
    units: dict[Key, Counter] = {}
    for (day, bucket, unit), count in moves.items():
        months.setdefault(Key(board, f"month#{day[:7]}"), {}).setdefault(day, Counter())[bucket] += count
        if unit:
            units.setdefault(Key(board, f"unit#{unit}"), Counter())[day if bucket == OPEN else bucket] += count
    counters = ports.store.get_many([*months, *units])
    changes = [_month(key, counters.get(key), days) for key, days in months.items()]
    changes += [_unit(key, counters.get(key), counts, names["unit"]) for key, counts in units.items()]
    return [*changes, *listed.values()]


def _lists(holder: Holder, place: list[str]) -> list[tuple[str, str]]:
    """The lists an obligation stands in, as (partition, name): the place's, and the unit's where there is one. A unit's list
    holds no more than where the obligation is: the stored one is read with it."""
    if place[1] != OPEN:
        return []
    board = f"board#{holder.jurisdiction}"
    listed = [(board, "open"), *([] if place[2] else [(board, "own")])]
    return [*listed, (unit_board(holder.party), "open" if place[2] else "awaited")] if holder.party else listed


def unit_board(party: str) -> str:
    """The partition of a unit's own lists."""
    return f"unit-board#{party}"


def _entry(holder: Holder, ident: str, names: dict[str, str]) -> dict[str, Any]:
    is_ = holder.rows[ident].value["is"]
    kept = (
        "title",
        "article",
        "dates",
        "form",
        "kind",
        "suspended",
        "begins_on",
        "may_be_overdue",
        "closed",
        "needs",
        "owed_by",
        "for",
    )
    return {**{name: is_[name] for name in kept if name in is_}, "done_on": None, "unit": holder.party, **_called(names)}


def _called(names: dict[str, str]) -> dict[str, str]:
    return {"name": names["name"], "unit_name": names["unit"]}


def _month(key: Key, stored: Item | None, moves: dict[str, Counter]) -> Change:
    days = {day: Counter(counts) for day, counts in (stored.value["days"] if stored else {}).items()}
    for day, counts in moves.items():
        days.setdefault(day, Counter()).update(counts)
    left = {day: {name: count for name, count in counts.items() if count} for day, counts in days.items()}
    return _kept(key, stored, "days", {day: counts for day, counts in left.items() if counts}, {})


def _unit(key: Key, stored: Item | None, moves: Counter, name: str) -> Change:
    counts = Counter(stored.value["counts"] if stored else {})
    counts.update(moves)
    return _kept(key, stored, "counts", {name: count for name, count in counts.items() if count}, {"name": name})


def _kept(key: Key, stored: Item | None, name: str, counts: dict[str, Any], more: dict[str, Any]) -> Change:
    """A counter that counts nothing goes."""
    version = stored.version if stored else ABSENT
    return Put(key, {name: counts, **more}, version) if counts else Delete(key, version)
