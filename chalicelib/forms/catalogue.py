"""All the forms of an installation: their schemas written out, and what a submission to one says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .faults import Schema, checker, first_faults, position_of
from .recorded import is_classified, meets, milestone, plain
from .wording import FieldError, nearest, worded

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


class UnknownForm(LookupError):
    """There is no form of that name; see `Forms.ids()` for those there are."""


class Forms:
    """All the forms of an installation, compiled when first used."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = dict(schemas)
        self._by_uri = {schema["$id"]: schema for schema in schemas.values()}
        self._ids = tuple(sorted(name for name, schema in schemas.items() if "x-duban" in schema))
        self._expanded: dict[str, Schema] = {}
        self._validators: dict[str, Validator] = {}

    @classmethod
    def load(cls, folder: Path) -> "Forms":
        """Every *.json of the folder; the file's name is the form's id."""
        return cls({path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))})

    def ids(self) -> tuple[str, ...]:
        return self._ids

    def get(self, form_id: str) -> Schema:
        """The form's schema with every shared piece written out, so that it stands alone."""
        if form_id not in self._ids:
            near = nearest(form_id, self._ids)
            hint = f"；是不是 {near}？ (did you mean {near}?)" if near else ""
            raise UnknownForm(f"没有“{form_id}”这张表单 (no such form){hint}")
        if form_id not in self._expanded:
            self._expanded[form_id] = self._expand(self._schemas[form_id])
        return self._expanded[form_id]

    @staticmethod
    def is_classified(body: Any) -> bool:
        """Whether the submission says of itself that it is classified (涉密)."""
        return is_classified(body)

    def check(self, form_id: str, body: Any) -> tuple[FieldError, ...]:
        """Every error at once, one a field, in the order of the form; what is classified is not read."""
        schema = self.get(form_id)
        if is_classified(body):
            return ()
        if form_id not in self._validators:
            self._validators[form_id] = checker()(schema)
        found = first_faults(self._validators[form_id].iter_errors(body))
        # Until it is known that the submission is not classified, no value of it is repeated.
        may_quote = isinstance(body, Mapping) and body.get("classified") is False
        in_order = sorted(found, key=lambda fault: position_of(schema, fault.path))
        return tuple(worded(schema, fault, may_quote) for fault in in_order)

    def milestones(self, form_id: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """The milestones that a checked submission states, without ids."""
        records = self.get(form_id)["x-duban"]["records"]
        if is_classified(body):
            return ()
        return tuple(
            milestone(record, body)
            for record in records
            if record["on"] in body and all(meets(body, *wanted) for wanted in record.get("when", {}).items())
        )

    def facts(self, form_id: str, body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The facts of the project and of the unit that a checked submission states."""
        stated: dict[str, dict[str, Any]] = {"project": {}, "unit": {}}
        sets = self.get(form_id)["x-duban"]["sets"]
        if not is_classified(body):
            for fact, field in sets.items():
                holder, name = fact.split(".")
                if field in body:
                    stated[holder][name] = plain(body[field])
        return stated

    def _expand(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        local = {key: self._expand(value) for key, value in node.items() if key != "$ref"}
        return {**self._expand(self._shared(node["$ref"])), **local} if "$ref" in node else local

    def _shared(self, reference: str) -> Any:
        uri, _, pointer = reference.partition("#")
        piece: Any = self._by_uri[uri]
        for part in pointer.strip("/").split("/"):
            piece = piece[part]
        return piece
