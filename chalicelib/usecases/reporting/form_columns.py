"""A form as a table: its fields as columns. Lists of rows become rows, a person two columns, documents one cell."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...core.table import Column

GROUPS = 3  # of a list of groups where it is not the rows of the table: so many times its columns
DOCUMENT = {"name", "file"}
Schema = Mapping[str, Any]


def column_of(key: str, schema: Schema, *, title: str = "", needed: bool = False) -> Column:
    """A field of a form as a column."""
    kind = _kind(schema)
    item = schema.get("items", schema)
    labels = item.get("x-labels", {})
    choices = {choice: labels.get(choice, {}).get("zh", choice) for choice in item.get("enum", ())}
    joined = "；几项之间用分号隔开" if kind in ("choices", "names") else ""
    return Column(
        key=key,
        title=title or schema["title"],
        kind=kind,
        needed=needed,
        choices=choices,
        help=schema["description"].rstrip("。") + joined,
        example=next(iter(schema.get("examples", ())), None),
        personal=bool(schema.get("x-personal")),
        longest=schema.get("maxLength", 200),
    )


def _kind(schema: Schema) -> str:
    kinds = schema.get("type")
    if kinds == "boolean":
        return "flag"
    if kinds == "integer" and schema.get("maximum") == 2100:
        return "year"
    if isinstance(kinds, list) or (kinds == "integer" and "单位：元" in schema["description"]):
        return "money"
    if kinds == "integer":
        return "whole"
    if kinds == "array":
        return "names" if _are_documents(schema) else "choices"
    return "day" if schema.get("format") == "date" else "choice" if "enum" in schema else "text"


def _are_documents(schema: Schema) -> bool:
    return set(schema.get("items", {}).get("properties", {})) == DOCUMENT


def _are_groups(schema: Schema) -> bool:
    return schema.get("type") == "array" and schema["items"].get("type") == "object" and not _are_documents(schema)


def rows_field(form: Schema) -> str | None:
    """The field whose items are the rows of the table: the one list of groups, where the form has just one."""
    lists = [name for name, schema in form["properties"].items() if _are_groups(schema)]
    return lists[0] if len(lists) == 1 else None


def columns_of(form: Schema, place: str) -> tuple[Column, ...]:
    """Every field that the place uses, in the form's order; 涉密 first, because nothing else is read where it is so."""
    rows = rows_field(form)
    found = [
        column
        for name, schema in form["properties"].items()
        if place in schema.get("x-places", (place,)) or name in form["required"]
        for column in _columns(name, schema, name in form["required"], is_rows=name == rows)
    ]
    return tuple(sorted(found, key=lambda column: column.key != "classified"))


def _columns(name: str, schema: Schema, needed: bool, *, is_rows: bool) -> Iterator[Column]:
    if _are_groups(schema):
        item = schema["items"]
        for number in [None] if is_rows else range(GROUPS):
            for inner, field in item["properties"].items():
                key = f"{name}/{inner}" if number is None else f"{name}/{number}/{inner}"
                title = field["title"] if number is None else f"{schema['title']}{number + 1}：{field['title']}"
                is_needed = inner in item["required"] and (number is None or (needed and number == 0))
                yield column_of(key, field, title=title, needed=is_needed)
    elif schema.get("type") == "object":
        for inner, field in schema["properties"].items():
            is_needed = needed and inner in schema["required"]
            yield column_of(f"{name}/{inner}", field, title=f"{schema['title']}{field['title']}", needed=is_needed)
    else:
        yield column_of(name, schema, needed=needed)
