"""Sample data for a first look: a unit and a project in each place, dated so that reminders are due now whatever the day.

Labelled 【示例】 wherever it is shown. `unload` removes all of it in one step.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.ladder import between, local_day
from ..ports import Delete, Key, Ports, Put
from . import records
from .access import issue_token
from .holder import load, settings_of
from .once import Once
from .register import register_contact, register_party, register_project

MARK = Key("sample", "loaded")
UNIT = {"chongqing": "示例·市级某局", "yunyang": "示例·县卫生健康委", "fangchenggang": "示例·市某局", "bazhong": "示例·市级某部门", "dazhou": "示例·市属某单位"}
# what each place's sample project has been through: (event, about how many days before today, more fields)
STORIES: dict[str, tuple[dict[str, Any], list[tuple[str, int, dict[str, Any]]]]] = {
    "chongqing": ({"total_investment": 32_000_000, "kind": "new"}, [("contract_signed", 500, {}), ("construction_completed", 176, {})]),
    "yunyang": ({"total_investment": 6_800_000, "kind": "new"}, [("contract_signed", 480, {}), ("construction_completed", 178, {})]),
    "fangchenggang": ({"total_investment": 3_600_000, "kind": "new"}, [("contract_signed", 450, {}), ("construction_completed", 175, {})]),
    "bazhong": ({"total_investment": 900_000, "kind": "new"}, [("contract_signed", 600, {}), ("final_acceptance_passed", 177, {})]),
    "dazhou": ({"total_investment": 2_400_000, "kind": "new", "delivery": "build"}, [("project_approved", 90, {}), ("publicity_started", 67, {}),
                                                                               ("publicity_ended", 57, {})]),
}


def load_sample(ports: Ports, now: datetime) -> bool:
    """Load it into a store that has none, with reminders that are due at once on the console. False if it is there."""
    if ports.store.get(MARK):
        return False
    for place, (facts, story) in STORIES.items():
        _place(ports, place, facts, story, now)
    ports.store.write([Put(MARK, {"at": records.stamp(now)})])
    return True


def _place(ports: Ports, place: str, facts: dict[str, Any], story: list, now: datetime) -> None:
    born = now - timedelta(days=3)  # so that a rung of the last days is due now, whatever the hour
    unit, project = f"sample-{place}", f"sample-{place}-1"
    nobody = Once(who="sample", key=None, asked=None)
    register_party(ports, {"id": unit, "name": UNIT[place], "jurisdiction": place, "kind": "department", "sample": True}, born, nobody)
    register_contact(ports.store, {"id": "clerk", "party": unit, "name": "示例联系人", "at_once": True,
                                   "channels": [{"channel": "console", "address": f"{UNIT[place]} 示例联系人"}]}, nobody)
    shift = _shift_that_speaks(ports, place, facts, story, born, now)
    project_data = {"id": project, "name": "示例·政务服务平台项目", "unit": unit, "facts": facts, "sample": True,
                    "tracked_since": (local_day(born) - timedelta(days=700)).isoformat()}
    register_project(ports, project_data, born, nobody, milestones=_milestones(story, shift, now))


def _milestones(story: list, shift: int, now: datetime) -> list[dict[str, Any]]:
    return [{"id": f"sample-{place}", "event": event, "on": (local_day(now) - timedelta(days=days + shift)).isoformat(),
             "by": {"role": "admin", "token": "sample"}, "at": records.stamp(now), "submission": "sample", **more}
            for place, (event, days, more) in enumerate(story, 1)]


def _shift_that_speaks(ports: Ports, place: str, facts: dict[str, Any], story: list, born: datetime, now: datetime) -> int:
    """How many days to move the story so that a rung before a deadline falls between `born` and now."""
    from ..core.evaluate import evaluate
    from ..core.facts import Facts

    settings, calendar, editions = settings_of(ports, place), ports.rules.calendar(), ports.rules.editions(place)
    for shift in range(15):
        answer = evaluate(editions, calendar, Facts.of_json({"jurisdiction": place, "project": facts,
                          "milestones": _milestones(story, shift, now)}), on=local_day(now), per=frozenset(("project",)))
        for obligation in answer.obligations:
            is_ = records.projection(obligation, answer.view, None)
            rungs = between(records.course_of_row(is_, born), settings, datetime.fromtimestamp(0, UTC), now)
            if records.needs_reminding(is_) and obligation.dates.due_on and any(rung.kind == "before" for rung in rungs):
                return shift
    return 0


def unload(ports: Ports) -> int:
    """Remove the sample: parties, projects, their duties, notices and ledgers. Returns how many items went."""
    store, gone = ports.store, 0
    for place in STORIES:
        unit, project = f"sample-{place}", f"sample-{place}-1"
        holders = [f"project#{project}", f"party#{unit}"]
        partitions = [*holders, f"ledger#{unit}", f"ledger-head#{unit}"]
        items = [item for partition in partitions for item in store.query(partition)]
        for holder in holders:
            if store.get(Key(holder, "profile")):
                for ident, row in load(store, holder).rows.items():
                    items += store.query(f"step#{ident}")
                    if row.value["wake"]:
                        items += [due for due in [store.get(records.due_key(row.value["wake"], holder, ident))] if due]
        keys = {item.key for item in items} | {Key(f"jurisdiction#{place}", f"party#{unit}"), Key("ledgers", unit)}
        for shard in range(records.SHARDS):
            keys |= {item.key for item in store.query(f"due#{shard}") if f"#party#{unit}#" in item.key.sort or f"#project#{project}#" in item.key.sort}
            for item in store.query(f"outbox#{shard}"):
                if f"#{unit}/" in item.key.sort:
                    keys.add(item.key)
                    keys |= {part.key for part in store.query(f"notice#{item.key.sort.split('#', 1)[1]}")}
        ordered = sorted(keys)
        for start in range(0, len(ordered), 100):
            store.write([Delete(key) for key in ordered[start:start + 100]])
        gone += len(ordered)
    store.write([Delete(MARK)])
    return gone


def sample_tokens(ports: Ports, now: datetime) -> dict[str, str]:
    """Fresh tokens to try the sample with: a unit's for each place."""
    return {place: issue_token(ports.store, role="unit", jurisdiction=place, party=f"sample-{place}", now=now) for place in STORIES}
