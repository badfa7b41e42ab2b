"""Returning: what is sent back (退回) to a unit waits to be handed in again: shown to it with the reasons until it sends the same form
once more, the office decides otherwise, or either takes back what it sent.

A return names the milestone that it sends back, and core lets that count no more; here is which one it names, and the rows of
what is to be mended (views/returned.py reads them). Both go with the submission that brings or ends them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...core.evaluate import Answer
from ...core.facts import roots, standing
from ...ports import Change, Delete, Key, Ports, Put, Store
from ..state.holder import Holder, assess
from . import inbox

RETURNED = "returned"


def with_targets(
    ports: Ports, before: Holder, schema: dict[str, Any], body: dict[str, Any], milestones: list[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """The milestones of a submission, each return naming the milestones that it sends back: those of the requests that it
    decides where it names none, what was done about a duty where it names that. One that finds nothing to send back is left out
    if it names nothing, and stays as it is if it names something that is not there. Who takes a decision back, or corrects its
    result, takes back the returns that it brought; who corrects it to a return sends back what it had decided."""
    known = {milestone["id"] for milestone in before.milestones}
    found = []
    for milestone in milestones:
        named = milestone.get("of")
        if milestone["event"] != RETURNED or named in known or milestone.get("void") or milestone.get("replaces"):
            found += [milestone, *_with_decision(ports.store, before, milestone)]
            continue
        asked = inbox.answered(ports.store, before.partition, schema, body)
        targets = [ident for row in asked for ident in row["milestones"]]
        targets = targets or (list(_done_about(assess(before, ports, now), named)) if named else [])
        own = [{**milestone, "id": f"{milestone['id']}{mark}", "of": of} for mark, of in zip(_marks(), targets, strict=False)]
        found += own or ([milestone] if named else [])
    return found


def _with_decision(store: Store, before: Holder, milestone: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What goes with the withdrawal or the correction of a decision: the returns that it brought are taken back with it, or
    where it does not return any more; where it now does, what it had decided is sent back."""
    named = milestone.get("void") or milestone.get("replaces")
    if not named:
        return
    known = before.as_facts().milestones
    root_of, stands = roots(known), standing(known)
    decision = next((each for each in stands if each.root == root_of.get(named)), None)
    if decision is None or decision.event == RETURNED:
        return
    kept = {name: milestone[name] for name in ("on", "by", "at", "submission")}
    chain = [each for each in before.milestones if root_of[each["id"]] == decision.root]
    if milestone.get("void") or milestone.get("result") != RETURNED:
        sent = {each["submission"] for each in chain if "submission" in each}
        brought = {each["id"] for each in before.milestones if each["event"] == RETURNED and each.get("submission") in sent}
        taken_back = [each.id for each in stands if each.root in brought]
        for number, ident in enumerate(taken_back, 1):
            yield {**kept, "id": f"{milestone['id']}-r{number}", "event": RETURNED, "void": ident}
    elif decision.result != RETURNED:
        row = store.get(_decided_key(before, chain[0].get("submission")))
        requests, roots_left = row.value["requests"] if row else (), {each.root for each in stands}
        decided = [each["id"] for each in before.milestones if each.get("submission") in requests]
        for number, ident in enumerate([each for each in decided if each in roots_left], 1):
            yield {**kept, "id": f"{milestone['id']}-r{number}", "event": RETURNED, "of": ident}


def _marks() -> Iterator[str]:
    """The first keeps its id."""
    yield ""
    yield from (f"-{number}" for number in range(2, inbox.MOST_ANSWERED * 4))


def _done_about(answer: Answer, duty: str) -> Iterator[str]:
    for obligation in answer.obligations:
        if obligation.done and duty in (obligation.id, obligation.rule.id):
            yield obligation.done.id


def changes(store: Store, holder: Holder, schema: dict[str, Any], submission: dict[str, Any], reported: list) -> list[Change]:
    """To be written with a submission: what it sends back waits to be mended, what it mends or decides does no more; what a
    return that is withdrawn had sent back waits to be decided again, but not where its decision was only corrected."""
    if not holder.party:
        return []
    ended = _ended(store, holder, schema["x-duban"], submission["body"], reported)
    rows = _sent_back(store, holder, submission, reported)
    gone: list[Change] = [Delete(key) for row in ended if row["submission"] not in rows for key in _keys(holder, row)]
    withdrawn = _voided(reported) if not any(milestone.get("replaces") for milestone in reported) else set()
    for row in ended:
        sent = withdrawn & {*row["by"]} and store.get(Key(holder.partition, f"submission#{row['submission']}"))
        if sent:
            gone += inbox.waits(holder, sent.value)
    put = [Put(key, row) for row in rows.values() for key in _keys(holder, row)]
    return [*gone, *put, *_decided(store, holder, schema, submission, reported)]


def _decided(
    store: Store, holder: Holder, schema: dict[str, Any], submission: dict[str, Any], reported: list
) -> Iterator[Change]:
    """Which requests a decision that can be corrected takes out of the inbox: a correction may send them back."""
    if "answers" in schema["x-duban"] and any(milestone["event"] != RETURNED for milestone in reported):
        requests = [row["submission"] for row in inbox.answered(store, holder.partition, schema, submission["body"])]
        if requests:
            yield Put(_decided_key(holder, submission["id"]), {"requests": requests})


def _decided_key(holder: Holder, decision: str | None) -> Key:
    return Key(holder.partition, f"decided#{decision}")


def _ended(store: Store, holder: Holder, about: dict[str, Any], body: dict[str, Any], reported: list) -> list[dict[str, Any]]:
    """The rows that wait no more: of what is withdrawn; of what the same form, about the same, mends; of what is decided, as
    the inbox has it, unless the decision is itself a return. No more than fit into the write: the next ends the others."""
    voided, of = _voided(reported), body.get("of")
    returns = body.get("result") == RETURNED or any(milestone["event"] == RETURNED for milestone in reported)

    def is_ended(row: dict[str, Any]) -> bool:
        if voided & {*row["milestones"], *row["by"]}:
            return True
        if row["form"] == about["id"]:
            return row["of"] == of
        return not returns and inbox.is_answered(row, about, of)

    rows = (item.value for item in store.query(holder.partition, prefix="returned#"))
    return [row for row in rows if is_ended(row)][: inbox.MOST_ANSWERED]


def _sent_back(store: Store, holder: Holder, submission: dict[str, Any], reported: list) -> dict[str, dict[str, Any]]:
    """The rows of what a submission returns, by the submission that is to be mended."""
    sent_by = {milestone["id"]: milestone["submission"] for milestone in holder.milestones if "submission" in milestone}
    rows: dict[str, dict[str, Any]] = {}
    for milestone in reported:
        ident = milestone["event"] == RETURNED and sent_by.get(milestone.get("of"))
        sent = ident and store.get(Key(holder.partition, f"submission#{ident}"))
        if sent:
            first = {
                "submission": ident,
                "form": sent.value["form"],
                "of": sent.value["body"].get("of"),
                "at": submission["at"],
                "decision": submission["id"],
                "milestones": sent.value["milestones"],
                "by": [],
            }
            rows.setdefault(ident, first)["by"].append(milestone["id"])
    return rows


def _voided(reported: list) -> set[str]:
    return {milestone["void"] for milestone in reported if milestone.get("void")}


def _keys(holder: Holder, row: dict[str, Any]) -> tuple[Key, Key]:
    """At the holder, so that what ends it finds it; at the unit, for its own page."""
    ident = row["submission"]
    return Key(holder.partition, f"returned#{ident}"), Key(f"returned#{holder.party}", f"{holder.partition}#{ident}")
