"""Checks a rulebook before anybody relies on it: its shape, the names it uses, its sense, and its quotations.

All faults are found in one pass, each with its line in the file and what to do about it. The shape stands in
schemas/rulebook.schema.json; what JSON Schema cannot say is marked there by two keywords of ours: `x-names` (which kind
of name stands here) and `x-tests` (a comparison must fit the type of its fact).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from .core import sense
from .core.condition import FactType, Vocabulary
from .core.errors import InvalidRulebook, Text
from .core.probe import ORDERINGS
from .core.reader import rulebook
from .core.readings import Place, Readings, mapping
from .core.regulation import articles
from .loaders import default_settings, folder, parse_yaml, vocabulary

DAYS = ("on", "issued_on", "reviewed_on", "review_by", "value", "default")  # keys under which a day may stand
KINDS = {  # what x-names may say
    "events": Text("节点", "event"),
    "facts": Text("事实", "fact"),
    "authorities": Text("部门", "authority"),
    "holders": Text("承办主体", "holder"),
    "phases": Text("阶段", "phase"),
    "settings": Text("设置", "setting"),
    "readings": Text("读法", "reading"),
    "forms": Text("表单", "form"),
    "rules": Text("规则", "rule"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to mend in a rulebook; a note needs no mending and says what is still open."""

    line: int  # of the rulebook's file, from 1
    where: str  # the rule's id, or the path in the head: readings.mid_year.chosen
    zh: str  # what is wrong
    en: str  # the same in English, and what to do
    remedy: str  # what to do
    is_note: bool = False


def lint(text: str, *, regulation: str | None = None, on: date | None = None) -> list[Fault]:
    """Every fault of a rulebook's file, in the order of its lines.

    With `regulation`, the text the rulebook was made from, each quotation must stand in its article; with `on`, a
    rulebook whose next review was due before that day is told.
    """
    try:
        data, root = parse_yaml(text), yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except InvalidRulebook as error:  # a key that stands twice, or what nobody could read
        line = re.search(r"line (\d+)", error.text.en)
        return [_unreadable(int(line[1]) if line else 1, *error.text, "照此改正", "correct it")]
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that there is not
        mark = getattr(error, "problem_mark", None)
        return [
            _unreadable(
                mark.line + 1 if mark else 1,
                "从这里起不是合格的 YAML，无法读取",
                f"not YAML: {getattr(error, 'problem', error)}",
                "检查缩进、成对的引号和括号、冒号后的空格",
                "check indentation, quotes, brackets, the space after each colon",
            )
        ]
    if not isinstance(data, Mapping):
        return [
            _unreadable(
                1,
                "规则册应是一组“键: 值”",
                "a rulebook is a mapping",
                "照 docs/rules.md 从 id、name 写起",
                "begin as docs/rules.md says",
            )
        ]
    found = _Lint(data, root)
    found.check()
    if on:
        found.tell_all(sense.review(data, on))
    if regulation is not None:
        found.tell_all(sense.quotations(data, articles(regulation)))
    return sorted(found.faults.values(), key=lambda fault: fault.line)


def _unreadable(line: int, zh: str, en: str, do_zh: str, do_en: str) -> Fault:
    return Fault(line=line, where="", zh=zh, en=f"{en}: {do_en}", remedy=do_zh)


@cache
def _schema() -> dict[str, Any]:
    return json.loads((folder("schemas") / "rulebook.schema.json").read_text("utf-8"))


@cache
def _forms() -> frozenset[str]:
    """The forms there are; a schema without x-duban holds pieces that forms share."""
    return frozenset(
        path.stem for path in (folder("schemas") / "forms").glob("*.json") if "x-duban" in json.loads(path.read_text("utf-8"))
    )


class _Lint:
    """One rulebook under examination: its data, where each piece is written, and the faults found so far."""

    def __init__(self, data: Mapping[str, Any], root: yaml.Node):
        self.data, self.root = data, root
        self.faults: dict[tuple[int, str], Fault] = {}
        self.rules = _rules(data)
        self.facts = {**vocabulary()["facts"], **mapping(data, "facts")}
        self.readings = Readings(data, {**default_settings(), **mapping(data, "settings")})
        own = {key: set(mapping(data, key)) for key in ("events", "authorities", "phases", "readings")}
        self.names = {
            **own,
            "events": own["events"] | set(vocabulary()["events"]),
            "facts": set(self.facts),
            "forms": _forms(),
            "settings": set(self.readings.settings),
            "holders": own["authorities"] | {"unit", "parent", "vendor"},
            "rules": {str(rule.get("id")) for rule in self.rules.values()},
        }

    def tell(self, path: Place, zh: str, en: str, remedy: Text, is_note: bool = False) -> None:
        line = self.follow(*self.seek(path))[1]
        where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in path)
        if path[:1] == ("rules",) and len(path) > 1 and path[1] in self.rules:
            where = str(self.rules[path[1]].get("id", where))
        self.faults.setdefault(
            (line, zh), Fault(line=line, where=where, zh=zh, en=f"{en}: {remedy.en}", remedy=remedy.zh, is_note=is_note)
        )

    def tell_all(self, troubles: Iterable[sense.Trouble]) -> None:
        for trouble in troubles:
            self.tell(*trouble)

    def seek(self, path: Place) -> tuple[yaml.Node, int]:
        """What a path leads to, as near as there is something, and its line."""
        node, line = self.root, 1
        for part in path:
            if part not in ("reading", "setting"):
                node, line = self.follow(node, line)
            if isinstance(node, yaml.MappingNode):
                step = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            else:
                step = (node.value[part],) * 2 if isinstance(node, yaml.SequenceNode) and isinstance(part, int) else None
            if step is None:
                break
            node, line = step[1], step[0].start_mark.line + 1
        return node, line

    def follow(self, node: yaml.Node, line: int) -> tuple[yaml.Node, int]:
        """Through {reading: id} to where the option taken is written, through {setting: key} to its value."""
        if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
            place = self.readings.value_of(str(node.value[0][0].value), str(node.value[0][1].value))
            return self.follow(*self.seek(place)) if place else (node, line)
        return node, line

    def check(self) -> None:
        """The data as they are written, and as they read with each option of each reading."""
        self.tell_all(sense.open_marks(self.data))
        self.tell_all(sense.options(self.readings))
        self.tell_all(sense.repeated_ids(self.rules))
        self.tell_all(sense.unset_settings(self.data, self.rules))
        self.check_shape(self.data)
        if circles := list(sense.circles(self.readings)):
            self.tell_all(circles)
            return
        for data in self.readings.variants():
            broken, rules = self.check_shape(data), _rules(data)
            self.tell_all(sense.due_anchors(rules))
            if not broken & {("scope",), ("facts",), ("events",)}:
                sound = {place: rule for place, rule in rules.items() if ("rules", place) not in broken}
                self.tell_all(sense.bands(data, sound, self.words()))
        if all(fault.is_note for fault in self.faults.values()):
            try:
                rulebook(self.data, vocabulary(), default_settings())
            except InvalidRulebook as error:
                self.tell((), *error.text, Text("照 docs/rules.md 改写这一处", "write it as docs/rules.md says"))

    def words(self) -> Vocabulary:
        """The events and facts of a rulebook that declares them rightly."""
        return Vocabulary(
            {
                key: Text(event["zh"], event["en"])
                for key, event in {**vocabulary()["events"], **mapping(self.data, "events")}.items()
            },
            {key: FactType(fact["type"], fact["zh"], fact["en"], fact.get("default")) for key, fact in self.facts.items()},
        )

    # Shape and names

    def check_shape(self, data: Mapping[str, Any]) -> set[Place]:
        """Tells every fault of shape; answers where: ("rules", place), or the head's key."""
        checker = extend(Draft202012Validator, {"x-names": self.unknown_names, "x-tests": self.unfit_tests})
        broken, undecided = set(), [mark.path for mark in sense.open_marks(data)]
        for error in checker(_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(_plain(data)):
            if not any(path == tuple(error.absolute_path)[: len(path)] for path in undecided):  # told by its own words already
                for path, zh, en, remedy in _worded(error, self.names):
                    self.tell(path, zh, en, remedy)
            broken.add(tuple(error.absolute_path)[: 2 if error.absolute_path and error.absolute_path[0] == "rules" else 1])
        return broken

    def unknown_names(self, _: Any, kind: str, value: Any, __: Any) -> Iterator[ValidationError]:
        if isinstance(value, str) and value not in self.names[kind]:
            yield ValidationError(f"unknown {KINDS[kind].en} {value!r}")

    def unfit_tests(self, _: Any, __: Any, condition: Any, ___: Any) -> Iterator[ValidationError]:
        for name, test in condition.items() if isinstance(condition, Mapping) else ():
            kind = mapping(self.facts, name).get("type")
            for operator, right in (
                test.items() if isinstance(test, Mapping) else [("in" if isinstance(test, list) else "is", test)]
            ):
                values = right if isinstance(right, list) else [right]
                fits = {
                    "money": operator in ORDERINGS or operator != "contains" and all(type(value) is int for value in values),
                    "list": operator == "contains",
                    "flag": operator in ("is", "not") and all(isinstance(value, bool) for value in values),
                    "text": operator in ("is", "not", "in") and all(isinstance(value, str) for value in values),
                }.get(kind, True)
                if not fits and operator not in ("reading", "setting"):
                    yield ValidationError(f"{name} holds {kind}: {operator} {sense.shown(right)} does not fit it", path=(name,))


def _rules(data: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    listed = data.get("rules")
    return {place: rule for place, rule in enumerate(listed if isinstance(listed, list) else ()) if isinstance(rule, Mapping)}


def _plain(value: Any, key: str = "") -> Any:
    """As JSON has it: days are texts where days belong, and stay a fault elsewhere."""
    if isinstance(value, Mapping):
        return {str(inner): _plain(item, str(inner)) for inner, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) and key in DAYS else value


def _worded(error: ValidationError, names: Mapping[str, Iterable[str]]) -> Iterator[tuple[Place, str, str, Text]]:
    """A fault of shape for people: where, what is wrong in both languages, what to write instead."""
    path, said, see = tuple(error.absolute_path), _description(error), "see docs/rules.md"
    key = path[-1] if path else ""
    match error.validator:
        case "required" | "dependentRequired":
            wanted = (
                error.validator_value
                if error.validator == "required"
                else [name for given, more in error.validator_value.items() if given in error.instance for name in more]
            )
            for name in (name for name in wanted if name not in error.instance):
                what = error.schema.get("description") or _described().get(name, "")
                yield path, f"缺少“{name}”", f"{name!r} is missing", Text(f"补上 {name}：{what}", f"add {name!r}; {see}")
        case "additionalProperties":
            patterns = error.schema.get("patternProperties", {})
            allowed = list(error.schema.get("properties", {}))
            for name in (
                name
                for name in error.instance
                if name not in allowed and not any(re.search(pattern, name) for pattern in patterns)
            ):
                if error.instance[name] is None and not name.isascii():
                    remedy = Text(
                        "半角逗号会把花括号里的文字截断：给整句加上引号",
                        "a comma ends a text within { }: put the sentence in quotation marks",
                    )
                elif near := get_close_matches(name, allowed, 1):
                    remedy = Text(f"是不是 {near[0]}？", f"did you mean {near[0]!r}?")
                else:
                    remedy = Text(
                        f"删去，或改为：{'、'.join(allowed)}" if allowed else f"删去或改写：{said}",
                        f"remove or rename it; {see}",
                    )
                yield (*path, name), f"这里不能写“{name}”", f"{name!r} does not belong here", remedy
        case "not":
            yield (
                path,
                f"这种规则（kind）不能写“{key}”",
                f"{key!r} does not belong to rules of this kind",
                Text(f"删去 {key}，或改 kind；各种规则的写法见 docs/rules.md", f"remove {key!r} or change `kind`; {see}"),
            )
        case "x-names":
            name, kind, known = error.instance, error.validator_value, names[error.validator_value]
            near = get_close_matches(name, known, 1)
            hint = (f"是不是 {near[0]}？", f"did you mean {near[0]!r}?") if near else ("", "")
            declare = {
                "forms": ("见 schemas/forms 中的文件名", "the files of schemas/forms are the forms"),
                "rules": ("写本册一条规则的 id", "name a rule of this book"),
            }.get(kind) or (
                f"可在规则册开头的 {'authorities' if kind == 'holders' else kind} 中声明",
                f"declare new ones under `{'authorities' if kind == 'holders' else kind}`",
            )
            where = (*path, name) if "propertyNames" in error.absolute_schema_path else path
            yield (
                where,
                f"没有“{name}”这个{KINDS[kind].zh}",
                error.message,
                Text(hint[0] + declare[0], f"{hint[1]} {declare[1]}".strip()),
            )
        case "x-tests":
            yield (
                path,
                f"“{key}”的比较与它的类型不合",
                error.message,
                Text(
                    "金额用 at_least、above、at_most、below 或整数；是否用 true 或 false；列表用 contains；文字用值或列表，像数字的加引号",
                    "money takes at_least, above, at_most, below or a whole number; a flag true or false; a list contains; a text a text or a list of them",
                ),
            )
        case _:
            zh = (
                f"“{key}”写的是“{sense.shown(error.instance)}”，不合要求"
                if not isinstance(error.instance, (Mapping, list))
                else f"“{key}”的写法不对"
            )
            yield path, zh, f"{key}: {sense.shown(error.message)}", Text(f"应写：{said}", see)


def _description(error: ValidationError) -> str:
    """What the schema says of the place where a fault is: the nearest description on the way to it."""
    node, said = _schema(), ""
    for step in error.absolute_schema_path:
        while isinstance(node, Mapping) and "$ref" in node and step not in node:
            said, node = node.get("description", said), _schema()["$defs"][node["$ref"].rpartition("/")[2]]
        if isinstance(node, Mapping) and "description" in node and step != "description":
            said = node["description"]
        node = node[step]
    return said


@cache
def _described() -> dict[str, str]:
    """The description of every field, a rule's before the head's."""
    shapes = [*_schema()["$defs"].values(), _schema()]
    shapes.insert(0, _schema()["$defs"]["rule"])
    found: dict[str, str] = {}
    for shape in shapes:
        for name, field in shape.get("properties", {}).items():
            target = _schema()["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
            found.setdefault(name, field.get("description") or target.get("description", ""))
    return found


def calendar_faults(notice: Any) -> list[tuple[str, str]]:
    """What is wrong with a year's holiday notice (as JSON: days are ISO text): (where, what), empty when it is sound."""
    schema = json.loads((folder("schemas") / "calendar.schema.json").read_text("utf-8"))
    faults = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(notice)
    return sorted(
        ("/" + "/".join(map(str, fault.path)), f"不合格式，请对照 schedules/calendars/cn-2026.yaml：{fault.message}")
        for fault in faults
    )
