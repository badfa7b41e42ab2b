"""What somebody typed into a form, as it was typed: a tree of texts in the shape of the form. Nothing of it is lost because
it is wrong; `body_of` reads from it what can be read, and the form's own check tells of the rest.

Leaves are texts; a flag is "true", "false" or ""; a list of choices is a list of texts; a list of texts one text, a line for
each; a list of groups a list of trees. Of
a document: {name, paper ("true": handed in on paper), asked ("true": the text asks for it), file (its key), size}.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...core import cells
from .form_columns import DOCUMENT, column_of

Schema = Mapping[str, Any]
CHOSEN = ("true", "false")


def kind_of(schema: Schema) -> str:
    """flag, choice, choices, day, money, year, whole, long, lines, text; documents, rows (of groups), group."""
    if schema.get("type") == "object":
        return "group"
    if schema.get("type") == "array" and schema["items"].get("type") == "object":
        return "documents" if set(schema["items"]["properties"]) == DOCUMENT else "rows"
    if schema.get("type") == "array" and "enum" not in schema["items"]:
        return "lines"
    kind = column_of("", {"title": "", "description": "", **schema}).kind
    return "long" if kind == "text" and schema.get("maxLength", 0) >= 1000 else kind


# Into the tree


def merged(schema: Schema, typed: dict[str, Any], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The tree with the posted fields set in it: `items.0.amount`. Names that the form does not have are passed over."""
    tree = _copy(typed)
    emptied: set[str] = set()
    for name, value in pairs:
        _set(schema, tree, name.split("."), value, name, emptied)
    return tree


def _set(schema: Schema, tree: dict[str, Any], path: list[str], value: str, name: str, emptied: set[str]) -> None:
    field = schema.get("properties", {}).get(path[0])
    if field is None:
        return
    kind, rest = kind_of(field), path[1:]
    if kind == "choices" and not rest:
        if name not in emptied:  # the first of this post: what was chosen before counts no more
            emptied.add(name)
            tree[path[0]] = []
        if value and value not in tree[path[0]]:
            tree[path[0]].append(value)
    elif kind == "group" and rest:
        _set(field, tree.setdefault(path[0], {}), rest, value, name, emptied)
    elif kind in ("rows", "documents") and len(rest) > 1 and rest[0].isdecimal() and len(rest[0]) < 6:
        rows = tree.setdefault(path[0], [])
        at = int(rest[0])
        if at > len(rows) or at >= field.get("maxItems", 1):
            return
        if at == len(rows):
            rows.append({})
        if kind == "rows":
            _set(field["items"], rows[at], rest[1:], value, name, emptied)
        elif rest[1] in ("name", "paper"):  # the file is set by the upload alone
            rows[at][rest[1]] = value.strip()
    elif not rest and kind not in ("group", "rows", "documents"):
        tree[path[0]] = value


def typed_of(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as somebody would have typed it."""
    return {name: _typed(field, body[name]) for name, field in schema["properties"].items() if name in body}


def _typed(schema: Schema, value: Any) -> Any:
    match kind_of(schema):
        case "group":
            return typed_of(schema, value)
        case "rows":
            return [typed_of(schema["items"], row) for row in value]
        case "documents":
            return [{"name": document["name"]} for document in value]  # a file belongs to the submission it was sent with
        case "choices":
            return list(value)
        case "lines":
            return "\n".join(value)
        case "flag":
            return CHOSEN[0] if value else CHOSEN[1]
        case _:
            return str(value)


# Out of the tree


def body_of(schema: Schema, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What the tree says, as the form's body; what is empty is left out, what cannot be read stays as it was typed."""
    found = ((name, _said(field, typed.get(name))) for name, field in schema["properties"].items())
    body = {name: value for name, value in found if value is not None}
    empty = [name for name in schema.get("required", ()) if name not in body and kind_of(schema["properties"][name]) == "rows"]
    return body | {name: [] for name in empty if not schema["properties"][name].get("minItems")}  # none is an answer too


def _said(schema: Schema, typed: Any) -> Any:
    if typed is None:
        return None
    match kind_of(schema):
        case "group":
            return body_of(schema, typed) or None
        case "rows":
            return [body_of(schema["items"], row) for row in typed] or None
        case "documents":
            kept = (
                {"name": each.get("name") or f"材料{number}", **({"file": each["file"]} if each.get("file") else {})}
                for number, each in enumerate(typed, 1)
                if is_there(each)
            )
            return list(kept) or None
        case "choices":
            return list(typed) or None
        case "lines":
            return [cells.trimmed(line) for line in typed.split("\n") if cells.trimmed(line)] or None
        case _:
            return _read(schema, typed)


def _read(schema: Schema, text: str) -> Any:
    if not cells.trimmed(text):
        return None
    try:
        return cells.read(column_of("", {"title": "", "description": "", **schema}), text)
    except cells.Unfit:
        return text


def is_there(document: Mapping[str, Any]) -> bool:
    """Whether a document is handed in: as a file, or on paper."""
    return bool(document.get("file") or document.get("paper") == CHOSEN[0])


def without_blank_rows(schema: Schema, typed: dict[str, Any]) -> dict[str, Any]:
    """The tree without rows in which nothing was typed, so that the faults of its body stand where its rows stand."""
    tree = _copy(typed)
    for name, field in schema["properties"].items():
        if kind_of(field) == "rows" and name in tree:
            tree[name] = [row for row in tree[name] if any(_texts(row))]
    return tree


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict | list):
        for inner in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(inner)
    elif tree:
        yield tree


def _copy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _copy(inner) for name, inner in tree.items()}
    return [_copy(inner) for inner in tree] if isinstance(tree, list) else tree
