"""The shapes of docs/shapes.md are what they are said to be: sound YAML, and the dates and findings that are shown."""

import re
from pathlib import Path

import pytest
import yaml

from chalicelib import loaders
from chalicelib.core.reader import rulebook
from chalicelib.lint import lint

from .core.small import ask

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "shapes.md").read_text("utf-8")
SHAPES = {
    section.partition("\n")[0]: [
        loaders.plain(loaders.parse_yaml(block)) for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    ]
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
}
HEAD = {
    "id": "smallville", "name": {"zh": "小城", "en": "Smallville"}, "division": "990100",
    "document": {"title": "小城办法", "number": None, "issuer": None, "issued_on": None},
    "edition": "1", "revision": 1, "status": "draft", "valid_from": None, "valid_to": None, "reviewed_on": "2026-01-05", "review_by": "2027-01-05",
    "counting": {"convention": "civil_code", "assumption": {"zh": "类推民法典", "en": "Civil Code by analogy"}},
    "edges": {"above": "includes", "below": "excludes"},
    "classified": {"article": "2", "quote": "涉密的除外", "route": {"zh": "线下办理", "en": "offline"}},
    "authorities": {"bureau": {"name": "小城大数据局", "en": "Data Bureau"}},
}  # fmt: skip


def situations():
    return [
        pytest.param(name, situation, id=f"{name} #{turn}")
        for name, (_, *listed) in SHAPES.items()
        for turn, situation in enumerate(listed, 1)
    ]


def told(rows, expected):
    """Of each row, the fields that the situation lists of it."""
    return [{key: row[key] for key in listed} for row, listed in zip(rows, expected, strict=False)]


def test_the_page_has_every_shape_that_is_promised():
    promised = (
        "lapse", "cool-down", "ban of n years", "frequency by level", "two anchors", "extension with and without a cap", "minimum run plus", "within 180 days of this document",
        "another was missed", "window", "half-years and quarters", "before a planned event", "literal convention",
    )  # fmt: skip
    assert [words for words in promised if not any(words in name.lower() for name in SHAPES)] == []


@pytest.mark.parametrize("name", SHAPES)
def test_the_yaml_of_a_shape_has_no_fault(name):
    text = yaml.safe_dump({**HEAD, **SHAPES[name][0]}, allow_unicode=True, sort_keys=False)
    assert [(fault.where, fault.zh) for fault in lint(text)] == []


@pytest.mark.parametrize(("name", "situation"), situations())
def test_a_situation_gives_what_is_shown(name, situation):
    book = rulebook({**HEAD, **SHAPES[name][0]}, loaders.vocabulary(), loaders.default_settings())
    answer = ask(
        book,
        *situation["milestones"],
        on=situation["on"],
        until=situation.get("until"),
        project={"id": "p1", **situation.get("project", {})},
    )
    for part in ("obligations", "findings"):
        expected = situation.get(part, [])
        assert (len(answer[part]), told(answer[part], expected)) == (len(expected), expected)
