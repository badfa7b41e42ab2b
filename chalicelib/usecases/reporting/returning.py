"""Returning: what is sent back (退回) to a unit waits to be handed in again: shown to it with the reasons until it sends the same form
once more, the office decides otherwise, or either takes back what it sent.

A return names the milestone that it sends back, and core lets that count no more; here is which one it names, and the rows of
what is to be mended (views/returned.py reads them). Both go with the submission that brings or ends them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...core.evaluate import Answer
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
    result, takes back the returns that it brought."""
    known = {milestone["id"] for milestone in before.milestones}
    found = []
    for milestone in milestones:
        named = milestone.get("of")
        if milestone["event"] != RETURNED or named in known or milestone.get("void") or milestone.get("replaces"):
            found += [milestone, *_brought_by(milestone, before)]
            continue
        asked = inbox.answered(ports.store, before.partition, schema, body)
        targets = [ident for row in asked for ident in row["milestones"]]
        targets = targets or (list(_done_about(assess(before, ports, now), named)) if named else [])
        own = [{**milestone, "id": f"{milestone['id']}{mark}", "of": of} for mark, of in zip(_marks(), targets, strict=False)]
        found += own or ([milestone] if named else [])
    return found


def _brought_by(milestone: dict[str, Any], before: Holder) -> Iterator[dict[str, Any]]:
    """The withdrawals of the returns that came with the decision that this milestone withdraws, or corrects to another result."""
    named = milestone.get("void") or milestone.get("result") != RETURNED and milestone.get("replaces")
    decision = next((each for each in before.milestones if each["id"] == named), None)
    if decision is None or decision["event"] == RETURNED or decision.get("result") != RETURNED:
        return
    with_it = [each for each in before.milestones if each["event"] == RETURNED and each["submission"] == decision["submission"]]
    kept = {name: milestone[name] for name in ("on", "by", "at", "submission")}
    for number, each in enumerate(with_it, 1):
        yield {**kept, "id": f"{milestone['id']}-r{number}", "event": RETURNED, "void": each["id"]}


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
    return that is taken back had sent back waits to be decided again."""
    if not holder.party:
        return []
    about = schema["x-duban"]
    voided = {milestone["void"] for milestone in reported if milestone.get("void")}
    ended = [
        row
        for row in (item.value for item in store.query(holder.partition, prefix="returned#"))
        if voided & {*row["milestones"], *row["by"]} or row["form"] == about["id"] or row["form"] in about.get("answers", ())
    ]
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
            }
            row = rows.setdefault(
                ident, {**first, "decision": submission["id"], "milestones": sent.value["milestones"], "by": []}
            )
            row["by"].append(milestone["id"])
    gone = [Delete(key) for row in ended if row["submission"] not in rows for key in _keys(holder, row)]
    for row in ended:
        sent = voided & {*row["by"]} and store.get(Key(holder.partition, f"submission#{row['submission']}"))
        if sent:
            gone += inbox.waits(holder, sent.value)
    return [*gone, *(Put(key, row) for row in rows.values() for key in _keys(holder, row))]


def _keys(holder: Holder, row: dict[str, Any]) -> tuple[Key, Key]:
    """At the holder, so that what ends it finds it; at the unit, for its own page."""
    ident = row["submission"]
    return Key(holder.partition, f"returned#{ident}"), Key(f"returned#{holder.party}", f"{holder.partition}#{ident}")
