"""Import of projects with what they have been through: a row a project, known by its 项目代码 or its id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ...core.filled import CLASSIFIED, Entry, Filled
from ...core.ladder import local_day
from ...core.rulebook import Rulebook
from ...core.table import Column
from ...ports import Item, Ports, Put
from ..registry.register import new_project, register_project
from ..reporting.form_columns import column_of
from ..signing_in.access import Bearer
from ..state import natural, records
from ..state.holder import milestones_of
from ..state.once import Once
from .rows import CHANGED, NEW, UNCHANGED, Kind, Seen, Wrong, differences, hand_in, must_be_right, twice

FORM = "project-change"  # what a change of a stored project is reported with
FACT, EVENT = "facts/", "milestones/"
NAMED = {"project_name": "name", "tracked_since": "tracked_since"}  # fields of the form that are no facts
KINDS = {"flag": "flag", "money": "money", "day": "day", "list": "choices"}
REASON = "由电子表格导入更新"


def columns(ports: Ports, bearer: Bearer) -> tuple[Column, ...]:
    book = ports.rules.editions(bearer.jurisdiction)[-1]
    fields = ports.forms.get(FORM)["properties"]
    return (
        Column(key="unit", title="单位", kind="code", needed=True, help="建设单位的编号或统一社会信用代码", example="11500235008666010A"),
        Column(key="code", title="项目代码", kind="code", help="投资项目统一代码等；没有的可不填，改填项目编号", example="2603-500235-04-05-123456"),
        Column(key="id", title="项目编号", kind="id", help="本系统里的编号；不填就用项目代码", example="yy-health-2026-01"),
        column_of("name", fields["project_name"], needed=True),
        Column(
            key=CLASSIFIED, title=fields[CLASSIFIED]["title"], kind="flag", needed=True, example=False,
            help="涉密项目不得录入，请从表中删去",
        ),
        *_fact_columns(book, fields),
        Column(
            key="tracked_since", title="纳入督办之日", kind="day", example="2026-01-01",
            help="此日之前到期的事项只列出、不提醒；不填就用导入时选的日期",
        ),
        *(
            Column(
                key=f"{EVENT}{event}", title=f"节点：{book.vocabulary.events[event].zh}", kind="day",
                help="已经发生的，填发生的日期；只用于新登记的项目，已登记的请用表单报送",
            )
            for event in _events(book)
        ),
    )  # fmt: skip


def _fact_columns(book: Rulebook, fields: dict[str, Any]) -> list[Column]:
    """Facts as the form calls them, then those that only this place's rulebook knows."""
    known = {path.removeprefix("project."): fact for path, fact in book.vocabulary.facts.items() if path.startswith("project.")}
    of_form = [name for name in fields if name in known and name not in (*NAMED, CLASSIFIED)]
    of_place = [name for name in known if name not in (*fields, *NAMED.values(), CLASSIFIED)]
    used = [name for name in of_form if book.id in fields[name].get("x-places", (book.id,))]
    return [column_of(f"{FACT}{name}", fields[name]) for name in used] + [
        Column(key=f"{FACT}{name}", title=known[name].zh, kind=KINDS.get(known[name].type, "text")) for name in of_place
    ]


def _events(book: Rulebook) -> list[str]:
    """What sets a project's clocks going or stops them, in the order of the vocabulary."""
    used = set()
    for rule in book.duties:
        if rule.per == "project":
            anchors = [anchor for anchor in (rule.anchor, rule.phase and rule.phase.begins) if anchor]
            refs = [ref for anchor in anchors for group in (anchor.events, *anchor.all_of) for ref in group]
            used |= {ref.event for ref in (*refs, *rule.done_by, *(rule.phase.ends if rule.phase else ()))}
    return [event for event in book.vocabulary.events if event in used and event not in NOT_LOADED]


# decisions about a single duty, which name it: they cannot be told by a day alone
NOT_LOADED = ("fulfilled", "returned", "waived", "rectification_ordered", "rectified", "call_issued", "stage_filed")


class _Around(NamedTuple):
    """What every row is seen against."""

    bearer: Bearer
    columns: tuple[Column, ...]
    today: str
    since: str
    names: dict[str, str]  # of events
    orders: tuple[tuple[str, str], ...]
    units: dict[str, str]
    codes: dict[str, str]
    profiles: dict[Any, Item]
    shared: tuple[dict[str, Any], ...]


def look(ports: Ports, bearer: Bearer, filled: Filled, given: dict[str, Any], now: datetime) -> list[Seen]:
    bearer.must_be("admin", "unit")
    mine = {"unit": bearer.party} if bearer.role == "unit" else {}
    asked = {**mine, **{key: given[key] for key in ("unit",) if key in given}}
    entries = [Entry(entry.row, {**asked, **entry.values}) for entry in filled.entries]
    return twice(_look(ports, bearer, entries, given.get("tracked_since"), now))


def _look(ports: Ports, bearer: Bearer, entries: Sequence[Entry], since: str | None, now: datetime) -> list[Seen]:
    store, place = ports.store, bearer.jurisdiction
    units = natural.parties(store, place, {entry.values["unit"] for entry in entries if "unit" in entry.values})
    codes = natural.projects(
        store, place, {entry.values[key] for entry in entries for key in ("code", "id") if key in entry.values}
    )
    idents = [_ident(entry.values, codes) for entry in entries]
    keys = [records.project_key(ident) for ident in idents if ident]
    around = _Around(
        bearer,
        columns(ports, bearer),
        local_day(now).isoformat(),
        since or local_day(now).isoformat(),
        {key: name.zh for key, name in ports.rules.editions(place)[-1].vocabulary.events.items()},
        ports.rules.orders(),
        units,
        codes,
        store.get_many([*keys, *(records.party_key(party) for party in set(units.values()))]),
        milestones_of(store, f"jurisdiction#{place}"),
    )
    return [
        _as_new(around, entry, ident) if item is None else _as_stored(ports, around, entry, item.value)
        for entry, ident in zip(entries, idents, strict=True)
        for item in [around.profiles.get(records.project_key(ident))]
    ]


def _ident(values: dict[str, Any], codes: dict[str, str]) -> str:
    return values.get("id") or codes.get(values.get("code", "")) or values.get("code", "")


def _wrong(around: _Around, values: dict[str, Any], ident: str) -> list[Wrong]:
    wrong = []
    if not ident:
        wrong.append(Wrong("code", "项目代码和项目编号至少填一项", "give a project code or an id"))
    elif not (ident.isascii() and all(letter.isalnum() or letter in "-_." for letter in ident) and len(ident) <= 64):
        wrong.append(
            Wrong("id", "项目代码含有字母、数字、连字符以外的字，请另填项目编号", "the code cannot be an id; give an id")
        )
    if around.codes.get(values.get("code", ""), ident) != ident:
        wrong.append(
            Wrong("code", f"这个项目代码已属于“{around.codes[values['code']]}”", "this code belongs to another project")
        )
    party = around.units.get(values.get("unit", ""))
    if party is None and "unit" in values:
        wrong.append(Wrong("unit", f"没有单位“{values['unit']}”，请先登记", "there is no such unit; register it first"))
    elif party and around.bearer.role == "unit" and party != around.bearer.party:
        wrong.append(Wrong("unit", "这不是您的单位，只能导入本单位的项目", "not your unit"))
    return wrong + _wrong_days(around, values)


def _wrong_days(around: _Around, values: dict[str, Any]) -> list[Wrong]:
    """What happened cannot lie ahead, nor precede what it follows by nature."""
    days = _milestones(values)
    ahead = [
        Wrong(
            f"{EVENT}{event}",
            f"日期在今天（{around.today}）之后；尚未发生的请等发生后再报",
            f"lies after today ({around.today})",
        )
        for event, day in days.items()
        if day > around.today
    ]
    return ahead + [
        Wrong(f"{EVENT}{later}", f"早于“{around.names[earlier]}”（{days[earlier]}），请核对日期", f"earlier than {earlier}")
        for earlier, later in around.orders
        if earlier in days and later in days and days[later] < days[earlier]
    ]


def _part(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}


def _milestones(values: dict[str, Any]) -> dict[str, str]:
    return _part(values, EVENT)


def _as_new(around: _Around, entry: Entry, ident: str) -> Seen:
    wrong = _wrong(around, entry.values, ident)
    value = {"tracked_since": around.since, **entry.values, "id": ident, "unit": around.units.get(entry.values.get("unit", ""))}
    seen = {"row": entry.row, "ident": ident, "name": value.get("name", ident), "value": value}
    if wrong or "name" not in value:
        return Seen(change=NEW, wrong=tuple(wrong), **seen)
    profile = {**_profile(value), "jurisdiction": around.bearer.jurisdiction}
    unit = around.profiles[records.party_key(value["unit"])].value
    happened = tuple(_happened(value, around.bearer, ""))
    return Seen(change=NEW, holder=new_project(profile, unit["facts"], happened, around.shared), **seen)


def _profile(value: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value[key] for key in ("id", "unit", "name", "code", "tracked_since") if key in value}
    return {**kept, "facts": _part(value, FACT)}


def _happened(value: dict[str, Any], bearer: Bearer, at: str) -> list[dict[str, Any]]:
    """The milestones that the row tells of, as facts on the word of who imports."""
    by = {"role": bearer.role, "token": bearer.id}
    return [
        {"id": f"{value['id']}-{event}", "event": event, "on": day, "by": by, "at": at, "submission": None}
        for event, day in sorted(_milestones(value).items(), key=lambda entry: entry[1])
    ]


def _as_stored(ports: Ports, around: _Around, entry: Entry, profile: dict[str, Any]) -> Seen:
    ident, values = profile["id"], entry.values
    wrong = _wrong(around, values, ident)
    value = {**values, "id": ident, "unit": around.units.get(values.get("unit", ""))}
    seen = {"row": entry.row, "ident": ident, "name": value.get("name", ident), "value": value}
    is_anothers = around.bearer.role == "unit" and profile["unit"] != around.bearer.party
    if is_anothers or profile["jurisdiction"] != around.bearer.jurisdiction:
        wrong = [Wrong("id", f"编号“{ident}”已被其他单位或辖区使用，请另填项目编号", "the id is taken; give another")]
        return Seen(change=NEW, wrong=tuple(wrong), **seen)
    if value["unit"] and value["unit"] != profile["unit"]:
        wrong.append(Wrong("unit", f"这个项目已登记在“{profile['unit']}”名下", f"it is registered with {profile['unit']!r}"))
    if profile["code"] and value.get("code", profile["code"]) != profile["code"]:
        wrong.append(Wrong("code", f"已登记的项目代码是 {profile['code']}，不能用导入更换", "its code is another"))
    wrong += _wrong_milestones(ports, ident, value)
    was = {**{f"{FACT}{name}": said for name, said in profile["facts"].items()}, **{key: profile[key] for key in OWN}}
    changeable = [column for column in around.columns if column.key in OWN or column.key.startswith(FACT)]
    found = differences(changeable, was, value)
    reportable = ports.forms.get(FORM)["properties"]
    wrong += [
        Wrong(column.key, "已登记的项目，这一项请用表单报送", "report this with a form")
        for column in changeable
        if column.key.removeprefix(FACT) not in (*reportable, *OWN)
        and column.key in value
        and value[column.key] != was.get(column.key)
    ]
    return Seen(change=CHANGED if found else UNCHANGED, differences=found, wrong=tuple(wrong), **seen)


OWN = ("code", "name", "tracked_since")  # of the profile beside the facts


def _wrong_milestones(ports: Ports, ident: str, value: dict[str, Any]) -> list[Wrong]:
    """Milestones that a stored project does not have: they are reported with forms, which judge them."""
    days = _milestones(value)
    known = {(each["event"], each["on"]) for each in milestones_of(ports.store, f"project#{ident}")} if days else set()
    return [
        Wrong(
            f"{EVENT}{event}",
            "该项目已登记，新的节点和日期更正请用表单报送；请清空这一格",
            "report it with a form; empty this cell",
        )
        for event, day in days.items()
        if (event, day) not in known
    ]


def apply(ports: Ports, bearer: Bearer, value: dict[str, Any], act: str, now: datetime) -> None:
    (seen,) = _look(ports, bearer, [Entry(0, value)], None, now)
    must_be_right(seen)
    if seen.change == NEW:
        happened = _happened(seen.value, bearer, records.stamp(now))
        register_project(ports, _profile(seen.value), now, Once(who=act, key=None, asked=None), happened)
    elif seen.change == CHANGED:
        _update(ports, bearer, seen, act, now)


def _update(ports: Ports, bearer: Bearer, seen: Seen, act: str, now: datetime) -> None:
    """What changed is submitted, as a person would: it is told in the account, and what follows from it follows."""
    profile = ports.store.get(records.project_key(seen.ident)).value
    facts = {name: said for name, said in _part(seen.value, FACT).items() if said != profile["facts"].get(name)}
    own = {field: seen.value[key] for field, key in NAMED.items() if key in seen.value and seen.value[key] != profile[key]}
    if facts or own:
        body = {CLASSIFIED: False, "changed_on": local_day(now).isoformat(), "reason": REASON, **own, **facts}
        hand_in(ports, bearer, form=FORM, kind="project", subject=seen.ident, body=body, act=act, now=now)
    if "code" in seen.value and not profile["code"]:
        item = ports.store.get(records.project_key(seen.ident))
        key = natural.code_key(bearer.jurisdiction, seen.value["code"])
        changes = [Put(item.key, {**item.value, "code": seen.value["code"]}, item.version)]
        ports.store.write([*changes, *natural.claim(ports, key, seen.ident)])


PROJECTS = Kind(
    name="projects",
    title="项目",
    notes=(
        "每行一个项目。",
        "已登记的项目：填了的项与现有的不同，即更新；留空的项不改。",
        "“节点”各列是项目已经走过的步骤，期限由此推算；纳入督办之日以前到期的不提醒。",
    ),
    columns=columns,
    look=look,
    apply=apply,
)
