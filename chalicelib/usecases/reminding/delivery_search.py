"""The delivery log looked through: by day, by unit (over the unit's ledger) or by project (over the steps of its duties), newest
first and a page at a time; what waits to be sent is read from the outbox, the next to leave first.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...ports import Item, Key, Store
from ..signing_in.access import Bearer
from ..state import records
from ..telling.news import NEWS
from ..telling.notices import notice_of
from .acknowledge import acknowledgement_key
from .delivery_log import log_key, log_partition
from .receipt import DELIVERED, LOST, READ

ACCEPTED, ACKNOWLEDGED = "accepted", "acknowledged"
WAITING = "waiting"
# of these each of accepted, delivered, read and acknowledged says the ones before it
STATES = (WAITING, ACCEPTED, DELIVERED, READ, ACKNOWLEDGED, "given up", "withheld")
SETTLED = ("accepted", "given up", "withheld")
LOOKED_AT = 500  # rows, or entries of a ledger, for one page: what matches is rare, the reader goes on where this left off
BATCH = 100
WAITING_SHOWN = 20  # of each shard of the outbox
STEPS_SHOWN = 50  # of one notice


class Asked(NamedTuple):
    """What is looked for; None: any."""

    day: date | None = None  # on which it was settled (Shanghai)
    party: str | None = None  # to whose people it went
    project: str | None = None  # of whose duties it speaks
    state: str | None = None  # one of STATES
    channel: str | None = None


def look_up(store: Store, bearer: Bearer, asked: Asked, after: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Those that match, with what each is about: {notices: [{…as logged, stage, about: [{holder, obligation, rung, subject,
    title}]}], next}. `stage` is how far it got, one of STATES, or LOST; subject and title are None where they are not known any more.
    `next` goes on where the page ended, or where LOOKED_AT rows or entries had been seen."""
    bearer.must_be("admin")
    notices, last, ended = [], after, True
    for place, (cursor, row) in enumerate(_rows(store, bearer, asked, after)):
        if place == LOOKED_AT or (row and len(notices) == limit):
            ended = False
            break
        last = cursor
        if row and (found := _matching(store, row, asked)):
            notices.append(found)
    return {"notices": _named(store, notices), "next": None if ended else last}


def _named(store: Store, notices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With what is called how of that which they are about."""
    steps = [step for notice in notices for step in notice["about"]]
    keys = {records.obligation_key(step["holder"], step["obligation"]) for step in steps if _is_duty(step)}
    found = store.get_many(keys | {Key(step["holder"], "profile") for step in steps})

    def named(step: dict[str, Any]) -> dict[str, Any]:
        duty = found.get(records.obligation_key(step["holder"], step["obligation"]))
        profile = found.get(Key(step["holder"], "profile"))
        return {**step, "title": duty and duty.value["is"]["title"], "subject": profile and profile.value.get("name")}

    return [{**notice, "about": list(map(named, notice["about"]))} for notice in notices]


Rows = Iterator[tuple[str, dict[str, Any] | None]]  # each with the cursor after it; None: looked at, and nothing is there


def _rows(store: Store, bearer: Bearer, asked: Asked, after: str | None) -> Rows:
    """The rows that may match, by the narrowest way to them."""
    if asked.project:
        return _of_project(store, bearer, asked.project, after)
    if asked.state == WAITING:
        return _waiting(store, bearer, after)
    if asked.party:
        return _of_party(store, bearer, asked.party, after)
    if asked.day is None:
        raise ValueError("a day, a party, a project, or what waits")
    return _of_day(store, bearer, asked.day, after)


def _matching(store: Store, row: dict[str, Any], asked: Asked) -> dict[str, Any] | None:
    is_wanted = (
        asked.party in (None, row["party"])
        and asked.channel in (None, row["channel"])
        and (asked.day is None or asked.day == local_day(records.instant_of(row["at"])))
        and (asked.state is None or _may_be(row, asked.state))
    )
    if not is_wanted:
        return None
    about = [item.value for item in store.query(f"notice#{row['notice']}", prefix="step#", limit=STEPS_SHOWN)]
    found = {"perhaps_sent": False, **row, "stage": _stage(store, row, about), "about": [_about(step) for step in about]}
    return None if asked.state == ACKNOWLEDGED and found["stage"] != ACKNOWLEDGED else found


def _may_be(row: dict[str, Any], state: str) -> bool:
    """Whether it got at least as far as that; of an acknowledgement only the steps tell."""
    if state in (ACCEPTED, ACKNOWLEDGED):
        return row["state"] == ACCEPTED
    if state in (DELIVERED, READ):
        return row["state"] == ACCEPTED and (READ in row or state in row)
    return row["state"] == state


def _stage(store: Store, row: dict[str, Any], about: list[dict[str, Any]]) -> str:
    if row["state"] != ACCEPTED:
        return row["state"]
    if LOST in row:
        return LOST
    person = f"{row['party']}/{row['person']}"
    keys = {acknowledgement_key(step["holder"], step["obligation"], person) for step in about if _is_duty(step)}
    if keys and len(store.get_many(keys)) == len(keys):
        return ACKNOWLEDGED
    return READ if READ in row else DELIVERED if DELIVERED in row else ACCEPTED


def _is_duty(step: dict[str, Any]) -> bool:
    return not step["obligation"].startswith("@")


def _about(step: dict[str, Any]) -> dict[str, Any]:
    return {name: step[name] for name in ("holder", "obligation", "rung")}


def _of_day(store: Store, bearer: Bearer, day: date, after: str | None) -> Rows:
    while page := store.query(log_partition(bearer.jurisdiction, day), after=after, limit=BATCH, newest_first=True):
        yield from ((item.key.sort, item.value) for item in page)
        after = page[-1].key.sort


def _of_party(store: Store, bearer: Bearer, party: str, after: str | None) -> Rows:
    """Its ledger names each notice that was settled, and when: an entry for each step, one after the other. It outlives the
    log, and is read as far back as retention has left that."""
    ledger = f"ledger#{party}"
    before = store.get(Key(ledger, after)) if after else None
    last = before and _settled_as(bearer.jurisdiction, before.value)  # its row was seen with an earlier entry
    retired = store.get(Key("retention", f"notices#{bearer.jurisdiction}"))
    through = date.fromisoformat(retired.value["through"]) if retired else date.min
    while page := store.query(ledger, after=after, limit=BATCH, newest_first=True):
        keys = [_settled_as(bearer.jurisdiction, item.value) for item in page]
        found = store.get_many(key for key in keys if key)
        for item, key in zip(page, keys, strict=True):
            yield item.key.sort, found[key].value if key in found and key != last else None
            last = key or last
        settled = [item.value["at"] for item, key in zip(page, keys, strict=True) if key]
        if settled and local_day(records.instant_of(settled[-1])) <= through:
            return
        after = page[-1].key.sort


def _settled_as(jurisdiction: str, entry: dict[str, Any]) -> Key | None:
    if entry["what"] not in SETTLED or "notice" not in entry:
        return None
    return log_key(jurisdiction, entry["notice"], records.instant_of(entry["at"]))


def _of_project(store: Store, bearer: Bearer, project: str, after: str | None) -> Rows:
    """The steps of its duties and of what was reported name their notices: as many as one project has."""
    partition = f"project#{project}"
    profile = store.get(records.project_key(project))
    if profile is None or profile.value["jurisdiction"] != bearer.jurisdiction:
        raise NotFound(f"没有找到项目“{project}”，请核对编号", f"there is no project {project!r}; check the id")
    told = [item.value["is"]["id"] for item in store.query(partition, prefix="obligation#")]
    told += [NEWS + item.key.sort.partition("#")[2] for item in store.query(partition, prefix="submission#")]
    notices = {step.value["notice"] for ident in told for step in store.query(f"step#{ident}")}
    rows = sorted(_by_heads(store, notices), key=lambda row: (row["at"], row["notice"]), reverse=True)
    cursors = ((f"{row['at']}#{row['notice']}", row) for row in rows)
    return (each for each in cursors if after is None or each[0] < after)


def _by_heads(store: Store, notices: Iterable[str]) -> Iterator[dict[str, Any]]:
    heads = store.get_many(Key(f"notice#{notice}", "head") for notice in notices)
    named = {key.partition.removeprefix("notice#"): item.value for key, item in heads.items()}
    keys = {
        notice: log_key(head["jurisdiction"], notice, records.instant_of(head["settled"]))
        for notice, head in named.items()
        if head.get("settled")
    }
    logs = store.get_many(keys.values())
    for notice, head in named.items():
        if head["state"] not in SETTLED:
            yield _queued(notice, head)
        elif keys.get(notice) in logs:
            yield logs[keys[notice]].value


def _waiting(store: Store, bearer: Bearer, after: str | None) -> Rows:
    """The next to leave of every shard; who waits behind so many is seen when they have left."""
    rows: list[Item] = []
    for shard in range(records.SHARDS):
        rows += store.query(f"outbox#{shard}", limit=WAITING_SHOWN)
    heads = store.get_many(Key(f"notice#{notice_of(row.key)}", "head") for row in rows)
    for row in sorted(rows, key=lambda row: row.key.sort):
        notice, cursor = notice_of(row.key), row.key.sort
        head = heads.get(Key(f"notice#{notice}", "head"))
        is_ours = head and head.value["jurisdiction"] == bearer.jurisdiction and head.value["state"] not in SETTLED
        if is_ours and (after is None or cursor > after):
            yield cursor, _queued(notice, head.value)


def _queued(notice: str, head: dict[str, Any]) -> dict[str, Any]:
    """A notice that has not left, as a row: `at` is when it may."""
    return {
        "notice": notice,
        "party": head["party"],
        "person": head["person"],
        "state": WAITING,
        "steps": 0,
        "channel": None,
        "possible_duplicate": False,
        "perhaps_sent": bool(head.get("possible_duplicate") or head.get("elsewhere")),
        "why": head.get("reason"),
        "at": head.get("paced") or head["leaves"],
    }
