"""Export: what a person may see as a list, as a table. Addresses are masked as everywhere.

A table is read in pages, each with a cursor from which it goes on: where it was, by keys that others' writes do not shift. What
stood there the whole time is in it once, whatever came or went meanwhile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from math import ceil
from typing import Any

from ...core.errors import NotFound, Text
from ...core.ladder import SHANGHAI, local_day
from ...core.names import ENTRIES, ENTRY_FIELDS
from ...core.obligation import STATES
from ...core.table import Column, Table
from ...ports import Item, Key, Ports, Store
from ..registry.contact import contacts_of, masked
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.plan import whole_rows
from . import export_columns as columns
from .import_contacts import CALLED

AT_ONCE = 2_000  # rows that are answered while somebody waits
PATIENCE = timedelta(seconds=5)  # and so long may it take to read them
A_PAGE = 100  # parties, projects or entries of a ledger that are read at once
A_PLACE = ["", "place"]  # the cursor after the duties of the place itself, which come first
ADVICE = "建议用 .xlsx：电子表格软件打开 .csv 时会改动编号开头的 0 和很长的数字。"

Rows = list[dict[str, Any]]
Pages = Iterator[tuple[list[str], Rows]]  # (cursor, rows up to it)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One of TABLES for somebody: of a unit or of a project where one is named, else of all that they may see."""

    name: str
    bearer: Bearer
    now: datetime  # by which states are told
    unit: str | None = None  # where a project is named, its own
    project: str | None = None

    @property
    def party(self) -> str | None:
        """The one party that it is about, where it is about one."""
        return self.unit or (self.bearer.party if self.bearer.role == "unit" else None)


def asked(
    ports: Ports, bearer: Bearer, name: str, now: datetime, *, unit: str | None = None, project: str | None = None
) -> Asked:
    """What is asked for, once it is seen that the bearer may see it: NotFound for another table, NotFound and Forbidden as for
    the same in pages."""
    if name not in TABLES:
        raise NotFound(f"没有“{name}”这张表，可导出：{'、'.join(TABLES)}", f"there is no table {name!r}: {', '.join(TABLES)}")
    if unit:
        may_see(ports, bearer, f"party#{unit}")
    if project:
        unit = may_see(ports, bearer, f"project#{project}")["unit"]
    return Asked(name=name, bearer=bearer, now=now, unit=unit or None, project=project or None)


def at_once(ports: Ports, asked: Asked) -> Table | None:
    """The table, or None where there is too much of it to wait for."""
    until, listed = ports.clock() + PATIENCE, []
    for _, rows in pages(ports, asked):
        listed += rows
        if len(listed) > AT_ONCE or ports.clock() > until:
            return None
    return table(ports, asked, listed)


def whole(ports: Ports, asked: Asked) -> Table:
    """The table however long it is, read as its rows are taken."""
    return table(ports, asked, (row for _, rows in pages(ports, asked) for row in rows))


def table(ports: Ports, asked: Asked, rows: Rows | Iterator[dict[str, Any]], *notes: str) -> Table:
    """These rows as a table; `notes` are said in it besides."""
    title, columns_of, _ = TABLES[asked.name]
    began = asked.now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    told = (f"督办 · {title}", f"导出时间：{began} 起读取，其后的变化可能没有列入。", *notes, ADVICE)
    return Table(name=title, columns=columns_of(ports), rows=rows, notes=told)


def pages(ports: Ports, asked: Asked, after: list[str] | None = None) -> Pages:
    """The rows, after a cursor. A page may be empty."""
    return TABLES[asked.name][2](ports, asked, after)


def stages(ports: Ports, asked: Asked) -> int:
    """How many stages, cursor[0], the reading of all pages goes through, as far as that can be told beforehand."""
    if asked.name == "ledger":
        head = ports.store.get(records.ledger_head_key(_account(asked)))
        return ceil(head.value["length"] / A_PAGE) if head else 0
    if asked.party:
        return 1
    parties = len(ports.store.query(f"jurisdiction#{asked.bearer.jurisdiction}", prefix="party#"))
    return ceil(parties / A_PAGE) if asked.name == "units" else parties + (asked.name == "obligations")  # and the place


# What is read


def _paged(store: Store, partition: str, prefix: str, after: str | None) -> Iterator[list[Item]]:
    while page := store.query(partition, prefix=prefix, after=after or None, limit=A_PAGE):
        yield page
        after = page[-1].key.sort


def _parties(store: Store, asked: Asked, first: str) -> Iterator[tuple[str, str]]:
    """(id, name) of the parties it is about, from `first` on ("": from the beginning)."""
    known = asked.party or first
    if known and (item := store.get(records.party_key(known))):
        yield known, item.value["name"]
    if not asked.party:
        place, after = f"jurisdiction#{asked.bearer.jurisdiction}", first and f"party#{first}"
        for page in _paged(store, place, "party#", after):
            for item in page:
                yield item.key.sort.removeprefix("party#"), item.value["name"]


def _projects_of(store: Store, asked: Asked, party: str, after: str | None) -> Iterator[list[Item]]:
    """The entries of its projects, a page at a time: of the one that is asked for, or of all."""
    if not asked.project:
        yield from _paged(store, f"party#{party}", "project#", after)
    elif not after and (item := store.get(Key(f"party#{party}", f"project#{asked.project}"))):
        yield [item]


def _duties(ports: Ports, asked: Asked, after: list[str] | None) -> Pages:
    """A page for each holder: the place, then each party and its projects."""
    store = ports.store
    if after is None and not asked.party:
        place = asked.bearer.jurisdiction
        name = ports.rules.editions(place)[-1].name.zh
        yield A_PLACE, _duties_of(ports, asked, f"jurisdiction#{place}", name, "")
    begun, last = after or ["", ""]
    for party, owner in _parties(store, asked, begun):
        if party != begun and not asked.project:
            yield [party, ""], _duties_of(ports, asked, f"party#{party}", owner, "")
        for page in _projects_of(store, asked, party, last if party == begun else None):
            for item in page:
                yield [party, item.key.sort], _duties_of(ports, asked, item.key.sort, owner, item.value["name"])


def _duties_of(ports: Ports, asked: Asked, holder: str, owner: str, of_project: str) -> Rows:
    today = local_day(asked.now)
    return [
        {
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
        for row in whole_rows(ports, [holder], asked.now)[holder]
        for is_ in [row["is"]]
    ]


def _days(is_: dict[str, Any]) -> dict[str, Any]:
    dates = records.dates_of_row(is_)
    days = {name: getattr(dates, name) for name in ("opens_on", "act_by", "due_on", "earliest_next_on")}
    told = {name: day.isoformat() if isinstance(day, date) else None for name, day in days.items()}
    return {**told, "provisional": dates.provisional, "done_on": is_["done_on"]}


def _projects(ports: Ports, asked: Asked, after: list[str] | None) -> Pages:
    begun, last = after or ["", ""]
    for party, owner in _parties(ports.store, asked, begun):
        if party != begun:
            yield [party, ""], []
        for page in _projects_of(ports.store, asked, party, last if party == begun else None):
            keys = [records.project_key(item.key.sort.removeprefix("project#")) for item in page]
            found = ports.store.get_many(keys)
            yield [party, page[-1].key.sort], [_project(found[key].value, owner) for key in keys if key in found]


def _project(profile: dict[str, Any], owner: str) -> dict[str, Any]:
    told = {key: profile.get(key) for key in ("id", "code", "name", "tracked_since")}
    return {**told, "unit": owner, **{key: profile["facts"].get(key) for key in ("kind", "total_investment")}}


def _units(ports: Ports, asked: Asked, after: list[str] | None) -> Pages:
    begun = after[0] if after else ""
    todo = (party for party, _ in _parties(ports.store, asked, begun) if party != begun)
    while page := list(islice(todo, A_PAGE)):
        keys = [records.party_key(party) for party in page]
        found = ports.store.get_many(keys)
        yield [page[-1]], [{**found[key].value, **found[key].value["facts"]} for key in keys if key in found]


def _contacts(ports: Ports, asked: Asked, after: list[str] | None) -> Pages:
    begun = after[0] if after else ""
    for party, owner in _parties(ports.store, asked, begun):
        if party != begun:
            yield [party], [_contact(contact, owner) for contact in contacts_of(ports.store, party).values()]


def _contact(contact: dict[str, Any], owner: str) -> dict[str, Any]:
    shown = masked(contact)
    reads = [f"{CALLED.get(each['channel'], each['channel'])} {each['address']}" for each in shown["channels"]]
    return {
        "unit": owner,
        **{key: shown[key] for key in ("id", "name", "language", "at_once")},
        "leader": "leader" in shown["roles"],
        "channels": "；".join(reads),
    }


def _ledger(ports: Ports, asked: Asked, after: list[str] | None) -> Pages:
    """Of a project: the entries of its unit's account that are about it; else the account of a unit or of the place."""
    submissions: set[str] = set()
    if asked.project:
        items = ports.store.query(f"project#{asked.project}", prefix="submission#")
        submissions = {item.key.sort.removeprefix("submission#") for item in items}
    for page in _paged(ports.store, f"ledger#{_account(asked)}", "", after and after[0]):
        entries = [item.value for item in page]
        yield (
            [page[-1].key.sort],
            [_entry(row) for row in entries if not asked.project or _is_about(row, asked.project, submissions)],
        )


def _account(asked: Asked) -> str:
    return asked.party or asked.bearer.jurisdiction


def _is_about(row: dict[str, Any], project: str, submissions: set[str]) -> bool:
    is_ours = row.get("obligation", "").startswith(f"{project}/") or row.get("holder") == f"project#{project}"
    return is_ours or row.get("submission") in submissions


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in row.items() if key not in TOLD_APART and value not in (None, False)}
    return {
        "number": row["number"],
        "hash": row["hash"],
        "at": _local(row.get("at")),
        "what": _named(ENTRIES, row["what"]),
        "about": row.get("obligation") or row.get("holder") or row.get("submission"),
        "more": "；".join(f"{_named(ENTRY_FIELDS, key)}：{value}" for key, value in fields.items()),
    }


def _named(names: dict[str, Text], key: str) -> str:
    return names[key].zh if key in names else key


TOLD_APART = ("number", "what", "at", "hash", "previous", "obligation", "holder", "submission")


def _local(at: str | None) -> str | None:
    """An instant as the clock in Shanghai showed it."""
    return at and records.instant_of(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


# name -> what it is called, its columns, its pages
TABLES: dict[str, tuple[str, Callable[[Ports], tuple[Column, ...]], Callable[[Ports, Asked, list[str] | None], Pages]]] = {
    "obligations": ("事项", columns.duties, _duties),
    "projects": ("项目", columns.projects, _projects),
    "units": ("单位", columns.units, _units),
    "contacts": ("联系人", columns.contacts, _contacts),
    "ledger": ("台账", columns.ledger, _ledger),
}
