"""Notices: which message a step goes into, when that may leave, and the writes that put it there.

A step is one rung of one obligation for one person, unique. A notice is one message to one person: the morning digest of
a day, a single message for what is urgent, what a change brought about within a few minutes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from ...core.ladder import instant, is_urgent, local_day, next_digest, polite_time
from ...ports import ABSENT, ANY, Change, Check, Delete, Item, Key, Ports, Put, Store
from ..state import records
from .people import Person

BATCH = 500  # entries read at a time
GATHERED = ("new", "moved")  # a change of rules may bring a person thirty of these at once: together they are one message
GATHERING = timedelta(minutes=5)
NOT_HELD_BACK = ("answer",)  # what somebody waits for has no quiet hours


class Step(NamedTuple):
    """What is to be told of one duty, or of something that happened, to one person."""

    holder: str
    about: str  # the obligation, or the news
    rung: str
    kind: str  # of the rung
    to: str = "responsible"  # the audience
    late: bool = False  # told later than it should have been
    instead_of: tuple[str, ...] = ()  # earlier rungs that this one speaks for
    urgent: bool = False
    perhaps_said: bool = False  # the store came out of a copy, and nobody knows what was said since


class Leaving(NamedTuple):
    """The notice a step goes into, named within its person, and when that leaves."""

    name: str
    at: datetime


def leaving(ports: Ports, person: Person, step: Step, settings: dict[str, Any], now: datetime) -> Leaving:
    """Where a step planned at `now` goes: at once for who wants it so, a single message for what is urgent, else the digest
    of the next working morning."""
    settings, calendar = person.settings(settings), ports.rules.calendar()
    if person.contact["at_once"] or step.kind in NOT_HELD_BACK:
        return Leaving(_single(step.about, now), now)
    if step.urgent and step.kind in GATHERED:
        begun = now - timedelta(seconds=now.timestamp() % GATHERING.total_seconds())
        name = f"urgent-{records.stamp(begun)}"
        return Leaving(name, polite_time(begun + GATHERING, settings, calendar, f"{person.id}{name}"))
    if step.urgent:
        leaves = polite_time(now, settings, calendar, f"{person.id}{step.about}")
        return Leaving(_single(step.about, leaves), leaves)  # what a holiday holds back leaves as one
    day = next_digest(now, settings, calendar)
    name = day.isoformat()
    leaves = polite_time(instant(day, settings["digest_at"]), settings, calendar, f"{person.id}{name}")
    return Leaving(name, leaves + _spread(person, settings))


def is_near(is_: dict[str, Any], settings: dict[str, Any], now: datetime) -> bool:
    """Whether a duty is so near or late that it is spoken of in a single message."""
    return is_urgent(records.dates_of_row(is_).act_by, now, settings)


def step_key(step: Step, person: str) -> Key:
    return Key(f"step#{step.about}", f"{step.rung}#{person}")


def queue(
    ports: Ports,
    person: Person,
    step: Step,
    settings: dict[str, Any],
    jurisdiction: str,
    now: datetime,
    at: Leaving | None = None,
) -> list[Change]:
    """The writes that plan a step: nothing where it was planned before. `at`: where it goes, if not where `leaving` says."""
    planned = step_key(step, person.id)
    if ports.store.get(planned):
        return []
    where = at or leaving(ports, person, step, settings, now)
    notice, leaves = f"{person.id}/{where.name}", where.at
    is_prompt = person.contact["at_once"] or step.kind in NOT_HELD_BACK
    head = Key(f"notice#{notice}", "head")
    stored = ports.store.get(head)
    if stored and stored.value["state"] != "queued":  # that one has left: a message of its own instead
        notice = f"{notice}+{sha256('#'.join(planned).encode()).hexdigest()[:8]}"
        if not is_prompt:
            leaves = polite_time(now, person.settings(settings), ports.rules.calendar(), where.name)
        head, stored = Key(f"notice#{notice}", "head"), None
    carried = {
        "obligation": step.about,
        "holder": step.holder,
        "rung": step.rung,
        "kind": step.kind,
        "to": step.to,
        "late": step.late,
        "instead_of": list(step.instead_of),
    }
    changes: list[Change] = [
        Put(planned, {"notice": notice, "at": records.stamp(now)}, ABSENT),
        Put(Key(f"notice#{notice}", f"step#{step.about}#{step.rung}"), carried, ABSENT),
    ]
    if stored:
        return [*changes, Check(head, stored.version)]
    value = new_head(person, jurisdiction, leaves, now, prompt=is_prompt)
    if step.perhaps_said:
        value["possible_duplicate"] = True
    return [*changes, Put(head, value, ABSENT), Put(outbox_key(value["leaves"], notice), {})]


def new_head(person: Person, jurisdiction: str, leaves: datetime, now: datetime, *, prompt: bool) -> dict[str, Any]:
    """A notice that nobody has tried to send. `prompt`: quiet hours do not hold it back."""
    return {
        "person": person.contact["id"],
        "party": person.party,
        "jurisdiction": jurisdiction,
        "state": "queued",
        "channel": 0,
        "attempts": 0,
        "leaves": records.stamp(leaves),
        "planned": records.stamp(now),
        "prompt": prompt,
    }


def outbox_key(leaves: str, notice: str) -> Key:
    """Where a notice waits to be sent."""
    return Key(f"outbox#{records.shard(notice)}", f"{leaves}#{notice}")


def notice_of(row: Key) -> str:
    return row.sort.split("#", 1)[1]


def requeued(head: Item, row: Key, value: dict[str, Any], at: datetime, seen: int | None = ANY) -> list[Change]:
    """The writes that put a notice back to be looked at again at another time. `seen`: the version of the outbox row, by who
    does not hold the notice: it may have been taken since."""
    ahead, value = outbox_key(records.stamp(at), notice_of(row)), {**value, "paced": records.stamp(at)}
    if ahead == row:
        return [Put(head.key, value, head.version), Put(row, {}, seen)]
    return [Put(head.key, value, head.version), Delete(row, seen), Put(ahead, {})]


def _single(about: str, leaves: datetime) -> str:
    return sha256(f"{about}#{local_day(leaves)}".encode()).hexdigest()[:16]


def _spread(person: Person, settings: dict[str, Any]) -> timedelta:
    """A few minutes of jitter, always the same for the same person."""
    return timedelta(seconds=int.from_bytes(sha256(person.id.encode()).digest()[:2]) % (60 * settings["jitter_minutes"]))


def queued(store: Store, partition: str, now: datetime) -> Iterator[Item]:
    """Each entry of a due index or an outbox up to `now`, once: what cannot be handled does not stand in the way."""
    after = None
    while True:
        page = store.query(partition, after=after, upto=f"{records.stamp(now)}~", limit=BATCH)
        yield from page
        if len(page) < BATCH:
            return
        after = page[-1].key.sort
