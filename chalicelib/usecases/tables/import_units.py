"""Import of units and authorities: a row a party, known by its 统一社会信用代码 or its id."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from ...core.filled import Entry, Filled
from ...core.ladder import local_day
from ...core.table import Column
from ...ports import Ports, Put
from ..registry.register import new_party, register_party
from ..reporting.form_columns import column_of
from ..signing_in.access import Bearer
from ..state import natural, records
from ..state.holder import milestones_of
from ..state.once import Once
from .rows import CHANGED, NEW, UNCHANGED, Kind, Seen, Wrong, differences, hand_in, must_be_right, twice

FORM = "unit-details"  # what a change of a stored unit is reported with
FACTS = ("kind", "parent", "defects")
FIXED = ("authority", "is_unit", "tracked_since")


def columns(ports: Ports, bearer: Bearer) -> tuple[Column, ...]:
    fields = ports.forms.get(FORM)["properties"]
    offices = {key: name.zh for key, name in ports.rules.editions(bearer.jurisdiction)[-1].authorities.items()}
    return (
        Column(key="uscc", title="统一社会信用代码", kind="uscc", help="18位；没有的可不填，改填单位编号", example="11500235008666010A"),
        Column(key="id", title="单位编号", kind="id", help="本系统里的编号；不填就用统一社会信用代码", example="yy-health"),
        column_of("name", fields["name"], needed=True),
        column_of("kind", fields["kind"], needed=True),
        Column(
            key="parent", title="行政主管部门", kind="code", help="它的编号或统一社会信用代码；可以是本表中的另一行", example="11500235008666010A"
        ),
        Column(key="authority", title="主管部门职责", kind="choice", choices=offices, help="本身是规则册中的主管部门的才填"),
        Column(key="is_unit", title="是否建设单位", kind="flag", help="主管部门自己也建设项目的填“是”；其他单位可不填", example=True),
        Column(
            key="tracked_since", title="纳入督办之日", kind="day", example="2026-01-01",
            help="此日之前到期的事项只列出、不提醒；不填就用导入时选的日期。已登记的单位不改",
        ),
        column_of("defects", fields["defects"]),
    )  # fmt: skip


def look(ports: Ports, bearer: Bearer, filled: Filled, given: dict[str, Any], now: datetime) -> list[Seen]:
    bearer.must_be("admin")
    return _parents_first(twice(_look(ports, bearer, filled.entries, given.get("tracked_since") or _today(now))))


def _today(now: datetime) -> str:
    return local_day(now).isoformat()


def _look(ports: Ports, bearer: Bearer, entries: Sequence[Entry], since: str) -> list[Seen]:
    words = (entry.values[key] for entry in entries for key in ("uscc", "id", "parent") if key in entry.values)
    known = natural.parties(ports.store, bearer.jurisdiction, words)
    idents = [_ident(entry.values, known) for entry in entries]
    named = {word: ident for entry, ident in zip(entries, idents, strict=True) for word in _called(entry.values, ident)} | known
    stored = ports.store.get_many(records.party_key(ident) for ident in idents if ident)
    around = _Around(
        ports, bearer, columns(ports, bearer), named, milestones_of(ports.store, f"jurisdiction#{bearer.jurisdiction}")
    )
    return [
        _as_new(around, entry, ident, since) if item is None else _as_stored(around, entry, item.value)
        for entry, ident in zip(entries, idents, strict=True)
        for item in [stored.get(records.party_key(ident))]
    ]


class _Around(NamedTuple):
    """What every row is seen against."""

    ports: Ports
    bearer: Bearer
    columns: tuple[Column, ...]
    named: dict[str, str]  # the parties of the place and of the file, by what they are called
    shared: tuple[dict[str, Any], ...]


def _ident(values: dict[str, Any], known: dict[str, str]) -> str:
    return values.get("id") or known.get(values.get("uscc", "")) or values.get("uscc", "")


def _called(values: dict[str, Any], ident: str) -> list[str]:
    return [word for word in (values.get("uscc"), ident) if word]


def _wrong(around: _Around, values: dict[str, Any], ident: str) -> list[Wrong]:
    """What is wrong with a row, be it about somebody new or not."""
    wrong = []
    if not ident:
        wrong.append(Wrong("uscc", "统一社会信用代码和单位编号至少填一项", "give a credit code or an id"))
    other = around.named.get(values.get("uscc", ""), ident)
    if other != ident:
        wrong.append(Wrong("uscc", f"这个统一社会信用代码已属于“{other}”", f"this code belongs to {other!r}"))
    if "parent" in values and values["parent"] not in around.named:
        zh = f"没有“{values['parent']}”这个部门，请先登记，或写进本表"
        wrong.append(Wrong("parent", zh, "there is no such party; register it first or put it in the file"))
    return wrong


def _value(around: _Around, values: dict[str, Any], ident: str) -> dict[str, Any]:
    """The row with the parties it names called by their ids."""
    parent = {"parent": around.named.get(values["parent"], "")} if "parent" in values else {}
    return {**values, **parent, "id": ident}


def _as_new(around: _Around, entry: Entry, ident: str, since: str) -> Seen:
    value = {"tracked_since": since, **_value(around, entry.values, ident)}
    wrong = tuple(_wrong(around, entry.values, ident))
    facts = {key: value[key] for key in ("kind", "parent", "defects") if key in value}
    profile = {
        "id": ident,
        "jurisdiction": around.bearer.jurisdiction,
        "tracked_since": value["tracked_since"],
        "facts": {**facts, "since": value["tracked_since"]},
    }
    has_duties = value.get("is_unit", "authority" not in value)
    holder = new_party(profile, around.shared) if has_duties and not wrong else None
    return Seen(row=entry.row, change=NEW, ident=ident, name=value.get("name", ident), value=value, wrong=wrong, holder=holder)


def _as_stored(around: _Around, entry: Entry, profile: dict[str, Any]) -> Seen:
    ident = profile["id"]
    value, wrong = _value(around, entry.values, ident), _wrong(around, entry.values, ident)
    seen = {"row": entry.row, "ident": ident, "name": value.get("name", ident), "value": value}
    if profile["jurisdiction"] != around.bearer.jurisdiction:
        wrong = [Wrong("id", f"编号“{ident}”已被其他辖区使用，请另填单位编号", "the id is taken elsewhere; give another")]
        return Seen(change=NEW, wrong=tuple(wrong), **seen)
    facts = profile["facts"]
    was = {**{key: profile.get(key) for key in ("uscc", "name", *FIXED)}, **{key: facts.get(key) for key in FACTS}}
    for key in ("uscc", *FIXED):
        if key in value and value[key] != was[key] and was[key] is not None:
            zh = f"已登记的主体不能用导入更改这一项（现为“{was[key]}”）；请留空或照填"
            wrong.append(Wrong(key, zh, f"an import does not change this; it is {was[key]!r}"))
    changeable = [column for column in around.columns if column.key in ("uscc", "name", *FACTS)]
    found = differences(changeable, was, value)
    return Seen(change=CHANGED if found else UNCHANGED, differences=found, wrong=tuple(wrong), **seen)


def _parents_first(found: list[Seen]) -> list[Seen]:
    """So that whoever is named as a department is registered by then."""
    left, ordered = {seen.ident: seen for seen in found}, []
    while left:
        ready = [seen for seen in left.values() if seen.value.get("parent") not in left]
        for seen in ready:
            ordered.append(left.pop(seen.ident))
        if not ready:
            wrong = Wrong("parent", "主管部门互为上下级，请核对", "these are each other's departments; check them")
            return [*ordered, *(replace(seen, wrong=(*seen.wrong, wrong)) for seen in left.values())]
    placed = {seen.row for seen in ordered}
    return ordered + [seen for seen in found if seen.row not in placed]


def apply(ports: Ports, bearer: Bearer, value: dict[str, Any], act: str, now: datetime) -> None:
    (seen,) = _look(ports, bearer, [Entry(0, value)], _today(now))
    must_be_right(seen)
    if seen.change == NEW:
        register_party(ports, {**seen.value, "jurisdiction": bearer.jurisdiction}, now, Once(who=act, key=None, asked=None))
    elif seen.change == CHANGED:
        _update(ports, bearer, seen, act, now)


def _update(ports: Ports, bearer: Bearer, seen: Seen, act: str, now: datetime) -> None:
    """What changed is submitted, as an admin would: it is told in the unit's account, and what follows from it follows."""
    profile = ports.store.get(records.party_key(seen.ident)).value
    was = {"name": profile["name"], **profile["facts"]}
    body = {key: seen.value[key] for key in ("name", *FACTS) if key in seen.value and seen.value[key] != was.get(key)}
    if body:
        body = {"classified": False, "kind": was.get("kind", seen.value["kind"]), **body}
        hand_in(ports, bearer, form=FORM, kind="unit", subject=seen.ident, body=body, act=act, now=now)
    if "uscc" in seen.value and not profile.get("uscc"):
        item = ports.store.get(records.party_key(seen.ident))
        key = natural.uscc_key(bearer.jurisdiction, seen.value["uscc"])
        changes = [Put(item.key, {**item.value, "uscc": seen.value["uscc"]}, item.version)]
        ports.store.write([*changes, *natural.claim(ports, key, seen.ident)])


UNITS = Kind(
    name="units",
    title="单位",
    notes=("每行一个单位或主管部门。", "已登记的单位：填了的项与现有的不同，即更新；留空的项不改。"),
    columns=columns,
    look=look,
    apply=apply,
)
