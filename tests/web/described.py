"""The API's description held against what the API does: every answer is checked, and no member goes unmentioned."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from chalicelib import bootstrap
from chalicelib.web.openapi import describe

URL = "https://duban.example"
DOCUMENT = describe(bootstrap.forms(), URL)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document stands for."""
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def pattern_of(path: str) -> str:
    """The described path that a request's path means: words before parameters."""
    parts = path.partition("?")[0].split("/")
    fitting = [
        pattern
        for pattern in DOCUMENT["paths"]
        if len(pattern.split("/")) == len(parts)
        and all(wanted.startswith("{") or wanted == part for wanted, part in zip(pattern.split("/"), parts, strict=True))
    ]
    return min(fitting, key=lambda pattern: pattern.count("{"))


def faults(pointer_or_schema: Any, value: Any, *, closed: bool = False) -> list[str]:
    """What is wrong with a value by a schema of the document. `closed`: members that it does not name are wrong too."""
    document = _closed() if closed else DOCUMENT
    registry = Registry().with_resource("urn:document", DRAFT202012.create_resource(document))
    schema = json.loads(json.dumps(pointer_or_schema).replace('"#/', '"urn:document#/'))
    checker = Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]


@cache
def _closed() -> dict[str, Any]:
    """The document with every object closed that says which members it has."""

    def close(node: Any) -> Any:
        if isinstance(node, list):
            return [close(item) for item in node]
        if not isinstance(node, dict):
            return node
        shut = {key: close(value) for key, value in node.items()}
        is_shape = node.get("type") == "object" and "properties" in node
        return {"additionalProperties": False, **shut} if is_shape else shut

    return close(DOCUMENT)


def check(method: str, path: str, answer) -> None:
    """The answer is one that the description of its operation tells of."""
    told = DOCUMENT["paths"][pattern_of(path)][method.lower()]["responses"]
    response = resolved(told[str(answer.status)])
    kind = answer.headers["content-type"][0].partition(";")[0]
    content = response["content"][kind]
    assert all(name.lower() in answer.headers for name in response.get("headers", {}))
    if kind.endswith("json"):
        assert faults(content["schema"], answer.json, closed=True) == []
