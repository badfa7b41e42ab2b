"""The tally: counters and lists that boards read, so that a page costs the same whatever is stored.

Kept off the transactions that people wait for: whoever changes a holder's obligations leaves a mark in the due index, and
tick counts the holder anew. What of a holder is counted stands with it, so that counting is a difference, and a crash in the
middle leaves a mark and a difference that is still to be made. What it is found by (lookup.py) is written on the same occasion.

board#<jurisdiction>   month#<yyyy-mm>                     {days: {day: {open, done, late}}} by the last lawful day
                       unit#<party>                        {days: {day: open ones}, done, late}
                       open#<day>#<holder>#<obligation>    each open obligation, nearest first
                       own#<day>#<holder>#<obligation>     those of them that an office owes
unit-board#<party>     open#<day>#<holder>#<obligation>    each that the unit owes, nearest first
                       awaited#<day>#<holder>#<obligation> each that an office owes about the unit or its projects
<holder>               tally                               {counted: {obligation: [day, bucket, unit, digest]}, named: what
                                                           it is found by, lists: of which LISTS}
"""

from collections import Counter
from typing import Any

from ...core.rulebook import digest
from ...ports import ABSENT, MAX_CHANGES, Change, Delete, Item, Key, Ports, Put, Store
from . import lookup, records, references
from .holder import Holder, load
from .plan import TALLY, split_due

LISTS = 2  # one more when there are lists that were not written before: every holder is then counted anew (rounds.py)
AT_ONCE = (
    10  # obligations counted in one write: each touches two months and seven entries at most; and a unit, and what is counted
)
NO_DAY = "9999-12-31"  # sorts after every day
OPEN, DONE, LATE = "open", "done", "late"


def recount(ports: Ports, due: Item) -> None:
    """Count a holder anew; the mark falls with the last write."""
    count(ports, split_due(due.key)[0], [Delete(due.key, due.version)], due.key.sort.partition("#")[0])


def count(ports: Ports, partition: str, last: list[Change], marked: str) -> None:
    """Count a holder anew, and write `last` with the end of it. `marked`: the stamp of a mark for those below, which show the
    name of a unit that has another now."""
    holder = load(ports.store, partition)
    names = _names(ports, holder)
    wanted = {ident: place for ident in holder.rows if (place := _place_of(holder, ident, names))}
    tally = _bring_to(ports, holder, wanted, names)
    named, words, is_old = tally.value.get("named"), names["words"], _is_old(tally)
    if named == words and not is_old:
        if last:
            ports.store.write(last)
        return
    changes = _found_by(ports.store, holder, named, words, marked) if words else []
    changes += _receipts(ports.store, holder) if is_old else []
    whole = {**tally.value, "named": words, "lists": LISTS}
    _in_parts(ports.store, changes, [Put(tally.key, whole, tally.version), *last])


def forget(ports: Ports, partition: str) -> None:
    """Count a holder no longer: it is going to be removed."""
    holder = load(ports.store, partition)
    tally = _bring_to(ports, holder, {}, _names(ports, holder))
    _in_parts(ports.store, lookup.changes(holder.jurisdiction, partition, tally.value.get("named"), None), [Delete(tally.key)])


def _is_old(tally: Item) -> bool:
    """Whether there are lists in which the holder does not stand yet, nor could."""
    return tally.value.get("lists") != LISTS


def _bring_to(ports: Ports, holder: Holder, wanted: dict[str, list[str]], names: dict[str, Any]) -> Item:
    """Write the difference between how a holder is counted and how it should be; gives how it is counted then."""
    key = Key(holder.partition, "tally")
    tally = ports.store.get(key) or Item(key, {"counted": {}, "named": None, "lists": LISTS}, ABSENT)
    counted = dict(tally.value["counted"])
    different = sorted(ident for ident in {*counted, *wanted} if _is_old(tally) or counted.get(ident) != wanted.get(ident))
    while different:
        some, different = different[:AT_ONCE], different[AT_ONCE:]
        changes = _moved(ports, holder, some, counted, wanted, names)
        counted = {ident: place for ident, place in counted.items() if ident not in some}
        counted |= {ident: wanted[ident] for ident in some if ident in wanted}
        ahead = Put(key, {**tally.value, "counted": counted}, tally.version)
        ports.store.write([*changes, ahead])
        tally = Item(key, ahead.value, tally.version + 1)
    return tally


def _in_parts(store: Store, changes: list[Change], last: list[Change]) -> None:
    """Many writes, each of which may be done again, and the last one with what says that they are done."""
    most = MAX_CHANGES - len(last)
    for start in range(0, max(len(changes), 1), most):
        part = changes[start : start + most]
        store.write([*part, *(last if start + most >= len(changes) else [])])


def _found_by(store: Store, holder: Holder, before: list[str] | None, words: list[str], marked: str) -> list[Change]:
    """The keys it is found by, and its name in the list of its unit or its place. Where a unit has another name than before,
    its projects are marked to be counted anew: they show it."""
    found = lookup.changes(holder.jurisdiction, holder.partition, before, words)
    above = Key(f"jurisdiction#{holder.jurisdiction}" if holder.kind == "party" else f"party#{holder.party}", holder.partition)
    listed = store.get(above)
    if listed and listed.value["name"] != words[0]:
        found.append(Put(above, {**listed.value, "name": words[0]}))
    if before and before[0] != words[0] and holder.kind == "party":
        below = store.query(holder.partition, prefix="project#")
        found += [Put(records.due_key(marked, item.key.sort, TALLY), {}) for item in below]
    return found


def _receipts(store: Store, holder: Holder) -> list[Change]:
    """The numbers of the receipts of what was sent in before they were found by them."""
    sent = store.query(holder.partition, prefix="submission#")
    return [references.remember_receipt(holder.partition, item.value["id"]) for item in sent]


def _place_of(holder: Holder, ident: str, names: dict[str, Any]) -> list[str] | None:
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


def _names(ports: Ports, holder: Holder) -> dict[str, Any]:
    """What the list calls the holder and its unit, and the words that the holder is found by; a place is not looked for."""
    keys = [Key(holder.partition, "profile"), records.party_key(holder.party)]
    found = ports.store.get_many(keys)
    profile, unit = (found[key].value if key in found else {} for key in keys)
    words = lookup.words_of(profile) if holder.kind != "jurisdiction" else None
    return {"name": profile.get("name", ""), "unit": unit.get("name", ""), "words": words}


def _moved(
    ports: Ports,
    holder: Holder,
    some: list[str],
    counted: dict[str, list[str]],
    wanted: dict[str, list[str]],
    names: dict[str, Any],
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
            if sign > 0 and place[1] == OPEN:  # it can be asked for by its number from now on
                known = references.remember(holder.partition, ident)
                listed[known.key] = known
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


def _entry(holder: Holder, ident: str, names: dict[str, Any]) -> dict[str, Any]:
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


def _called(names: dict[str, Any]) -> dict[str, str]:
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
