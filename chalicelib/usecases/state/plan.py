"""The plan: a holder's stored obligations, made what evaluate says of its facts, with their wake-ups; in one write or several."""

from collections.abc import Sequence, Set
from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.errors import Unavailable
from ...core.evaluate import Answer
from ...core.ladder import instant, local_day, next_after
from ...ports import ABSENT, MAX_CHANGES, Change, Check, Delete, Item, Key, Ports, Put, Store, StoreConflict
from . import records
from .holder import FACTS, Holder, assess, basis_of, load, projections, settings_of

REPLAN = "@replan"  # in the due index: look at this holder again
CASCADE = "@cascade"  # the same, and at every holder below it
TALLY = "@tally"  # count this holder's obligations anew for the boards
A_MOMENT = timedelta(seconds=1)  # the finest difference between two stored instants
NIGHTS, A_NIGHT = 28, 240  # of January, and minutes of a night


def plan_changes(
    holder: Holder, answer: Answer, ports: Ports, now: datetime, said: Set[str] = frozenset()
) -> tuple[list[list[Change]], list[dict[str, Any]]]:
    """The writes that make the stored obligations what `answer` says, a group for each with its wake-up, which must not be
    parted; and the projections that are new or different. An obligation whose anchor is gone is kept, withdrawn. `said`: those
    whose new days are told by what is written with this."""
    settings, basis = settings_of(ports, holder.jurisdiction), basis_of(ports, holder.jurisdiction)
    since = ports.rules.since(holder.jurisdiction)
    wanted = projections(holder, answer)
    for ident, item in holder.rows.items():
        if ident not in wanted:
            wanted[ident] = {**item.value["is"], "closed": "withdrawn"}
    groups: list[list[Change]] = []
    different: list[dict[str, Any]] = []
    for ident, is_ in wanted.items():
        stored = holder.rows.get(ident)
        is_different = stored is None or stored.value["is"] != is_
        row = {
            "born": records.stamp(now),
            **records.NEW_ROW,
            **(stored.value if stored else {}),
            "is": is_,
            "basis": basis,
        }
        if is_different:
            row |= {"changes": row["changes"] + (stored is not None), "changed": records.stamp(now)}
        if stored and ident not in said and _has_moved(stored.value["is"], is_):
            if not row["moved"] or records.instant_of(row["moved"]) <= records.handled_upto(row):  # else they know an older day
                row["moved_from"] = stored.value["is"]["dates"][2]
            row["moved"] = records.stamp(max(now, records.handled_upto(row) + A_MOMENT))  # else it counts as said already
        row["wake"] = next_wake(row, settings)
        if stored and stored.value["basis"] != basis and _speaks_of_the_past(row["wake"], stored.value["wake"], since):
            row["upto"] = records.stamp(records.instant_of(since) - A_MOMENT)
            row["wake"] = next_wake(row, settings)
        if not is_different and (row["wake"], row["upto"]) == (stored.value["wake"], stored.value["upto"]):
            continue
        groups.append(
            [
                Put(records.obligation_key(holder.partition, ident), row, stored.version if stored else ABSENT),
                *rewake(holder.partition, ident, stored.value["wake"] if stored else None, row["wake"]),
            ]
        )
        if is_different:
            different.append(is_)
    if different:
        groups.append([Put(records.due_key(records.stamp(now), holder.partition, TALLY), {})])
    return groups, different


def next_wake(row: dict[str, Any], settings: dict[str, Any]) -> str | None:
    """When this obligation next has something to say (an instant as text); None when it has nothing."""
    if not records.needs_reminding(row["is"]):
        return None
    rung = next_after(records.course_of_row(row), settings, records.handled_upto(row))
    return records.stamp(rung.at) if rung else None


def _speaks_of_the_past(wake: str | None, owed: str | None, since: str) -> bool:
    """Whether a wake-up is for a rung that only the rules published at `since` put before that instant: it is past, and nobody
    is told of it late. What was owed by then (`owed`: the wake-up of before) is still told."""
    return wake is not None and wake < since and not (owed and owed <= since)


def _has_moved(was: dict[str, Any], is_: dict[str, Any]) -> bool:
    """Whether somebody who knew the old dates has to be told the new ones."""
    told = records.needs_reminding(was) and records.needs_reminding(is_)
    return told and was["dates"][:5] != is_["dates"][:5]


def rewake(partition: str, ident: str, old: str | None, new: str | None) -> list[Change]:
    """Move the obligation's entry in the due index."""
    if old == new:
        return []
    changes: list[Change] = [Delete(records.due_key(old, partition, ident))] if old else []
    if new:
        changes.append(Put(records.due_key(new, partition, ident), {}))
    return changes


def commit(store: Store, holder: Holder, first: list[Change], groups: list[list[Change]], now: datetime) -> None:
    """Write facts and plan in one transaction; where the plan is too large for one, the facts and a mark that says the
    plan is unfinished go first, and the mark falls with the last part. A crash in between leaves the mark to tick."""
    guard = Put(Key(holder.partition, FACTS), {"count": holder.count + 1}, holder.facts.version if holder.facts else ABSENT)
    changes = [change for group in groups for change in group]
    if len(first) + len(changes) + 1 <= MAX_CHANGES:
        store.write([*first, guard, *changes])
        return
    mark = records.due_key(records.stamp(now), holder.partition, REPLAN)
    store.write([*first, guard._replace(value={**guard.value, "unfinished": True}), Put(mark, {})])
    with suppress(StoreConflict, Unavailable):  # the facts are in, and the mark leaves the plan to tick
        finish(store, holder.partition, guard.value["count"], groups, Delete(mark))


def finish(store: Store, partition: str, count: int, groups: list[list[Change]], unmark: Delete | None = None) -> None:
    """Write a plan in parts, each only while the facts are still those it was made from; then remove the mark. While there
    are parts to come the counter of facts says so, and readers do not look at the stored half (see `whole_rows`)."""
    counter = store.get(Key(partition, FACTS))
    if counter is None or counter.value["count"] != count:
        return  # newer facts: whoever wrote them plans, and tick sees the mark again
    parts = _parted(groups)
    version, is_begun = counter.version, counter.value.get("unfinished", False)
    for part in parts[:-1]:
        guard = Check(counter.key, version) if is_begun else Put(counter.key, {"count": count, "unfinished": True}, version)
        store.write([*part, guard])
        version, is_begun = version + (not is_begun), True
    last = parts[-1] if parts else []
    if last or unmark or is_begun:
        guard = Put(counter.key, {"count": count}, version) if is_begun else Check(counter.key, version)
        store.write([*last, guard, *([unmark] if unmark else [])])


def _parted(groups: list[list[Change]]) -> list[list[Change]]:
    """Groups, which must not be parted, in as few writes as they fit into, with room for a guard and a mark."""
    parts: list[list[Change]] = []
    for group in groups:
        if not parts or len(parts[-1]) + len(group) > MAX_CHANGES - 2:
            parts.append([])
        parts[-1] += group
    return parts


def whole_rows(ports: Ports, partitions: Sequence[str], now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The obligations of holders as readers are to see them: the stored rows, and, while a plan is being written in parts,
    what the facts give, so that nobody sees half of it. Two reads more than the rows themselves."""
    keys = {partition: Key(partition, FACTS) for partition in partitions}
    before = ports.store.get_many(keys.values())
    rows = {each: [item.value for item in ports.store.query(each, prefix="obligation#")] for each in partitions}
    after = ports.store.get_many(keys.values())
    for partition, key in keys.items():
        if key in after and (before.get(key) != after[key] or after[key].value.get("unfinished")):
            rows[partition] = _rows_by_facts(ports, partition, now)
    return rows


def _rows_by_facts(ports: Ports, partition: str, now: datetime) -> list[dict[str, Any]]:
    holder = load(ports.store, partition)
    new = {**records.NEW_ROW, "born": records.stamp(now), "wake": None}
    stored = {ident: item.value for ident, item in holder.rows.items()}
    wanted = projections(holder, assess(holder, ports, now))
    gone = {ident: {**row["is"], "closed": "withdrawn"} for ident, row in stored.items() if ident not in wanted}
    return [{**new, **stored.get(ident, {}), "is": is_} for ident, is_ in {**wanted, **gone}.items()]


def replan(ports: Ports, mark: Item, now: datetime) -> None:
    """Bring the stored obligations of the holder a mark names up to date, and have that done again at the turn of the
    year. A cascade marks the holders below in the same writes."""
    partition, sort = split_due(mark.key)
    holder = load(ports.store, partition)
    below = _below(ports.store, holder) if sort == CASCADE else []
    marks = [[Put(records.due_key(records.stamp(now), child, CASCADE), {})] for child in below]
    renew(ports, holder, now, Delete(mark.key, mark.version), [[horizon(partition, now)], *marks])


def renew(ports: Ports, holder: Holder, now: datetime, unmark: Delete | None = None, also: Sequence[list[Change]] = ()) -> None:
    """Bring a holder's stored obligations up to date; the mark that asked for it falls with the last write."""
    groups, _ = planned(ports, holder, now)
    finish(ports.store, holder.partition, holder.count, [*also, *groups], unmark)


def planned(ports: Ports, holder: Holder, now: datetime) -> tuple[list[list[Change]], list[dict[str, Any]]]:
    """What would bring a holder's stored obligations up to date, as plan_changes says it; nothing for who has no duties."""
    return plan_changes(holder, assess(holder, ports, now), ports, now) if _has_duties(ports, holder) else ([], [])


def _has_duties(ports: Ports, holder: Holder) -> bool:
    """An office that is no unit owes nothing as a party, its duties are the jurisdiction's; a place where nobody is
    registered is not tracked yet."""
    if holder.kind == "party":
        return ports.store.get(records.party_key(holder.party)).value["is_unit"]
    return holder.facts is not None


def split_due(key: Key) -> tuple[str, str]:
    """(holder, obligation or mark) of an entry of the due index."""
    _, kind, rest = key.sort.split("#", 2)
    ident, _, what = rest.partition("#")
    return f"{kind}#{ident}", what


def _below(store: Store, holder: Holder) -> list[str]:
    prefix = {"jurisdiction": "party#", "party": "project#"}.get(holder.kind)
    return [item.key.sort for item in store.query(holder.partition, prefix=prefix)] if prefix else []


def horizon(partition: str, now: datetime) -> Change:
    """Recurring duties are planned 24 months ahead: every holder is looked at again in a night of January, not all of them in
    the same."""
    nth = int.from_bytes(sha256(partition.encode()).digest()[:4]) % (NIGHTS * A_NIGHT)
    night, minute = divmod(nth, A_NIGHT)
    at = instant(date(local_day(now).year + 1, 1, 1 + night), "01:00") + timedelta(minutes=minute)
    return Put(records.due_key(records.stamp(at), partition, REPLAN), {})
