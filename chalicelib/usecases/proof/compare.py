"""Compare: what is missing at a holder of duties, as far as one look can tell.

facts          give the stored obligations, and each has its wake-up
rungs          are explained: by a step, by one that spoke for them, or by a word of the ledger
steps          have their notice, a waiting notice its row of the outbox, a settled one its entry in the ledger
the ledger     tells of no step, notice or obligation that is not there
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ...core.errors import NotFound
from ...core.ladder import Rung, between, local_day
from ...ports import Change, Delete, Item, Key, Ports, Put
from ..reminding.answer_link import is_answerable
from ..state import records
from ..state.holder import Holder, assess, basis_of, load, projections, settings_of
from ..state.plan import A_MOMENT, horizon, next_wake, plan_changes, rewake
from ..state.references import find, reference
from ..telling.notices import notice_of
from ..telling.people import person
from .gaps import Gap, Look, head_again, part_key, part_of, row_again

UNDER_WAY = ("queued", "sending")


def missing_at(look: Look, partition: str) -> list[Gap]:
    """What is missing at one holder; each is told once, by whichever comparison comes first."""
    try:
        holder = load(look.ports.store, partition)
    except NotFound:
        return [Gap("holder missing", "", partition)]
    if holder.kind == "jurisdiction" and holder.facts is None:
        return []  # nobody is registered here
    found: dict[tuple[str, str], Gap] = {}
    for gap in (*_in_the_plan(look, holder), *_in_the_steps(look, holder), *_in_the_ledger(look, holder)):
        found.setdefault((gap.what, gap.about), gap)
    return list(found.values())


# Facts, obligations, wake-ups, rungs


def _in_the_plan(look: Look, holder: Holder) -> Iterator[Gap]:
    ports, owner = look.ports, holder.owner()
    place, unit = f"jurisdiction#{holder.jurisdiction}", f"party#{holder.party}"
    if not look.is_planned(holder.partition, unit, place):
        return
    turn = horizon(holder.partition, look.now)
    if ports.store.get(turn.key) is None:
        yield Gap("look of the new year missing", owner, holder.partition, (turn,))
    if holder.kind == "party" and not ports.store.get(records.party_key(holder.party)).value["is_unit"]:
        return
    yield from _in_the_projection(look, holder)
    wakes = {
        records.due_key(item.value["wake"], holder.partition, ident): item
        for ident, item in holder.rows.items()
        if item.value["wake"]
    }
    there = ports.store.get_many(wakes)
    for key, item in wakes.items():
        if key not in there:
            yield Gap("wake-up missing", owner, item.value["is"]["id"], (Put(key, {}),))
    for ident, item in holder.rows.items():
        yield from _in_the_rungs(look, holder, ident, item)


def _in_the_projection(look: Look, holder: Holder) -> Iterator[Gap]:
    """Obligations that the facts give and the store has not, or has otherwise. Those made by rules of before are made anew
    before they speak; recurring ones that have come into view since the turn of the year wait for the next."""
    ports, now, basis = look.ports, look.now, basis_of(look.ports, holder.jurisdiction)
    answer = assess(holder, ports, now)
    wanted = projections(holder, answer)
    planned = {group[0].key: tuple(group) for group in plan_changes(holder, answer, ports, now)[0]}
    all_fresh = all(item.value["basis"] == basis for item in holder.rows.values())
    in_view = date(local_day(now).year + 2, 1, 1).isoformat()
    for ident, is_ in wanted.items():
        key, stored = records.obligation_key(holder.partition, ident), holder.rows.get(ident)
        if stored is None and all_fresh and not (is_["kind"] == "recurring" and (is_["dates"][2] or "") >= in_view):
            yield Gap("obligation missing", holder.owner(), ident, _born_again(look, holder, ident, planned[key]))
        elif stored and stored.value["basis"] == basis and stored.value["is"] != is_:
            yield Gap("obligation differs from the facts", holder.owner(), ident, planned[key])


def _born_again(look: Look, holder: Holder, ident: str, group: tuple[Change, ...]) -> tuple[Change, ...]:
    """The row of an obligation that was lost, as far as its steps and acknowledgements tell where its reminders stood."""
    store, (put, *_) = look.ports.store, group
    row, planned = dict(put.value), store.query(f"step#{ident}")
    for step in sorted(planned, key=lambda step: step.value["at"]):
        rung = step.key.sort.partition("#")[0]
        row["said"] = {**row["said"], part_of(holder.partition, ident, rung)["to"]: rung}
        row |= {"born": min(row["born"], step.value["at"]), "upto": max(row["upto"] or "", step.value["at"])}
    signed = store.query(holder.partition, prefix=f"acknowledgement#{ident}#")
    last = max((item.value for item in signed), key=lambda value: value["at"], default=None)
    row["acknowledged"] = last and {"by": last["person"], "at": last["at"]}
    row["wake"] = next_wake(row, settings_of(look.ports, holder.jurisdiction))
    return (put._replace(value=row), *rewake(holder.partition, ident, None, row["wake"]))


def _in_the_rungs(look: Look, holder: Holder, ident: str, item: Item) -> Iterator[Gap]:
    """Rungs that were handled and of which nothing is known. Before the last change of what it says, others applied."""
    row, ports = {**records.NEW_ROW, **item.value}, look.ports
    if not records.needs_reminding(row["is"]) or row["basis"] != basis_of(ports, holder.jurisdiction):
        return
    start = max(
        look.since, row["born"], *(row[name] or "" for name in ("moved", "changed")), ports.rules.since(holder.jurisdiction)
    )
    settings, upto = settings_of(ports, holder.jurisdiction), records.handled_upto(row)
    rungs = between(records.course_of_row(row), settings, records.instant_of(start) - A_MOMENT, upto)
    if not rungs:
        return
    explained = _explained(look, holder, ident)
    for rung in rungs:
        if rung.name in explained or not _had_somebody(ports, row, rung):
            continue
        mending: tuple[Change, ...] = ()
        if row["said"].get(rung.to) == rung.name:  # else a later one has spoken since
            again = {**row, "upto": records.stamp(rung.at - A_MOMENT)}
            again["wake"] = next_wake(again, settings)
            mending = (Put(item.key, again, item.version), *rewake(holder.partition, ident, row["wake"], again["wake"]))
        yield Gap("rung unexplained", holder.owner(), f"{ident} {rung.name}", mending)


def _explained(look: Look, holder: Holder, ident: str) -> set[str]:
    """The rungs of an obligation of which there is a step or a word."""
    planned = {item.key.sort.partition("#")[0]: item.value["notice"] for item in look.ports.store.query(f"step#{ident}")}
    parts = look.ports.store.get_many(part_key(notice, ident, rung) for rung, notice in planned.items())
    words = [each for each in look.told(holder.jurisdiction) if each.get("obligation") == ident]
    named = [*planned, *(each["rung"] for each in words if "rung" in each)]
    instead = [rung for each in (*(part.value for part in parts.values()), *words) for rung in each.get("instead_of", ())]
    return {*named, *instead}


def _had_somebody(ports: Ports, row: dict[str, Any], rung: Rung) -> bool:
    """A level of escalation that has nobody is passed over."""
    if rung.to == "responsible":
        return True
    kept = row.get("escalation", {}).get("people", {}).get(rung.to, ())
    return any(known and known.contact["channels"] for known in (person(ports.store, each) for each in kept))


# Steps, notices, the outbox


def _in_the_steps(look: Look, holder: Holder) -> Iterator[Gap]:
    store = look.ports.store
    news = [
        item.key.sort.removeprefix("news#")
        for item in store.query(holder.partition, prefix="news#")
        if item.value["at"] >= look.since
    ]
    lately = [ident for ident, item in holder.rows.items() if _may_have_spoken(item.value, look.since)]
    for ident in (*lately, *news):
        for step in store.query(f"step#{ident}"):
            if step.value["at"] >= look.since:
                yield from _in_a_step(look, holder, ident, step)


def _may_have_spoken(row: dict[str, Any], since: str) -> bool:
    return records.needs_reminding(row["is"]) or max(row["upto"] or "", row.get("changed") or "") >= since


def _in_a_step(look: Look, holder: Holder, ident: str, step: Item) -> Iterator[Gap]:
    rung, _, who = step.key.sort.partition("#")
    notice, party = step.value["notice"], who.partition("/")[0]
    head_key, key = Key(f"notice#{notice}", "head"), part_key(notice, ident, rung)
    there = look.ports.store.get_many([head_key, key])
    if key not in there:
        yield Gap(
            "part of a notice missing",
            party,
            f"{notice} {ident} {rung}",
            (Put(key, part_of(holder.partition, ident, rung), 0),),
        )
    word = look.word(party, notice, ident, rung)
    if head_key not in there:
        yield Gap(
            "head of a notice missing", party, notice, head_again(look.ports, who, holder.jurisdiction, notice, word, look.now)
        )
        return
    head = there[head_key]
    is_waiting = head.value["state"] in UNDER_WAY or bool(head.value.get("untold"))
    if is_waiting and not look.waits(notice):
        yield Gap("row of the outbox missing", party, notice, row_again(head, notice, look.now))
    if not is_waiting and not word:
        yield Gap("entry of the ledger missing", party, f"{notice} {ident} {rung}")


def in_a_waiting_notice(look: Look, row: Key) -> Iterator[Gap]:
    notice, store = notice_of(row), look.ports.store
    who = "/".join(notice.split("/")[:2])
    party = who.partition("/")[0]
    items = {item.key.sort: item for item in store.query(f"notice#{notice}")}
    head = items.pop("head", None)
    if store.get(row) is None:
        return  # it was settled, or has moved
    if head is None:
        place = store.get(records.party_key(party))
        again = head_again(look.ports, who, place.value["jurisdiction"], notice, None, look.now) if place else ()
        yield Gap("head of a notice missing", party, notice, (Delete(row), *(each for each in again if each.key != row)))
        return
    planned = {Key(f"step#{part.value['obligation']}", f"{part.value['rung']}#{who}") for part in items.values()}
    for key in planned - set(store.get_many(planned)):
        yield Gap(
            "step missing",
            party,
            f"{key.partition} {key.sort}",
            (Put(key, {"notice": notice, "at": head.value["planned"]}, 0),),
        )


# The ledger


def _in_the_ledger(look: Look, holder: Holder) -> Iterator[Gap]:
    """What the ledger of a party tells of people's steps, against what is there."""
    if holder.kind != "party":
        return
    for entry in look.told(holder.party):
        if "notice" not in entry or "rung" not in entry:
            continue
        notice, ident, rung, who = entry["notice"], entry["obligation"], entry["rung"], f"{holder.party}/{entry['person']}"
        step, part, head = Key(f"step#{ident}", f"{rung}#{who}"), part_key(notice, ident, rung), Key(f"notice#{notice}", "head")
        there = look.ports.store.get_many([step, part, head])
        if step not in there:
            yield Gap(
                "step missing",
                holder.party,
                f"{step.partition} {step.sort}",
                (Put(step, {"notice": notice, "at": entry["at"]}, 0),),
            )
        if head not in there:
            again = head_again(
                look.ports, who, holder.jurisdiction, notice, look.word(holder.party, notice, ident, rung), look.now
            )
            yield Gap("head of a notice missing", holder.party, notice, again)
        if part not in there:
            known = find(look.ports.store, reference(ident))
            again = (Put(part, part_of(known[0], ident, rung), 0),) if known else ()
            yield Gap("part of a notice missing", holder.party, f"{notice} {ident} {rung}", again)
        elif is_answerable(there[part].value) and _is_lost(look, there[part].value["holder"], ident):
            yield Gap("obligation missing", holder.party, ident)


def _is_lost(look: Look, partition: str, ident: str) -> bool:
    """Whether an obligation that was told of is not there, nor given by the facts: then a look at its holder finds it."""
    if look.ports.store.get(records.obligation_key(partition, ident)):
        return False
    holder = load(look.ports.store, partition)
    return ident not in projections(holder, assess(holder, look.ports, look.now))
