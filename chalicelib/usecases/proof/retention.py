"""Retention: what is kept no longer than it is of use. Daily, in steps; the ledgers stay, they hold ids and keyed hashes only.

answers given again for an Idempotency-Key   30 days (once.py)
settled notices, with their steps            `keep_notices_days` of the place; never while their obligation is open
what became of them, dead letters            the same
uploaded documents of sent forms             `keep_documents_days` of the place, once a project is over (old_documents.py)
personal fields of forms                     `keep_personal_days` of the place, of a project once no term of it runs; blanked
previews of large places, exported files     3 days (previewing.py, exporting.py)
codes, sessions, sign-in links, pace         until they have ended; drafts as unsent.py says
what was sent after a session's end          an hour; removed by the hourly round that follows (rounds.py)
Who is removed as a contact is erased at once (contact.py).

The personal information protection law (个人信息保护法) asks for the shortest period that the purpose needs (article 19).
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from ...core.ladder import local_day
from ...ports import MAX_CHANGES, Change, Delete, Item, Key, Ports, Put, Store
from ..reminding.answer_link import is_answerable, link_key
from ..reporting.unsent import all_unsent
from ..rulebooks import previewing
from ..signing_in.access import Bearer
from ..signing_in.session import REMEMBERED
from ..signing_in.signin import codes_key
from ..state import once, records
from ..state.holder import settings_of
from ..state.holders import holders
from ..tables import exporting
from ..telling import pace
from . import old_documents

log = logging.getLogger(__name__)

A_DAY, LOOK_AGAIN = timedelta(days=1), timedelta(days=90)
FIRST_LOOK = timedelta(days=7)  # how far back the first run looks for answers
PACED = timedelta(days=2)  # no vendor's limit looks further back
AT_ONCE = 40
HOLDERS_A_STEP = 50
SUNDAY = 6  # when all holders are looked through
ERASED = "（已清除）"
Done = Iterator[tuple[list[str] | None, int]]  # after each step: where it is, and how much was removed


def steps(ports: Ports, job: dict[str, Any], now: datetime) -> Iterator[tuple[dict[str, Any], list[Change]]]:
    """The daily job; `done` counts what was removed or blanked."""
    job = {"phase": 0, **job}
    for number in range(job["phase"], len(PHASES)):
        for after, removed in PHASES[number](ports, job, now):
            job = {**job, "after": after, "done": job["done"] + removed}
            yield job, []
        job = {**job, "phase": number + 1, "after": None}
    yield {**job, "state": "done"}, []


# Answers, sessions, pace: by day, by end


def _answers(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    limit = local_day(now) - once.KEPT
    for day in _days_since(ports.store, "answers", limit - FIRST_LOOK, limit):
        removed = 0
        for partition in once.answered_on(day):
            while page := ports.store.query(partition, limit=AT_ONCE):
                ports.store.write(change for row in page for change in (Delete(row.key), Delete(Key(**row.value))))
                removed += len(page)
        _through(ports.store, "answers", day)
        yield None, removed


def _sessions(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    ended = [
        item.key
        for digit in "0123456789abcdef"
        for item in ports.store.query(f"session#{digit}", upto=str(int((now - REMEMBERED).timestamp())))
    ]
    ended += [item.key for item in ports.store.query("signin-links") if item.value["ends"] <= records.stamp(now)]
    _delete(ports.store, ended)
    yield None, len(ended)


def _pace(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    """What was sent to an address lately; a record that is written at this moment is left for the next day."""
    oldest, removed = records.stamp(now - PACED), 0
    for partition in (each for channel in ports.channels.values() for each in pace.partitions(channel)):
        after = None
        while page := ports.store.query(partition, after=after, limit=MAX_CHANGES):
            old = [item for item in page if _last_used(item.value) < oldest]
            ports.store.write(Delete(item.key, item.version) for item in old)
            removed, after = removed + len(old), page[-1].key.sort
    yield None, removed


def _last_used(value: dict[str, Any]) -> str:
    promised = records.stamp(datetime.fromtimestamp(value.get("promised", 0) / 1000, records.LONG_AGO.tzinfo))
    return max([*value.get("sent", ())[-1:], value.get("held", ""), promised])


# Notices: by the day on which they were settled


def _notices(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    for place in job["jurisdictions"]:
        profile = ports.store.get(Key(f"jurisdiction#{place}", "profile"))
        if profile is None:
            continue
        limit = local_day(now) - timedelta(days=settings_of(ports, place)["keep_notices_days"])
        for day in _days_since(ports.store, f"notices#{place}", date.fromisoformat(profile.value["tracked_since"]), limit):
            removed = 0
            for partition in (f"delivered#{place}#{day}", f"kept#{place}#{day}"):
                after = None
                while page := ports.store.query(partition, after=after, limit=AT_ONCE):
                    removed += sum(_forgotten(ports, place, row, day) for row in page)
                    after = page[-1].key.sort
            dead = ports.store.query(f"dead#{place}", upto=f"{day}~")
            _delete(ports.store, [item.key for item in dead])
            _through(ports.store, f"notices#{place}", day)
            yield None, removed + len(dead)


def _forgotten(ports: Ports, place: str, row: Item, day: date) -> bool:
    """Remove a notice with its steps; one of which an obligation is still open is looked at again later. `row` names it."""
    notice = row.value["notice"]
    parts = ports.store.query(f"notice#{notice}")
    steps_ = [part.value for part in parts if part.key.sort != "head"]
    head = next((part for part in parts if part.key.sort == "head"), None)
    if head and (head.value["state"] in ("queued", "sending") or any(_is_open(ports.store, step) for step in steps_)):
        ports.store.write([Delete(row.key), Put(Key(f"kept#{place}#{day + LOOK_AGAIN}", notice), {"notice": notice})])
        return False
    who = "/".join(notice.split("/")[:2])
    threads = [item.key for step in steps_ for item in ports.store.query(f"thread#{step['obligation']}", prefix=f"{who}#")]
    planned = [Key(f"step#{step['obligation']}", f"{step['rung']}#{who}") for step in steps_]
    kept_for_last = [link_key(ports, notice), *([head.key] if head else []), row.key]
    _delete(ports.store, [*planned, *dict.fromkeys(threads), *(part.key for part in parts if part != head), *kept_for_last])
    return True


def _is_open(store: Store, step: dict[str, Any]) -> bool:
    row = store.get(records.obligation_key(step["holder"], step["obligation"])) if is_answerable(step) else None
    return bool(row and records.needs_reminding(row.value["is"]))


# What holders keep: looked through once a week


def _holders(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    if local_day(now).weekday() != SUNDAY and job["after"] is None:
        return
    removed = 0
    for count, (place, partition) in enumerate(holders(ports.store, job["jurisdictions"], job["after"]), 1):
        try:
            removed += _codes_and_drafts(ports, place[0], partition, now) + _blanked(ports, place[0], partition, now)
            removed += old_documents.remove(ports, place[0], partition, now)
        except Exception:  # what is written at this moment, or broken, keeps nobody else's waiting: it comes up in a week
            log.exception("could not look through %s", partition, extra={"action": "retention-failed"})
        if count % HOLDERS_A_STEP == 0:
            yield place, removed
            removed = 0
    yield None, removed


def _codes_and_drafts(ports: Ports, place: str, partition: str, now: datetime) -> int:
    kind, _, ident = partition.partition("#")
    store, gone = ports.store, 0
    roles = {"party": ("unit",), "jurisdiction": ("authority", "admin")}.get(kind, ())
    for role in roles:
        all_unsent(ports, Bearer(id="retention", role=role, jurisdiction=place, party=ident if role == "unit" else None), now)
    if kind != "party":
        return 0
    for pointer in store.query(partition, prefix="code#"):
        code = store.get(Key(f"code#{pointer.value['code']}", "code"))
        if code is None or code.value["expires"] < records.stamp(now):
            store.write([Delete(pointer.key, pointer.version), *([Delete(code.key, code.version)] if code else [])])
            gone += 1
    an_hour_ago = records.stamp(now - timedelta(hours=1))
    for item in store.query(partition, prefix=codes_key(ident, "").sort):
        if all(code["asked"] < an_hour_ago for code in item.value["codes"]):
            store.write([Delete(item.key, item.version)])
            gone += 1
    return gone


def _blanked(ports: Ports, place: str, partition: str, now: datetime) -> int:
    """Blank the personal fields of forms that were handed in long ago."""
    oldest = records.stamp(now - timedelta(days=settings_of(ports, place)["keep_personal_days"]))
    old = [
        item
        for item in ports.store.query(partition, prefix="submission#")
        if item.value["at"] < oldest and not item.value.get("blanked")
    ]
    if not old or (partition.startswith("project#") and _has_terms(ports.store, partition)):
        return 0
    for item in old:
        body = without_personal(ports.forms.get(item.value["form"]), item.value["body"])
        ports.store.write([Put(item.key, {**item.value, "body": body, "blanked": records.stamp(now)}, item.version)])
    return len(old)


def _has_terms(store: Store, project: str) -> bool:
    """Whether something is still to be done once; what recurs as long as a project runs would keep it open for ever."""
    rows = (item.value["is"] for item in store.query(project, prefix="obligation#"))
    return any(records.needs_reminding(is_) and is_["kind"] != "recurring" for is_ in rows)


def without_personal(schema: dict[str, Any], value: Any, instead: str = ERASED) -> Any:
    """The body of a form with another word wherever its schema says x-personal."""
    if schema.get("x-personal"):
        return {name: instead for name in value} if isinstance(value, dict) else instead
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {name: without_personal(fields.get(name, {}), each, instead) for name, each in value.items()}
    if isinstance(value, list):
        return [without_personal(schema.get("items", {}), each, instead) for each in value]
    return value


# Previews of large places, exported files


def _previews(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    for place in job["jurisdictions"]:
        yield None, previewing.forget_old(ports.store, place, now)


def _exports(ports: Ports, job: dict[str, Any], now: datetime) -> Done:
    for place in job["jurisdictions"]:
        yield None, exporting.forget_old(ports, place, now)


# How far each has come


def _days_since(store: Store, what: str, first: date, limit: date) -> Iterator[date]:
    """The days that have not been gone through, up to `limit` and without it."""
    stored = store.get(Key("retention", what))
    day = date.fromisoformat(stored.value["through"]) + A_DAY if stored else first
    while day < limit:
        yield day
        day += A_DAY


def _through(store: Store, what: str, day: date) -> None:
    store.write([Put(Key("retention", what), {"through": day.isoformat()})])


def _delete(store: Store, keys: list[Key]) -> None:
    for start in range(0, len(keys), MAX_CHANGES):
        store.write(Delete(key) for key in keys[start : start + MAX_CHANGES])


PHASES: tuple[Callable[[Ports, dict[str, Any], datetime], Done], ...] = (
    _answers,
    _sessions,
    _pace,
    _notices,
    _holders,
    _previews,
    _exports,
)
