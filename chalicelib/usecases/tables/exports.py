"""Export: what a person may see as a list, as a table. Addresses are masked as everywhere."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from ...core.errors import NotFound
from ...core.ladder import SHANGHAI, local_day
from ...core.obligation import STATES
from ...core.table import Column, Table
from ...ports import Ports
from ..registry.contact import contacts_of, masked
from ..reporting.form_columns import column_of
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.holder import whole_rows
from ..views.overview import parties, projects
from .import_contacts import CALLED, LANGUAGES

MOST = 10_000  # rows of one table; a longer one says how to get the rest
CUT = "（只导出了前{}行；其余请按单位或项目分别导出）"

Rows = Iterator[dict[str, Any]]


def export(
    ports: Ports,
    bearer: Bearer,
    name: str,
    now: datetime,
    *,
    unit: str | None = None,
    project: str | None = None,
    most: int = MOST,
) -> Table:
    """One of TABLES: of a unit or of a project where one is named, else of all that the bearer may see. NotFound for another
    table, NotFound and Forbidden as for the same in pages."""
    if name not in TABLES:
        raise NotFound(f"没有“{name}”这张表，可导出：{'、'.join(TABLES)}", f"there is no table {name!r}: {', '.join(TABLES)}")
    if unit:
        may_see(ports, bearer, f"party#{unit}")
    if project:
        may_see(ports, bearer, f"project#{project}")
    title, columns_of, rows = TABLES[name]
    columns = columns_of(ports)
    listed = list(islice(rows(ports, bearer, now, unit, project), most + 1))
    if len(listed) > most:
        listed[most] = {columns[0].key: CUT.format(most)}
    day = local_day(now).isoformat()
    notes = (f"督办 · {title}", f"导出日期：{day}", "建议用 .xlsx：电子表格软件打开 .csv 时会改动编号开头的 0 和很长的数字。")
    return Table(name=title, columns=columns, rows=tuple(listed), notes=notes)


def _units(ports: Ports, bearer: Bearer, unit: str | None) -> list[dict[str, Any]]:
    return [party for party in parties(ports.store, bearer) if unit in (None, party["id"])]


def _holders(ports: Ports, bearer: Bearer, unit: str | None, project: str | None) -> Iterator[tuple[str, str, str]]:
    """(holder of duties, name of the unit, name of the project) of what is asked for."""
    if project:
        profile = ports.store.get(records.project_key(project)).value
        owner = ports.store.get(records.party_key(profile["unit"])).value
        yield f"project#{project}", owner["name"], profile["name"]
        return
    if bearer.role != "unit" and unit is None:
        yield f"jurisdiction#{bearer.jurisdiction}", ports.rules.editions(bearer.jurisdiction)[-1].name.zh, ""
    for party in _units(ports, bearer, unit):
        yield f"party#{party['id']}", party["name"], ""
        for item in ports.store.query(f"party#{party['id']}", prefix="project#"):
            yield item.key.sort, party["name"], item.value["name"]


def _duties(ports: Ports, bearer: Bearer, now: datetime, unit: str | None, project: str | None) -> Rows:
    today = local_day(now)
    for holder, owner, of_project in _holders(ports, bearer, unit, project):
        for row in whole_rows(ports, [holder], now)[holder]:
            is_ = row["is"]
            yield {
                "unit": owner,
                "project": of_project,
                "title": is_["title"]["zh"],
                "for": is_["for"],
                "state": "纳入督办前" if is_["before_tracking"] else STATES[records.state_of_row(is_, today)],
                **_days(is_),
                "article": f"第{is_['article']}条",
                "submit_to": "、".join(is_["submit_to"]),
                "form": is_["form"] and ports.forms.get(is_["form"])["title"],
                "id": is_["id"],
            }


def _days(is_: dict[str, Any]) -> dict[str, Any]:
    dates = records.dates_of_row(is_)
    days = {name: getattr(dates, name) for name in ("opens_on", "act_by", "due_on", "earliest_next_on")}
    told = {name: day.isoformat() if isinstance(day, date) else None for name, day in days.items()}
    return {**told, "provisional": dates.provisional, "done_on": is_["done_on"]}


def _projects(ports: Ports, bearer: Bearer, now: datetime, unit: str | None, project: str | None) -> Rows:
    names = {party["id"]: party["name"] for party in parties(ports.store, bearer)}
    listed = [each for each in projects(ports.store, bearer) if unit in (None, each["unit"]) and project in (None, each["id"])]
    profiles = ports.store.get_many(records.project_key(each["id"]) for each in listed)
    for each in listed:
        item = profiles.get(records.project_key(each["id"]))
        if item:
            facts = item.value["facts"]
            yield {
                **{key: item.value.get(key) for key in ("id", "code", "name", "tracked_since")},
                "unit": names.get(each["unit"], each["unit"]),
                **{key: facts.get(key) for key in ("kind", "total_investment")},
            }


def _parties(ports: Ports, bearer: Bearer, now: datetime, unit: str | None, project: str | None) -> Rows:
    listed = _units(ports, bearer, unit)
    profiles = ports.store.get_many(records.party_key(party["id"]) for party in listed)
    for party in listed:
        item = profiles.get(records.party_key(party["id"]))
        if item:
            yield {**item.value, **item.value["facts"]}


def _contacts(ports: Ports, bearer: Bearer, now: datetime, unit: str | None, project: str | None) -> Rows:
    for party in _units(ports, bearer, unit):
        for contact in contacts_of(ports.store, party["id"]).values():
            shown = masked(contact)
            reads = [f"{CALLED.get(each['channel'], each['channel'])} {each['address']}" for each in shown["channels"]]
            yield {
                "unit": party["name"],
                **{key: shown[key] for key in ("id", "name", "language", "at_once")},
                "leader": "leader" in shown["roles"],
                "channels": "；".join(reads),
            }


def _ledger(ports: Ports, bearer: Bearer, now: datetime, unit: str | None, project: str | None) -> Rows:
    """Of a project: the entries of its unit's account that are about it; else the account of a unit or of the place."""
    owner = unit or (bearer.party if bearer.role == "unit" else bearer.jurisdiction)
    submissions: set[str] = set()
    if project:
        owner = ports.store.get(records.project_key(project)).value["unit"]
        items = ports.store.query(f"project#{project}", prefix="submission#")
        submissions = {item.key.sort.removeprefix("submission#") for item in items}
    for item in ports.store.query(f"ledger#{owner}"):
        row = item.value
        about = row.get("obligation", "")
        is_ours = (
            about.startswith(f"{project}/") or row.get("holder") == f"project#{project}" or row.get("submission") in submissions
        )
        if project is None or is_ours:
            yield {
                **{key: row[key] for key in ("number", "what", "hash")},
                "at": _local(row.get("at")),
                "about": about or row.get("holder") or row.get("submission"),
                "more": "；".join(
                    f"{key}：{value}" for key, value in row.items() if key not in TOLD_APART and value is not None
                ),
            }


TOLD_APART = ("number", "what", "at", "hash", "previous", "obligation", "holder", "submission")


def _local(at: str | None) -> str | None:
    """An instant as the clock in Shanghai showed it."""
    return at and records.instant_of(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _column(key: str, title: str, kind: str = "text", **more: Any) -> Column:
    return Column(key=key, title=title, kind=kind, **more)


UNIT, ID, SINCE = _column("unit", "单位"), _column("id", "编号", "id"), _column("tracked_since", "纳入督办之日", "day")
DAYS = (
    _column("opens_on", "起始日", "day"),
    _column("act_by", "建议办结日", "day"),
    _column("due_on", "法定期限", "day"),
    _column("earliest_next_on", "最早可进行日", "day"),
    _column("provisional", "暂定", "flag"),
    _column("done_on", "办结日期", "day"),
)


def _duty_columns(ports: Ports) -> tuple[Column, ...]:
    return (
        UNIT,
        _column("project", "项目"),
        _column("title", "事项"),
        _column("for", "年度（期间）"),
        _column("state", "状态"),
        *DAYS,
        _column("article", "依据"),
        _column("submit_to", "报送"),
        _column("form", "表单"),
        _column("id", "事项编号"),
    )


def _project_columns(ports: Ports) -> tuple[Column, ...]:
    fields = ports.forms.get("project-change")["properties"]
    return (
        ID,
        _column("code", "项目代码", "code"),
        _column("name", "项目名称"),
        UNIT,
        column_of("kind", fields["kind"]),
        column_of("total_investment", fields["total_investment"]),
        SINCE,
    )


def _party_columns(ports: Ports) -> tuple[Column, ...]:
    fields = ports.forms.get("unit-details")["properties"]
    return (
        ID,
        _column("uscc", "统一社会信用代码", "uscc"),
        _column("name", "单位名称"),
        column_of("kind", fields["kind"]),
        _column("parent", "行政主管部门"),
        _column("authority", "主管部门职责"),
        _column("is_unit", "是否建设单位", "flag"),
        SINCE,
    )


def _contact_columns(ports: Ports) -> tuple[Column, ...]:
    return (
        UNIT,
        ID,
        _column("name", "姓名"),
        _column("leader", "单位负责人", "flag"),
        _column("channels", "接收渠道（部分遮盖）"),
        _column("language", "语言", "choice", choices=LANGUAGES),
        _column("at_once", "逐条提醒", "flag"),
    )


def _ledger_columns(ports: Ports) -> tuple[Column, ...]:
    return (
        _column("number", "序号", "whole"),
        _column("at", "时间"),
        _column("what", "事由"),
        _column("about", "关于"),
        _column("more", "内容"),
        _column("hash", "校验值"),
    )


# name -> what it is called, its columns, its rows
TABLES: dict[str, tuple[str, Callable[[Ports], tuple[Column, ...]], Callable[..., Rows]]] = {
    "obligations": ("事项", _duty_columns, _duties),
    "projects": ("项目", _project_columns, _projects),
    "units": ("单位", _party_columns, _parties),
    "contacts": ("联系人", _contact_columns, _contacts),
    "ledger": ("台账", _ledger_columns, _ledger),
}
