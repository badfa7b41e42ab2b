"""The lists of a form while it is filled in (see typed.py): rows are added, pasted, removed; files are taken back."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from ...core.errors import Text
from ...core.filled import Filled, read
from ...core.table import Row, Sheet
from .form_columns import column_of
from .typed import kind_of, typed_of

Schema = Mapping[str, Any]
MOST_ROWS = 5000  # that are read of what is pasted, where the form does not say how many it takes
MOST_CELLS = 300  # of a row
OF_THE_FORM = ("name", "paper", "asked")  # of a document; the rest is its file's


class Done(NamedTuple):
    """Which row to look at now, as "items.3" ("" for none), and what could not be done."""

    look_at: str
    notes: tuple[Text, ...] = ()


def at_path(tree: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The rows of a list by its name, `items` or `owner.items`; made where they are not there."""
    *groups, last = path.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    return tree.setdefault(last, [])


def schema_at(schema: Schema, path: str) -> Schema | None:
    """The schema of a list of groups or documents by its name; None where there is no such list."""
    for part in path.split("."):
        schema = schema.get("properties", {}).get(part)
        if schema is None:
            return None
    return schema if kind_of(schema) in ("rows", "documents") else None


def act(schema: Schema, typed: dict[str, Any], what: str, target: str, text: str) -> Done:
    """Do in `typed` what a button says: add:items, paste:items (with a text), remove:items.3, unfile:attachments.0. Anything
    else, and what is not there, changes nothing."""
    if what in ("add", "paste") and (found := schema_at(schema, target)):
        rows, most = at_path(typed, target), found.get("maxItems")
        new, notes = _pasted(found, text) if what == "paste" else ([{}], ())
        rows += new
        if most is not None and len(rows) > most:
            del rows[most:]
            notes = (*notes, Text(f"最多{most}行，多出的没有加入", f"at most {most} rows; the others were left out"))
        return Done(f"{target}.{max(0, len(rows) - 1)}", notes)
    name, _, number = target.rpartition(".")
    if what in ("remove", "unfile") and number.isdecimal() and name and schema_at(schema, name):
        rows, at = at_path(typed, name), int(number)
        if at < len(rows):
            rows[at : at + 1] = [_without_file(rows[at])] if what == "unfile" else []
        return Done(f"{name}.{max(0, at - 1)}")
    return Done(target)


def _pasted(schema: Schema, text: str) -> tuple[list[dict[str, Any]], tuple[Text, ...]]:
    """What was typed in the rows of a text, and what could not be read."""
    filled = read_text(schema, text)
    notes = (Text(f"粘贴的第{fault.row}行：{fault.zh}", f"row {fault.row}: {fault.en}") for fault in filled.faults)
    return [typed_of(schema["items"], entry.values) for entry in filled.entries], tuple(notes)


def read_text(schema: Schema, text: str) -> Filled:
    """Rows copied from a spreadsheet: cells parted by tabs, with a heading or in the form's order."""
    columns = tuple(
        column_of(name, field)
        for name, field in schema["items"]["properties"].items()
        if kind_of(field) not in ("rows", "group")
    )
    most = schema.get("maxItems", MOST_ROWS) + 2  # with a heading, and one that shows that there were more
    pasted = (line for line in text.replace("\r", "\n").split("\n") if line.strip())
    lines = [line.split("\t")[:MOST_CELLS] for line in islice(pasted, most)]
    rows = tuple(Row(number, tuple(cell or None for cell in line)) for number, line in enumerate(lines, 1))
    filled = read(Sheet("", rows), columns)
    if any(fault.row == 0 for fault in filled.faults):  # no heading was copied: the form's order is meant
        heading = Row(0, tuple(column.title for column in columns))
        return read(Sheet("", (heading, *rows)), columns)
    return filled


def _without_file(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name in OF_THE_FORM}
