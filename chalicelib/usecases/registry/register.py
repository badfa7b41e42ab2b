"""Parties and projects: what must be known before anything can be reported."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ...core.cells import is_uscc, no_uscc, plain
from ...core.errors import Conflict, InvalidInput, NotFound
from ...core.facts import day, fen
from ...core.ladder import local_day
from ...ports import ABSENT, Change, Key, Ports, Put, StoreConflict
from ..state import natural, records
from ..state.account import entries
from ..state.holder import FACTS, Holder, assess, load, milestone_key, milestones_of
from ..state.once import Once, retrying
from ..state.plan import TALLY, commit, horizon, plan_changes

UNIT_KINDS = ("department", "institution", "school", "hospital", "state_enterprise", "court", "other")


def register_party(ports: Ports, party: dict[str, Any], now: datetime, once: Once) -> dict[str, Any]:
    """A unit or an authority (or both at once). `authority` is the key its rulebook gives the office, e.g. data_bureau."""
    jurisdiction = party["jurisdiction"]
    book = ports.rules.editions(jurisdiction)[-1]
    authority = party.get("authority")
    if authority and authority not in book.authorities:
        raise InvalidInput(
            f"{book.name.zh}的规则册没有“{authority}”这个部门，可用：{'、'.join(book.authorities)}",
            f"{jurisdiction} has no authority {authority!r}; use one of {', '.join(book.authorities)}",
        )
    uscc = credit_code(party["uscc"]) if party.get("uscc") else None
    if party.get("kind") not in (None, *UNIT_KINDS):
        raise InvalidInput(f"kind 应为 {'、'.join(UNIT_KINDS)} 之一", f"kind is one of {', '.join(UNIT_KINDS)}")
    check_parent(ports, jurisdiction, party.get("parent"))
    check_fact(book.vocabulary.facts, "unit.defects", party.get("defects", []))
    tracked_since = (day(party.get("tracked_since")) or local_day(now)).isoformat()
    facts = {key: party[key] for key in ("kind", "parent", "defects") if party.get(key) is not None}
    profile = {
        "id": party["id"],
        "name": party["name"],
        "uscc": uscc,
        "jurisdiction": jurisdiction,
        "authority": authority,
        "is_unit": party.get("is_unit", authority is None),
        "tracked_since": tracked_since,
        "facts": {**facts, "since": tracked_since},
        "sample": bool(party.get("sample")),
    }
    partition = f"party#{party['id']}"
    _ensure_jurisdiction(ports, jurisdiction, now)
    first: list[Change] = [
        Put(records.party_key(party["id"]), profile, ABSENT),
        Put(Key(f"jurisdiction#{jurisdiction}", partition), {"name": party["name"], "authority": authority}),
        horizon(partition, now),
        *once.remember(profile),
    ]
    if authority:
        office = Key(f"authority#{jurisdiction}", authority)
        taken = ports.store.get(office)
        if taken and taken.value["party"] != party["id"]:
            raise Conflict(
                f"“{book.authorities[authority].zh}”已登记为主体“{taken.value['party']}”",
                f"{authority} is registered as {taken.value['party']!r}",
            )
        first.append(Put(office, {"party": party["id"]}, taken.version if taken else ABSENT))
    if profile["uscc"]:
        first += natural.claim(ports, natural.uscc_key(jurisdiction, profile["uscc"]), party["id"])
    holder = new_party(profile, milestones_of(ports.store, f"jurisdiction#{jurisdiction}"))
    return _create(ports, holder, first, profile, once, now, plans=profile["is_unit"], taken=f"主体编号“{party['id']}”已被使用")


def new_party(profile: dict[str, Any], shared: tuple[dict[str, Any], ...]) -> Holder:
    """A party of which nothing is stored yet; `shared` are the milestones of its place."""
    return Holder(
        partition=f"party#{profile['id']}",
        jurisdiction=profile["jurisdiction"],
        party=profile["id"],
        unit={"id": profile["id"], **profile["facts"]},
        project=None,
        tracked_since=date.fromisoformat(profile["tracked_since"]),
        milestones=(),
        rows={},
        facts=None,
        shared=shared,
    )


def _ensure_jurisdiction(ports: Ports, jurisdiction: str, now: datetime) -> None:
    partition = f"jurisdiction#{jurisdiction}"
    if ports.store.get(Key(partition, FACTS)):
        return
    holder = replace(load(ports.store, partition), tracked_since=local_day(now))
    groups, _ = plan_changes(holder, assess(holder, ports, now), ports, now)
    try:
        commit(
            ports.store,
            holder,
            [
                Put(
                    Key(partition, "profile"),
                    {"jurisdiction": jurisdiction, "tracked_since": local_day(now).isoformat()},
                    ABSENT,
                ),
                horizon(partition, now),
            ],
            groups,
            now,
        )
    except StoreConflict:
        if ports.store.get(Key(partition, FACTS)) is None:
            raise


def register_project(
    ports: Ports, project: dict[str, Any], now: datetime, once: Once, milestones: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A project of a unit, with the facts known so far and, where it is loaded from elsewhere, its milestones.
    `tracked_since`: what fell due before is shown, never reminded."""
    unit = ports.store.get(records.party_key(project["unit"]))
    if unit is None:
        raise NotFound(f"没有单位“{project['unit']}”，请先登记", f"there is no unit {project['unit']!r}; register it first")
    facts = project.get("facts", {})
    if facts.get("classified"):
        raise classified(ports, unit.value["jurisdiction"])
    vocabulary = ports.rules.editions(unit.value["jurisdiction"])[-1].vocabulary.facts
    for name, value in facts.items():
        check_fact(vocabulary, f"project.{name}", value)
    tracked_since = (day(project.get("tracked_since")) or local_day(now)).isoformat()
    profile = {
        "id": project["id"],
        "name": project["name"],
        "unit": project["unit"],
        "jurisdiction": unit.value["jurisdiction"],
        "code": project.get("code"),
        "facts": facts,
        "tracked_since": tracked_since,
        "sample": bool(project.get("sample")),
    }
    partition = f"project#{project['id']}"
    shared = milestones_of(ports.store, f"jurisdiction#{profile['jurisdiction']}")
    holder = new_project(profile, unit.value["facts"], tuple(milestones or ()), shared)
    first: list[Change] = [
        *(Put(milestone_key(partition, 1, milestone), milestone, ABSENT) for milestone in milestones or ()),
        Put(records.project_key(project["id"]), profile, ABSENT),
        Put(Key(f"party#{project['unit']}", f"project#{project['id']}"), {"name": project["name"]}),
        horizon(partition, now),
        *once.remember(profile),
    ]
    if profile["code"]:
        first += natural.claim(ports, natural.code_key(profile["jurisdiction"], profile["code"]), project["id"])
    return _create(ports, holder, first, profile, once, now, plans=True, taken=f"项目编号“{project['id']}”已被使用")


def new_project(
    profile: dict[str, Any],
    unit_facts: dict[str, Any],
    milestones: tuple[dict[str, Any], ...],
    shared: tuple[dict[str, Any], ...],
) -> Holder:
    """A project of which nothing is stored yet."""
    return Holder(
        partition=f"project#{profile['id']}",
        jurisdiction=profile["jurisdiction"],
        party=profile["unit"],
        unit={"id": profile["unit"], **unit_facts},
        project={"id": profile["id"], **profile["facts"]},
        tracked_since=date.fromisoformat(profile["tracked_since"]),
        milestones=milestones,
        rows={},
        facts=None,
        shared=shared,
    )


def _create(
    ports: Ports,
    holder: Holder,
    first: list[Change],
    profile: dict[str, Any],
    once: Once,
    now: datetime,
    *,
    plans: bool,
    taken: str,
) -> dict[str, Any]:
    """Write the holder and its plan. Another writer of the same ledger is no reason to refuse: only a taken id is."""
    told = [{"what": "registered", "holder": holder.partition, "at": records.stamp(now)}]
    groups, different = plan_changes(holder, assess(holder, ports, now), ports, now) if plans else ([], [])
    if not different:  # else it is counted for its plan; by that it comes to be found by its name
        first = [*first, Put(records.due_key(records.stamp(now), holder.partition, TALLY), {})]

    def attempt() -> dict[str, Any]:
        if ports.store.get(Key(holder.partition, "profile")):
            earlier = once.earlier(ports.store)  # the same request, made at the same moment
            if earlier is not None:
                return earlier
            raise Conflict(f"{taken}，请换一个或查询已有的", f"{holder.partition} exists already")
        commit(ports.store, holder, [*first, *entries(ports.store, holder.owner(), told)], groups, now)
        return profile

    return retrying(once, ports.store, attempt)


def classified(ports: Ports, jurisdiction: str) -> InvalidInput:
    """The answer to 涉密: where that regulation sends it. The caller stores and logs nothing."""
    entry = ports.rules.editions(jurisdiction)[-1].classified
    return ClassifiedRefused(
        entry["route"]["zh"], entry["route"]["en"], errors=({"article": entry["article"], "quote": entry["quote"]},)
    )


class ClassifiedRefused(InvalidInput):
    """涉密 content never enters; the text says where that regulation sends it."""

    code, status = "classified", 422


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


_FITS = {
    "flag": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list) and len(value) <= 100 and all(map(_is_text, value)),
}


def credit_code(text: str) -> str:
    """A 统一社会信用代码 as it is kept. InvalidInput for what is none: imports and other systems know the party by it."""
    code = plain(text).upper()
    if not is_uscc(code):
        zh, en = no_uscc(code)
        raise InvalidInput(zh, en, errors=({"field": "/uscc", "message": {"zh": zh, "en": en}},))
    return code


def check_parent(ports: Ports, jurisdiction: str, parent: str | None) -> None:
    """InvalidInput for a department that is none of the place: a duty of the unit may be told to the department's people."""
    party = parent and ports.store.get(records.party_key(parent))
    if parent and not (party and party.value["jurisdiction"] == jurisdiction):
        zh = f"本辖区没有上级主管部门“{parent}”，请核对编号，或先登记"
        en = f"there is no party {parent!r} here; check the id, or register it"
        raise InvalidInput(zh, en, errors=({"field": "/parent", "message": {"zh": zh, "en": en}},))


def check_fact(vocabulary: dict, path: str, value: Any) -> None:
    """InvalidInput for a fact that no rulebook knows, or a value of the wrong sort."""
    kind = vocabulary.get(path)
    if kind is None:
        known = "、".join(name for name in vocabulary if name.startswith(path.split(".")[0] + "."))
        raise InvalidInput(f"没有“{path}”这个事实，可用：{known}", f"unknown fact {path!r}")
    if kind.type == "money":
        fen(value)
    elif kind.type == "day":
        day(value)
    elif not _FITS.get(kind.type, _is_text)(value):
        raise InvalidInput(
            f"“{kind.zh}”的值不对：应为{ {'flag': 'true 或 false', 'list': '列表'}.get(kind.type, '文字') }",
            f"{path} has the wrong type",
        )
