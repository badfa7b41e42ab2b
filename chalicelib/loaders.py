"""Reads the data officials edit - rulebooks, calendars, vocabulary - from files into the core's values."""

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .core.calendar import ONE_DAY, Calendar
from .core.errors import InvalidInput, InvalidRulebook
from .core.reader import rulebook
from .core.rulebook import Rulebook, digest

ROOT = Path(__file__).resolve().parent.parent
SHARED_FILES = ("vocabulary", "defaults")
WIDTH = 140  # of a line of YAML that we write
MOST_VALUES = 200_000  # in a text, its anchors written out; a rulebook has some thousands


def folder(name: str) -> Path:
    """`schedules` or `schemas`: beside this package in a checkout and in Lambda's zip alike."""
    return ROOT / name


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as an official would read it: `on`, `yes` and `no` are words, and a key may stand only once."""

    def construct_mapping(self, node, deep=False):
        seen: set[str] = set()
        for key, _ in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if key.tag == "tag:yaml.org,2002:merge":
                raise InvalidRulebook(
                    f"第{line}行：请不要用“<<”，把各项写全", f"line {line}: write the members out, without <<"
                )
            if name in seen:
                raise InvalidRulebook(
                    f"第{line}行：“{name}”写了两次，请只保留一个", f"line {line}: {name!r} stands twice; keep one"
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> Any:
    return parse_yaml(path.read_text("utf-8"))


def parse_yaml(text: str) -> Any:
    """What a text says. InvalidRulebook too for one that nobody could read: nested deeply, or blown up by anchors (&, *)."""
    try:
        value = yaml.load(text, Loader=_Loader)
        size = _written_out(value, {})
    except RecursionError:
        raise InvalidRulebook("层次过深，无法读取", "nested too deeply to be read") from None
    if size > MOST_VALUES:
        raise InvalidRulebook("内容过多，或引用（&、*）展开后过多，请把各项写全", "too much, or its anchors expand to too much")
    return value


def _written_out(value: Any, known: dict[int, float]) -> float:
    """How many values it would be without anchors; endless where it holds itself."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = math.inf  # until it is known
        within = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_written_out(each, known) for each in within)
    return known[id(value)]


def readable_yaml(text: str) -> Any:
    """The same of what somebody typed. InvalidInput says at which line it cannot be read."""
    try:
        return parse_yaml(text)
    except InvalidRulebook as error:  # a key that stands twice
        raise InvalidInput(*error.text) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that there is not
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise InvalidInput(
            f"第{line}行起不是合格的 YAML，请检查缩进、引号、括号和冒号后的空格",
            f"line {line}: not YAML; check its indentation",
        ) from None


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    """Says everything where it stands, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(data: Mapping[str, Any]) -> str:
    """Data as a file for people, its keys in their order, an empty line between the rules."""
    text = yaml.dump(
        data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH, encoding=None
    )
    return re.sub(r"\n(- id: )", r"\n\n\1", text)


def line_of(text: str, path: str) -> int:
    """The line, from 1, where a JSON pointer's value is written, as near as there is something."""
    node, line = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), 1
    for part in path.strip("/").split("/"):
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        step = next(((key, value) for key, value in pairs if key.value == part), None)
        if step is None:
            break
        line, node = step[0].start_mark.line + 1, step[1]
    return line


def seed_file(jurisdiction: str) -> str:
    """The rulebook's file as it is written, with its comments."""
    return (folder("schedules") / f"{jurisdiction}.yaml").read_text("utf-8")


@cache
def vocabulary() -> dict[str, Any]:
    return read_yaml(folder("schedules") / "vocabulary.yaml")


@cache
def default_settings() -> dict[str, Any]:
    return read_yaml(folder("schedules") / "defaults.yaml")


@cache
def orders() -> tuple[tuple[str, str], ...]:
    """Pairs of events of which the second cannot be earlier than the first."""
    return tuple((earlier, later) for earlier, later in vocabulary()["orders"])


@cache
def jurisdictions() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder("schedules").glob("*.yaml") if path.stem not in SHARED_FILES))


@cache
def seed_rulebook(jurisdiction: str) -> dict[str, Any]:
    """The rulebook's data as the files have it; KeyError for a jurisdiction without one."""
    if jurisdiction not in jurisdictions():
        raise KeyError(jurisdiction)
    return plain(read_yaml(folder("schedules") / f"{jurisdiction}.yaml"))


def plain(value: Any) -> Any:
    """YAML's dates as ISO text: what a rulebook is as JSON, in a store or under a schema."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def editions(jurisdiction: str) -> tuple[Rulebook, ...]:
    """The jurisdiction's rulebooks, oldest first, with the settings the files give."""
    return (rulebook(seed_rulebook(jurisdiction), vocabulary(), default_settings()),)


@cache
def calendar_files() -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """The notices' years in order, and the projection."""
    calendars = folder("schedules") / "calendars"
    return tuple(read_yaml(path) for path in sorted(calendars.glob("cn-2*.yaml"))), read_yaml(calendars / "cn-projected.yaml")


@cache
def calendar() -> Calendar:
    """The calendar as the files have it."""
    return calendar_with({})


def calendar_with(published: Mapping[str, Any]) -> Calendar:
    """The notices' years, with those published since (year -> notice data) in their place, and the projected ones."""
    seeded, projected = calendar_files()
    by_year = {notice["year"]: notice for notice in seeded} | {int(year): _dated(notice) for year, notice in published.items()}
    notices = [by_year[year] for year in sorted(by_year)]
    known = frozenset(notice["year"] for notice in notices)
    rest = dict(_days_off(span for notice in notices for span in notice["rest"]))
    rest.update(_days_off(span for year, spans in projected["years"].items() if year not in known for span in spans))
    return Calendar(
        revision="+".join(f"{notice['year']}.{notice['revision']}" for notice in notices[-1:])
        + "-"
        + digest([notices, projected])[:8],
        known=known,
        rest=rest,
        work=frozenset(day for notice in notices for day in notice["work"]),
        notices={notice["year"]: notice["notice"]["title"] for notice in notices},
    )


def _dated(notice: Mapping[str, Any]) -> dict[str, Any]:
    """A notice from a store: its days as dates again."""
    rest = [{**span, "from": date.fromisoformat(span["from"]), "to": date.fromisoformat(span["to"])} for span in notice["rest"]]
    return {**notice, "rest": rest, "work": [date.fromisoformat(day) for day in notice["work"]]}


def _days_off(spans):
    for span in spans:
        day = span["from"]
        while day <= span["to"]:
            yield day, span["name"]
            day += ONE_DAY
