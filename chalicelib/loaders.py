"""Reads the data officials edit - rulebooks, calendars, vocabulary - from files into the core's values."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .core.calendar import ONE_DAY, Calendar
from .core.errors import InvalidRulebook
from .core.reader import rulebook
from .core.rulebook import Rulebook, digest

ROOT = Path(__file__).resolve().parent.parent
SHARED_FILES = ("vocabulary", "defaults")


def folder(name: str) -> Path:
    """`schedules` or `schemas`: beside this package in a checkout and in Lambda's zip alike."""
    return ROOT / name


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as an official would read it: `on`, `yes` and `no` are words, and a key may stand only once."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                line = node.value[place][0].start_mark.line + 1
                raise InvalidRulebook(
                    f"第{line}行：“{key}”写了两次，请只保留一个", f"line {line}: {key!r} stands twice; keep one"
                )
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> Any:
    return parse_yaml(path.read_text("utf-8"))


def parse_yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)


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
