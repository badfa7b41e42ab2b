"""Sample data for a first look: a unit and a project in each place, dated so that a reminder is due whatever the day.

Labelled 【示例】 wherever it is shown; `unload` removes all of it in one step.
"""

from datetime import date, datetime, timedelta
from typing import Any

from ...core.evaluate import evaluate
from ...core.facts import Facts
from ...core.ladder import between, instant, local_day
from ...ports import MAX_CHANGES, Delete, Key, Ports, Put, Store
from ..registry.contact import contacts_of, register_contact
from ..registry.register import register_party, register_project
from ..reminding.delivery_log import log_key
from ..reporting import inbox
from ..signing_in.access import issue_token
from ..state import records
from ..state.checkpoint import grown
from ..state.holder import FACTS, load, settings_of
from ..state.once import Once
from ..state.references import reference
from ..state.tally import forget
from ..telling.addresses import address_changes
from .tick import tick

MARK = Key("sample", "loaded")
NOBODY = Once(who="sample", key=None, asked=None)
TRIED_DAYS = 15  # a rung falls on some day of a fortnight: 14, 7, 3, 1 and 0 days before

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
    register_party(ports, {"id": unit, "name": name, "jurisdiction": place, "kind": "department", "sample": True}, born, NOBODY)
    register_contact(
        ports,
        {
            "id": "clerk",
            "party": unit,
            "name": "示例联系人",
            "at_once": True,
            "channels": [{"channel": "console", "address": f"{name} 示例联系人"}],
        },
        NOBODY,
    )
    milestones = _story_that_speaks(ports, place, facts, story, born, morning)
    long_ago = (local_day(born) - timedelta(days=700)).isoformat()
    register_project(
        ports,
        {
            "id": f"{unit}-1",
            "name": "政务服务平台项目",
            "unit": unit,
            "facts": facts,
            "sample": True,
            "tracked_since": long_ago,
        },
        born,
        NOBODY,
        milestones,
    )


def _story_that_speaks(
    ports: Ports, place: str, facts: dict, story: list, born: datetime, morning: datetime
) -> list[dict[str, Any]]:
    """The story, moved by so many days that a rung before a deadline falls between `born` and `morning`."""
    settings, calendar, editions = settings_of(ports, place), ports.rules.calendar(), ports.rules.editions(place)
    on = local_day(morning)
    for shift in range(TRIED_DAYS):
        milestones = _milestones(story, on, shift)
        given = Facts.of_json({"jurisdiction": place, "project": facts, "milestones": milestones})
        answer = evaluate(editions, calendar, given, on=on, per=frozenset(("project",)))
        for obligation in answer.obligations:
            is_ = records.projection(obligation, answer.view, None)
            rungs = between(records.course_of(is_, born), settings, records.LONG_AGO, morning)
            if any(rung.kind == "before" for rung in rungs):
                return milestones
    return _milestones(story, on, 0)


def _milestones(story: list[tuple[str, int]], today: date, shift: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"sample-{place}",
            "event": event,
            "on": (today - timedelta(days=days + shift)).isoformat(),
            "by": {"role": "admin", "token": "sample"},
            "submission": "sample",
        }
        for place, (event, days) in enumerate(story, 1)
    ]


def unload(ports: Ports) -> int:
    """Remove the sample: parties, projects, duties, notices, tokens, and its units' ledgers. Returns how many items went. The
    ledger of a place stays: it also tells of what was published."""
    mark = ports.store.get(MARK)
    if mark is None:
        return 0
    keys: set[Key] = {MARK}
    for place in STORIES:
        unit = f"sample-{place}"
        _forget(ports, f"project#{unit}-1", f"party#{unit}")
        keys |= _keys_of(ports.store, f"project#{unit}-1") | _keys_of(ports.store, f"party#{unit}")
        keys |= {item.key for partition in (f"ledger#{unit}", f"ledger-head#{unit}") for item in ports.store.query(partition)}
        keys |= {Key(f"jurisdiction#{place}", f"party#{unit}"), Key("ledgers", unit), grown(unit).key}
        keys |= {key for holder in (f"project#{unit}-1", f"party#{unit}") for key in inbox.rows_of(ports.store, place, holder)}
        keys |= {
            change.key
            for person in contacts_of(ports.store, unit).values()
            for change in address_changes(ports.secret, person, None)
        }
        others = [
            item for item in ports.store.query(f"jurisdiction#{place}", prefix="party#") if item.key.sort != f"party#{unit}"
        ]
        if place in mark.value["places"] and not others:
            _forget(ports, f"jurisdiction#{place}")
            keys |= _keys_of(ports.store, f"jurisdiction#{place}")
    people = [item.value for place in STORIES for item in ports.store.query(f"party#sample-{place}", prefix="contact#")]
    keys |= {change.key for contact in people for change in address_changes(ports.secret, contact, None)}
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
    for shard in range(records.SHARDS):
        keys |= {item.key for item in store.query(f"due#{shard}") if f"#{holder}#" in item.key.sort}
    if any(key.sort == "profile" for key in keys):
        news = {key.sort.removeprefix("news#") for key in keys if key.sort.startswith("news#")}
        for ident in {*load(store, holder).rows, *news}:
            keys |= {Key(f"reference#{reference(ident)}", "obligation")}
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
