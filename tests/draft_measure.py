"""How far a draft gets: the drafts of the five texts against the rulebooks that people made of them.

A drafted rule counts as found where the rulebook has one of the same article and kind that sets the same time (bands:
that name one of the same amounts). Each rule of a rulebook is found at most once. Run as a program it prints the table
of docs/draft.md; the texts must lie beside the checkout.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib import loaders
from chalicelib.core.draft import draft
from chalicelib.core.readings import Readings
from chalicelib.core.rulebook import FINDINGS, OBLIGATIONS

REGULATIONS = Path(__file__).resolve().parent.parent.parent / "shared" / "regulations"
PLACES = ("bazhong", "chongqing", "dazhou", "fangchenggang", "yunyang")
TIMES = ("within", "opens", "closes", "by", "every", "before")
GUESSES = ("from", "done_by", "bars", "owed_by", "submit_to", "modality")


class Count(NamedTuple):
    found: int
    rules: int  # that the rulebooks have
    drafted: int

    def __str__(self) -> str:
        return f"{percent(self.found, self.rules)} | {percent(self.found, self.drafted)} | {self.found} | {self.rules} | {self.drafted}"


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 100


def text_of(place: str) -> str:
    return (REGULATIONS / f"{place}.txt").read_text("utf-8")


def pairs(place: str) -> tuple[list[tuple[Mapping, Mapping]], list[Mapping], list[Mapping]]:
    """(what was drafted and what people wrote, matched), the drafted rules, the rulebook's."""
    written = next(Readings(loaders.seed_rulebook(place), {}).variants())["rules"]
    drafted = loaders.plain(draft(text_of(place), place, loaders.vocabulary()))["rules"]
    left, matched = list(drafted), []
    for rule in written:
        same = next((other for other in left if matches(other, rule)), None)
        if same:
            left.remove(same)
            matched.append((same, rule))
    return matched, drafted, written


def matches(drafted: Mapping, rule: Mapping) -> bool:
    if (drafted["article"], drafted.get("occurrence", 1), drafted["kind"]) != (
        rule["article"],
        rule.get("occurrence", 1),
        rule["kind"],
    ):
        return False
    if rule["kind"] == "band":
        wanted = set(numbers(rule["rows"]))
        return not wanted or bool(wanted & set(numbers(drafted["rows"])))
    return times(drafted) == times(rule)


def times(rule: Mapping) -> dict[str, Any]:
    """What the rule says of time; an interval left to a setting is the same whatever the setting is called."""
    keys = (*TIMES, "for") if rule["kind"] == "at_least" else TIMES
    return {key: _plain(rule[key]) for key in keys if key in rule}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"setting"}:
            return "setting"
        if value.get("day") == "last":  # 6月底 and 6月30日 are one day
            return {**value, "day": {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(value["month"], 31)}
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def numbers(value: Any) -> Iterator[int]:
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        if type(item) is int:
            yield item
        yield from numbers(item)


def measured() -> dict[str, Count]:
    """For each kind, and for all of them, over the five texts."""
    found, rules, drafted = Counter(), Counter(), Counter()
    for place in PLACES:
        matched, made, written = pairs(place)
        found.update(rule["kind"] for _, rule in matched)
        rules.update(rule["kind"] for rule in written)
        drafted.update(rule["kind"] for rule in made)
    counts = {kind: Count(found[kind], rules[kind], drafted[kind]) for kind in (*OBLIGATIONS, *FINDINGS)}
    return {**counts, "all": Count(found.total(), rules.total(), drafted.total())}


def guessed() -> dict[str, Counter]:
    """Of the rules found: how often each field is as people wrote it, left open, or otherwise."""
    told: dict[str, Counter] = {field: Counter() for field in GUESSES}
    for place in PLACES:
        for drafted, rule in pairs(place)[0]:
            for field in (field for field in GUESSES if field in rule):
                told[field][_verdict(drafted.get(field), rule[field])] += 1
    return told


def _verdict(guess: Any, right: Any) -> str:
    names = set(_names(guess))
    if guess is None or not names:
        return "open"
    return "right" if names <= set(_names(right)) else "other"


def _names(value: Any) -> Iterator[str]:
    """The events, offices and words in a field, whatever stands around them; nothing of an open mark."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in ("decide", "field", "result", "when"):
                yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, str):
        yield value


def tables() -> str:
    lines = ["| kind | recall % | precision % | found | in the rulebooks | drafted |", "|---|---|---|---|---|---|"]
    lines += [f"| `{kind}` | {count} |" for kind, count in measured().items()]
    lines += ["", "| field | as people wrote it % | left open % | otherwise % |", "|---|---|---|---|"]
    for field, told in guessed().items():
        lines.append(
            f"| `{field}` | {' | '.join(str(percent(told[verdict], told.total())) for verdict in ('right', 'open', 'other'))} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables())
