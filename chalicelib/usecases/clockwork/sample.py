"""Sample data for a first look: in each place a unit with two projects, and its department, dated so that whatever the day one
duty is near and a reminder of it due, one is late by days, and what is older is done.

Labelled 【示例】 wherever it is shown; `unload` removes all of it in one step.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from ...core.evaluate import evaluate
from ...core.facts import Facts
from ...core.ladder import between, instant, local_day
from ...core.obligation import Obligation
from ...ports import MAX_CHANGES, Delete, Key, Ports, Put, Store
from ..registry.contact import contacts_of, register_contact
from ..registry.register import register_party, register_project
from ..reminding.delivery_log import log_key
from ..reporting import inbox
from ..signing_in.access import issue_token
from ..state import records, references
from ..state.checkpoint import grown
from ..state.holder import FACTS, load, settings_of
from ..state.once import Once
from ..state.tally import forget
from ..telling.addresses import address_changes
from .tick import tick

MARK = Key("sample", "loaded")
NOBODY = Once(who="sample", key=None, asked=None)
TRIED_DAYS = 15  # a rung falls on some day of a fortnight: 14, 7, 3, 1 and 0 days before
LATE = range(2, 10)  # days by which a duty of the second project is late
LATE_TRIED_DAYS = 90
OLD = timedelta(days=14)  # what was due before is done
ROUNDS = 5  # until nothing old is left: what is done can bring a duty of its own
PROJECTS = ("政务服务平台项目", "社会治理平台项目")

# place -> (the unit, what is known of its project, what it has been through and about how many days ago)
STORIES: dict[str, tuple[str, dict[str, Any], list[tuple[str, int]]]] = {
    "chongqing": ("示例·市级某局", {"total_investment": 32_000_000, "kind": "new"}, [("construction_completed", 176)]),
    "yunyang": ("示例·县卫生健康委", {"total_investment": 6_800_000, "kind": "new"},
                [("contract_signed", 480), ("construction_completed", 178)]),
    "fangchenggang": ("示例·市某局", {"total_investment": 3_600_000, "kind": "new"}, [("construction_completed", 175)]),
    "bazhong": ("示例·市级某部门", {"total_investment": 900_000, "kind": "new"}, [("final_acceptance_passed", 177)]),
    "dazhou": ("示例·市属某单位", {"total_investment": 2_400_000, "kind": "new", "delivery": "build"},
               [("publicity_started", 67), ("publicity_ended", 57)]),
}  # fmt: skip


def load_sample(ports: Ports, now: datetime) -> bool:
    """Load it into a store that has none, and plan the reminders of this morning. False if it is there already."""
    mark = ports.store.get(MARK)
    if mark and mark.value["whole"]:
        return False
    if mark:
        unload(ports)  # a load that was cut short: begin again
    morning = _last_morning(ports, now)
    ours = [place for place in STORIES if ports.store.get(Key(f"jurisdiction#{place}", FACTS)) is None]
    begun = {"at": records.stamp(now), "places": ours, "whole": False}
    ports.store.write([Put(MARK, begun)])
    for place in STORIES:
        _load_place(ports, place, morning)
    ports.store.write([Put(MARK, {**begun, "whole": True})])
    tick(ports, morning)
    return True


def sample_tokens(ports: Ports, now: datetime) -> dict[str, str]:
    """Fresh tokens to try the sample with: a unit's for each place."""
    return {
        place: issue_token(ports.store, role="unit", jurisdiction=place, party=f"sample-{place}", now=now) for place in STORIES
    }


def _last_morning(ports: Ports, now: datetime) -> datetime:
    """A minute after the last time reminders were planned."""
    plan_at = settings_of(ports, next(iter(STORIES)))["plan_at"]
    today = instant(local_day(now), plan_at) + timedelta(minutes=1)
    return today if today <= now else today - timedelta(days=1)


def _load_place(ports: Ports, place: str, morning: datetime) -> None:
    name, facts, story = STORIES[place]
    born = morning - timedelta(hours=20)
    unit = f"sample-{place}"
    party = {"id": unit, "name": name, "jurisdiction": place, "kind": "department", "sample": True}
    register_party(ports, {**party, "parent": _open_department(ports, place, born)}, born, NOBODY)
    _contact(ports, unit, name, "clerk", "示例联系人", at_once=True)
    _contact(ports, unit, name, "leader", "示例负责人", roles=["leader"])
    settings, on = settings_of(ports, place), local_day(morning)

    def speaks(is_: dict[str, Any]) -> bool:
        """Whether a rung before a deadline falls between `born` and `morning`."""
        return any(rung.kind == "before" for rung in between(records.course_of(is_, born), settings, records.LONG_AGO, morning))

    def is_late(is_: dict[str, Any]) -> bool:
        due_on = records.dates_of_row(is_).due_on
        return is_["kind"] == "at_most" and records.state_of_row(is_, on) == "overdue" and (on - due_on).days in LATE

    for number, (project, fits, tried) in enumerate(
        zip(PROJECTS, (speaks, is_late), (TRIED_DAYS, LATE_TRIED_DAYS), strict=True), 1
    ):
        given = {
            "id": f"{unit}-{number}",
            "name": project,
            "unit": unit,
            "facts": facts,
            "sample": True,
            "tracked_since": (on - timedelta(days=700)).isoformat(),
        }
        register_project(ports, given, born, NOBODY, _told(ports, place, facts, story, on, fits, tried))


def _open_department(ports: Ports, place: str, born: datetime) -> str:
    """The department in charge of the unit, which is told of what is late."""
    department, name = _department(place), "示例·上级主管部门"
    party = {"id": department, "name": name, "jurisdiction": place, "kind": "department", "is_unit": False, "sample": True}
    register_party(ports, party, born, NOBODY)
    _contact(ports, department, name, "officer", "示例工作人员")
    return department


def _contact(ports: Ports, party: str, name: str, ident: str, called: str, **more: Any) -> None:
    channels = [{"channel": "console", "address": f"{name} {called}"}]
    register_contact(ports, {"id": ident, "party": party, "name": called, "channels": channels, **more}, NOBODY)


def _department(place: str) -> str:
    return f"sample-{place}-department"


def _told(
    ports: Ports, place: str, facts: dict, story: list, on: date, fits: Callable[[dict[str, Any]], bool], tried: int
) -> list[dict[str, Any]]:
    """The story, moved by so many days that one of its duties fits, with what is old done."""
    for shift in range(tried):
        milestones = _milestones(story, on, shift)
        if any(fits(is_) for _, is_ in _duties(ports, place, facts, milestones, on)):
            return _with_old_done(ports, place, facts, milestones, on)
    return _with_old_done(ports, place, facts, _milestones(story, on, 0), on)


def _with_old_done(ports: Ports, place: str, facts: dict, milestones: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    for _ in range(ROUNDS):
        old = [
            (obligation, is_)
            for obligation, is_ in _duties(ports, place, facts, milestones, on)
            if records.state_of_row(is_, on) == "overdue" and obligation.dates.due_on < on - OLD and obligation.rule.done_by
        ]
        if not old:
            break
        for obligation, is_ in old:
            done = _milestone(len(milestones) + 1, obligation.rule.done_by[0].event, obligation.dates.act_by)
            milestones = [*milestones, {**done, **({"for": is_["for"]} if is_["for"] else {})}]
    return milestones


def _duties(
    ports: Ports, place: str, facts: dict, milestones: list[dict[str, Any]], on: date
) -> list[tuple[Obligation, dict[str, Any]]]:
    given = Facts.of_json({"jurisdiction": place, "project": facts, "milestones": milestones})
    editions, since = ports.rules.editions(place), date(on.year - 2, 1, 1)
    answer = evaluate(editions, ports.rules.calendar(), given, on=on, since=since, per=frozenset(("project",)))
    return [(obligation, records.projection(obligation, answer.view, None)) for obligation in answer.obligations]


def _milestones(story: list[tuple[str, int]], today: date, shift: int) -> list[dict[str, Any]]:
    return [_milestone(number, event, today - timedelta(days=days + shift)) for number, (event, days) in enumerate(story, 1)]


def _milestone(number: int, event: str, on: date) -> dict[str, Any]:
    by = {"role": "admin", "token": "sample"}
    return {"id": f"sample-{number}", "event": event, "on": on.isoformat(), "by": by, "submission": "sample"}


def unload(ports: Ports) -> int:
    """Remove the sample: parties, projects, duties, notices, tokens, and its units' ledgers. Returns how many items went. The
    ledger of a place stays: it also tells of what was published."""
    mark = ports.store.get(MARK)
    if mark is None:
        return 0
    keys: set[Key] = {MARK}
    for place in STORIES:
        unit, department = f"sample-{place}", _department(place)
        projects = [f"project#{unit}-{number}" for number, _ in enumerate(PROJECTS, 1)]
        holders = [*projects, f"party#{unit}", f"party#{department}"]
        _forget(ports, *holders)
        keys |= {key for holder in holders for key in _keys_of(ports.store, holder)}
        keys |= {key for holder in holders for key in inbox.rows_of(ports.store, place, holder)}
        for party in (unit, department):
            keys |= {
                item.key
                for partition in (f"ledger#{party}", f"ledger-head#{party}", f"returned#{party}")
                for item in ports.store.query(partition)
            }
            keys |= {Key(f"jurisdiction#{place}", f"party#{party}"), Key("ledgers", party), grown(party).key}
            people = contacts_of(ports.store, party).values()
            keys |= {change.key for person in people for change in address_changes(ports.secret, person, None)}
        others = [
            item
            for item in ports.store.query(f"jurisdiction#{place}", prefix="party#")
            if item.key.sort not in (f"party#{unit}", f"party#{department}")
        ]
        if place in mark.value["places"] and not others:
            _forget(ports, f"jurisdiction#{place}")
            keys |= _keys_of(ports.store, f"jurisdiction#{place}")
    ordered = sorted(keys, key=lambda key: (_rank(key), key))
    for start in range(0, len(ordered), MAX_CHANGES):
        ports.store.write([Delete(key) for key in ordered[start : start + MAX_CHANGES]])
    return len(ordered)


def _forget(ports: Ports, *holders: str) -> None:
    for holder in holders:
        if ports.store.get(Key(holder, "profile")):
            forget(ports, holder)


def _rank(key: Key) -> int:
    """What other things are found through goes after them, so that a removal cut short can be completed."""
    kinds = ("", "project", "party", "jurisdiction")
    kind = key.partition.partition("#")[0]
    return len(kinds) if key == MARK else kinds.index(kind) if kind in kinds else 0


def _keys_of(store: Store, holder: str) -> set[Key]:
    """Every item of a holder, and of what hangs on it: wake-ups, steps, notices, tokens."""
    keys = {item.key for item in store.query(holder)}
    keys |= {Key(key.sort, "token") for key in keys if key.sort.startswith("token#")}
    sent = {key.sort.removeprefix("submission#") for key in keys if key.sort.startswith("submission#")}
    keys |= {references.receipt_key(ident) for ident in sent}
    for shard in range(records.SHARDS):
        keys |= {item.key for item in store.query(f"due#{shard}") if f"#{holder}#" in item.key.sort}
    if any(key.sort == "profile" for key in keys):
        news = {key.sort.removeprefix("news#") for key in keys if key.sort.startswith("news#")}
        for ident in {*load(store, holder).rows, *news}:
            keys |= {*references.keys(references.reference(ident))}
            keys |= {item.key for item in store.query(f"thread#{ident}")}
            for step in store.query(f"step#{ident}"):
                keys |= {step.key} | _keys_of_notice(store, step.value["notice"])
    return keys


def _keys_of_notice(store: Store, notice: str) -> set[Key]:
    parts = store.query(f"notice#{notice}")
    keys = {part.key for part in parts}
    heads = [part.value for part in parts if part.key.sort == "head"]
    keys |= {
        log_key(head["jurisdiction"], notice, records.instant_of(head["settled"])) for head in heads if head.get("settled")
    }
    for shard in range(records.SHARDS):
        keys |= {row.key for row in store.query(f"outbox#{shard}") if row.key.sort.endswith(f"#{notice}")}
    return keys
