"""The situations an official can read (tests/rules/*.yaml), each asked of the real rulebook."""

from pathlib import Path

import pytest

from chalicelib import loaders
from chalicelib.core.answer import answer_json
from chalicelib.core.evaluate import evaluate
from chalicelib.core.facts import Facts, day

FOLDER = Path(__file__).parent
ALWAYS_LISTED = {"block", "warn", "undetermined"}


def situations():
    for path in sorted(FOLDER.glob("*.yaml")):
        for place, situation in enumerate(loaders.read_yaml(path), 1):
            yield pytest.param(path.stem, situation, id=f"{path.stem}-{place}")


def ask(jurisdiction, situation):
    facts = {"jurisdiction": jurisdiction, "milestones": plain(situation.get("milestones", []))}
    facts |= {key: plain(situation[key]) for key in ("unit", "project") if key in situation}
    answer = evaluate(
        loaders.editions(jurisdiction),
        loaders.calendar(),
        Facts.of_json(facts),
        on=situation["on"],
        until=day(situation.get("until")),
    )
    return answer_json(answer)


def plain(value):
    """YAML's dates as the ISO strings that facts carry."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else value


def matches(expected, given):
    return all(given[key] == plain(value) for key, value in expected.items() if key != "note")


@pytest.mark.parametrize(("jurisdiction", "situation"), list(situations()))
def test_situation(jurisdiction, situation):
    answer = ask(jurisdiction, situation)
    story = situation["situation"]
    own = [o for o in answer["obligations"] if o["per"] in ("project", "vendor")]
    expected = situation.get("obligations", [])
    left = list(own)
    for wanted in expected:
        found = next((o for o in left if matches(wanted, o)), None)
        near = [{key: o[key] for key in wanted} for o in own if o["rule"] == wanted["rule"]]
        assert found, f"{story}: expected {plain(wanted)}, the rulebook gives {near}"
        left.remove(found)
    assert not left, f"{story}: not expected: {[(o['rule'], o['period'], o['due_on'], o['state']) for o in left]}"
    for wanted in situation.get("others", []):
        others = [o for o in answer["obligations"] if o["rule"] == wanted["rule"]]
        assert any(matches(wanted, o) for o in others), f"{story}: expected {plain(wanted)}, given {others}"
    if "findings" in situation:
        check_findings(story, situation["findings"], answer["findings"])
    rules = {o["rule"] for o in answer["obligations"]}
    assert not rules & set(situation.get("absent", [])), f"{story}: {rules & set(situation['absent'])} must not appear"


def check_findings(story, expected, given):
    left = [f for f in given]
    for wanted in expected:
        found = next((f for f in left if matches(wanted, f)), None)
        assert found, f"{story}: expected finding {wanted}, given {[(f['rule'], f['outcome']) for f in given]}"
        left.remove(found)
    left = [(f["rule"], f["outcome"], f["needs"]) for f in left if f["outcome"] in ALWAYS_LISTED]
    assert not left, f"{story}: findings not expected: {left}"
