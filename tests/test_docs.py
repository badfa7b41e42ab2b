"""The documents are true and complete: what they print is what is printed, what exists is listed, links lead somewhere."""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import loaders
from chalicelib.cli import parser
from chalicelib.config import SETTINGS
from chalicelib.core.ladder import RUNGS
from chalicelib.core.rulebook import FINDINGS, OBLIGATIONS

ROOT = Path(__file__).resolve().parent.parent
README, OPERATIONS, GLOSSARY = (ROOT / name for name in ("README.md", "docs/operations.md", "docs/glossary.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ANSWER = json.loads((ROOT / "schemas" / "answer.schema.json").read_text("utf-8"))["properties"]
LEFT_OUT = "…"  # a line that stands for any number of lines

# --- commands and settings


def commands(of: argparse.ArgumentParser, name: str = "duban") -> list[str]:
    """Every command as one types it: "duban evaluate", "duban rules list"."""
    below = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    return [
        found for action in below for word, inner in action.choices.items() for found in commands(inner, f"{name} {word}")
    ] or [name]


@pytest.mark.parametrize("command", commands(parser()))
def test_every_command_is_shown_in_the_readme_or_in_operations(command):
    assert re.search(rf"{command}(?![\w-])", README.read_text("utf-8") + OPERATIONS.read_text("utf-8"))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_stands_in_the_readme_with_its_default_and_help_and_in_operations(setting):
    default = f"`{setting.default}`" if setting.default else "(none)"
    assert f"| `{setting.name}` | {default} | {setting.help} |" in README.read_text("utf-8").splitlines()
    assert f"`{setting.name}`" in OPERATIONS.read_text("utf-8")


@pytest.mark.parametrize("document", [README, OPERATIONS], ids=lambda path: path.name)
def test_no_setting_is_told_of_that_does_not_exist(document):
    assert set(re.findall(r"DUBAN_[A-Z_]+\b", document.read_text("utf-8"))) <= {
        "DUBAN_",
        *(setting.name for setting in SETTINGS),
    }


# --- words


def words_of_the_answer(part: str, field: str) -> list[str]:
    return ANSWER[part]["items"]["properties"][field]["enum"]


WORDS = sorted({
    *OBLIGATIONS, *FINDINGS, *words_of_the_answer("obligations", "kind"), *words_of_the_answer("findings", "kind"),
    *words_of_the_answer("obligations", "state"), *words_of_the_answer("findings", "outcome"), *RUNGS,
})  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_every_kind_state_outcome_and_rung_is_in_the_glossary_in_both_languages(word):
    assert re.search(rf"^\| `{word}` \| [^|a-zA-Z]*[一-鿿][^|]* \| [^|]+ \|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)


def places() -> list[str]:
    return ["shared", *loaders.jurisdictions()]


@pytest.mark.parametrize("place", places())
@pytest.mark.parametrize("part", ["events", "facts"])
def test_every_event_and_fact_has_a_name_in_both_languages(place, part):
    listed = (loaders.vocabulary() if place == "shared" else loaders.seed_rulebook(place)).get(part, {})
    assert [
        key for key, entry in listed.items() if not re.search("[一-鿿]", entry["zh"]) or not re.search("[a-z]", entry["en"])
    ] == []


@pytest.mark.parametrize("place", loaders.jurisdictions())
def test_every_reading_is_recorded_with_the_option_that_is_chosen(place):
    record = (ROOT / "docs" / "decisions" / "0007-readings.md").read_text("utf-8").splitlines()
    for ident, reading in loaders.seed_rulebook(place).get("readings", {}).items():
        row = next(
            (
                line
                for line in record
                if line.startswith(f"| {place} | `{ident}` | {reading['article']} | {reading['quote']} |")
            ),
            "",
        )
        chosen = next(option["en"] for option in reading["options"] if option["id"] == reading["chosen"])
        assert f"**{chosen}**" in row and row.endswith(f"| {reading['why']['en']} |"), (
            f"{place}: record the reading {ident} in 0007"
        )


@pytest.mark.parametrize("place", places())
def test_every_default_of_a_fact_is_recorded_with_its_reason(place):
    facts = (loaders.vocabulary() if place == "shared" else loaders.seed_rulebook(place)).get("facts", {})
    record = (ROOT / "docs" / "decisions" / "0008-default-or-unknown.md").read_text("utf-8")
    assert [key for key, fact in facts.items() if "default" in fact and f"`{key}`" not in record] == []


# --- links and examples


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        address, _, heading = link.partition("#")
        if "://" in address:
            continue
        target = document.parent / address if address else document
        assert target.exists(), f"{link} leads nowhere"
        assert not heading or heading in headings(target), f"{link}: no such heading"


def consoles() -> list:
    """(document, what is typed, what is printed) of every ```console block that starts with `$ duban`."""
    found = []
    for document in DOCUMENTS:
        for block in re.findall(r"^```console\n(\$ duban.*?)^```$", document.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                typed, _, printed = entry.partition("\n")
                found.append(pytest.param(typed, printed, id=f"{document.name}: {typed}"))
    return found


def is_as_printed(printed: str, shown: str) -> bool:
    """Whether `shown` is all of `printed`, where a line … stands for any lines left out."""
    lines = [r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(line) + r"\n" for line in shown.splitlines()]
    return re.fullmatch("".join(lines), printed) is not None


@pytest.mark.parametrize(("typed", "shown"), consoles())
def test_a_console_block_prints_what_it_shows(typed, shown, tmp_path):
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    words = shlex.split(typed)
    assert "--on" in words or words[1] not in ("evaluate", "simulate"), "give --on, so that it prints the same on any day"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    run = [sys.executable, "-c", "import sys; from chalicelib.cli import main; sys.exit(main())", *words[1:]]
    done = subprocess.run(
        run,
        cwd=tmp_path,
        env=environ | {"DUBAN_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert is_as_printed(done.stdout, shown), f"it prints:\n{done.stdout}"


@pytest.mark.parametrize(
    ("shown", "is_right"),
    [("a\nb\nc\n", True), ("a\n…\n", True), ("…\nc\n", True), ("a\nc\n", False), ("a\nb\n", False), ("b\n…\n", False)],
)
def test_only_lines_that_are_marked_may_be_left_out(shown, is_right):
    assert is_as_printed("a\nb\nc\n", shown) is is_right


def test_the_readme_evaluates_and_simulates_the_example():
    typed = [param.values[0] for param in consoles() if param.id.startswith("README.md")]
    for command in ("evaluate", "simulate"):
        assert any(line.startswith(f"duban {command} docs/examples/yunyang-completed.json") for line in typed)
