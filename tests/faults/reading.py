"""What should have gone, by a plain reading of the settings: who is to be told of which duty, on account of what, from when.

Nothing here calls what plans or sends. The words in which the ledger names a rung are the only thing both share.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.core.ladder import instant
from chalicelib.usecases.state import records
from tests.faults.place import Journal, Known

LADDER = (60, 30, 14, 7, 3, 1, 0)  # schedules/defaults.yaml
OVERDUE_EVERY, NUDGE_EVERY, DAWN = 7, 14, "06:00"
ESCALATION = (
    ("unheard", 3, "leader"),
    ("escalated", 1, "leader"),
    ("escalated", 7, "department"),
    ("escalated", 15, "authority"),
)


class Reason(NamedTuple):
    """A reason to speak, by the name the ledger gives it."""

    rung: str
    at: datetime
    to: str = "responsible"


class Owed(NamedTuple):
    """Something that had to be said, and at which tick at the latest it was to be planned."""

    obligation: str
    reason: Reason
    moment: int
    people: frozenset[str]  # "party/contact"; none: nobody could be told
    since: datetime


def reasons(is_: dict[str, Any], upto: datetime) -> Iterator[Reason]:
    """Those that the days of a duty give, in no order."""
    opens, _, due, act_by, earliest, _ = is_["dates"]
    if is_["kind"] == "no_date":
        for number in range(1, 60):
            yield Reason(f"nudge-{number}@{opens}", _dawn(opens, number * NUDGE_EVERY))
    if earliest:
        yield Reason(f"lawful@{earliest}", _dawn(earliest))
        return
    if not act_by:
        return
    for days in LADDER:
        yield Reason(f"before-{days}@{act_by}", _dawn(act_by, -days))
    if opens:
        yield Reason(f"opens@{opens}", _dawn(opens))
    if not is_["may_be_overdue"]:
        return
    for days in range(1, 365, OVERDUE_EVERY):
        yield Reason(f"overdue-{days}@{due}", _dawn(due, days))
    for kind, days, to in ESCALATION:
        base, sign = (act_by, -1) if kind == "unheard" else (due, 1)
        yield Reason(f"{kind}-{to}-{days}@{base}", _dawn(base, sign * days), to)


def _dawn(day: str, after: int = 0) -> datetime:
    return instant(date.fromisoformat(day) + timedelta(days=after), DAWN)


def owed(journal: Journal, obligation: str, unit: str, upto: datetime) -> Iterator[Owed]:
    """All that had to be said of one duty by the last tick."""
    for known, ends, before in _courses(journal.obligations[obligation]):
        is_ = known.is_
        named = [reason for reason in reasons(is_, upto) if known.at <= reason.at <= upto]
        if before is None and is_["anchor"] and is_["kind"] not in ("recurring", "at_least"):
            named.append(Reason("new", known.born))
        for reason in named:
            tick = next(((moment, at) for moment, at in journal.ticks if moment > known.moment and at >= reason.at), None)
            if tick is None or tick[0] >= ends:
                continue  # it was done, or its dates were others, before anybody could have spoken
            signed = journal.signed.get(obligation)
            if reason.rung.startswith("unheard") and signed and signed < tick[0]:
                continue
            people = listeners(journal, unit, reason.to, *tick)
            yield Owed(obligation, reason, tick[0], people, reason.at)


def _courses(known: list[Known]) -> Iterator[tuple[Known, float, Known | None]]:
    """Each stretch in which a duty stood with the same days: how it stood, when that ended, what was before."""
    before = None
    for place, each in enumerate(known):
        if before and _same(before.is_, each.is_):
            continue
        ends = next((later.moment for later in known[place + 1 :] if not _same(each.is_, later.is_)), float("inf"))
        if records.needs_reminding(each.is_):
            yield each, ends, before
        before = each


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["dates"], records.needs_reminding(one)) == (other["dates"], records.needs_reminding(other))


def listeners(journal: Journal, unit: str, to: str, moment: int, at: datetime) -> frozenset[str]:
    """Who could be told at that moment and at the one before it, so that whoever came or went just then does not count."""
    looks = [contacts for when, contacts in journal.contacts if when <= moment][-1:]
    today = (at + timedelta(hours=8)).date().isoformat()
    return frozenset.intersection(*(frozenset(_people(contacts, unit, to, today)) for contacts in looks))


def _people(contacts: dict[str, dict[str, Any]], unit: str, to: str, today: str) -> set[str]:
    parent = "dept" if unit != "dept" else None
    steps = {
        "responsible": [_clerks(contacts, unit, today) or _leaders(contacts, unit)],
        "leader": [_leaders(contacts, unit)],
        "department": [_clerks(contacts, parent, today) or _leaders(contacts, parent)],
        "authority": [_clerks(contacts, "office", today)],
    }
    told: set[str] = set()
    for audience, (people,) in steps.items():
        fresh = people - told
        if audience == to and (fresh or to != "responsible"):
            return fresh
        if to == "responsible" and fresh:
            return fresh
        told |= people
    return set()


def _clerks(contacts: dict[str, dict[str, Any]], party: str | None, today: str) -> set[str]:
    mine = {ident: each for ident, each in contacts.items() if ident.split("/")[0] == party and "leader" not in each["roles"]}
    found = set()
    for ident, each in mine.items():
        away = each["away"]
        other = f"{party}/{away['to']}" if away and away["from"] <= today <= away["until"] else None
        theirs = contacts[other]["away"] if other in contacts else None
        is_here = (
            other in contacts and contacts[other]["channels"] and not (theirs and theirs["from"] <= today <= theirs["until"])
        )
        found.add(other if is_here else ident)
    return {ident for ident in found if contacts[ident]["channels"]}


def _leaders(contacts: dict[str, dict[str, Any]], party: str | None) -> set[str]:
    return {
        ident
        for ident, each in contacts.items()
        if ident.split("/")[0] == party and "leader" in each["roles"] and each["channels"]
    }
