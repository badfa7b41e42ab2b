"""Import of filled forms: a row a submission or, where the form is a list, a row an item of the list.

The same submission is known by what it says: handed in again it changes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from ...core.errors import DubanError, NotFound
from ...core.filled import Entry, Filled
from ...core.rulebook import digest
from ...core.table import Column
from ...ports import Key, Ports
from ..reporting.form_columns import columns_of, rows_field
from ..reporting.submit import submit
from ..signing_in.access import Bearer
from ..state import natural
from ..state.once import Once
from ..state.records import PARTITIONS
from .rows import NEW, UNCHANGED, Kind, Seen, Wrong, twice

PREFIX = "form:"
MOST_SUBMISSIONS = 500  # of one file: each is judged against the text before anything is stored
LARGEST = 300_000  # bytes of one submission: a store's item holds 400,000
SUBJECTS = {
    "project": Column(
        key="project", title="项目", kind="code", needed=True, help="项目编号或项目代码", example="2603-500235-04-05-123456"
    ),
    "unit": Column(
        key="unit", title="单位", kind="code", needed=True, help="单位编号或统一社会信用代码", example="11500235008666010A"
    ),
}  # fmt: skip


def kind_of(ports: Ports, name: str) -> Kind:
    """The import of one form, "form:annual-list"."""
    form = name.removeprefix(PREFIX)
    if form not in ports.forms.ids():
        raise NotFound(
            f"没有“{form}”这张表单，全部表单见 /api/v1/forms", f"there is no form {form!r}; /api/v1/forms lists them"
        )
    schema = ports.forms.get(form)
    listed = rows_field(schema)
    per_row = f"每行是“{schema['properties'][listed]['title']}”的一项；" if listed else "每行是一份报送。"
    same = (
        "其余各列（报送日期等）每份报送填在第一行，以下各行留空或照填；换了单位、项目或这些列，就是另一份。" if listed else ""
    )
    return Kind(
        name=name,
        title=schema["title"],
        notes=(schema["description"], f"{per_row}{same}", "同一份内容再次导入，不会重复报送。"),
        columns=partial(_columns, form),
        look=partial(_look, form),
        asks_empty=False,
        apply=partial(_apply, form),
    )


def _columns(form: str, ports: Ports, bearer: Bearer) -> tuple[Column, ...]:
    schema = ports.forms.get(form)
    first, *others = columns_of(schema, bearer.jurisdiction)
    subject = SUBJECTS.get(schema["x-duban"]["subject"])
    return (*([subject] if subject else []), first, *others)


class _Filling(NamedTuple):
    """One submission as the rows give it."""

    rows: tuple[int, ...]  # of the file; of a list, the row of each item, else just one
    subject: str  # as it is called in the file
    body: dict[str, Any]
    listed: str | None  # the field whose items are rows

    def place(self, field: str) -> tuple[int, str | None]:
        """(row, column) of what a fault calls /items/3/amount."""
        parts = field.strip("/").split("/")
        if self.listed and parts[0] == self.listed and len(parts) > 1:
            return self.rows[int(parts[1])], "/".join([self.listed, *parts[2:]])
        return self.rows[0], "/".join(parts)


def _look(form: str, ports: Ports, bearer: Bearer, filled: Filled, given: dict[str, Any], now: datetime) -> list[Seen]:
    schema = ports.forms.get(form)
    kind = schema["x-duban"]["subject"]
    fillings = list(_fillings(schema, filled, given.get(kind, bearer.jurisdiction)))
    if len(fillings) > MOST_SUBMISSIONS:
        zh, en = f"一次最多{MOST_SUBMISSIONS}份报送，这里有{len(fillings)}份，请拆开", f"at most {MOST_SUBMISSIONS} submissions"
        return [Seen(row=0, change=NEW, ident="", name="", value={}, wrong=(Wrong(None, zh, en),))]
    subjects = _subjects(ports, bearer, kind, {filling.subject for filling in fillings})
    return twice([_seen(ports, bearer, schema, filling, subjects, filled, now) for filling in fillings])


def _subjects(ports: Ports, bearer: Bearer, kind: str, words: set[str]) -> dict[str, str]:
    if kind == "jurisdiction":
        return {bearer.jurisdiction: bearer.jurisdiction}
    find = natural.projects if kind == "project" else natural.parties
    return find(ports.store, bearer.jurisdiction, (word for word in words if word))


def _fillings(schema: Mapping[str, Any], filled: Filled, subject: str) -> Iterator[_Filling]:
    """The submissions of a file. Of a list, rows belong together that say the same beside their item, or leave it open."""
    listed, kind = rows_field(schema), schema["x-duban"]["subject"]
    if listed is None:
        for entry in filled.entries:
            yield _Filling((entry.row,), entry.values.get(kind, subject), _body(entry.values, kind), None)
        return
    groups: dict[str, tuple[dict[str, Any], list[Entry]]] = {}
    last: dict[str, Any] = {}
    for entry in filled.entries:
        head = {key: value for key, value in entry.values.items() if not key.startswith(f"{listed}/")}
        last = {**last, **head} if head.get(kind, last.get(kind)) == last.get(kind) else head
        groups.setdefault(json.dumps(last, sort_keys=True), (last, []))[1].append(entry)
    for head, entries in groups.values():
        items = [_body(_below(entry.values, listed), "") for entry in entries]
        kept = [(entry.row, item) for entry, item in zip(entries, items, strict=True) if item]
        rows = tuple(row for row, _ in kept) or (entries[0].row,)
        yield _Filling(rows, head.get(kind, subject), {**_body(head, kind), listed: [item for _, item in kept]}, listed)


def _below(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}/"): value for key, value in values.items() if key.startswith(f"{name}/")}


def _body(values: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Values by path as a form's body: "leader/name" goes into an object, "schedule/0/year" into the first of a list."""
    body: dict[str, Any] = {}
    for key, value in values.items():
        name, _, inner = key.partition("/")
        if key == subject:
            continue
        if inner:
            body.setdefault(name, {})[inner] = value
        else:
            body[name] = value
    return {name: _nested(value) if isinstance(value, dict) else value for name, value in body.items()}


def _nested(values: dict[str, Any]) -> Any:
    if not all(key[0].isdecimal() for key in values):
        return values
    numbers = sorted({key.partition("/")[0] for key in values})
    return [_below(values, number) for number in numbers]


def _seen(
    ports: Ports,
    bearer: Bearer,
    schema: Mapping[str, Any],
    filling: _Filling,
    subjects: dict[str, str],
    filled: Filled,
    now: datetime,
) -> Seen:
    about, row = schema["x-duban"], filling.rows[0]
    subject = subjects.get(filling.subject, "")
    if not subject:
        called = {"project": "项目", "unit": "单位"}[about["subject"]]
        word = f"“{filling.subject}”" if filling.body.get("classified") is False else ""
        zh = f"没有{called}{word}，请先登记" if filling.subject else f"请填是哪个{called}"
        wrong = Wrong(about["subject"], zh, f"there is no such {about['subject']}")
        return Seen(row=row, change=NEW, ident="", name="", value={}, wrong=(wrong,))
    ident = _ident(about, subject, filling.body)
    value = {"subject": subject, "body": filling.body}
    seen = {"row": row, "ident": ident, "name": subject, "value": value}
    if ports.store.get(Key(f"{PARTITIONS[about['subject']]}#{subject}", f"submission#{ident}")):
        return Seen(change=UNCHANGED, **seen)
    return Seen(change=NEW, wrong=tuple(_wrong(ports, bearer, schema, filling, subject, filled, now)), **seen)


def _ident(about: Mapping[str, Any], subject: str, body: dict[str, Any]) -> str:
    """The same for the same content about the same subject."""
    return str(uuid5(NAMESPACE_URL, f"{about['id']}/{about['subject']}/{subject}/{digest(body)}"))


def _wrong(
    ports: Ports, bearer: Bearer, schema: Mapping[str, Any], filling: _Filling, subject: str, filled: Filled, now: datetime
) -> Iterator[Wrong]:
    """What submitting it now would be refused for: nothing is stored by asking."""
    about, body = schema["x-duban"], filling.body
    size = len(json.dumps(body, ensure_ascii=False).encode())
    if size > LARGEST:
        zh = f"这份报送有{size:,}字节，最多{LARGEST:,}，请分几次报送"
        yield Wrong(None, zh, f"{size} bytes; at most {LARGEST}", row=filling.rows[0])
        return
    try:
        submit(
            ports, bearer, form=about["id"], kind=about["subject"], subject=subject, body=body, ident="-", now=now, record=False,
            once=Once(who=bearer.id, key=None, asked=None),
        )  # fmt: skip
    except DubanError as error:
        told = False
        for fault in error.errors if error.code == "invalid-input" else ():
            row, key = filling.place(fault["field"])
            if (row, key) not in filled.unfit:
                expected = fault.get("expected", {}).get("zh")
                yield Wrong(key, fault["message"]["zh"], fault["message"]["en"], (expected,) if expected else (), row)
            told = True
        if not told:
            yield Wrong(None, error.text.zh, error.text.en, row=filling.rows[0])


def _apply(form: str, ports: Ports, bearer: Bearer, value: dict[str, Any], act: str, now: datetime) -> None:
    about = ports.forms.get(form)["x-duban"]
    subject, body = value["subject"], value["body"]
    ident = _ident(about, subject, body)
    if ports.store.get(Key(f"{PARTITIONS[about['subject']]}#{subject}", f"submission#{ident}")):
        return
    once = Once(who=f"import#{bearer.jurisdiction}", key=ident, asked=[form, subject, body], at=now)
    submit(ports, bearer, form=form, kind=about["subject"], subject=subject, body=body, once=once, ident=ident, now=now)
