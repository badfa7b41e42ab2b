"""What every store has to agree on: which keys, values and writes it takes, and what a query spans.

The limits are DynamoDB's, with a little room, and hold for every store: what works on one works on the other.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..ports import ANY, MAX_ITEM_BYTES, Change, Check, Item, Key, Put

MAX_ACTIONS = 100  # of one TransactWriteItems: MAX_CHANGES of a use case and the check of the gate they pass
MAX_PARTITION_BYTES = 2_000
MAX_SORT_BYTES = 1_000
MAX_WRITE_BYTES = 4_000_000  # keys and bodies of one write together

COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Step(NamedTuple):
    """A change that was found sound, with the text to store if it is a Put."""

    change: Change
    body: str | None


class Span(NamedTuple):
    """The sorts from `low` to `high` (None: no end), each end included or not."""

    low: str | None
    low_included: bool
    high: str | None
    high_included: bool

    def __contains__(self, sort: object) -> bool:
        return (self.low is None or self.low < sort or (self.low_included and self.low == sort)) and (
            self.high is None or sort < self.high or (self.high_included and sort == self.high)
        )


def sound_key(key: Key) -> Key:
    """The key, if every store can hold it."""
    _sound_text(key[0], f"the partition of {tuple(key)!r}", MAX_PARTITION_BYTES)
    _sound_text(key[1], f"the sort of {tuple(key)!r}", MAX_SORT_BYTES)
    return Key(*key)


def sound_steps(changes: Iterable[Change]) -> list[Step]:
    """The changes of one write, if every store can take them; nothing is written before all are looked at."""
    changes = list(changes)
    if len(changes) > MAX_ACTIONS:
        raise ValueError(f"{len(changes)} changes in one write; at most {MAX_ACTIONS} fit: split them")
    seen, total, steps = set(), 0, []
    for change in changes:
        key = sound_key(change.key)
        if key in seen:
            raise ValueError(f"{tuple(key)!r} is in one write twice; each key may be changed or checked once")
        if not _is_count(change.expects) and (change.expects is not ANY or isinstance(change, Check)):
            raise ValueError(f"{tuple(key)!r} expects {change.expects!r}; a version is a whole number from 0")
        seen.add(key)
        body = encode(key, change.value) if isinstance(change, Put) else None
        total += len(f"{key.partition}{key.sort}{body or ''}".encode())
        steps.append(Step(change, body))
    if total > MAX_WRITE_BYTES:
        raise ValueError(f"{total:,} bytes in one write; at most {MAX_WRITE_BYTES:,} fit: split them")
    return steps


def _is_count(expects: object) -> bool:
    return isinstance(expects, int) and not isinstance(expects, bool) and expects >= 0


def encode(key: Key, value: dict[str, Any]) -> str:
    """The value as compact JSON."""
    where = f"the value at {tuple(key)!r}"
    if not isinstance(value, dict):
        raise ValueError(f"{where} is a {type(value).__name__}; a value is a JSON object, that is a dict")
    for fault in _faults(value, ""):
        raise ValueError(f"{where} {fault}")
    body = COMPACT.encode(value)
    _utf8(body, where, MAX_ITEM_BYTES)
    return body


def decode(partition: str, sort: str, version: int, body: str) -> Item:
    return Item(Key(partition, sort), json.loads(body), version)


def _faults(value: Any, path: str) -> Iterable[str]:
    """What JSON would not give back as it was."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(name, str):
                yield f"has the key {name!r} at {path or 'its top'}; keys are strings: {str(name)!r}"
            yield from _faults(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _faults(inner, f"{path}[{index}]")
    elif isinstance(value, float):
        yield f"has the float {value!r} at {path}; store a whole number or a decimal string"
    elif not (value is None or isinstance(value, (str, int))):
        yield f"has a {type(value).__name__} at {path}; store str, int, bool, None, list or dict"


def _sound_text(text: str, what: str, most: int) -> None:
    if not _utf8(text, what, most):
        raise ValueError(f"{what} is empty; give it at least one character")


def _utf8(text: str, what: str, most: int) -> int:
    """The length of the text in bytes, if it can be written down and is not too long."""
    if not isinstance(text, str):
        raise ValueError(f"{what} is {text!r}; it must be a string")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} has half a character, {text[error.start]!r}; drop it") from error
    if size > most:
        raise ValueError(f"{what} takes {size:,} bytes; at most {most:,} fit")
    return size


def sound_span(
    partition: str, prefix: str, after: str | None, upto: str | None, limit: int | None, newest_first: bool
) -> Span | None:
    """What a query reads, as one range; None when nothing can be in it."""
    _sound_text(partition, "the partition of a query", MAX_PARTITION_BYTES)
    for name, text in (("prefix", prefix), ("after", after), ("upto", upto)):
        if text is not None:
            _utf8(text, f"{name}={text!r}", MAX_SORT_BYTES)
    if limit is not None and not _is_count(limit):
        raise ValueError(f"limit={limit!r}; it is a whole number from 0, or None for all")
    lows = [(prefix, True)]
    highs = [(end, False) for end in [_end_of(prefix)] if end is not None]
    if after is not None:
        (highs if newest_first else lows).append((after, False))
    if upto is not None:
        highs.append((upto, True))
    # The tightest end wins, and of two equal ones the one that leaves itself out.
    low, low_included = max(lows, key=lambda end: (end[0], not end[1]))
    high, high_included = min(highs, default=(None, False))
    if limit == 0 or (high is not None and (not high or high < low)):
        return None
    return Span(low or None, low_included, high, high_included)


def _end_of(prefix: str) -> str | None:
    """The first text after all those that start with the prefix; None when there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)  # D800 to DFFF are no characters


def cursor_of(key: Key) -> str:
    """The cursor of a scan that goes on after this key."""
    return COMPACT.encode(key)


def sound_scan(cursor: str | None, limit: int) -> Key | None:
    """The key a scan goes on after; None for one that begins."""
    if not _is_count(limit) or limit == 0:
        raise ValueError(f"limit={limit!r}; it is a whole number from 1")
    if cursor is None:
        return None
    try:
        partition, sort = json.loads(cursor)
    except (TypeError, ValueError):
        raise ValueError(f"cursor={cursor!r} does not come from a scan") from None
    return sound_key(Key(partition, sort))
