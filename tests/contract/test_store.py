"""What ports.Store promises, asked of every store; then what is each one's own."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib.core.errors import Unavailable
from chalicelib.ports import (
    ABSENT,
    ANY,
    MAX_ITEM_BYTES,
    Check,
    Delete,
    Item,
    Key,
    Put,
    StoreConflict,
)
from chalicelib.store import MAX_ACTIONS
from chalicelib.store.dynamodb import ATTEMPTS, MEETINGS, DynamoStore
from chalicelib.store.sqlite import SCAN, SqliteStore

ROOT = Path(__file__).resolve().parents[2]
A, B, C = Key("项目", "甲"), Key("项目", "乙"), Key("单位", "甲")
LAST = "\U0010ffff"  # the last code point there is


def put_all(store, partition, sorts):
    """Store an item at each sort, in an order that is not theirs."""
    sorts = list(sorts)
    random.Random(7).shuffle(sorts)
    write_all(store, [Put(Key(partition, sort), {"sort": sort}) for sort in sorts])


def write_all(store, changes):
    for start in range(0, len(changes), MAX_ACTIONS):
        store.write(changes[start : start + MAX_ACTIONS])


def sorts(items):
    return [item.key.sort for item in items]


def increment(store, key, times):
    """Count on, as a use case does: read, write what was built on it, begin again if somebody was faster."""
    for _ in range(times):
        while True:
            item = store.get(key) or Item(key, {"count": 0}, ABSENT)
            try:
                store.write([Put(key, {"count": item.value["count"] + 1}, item.version)])
                break
            except StoreConflict:
                time.sleep(random.uniform(0, 0.01))


class TestReading:
    def test_what_is_not_there_is_none(self, store):
        assert store.get(A) is None

    def test_an_item_comes_back_under_its_own_key_only(self, store):
        store.write([Put(A, {"name": "智慧云阳"})])
        assert store.get(A) == Item(A, {"name": "智慧云阳"}, 1)
        assert (store.get(B), store.get(C)) == (None, None)

    def test_a_key_that_was_read_is_a_key(self, store):
        store.write([Put(A, {})])
        found = [store.get(A), *store.get_many([A]).values(), *store.query("项目")]
        assert [type(item.key) for item in found] == [Key, Key, Key]
        assert [type(key) for key in store.get_many([A])] == [Key]

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"text": '督办\n"\\\0\u2028😀', "": "an empty name", "数": 1},
            {"numbers": [0, -1, 2**63, 10**40], "truth": [True, False, None]},
            {"deep": {"er": [[], {}, [{"x": [1, "1"]}]]}},
        ],
    )
    def test_a_value_comes_back_as_it_was(self, store, value):
        store.write([Put(A, value)])
        assert store.get(A).value == value
        assert repr(store.get(A).value) == repr(value)  # True is not 1, and the order of names is kept

    def test_a_value_that_was_read_is_a_copy(self, store):
        value = {"list": [1]}
        store.write([Put(A, value)])
        value["list"].append(2)
        store.get(A).value["list"].append(3)
        assert store.get(A).value == {"list": [1]}

    def test_many_are_those_that_are_there(self, store):
        store.write([Put(A, {"n": 1}), Put(C, {"n": 2})])
        assert store.get_many(key for key in [A, B, C]) == {A: Item(A, {"n": 1}, 1), C: Item(C, {"n": 2}, 1)}
        assert store.get_many([]) == {}

    def test_many_may_be_any_number_with_duplicates(self, store):
        names = [f"{n:03}" for n in range(250)]
        put_all(store, "p", names)
        keys = [Key("p", name) for name in names]
        found = store.get_many([*keys, *keys[:60], Key("p", "not there")])
        assert sorted(found) == keys
        assert all(found[key].value == {"sort": key.sort} for key in keys)

    def test_a_write_is_seen_by_every_read_after_it(self, store):
        for n in range(1, 6):
            store.write([Put(A, {"n": n}), Put(B, {"n": n})])
            assert store.get(A).value == {"n": n}
            assert [item.value for item in store.get_many([A, B]).values()] == [{"n": n}] * 2
            assert [item.value for item in store.query("项目")] == [{"n": n}] * 2


class TestOrder:
    # By code point. UTF-16 would put 😀 before U+E000, a dictionary 一 beside 二, a caseless one a before B.
    NAMES = [
        "\0",
        " ",
        "!",
        "#",
        "0",
        "10",
        "9",
        "B",
        "B\0",
        "Ba",
        "a",
        "a#",
        "a/b",
        "aa",
        "~",
        "é",
        "Ω",
        "一",
        "万",
        "万一",
        "三",
        "事项",
        "云阳",
        "甲",
        "龥",
        "\ud7ff",
        "\ue000",
        "\uffef",
        "\uffff",
        "\U00010000",
        "😀",
        "😀a",
        "𠮷",
        LAST,
        LAST + "a",
        LAST * 2,
    ]

    def test_items_come_by_code_point(self, store):
        put_all(store, "p", self.NAMES)
        assert sorts(store.query("p")) == self.NAMES
        assert sorted(self.NAMES, key=str.encode) == self.NAMES  # which is the order of UTF-8 bytes

    def test_newest_first_is_the_same_order_reversed(self, store):
        put_all(store, "p", self.NAMES)
        assert sorts(store.query("p", newest_first=True)) == self.NAMES[::-1]

    def test_a_query_reads_one_partition(self, store):
        store.write(Put(Key(name, "x"), {"in": name}) for name in ("p", "p ", "P", "pp", "\0p", "品"))
        assert [item.value for item in store.query("p")] == [{"in": "p"}]
        assert store.query("q") == []

    def test_a_query_gives_whole_items(self, store):
        store.write([Put(A, {"n": 1})])
        store.write([Put(A, {"n": 2})])
        assert store.query(A.partition) == [Item(A, {"n": 2}, 2)]

    @pytest.mark.parametrize(
        "prefix",
        [
            "",
            "a",
            "a#",
            "B",
            "万",
            "万一",
            "万一三",
            "😀",
            "\0",
            "not there",
            "\ud7ff",
            "\uffff",
            LAST,
            LAST * 2,
            LAST * 3,
            "a" + LAST,
        ],
    )
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_a_prefix_is_a_prefix(self, store, prefix, newest_first):
        names = sorted({*self.NAMES, "a" + LAST, "a" + LAST + "z", "b", "一" + LAST, "丁", "\ud7ff0"})
        put_all(store, "p", names)
        expected = [name for name in names if name.startswith(prefix)]
        found = sorts(store.query("p", prefix=prefix, newest_first=newest_first))
        assert found == expected[:: -1 if newest_first else 1]

    @pytest.mark.parametrize("wild", ["%", "_", "*", "?", "[a]", "'", '"', "\\"])
    def test_no_character_of_a_prefix_is_special(self, store, wild):
        put_all(store, "p", ["a", "abc", "b", wild, wild + "x"])
        assert sorts(store.query("p", prefix=wild)) == [wild, wild + "x"]

    def test_every_end_of_a_range_does_as_it_says(self, store):
        """Every combination over a small set of names, against the sentence of the port itself."""
        names = ["a", "a\0", "aa", "ab", "b", "b" + LAST, "万", "😀"]
        put_all(store, "p", names)
        ends = [None, "", "a", "a\0", "aaa", "ab", "b", "b" + LAST, "c", "万", "😀", LAST]
        chosen = random.Random(11)
        for _ in range(300):
            prefix = chosen.choice(["", "", "a", "b", "万"])
            after, upto = chosen.choice(ends), chosen.choice(ends)
            newest_first, limit = chosen.random() < 0.5, chosen.choice([None, None, 0, 1, 2, 3, 100])
            expected = [
                name
                for name in (reversed(names) if newest_first else names)
                if name.startswith(prefix)
                and (upto is None or name <= upto)
                and (after is None or (name < after if newest_first else name > after))
            ][:limit]
            asked = dict(prefix=prefix, after=after, upto=upto, limit=limit, newest_first=newest_first)
            assert sorts(store.query("p", **asked)) == expected, asked


class TestCursorsAndLimits:
    NAMES = [f"{n:02}" for n in range(10)]

    @pytest.fixture(autouse=True)
    def ten_items(self, store):
        put_all(store, "p", self.NAMES)

    @pytest.mark.parametrize("newest_first", [False, True])
    @pytest.mark.parametrize("limit", [1, 3, 5, 10, 11])
    def test_pages_by_cursor_give_each_item_once(self, store, limit, newest_first):
        seen, cursor = [], None
        while page := store.query("p", after=cursor, limit=limit, newest_first=newest_first):
            assert len(page) <= limit
            seen += sorts(page)
            cursor = seen[-1]
        assert seen == self.NAMES[:: -1 if newest_first else 1]

    def test_after_leaves_out_the_cursor_itself(self, store):
        assert sorts(store.query("p", after="07")) == ["08", "09"]
        assert sorts(store.query("p", after="02", newest_first=True)) == ["01", "00"]

    def test_a_cursor_need_not_be_there_any_more(self, store):
        store.write([Delete(Key("p", "07"))])
        assert sorts(store.query("p", after="07")) == ["08", "09"]
        assert sorts(store.query("p", after="07", newest_first=True, limit=1)) == ["06"]
        assert sorts(store.query("p", after="065")) == ["08", "09"]

    def test_a_cursor_outside_the_prefix_reads_on_or_ends(self, store):
        assert sorts(store.query("p", prefix="0", after="", limit=1)) == ["00"]
        assert sorts(store.query("p", prefix="05", after="03")) == ["05"]
        assert store.query("p", prefix="05", after="07") == []
        assert sorts(store.query("p", prefix="05", after="07", newest_first=True)) == ["05"]
        assert store.query("p", prefix="05", after="03", newest_first=True) == []

    def test_upto_includes_its_end_in_both_directions(self, store):
        assert sorts(store.query("p", upto="02")) == ["00", "01", "02"]
        assert sorts(store.query("p", upto="02", newest_first=True)) == ["02", "01", "00"]
        assert sorts(store.query("p", upto="025", newest_first=True, limit=1)) == ["02"]
        assert sorts(store.query("p", after="00", upto="02")) == ["01", "02"]
        assert store.query("p", after="02", upto="02") == []
        assert store.query("p", upto="") == []

    def test_no_more_than_the_limit_comes(self, store):
        assert sorts(store.query("p", limit=2)) == ["00", "01"]
        assert sorts(store.query("p", limit=2, newest_first=True)) == ["09", "08"]
        assert store.query("p", limit=0) == []

    @pytest.mark.parametrize("limit", [-1, True, "2", 2.0])
    def test_a_limit_is_a_whole_number(self, store, limit):
        with pytest.raises(ValueError, match="limit"):
            store.query("p", limit=limit)


class TestScanning:
    """Everything there is, wherever it lives, a page at a time."""

    @staticmethod
    def scanned(store, limit, between=lambda: None):
        """Every item found, page by page; `between` two pages somebody may write."""
        cursor, found = None, []
        while True:
            items, cursor = store.scan(cursor, limit)
            assert len(items) <= limit
            found += items
            if cursor is None:
                return found
            assert isinstance(cursor, str)
            between()

    def test_an_empty_store_ends_at_once(self, store):
        assert store.scan() == ([], None)

    @pytest.mark.parametrize("limit", [1, 3, 7, 1000])
    def test_everything_comes_once_and_whole(self, store, limit):
        keys = [Key(partition, sort) for partition in ("p", "p ", "甲", "😀", '"],[') for sort in ("a", "\0", "乙", LAST, "'")]
        write_all(store, [Put(key, {"in": list(key)}) for key in keys])
        store.write([Put(keys[0], {"in": "again"})])
        found = self.scanned(store, limit)
        assert sorted(item.key for item in found) == sorted(keys)
        assert {item.key: item for item in found} == store.get_many(keys)

    def test_what_is_there_throughout_comes_once_while_others_write(self, store):
        stay = [Key(f"p{n % 7}", f"{n:03}") for n in range(60)]
        write_all(store, [Put(key, {"n": 0}) for key in stay])
        turn = iter(range(1000))

        def others_write():
            n = next(turn)
            store.write([Put(stay[n % 60], {"n": n + 1}), Put(Key(f"p{n % 11}", f"new {n:03}"), {}), Delete(Key("p3", "gone"))])

        found = [item.key for item in self.scanned(store, 5, others_write)]
        assert len(found) == len(set(found))
        assert set(found) >= set(stay)

    def test_a_cursor_need_not_be_there_any_more(self, store):
        store.write(Put(Key(name, "x"), {}) for name in "abcdef")
        items, cursor = store.scan(limit=2)
        store.write([Delete(item.key) for item in items])
        rest, end = store.scan(cursor, 100)
        assert (len(rest), end) == (4, None)

    def test_large_items_come_over_many_pages(self, store):
        for n in range(9):
            store.write([Put(Key(f"p{n}", "x"), {"text": "x" * 350_000})])
        assert sorted(item.key.partition for item in self.scanned(store, 1000)) == [f"p{n}" for n in range(9)]

    @pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": True}, {"cursor": "p"}, {"cursor": '["p"]'}, {"cursor": "3"}])
    def test_what_is_no_cursor_or_limit_is_refused(self, store, asked):
        with pytest.raises(ValueError, match=next(iter(asked))):
            store.scan(**asked)


class TestVersions:
    def test_a_version_is_one_more_with_each_write(self, store):
        for version in (1, 2, 3):
            store.write([Put(A, {"n": version})])
            assert store.get(A) == Item(A, {"n": version}, version)
        store.write([Put(A, {"n": 4}, expects=3), Put(B, {})])
        assert (store.get(A).version, store.get(B).version) == (4, 1)

    def test_writing_the_same_value_again_is_a_write(self, store):
        store.write([Put(A, {})])
        store.write([Put(A, {})])
        assert store.get(A).version == 2

    def test_an_item_written_again_after_its_removal_is_a_new_one(self, store):
        store.write([Put(A, {})])
        store.write([Put(A, {})])
        store.write([Delete(A)])
        store.write([Put(A, {}, expects=ABSENT)])
        assert store.get(A).version == 1

    def test_a_put_leaves_nothing_of_what_was_there(self, store):
        store.write([Put(A, {"old": 1, "both": 1})])
        store.write([Put(A, {"new": 2, "both": 2})])
        assert store.get(A).value == {"new": 2, "both": 2}

    def test_a_check_writes_nothing(self, store):
        store.write([Put(A, {})])
        store.write([Check(A, 1)])
        store.write([Check(A, 1), Check(B, ABSENT), Put(C, {})])
        assert (store.get(A).version, store.get(B), store.get(C).version) == (1, None, 1)


CHANGES = {
    "put": lambda key, expects: Put(key, {"changed": True}, expects),
    "delete": lambda key, expects: Delete(key, expects),
    "check": lambda key, expects: Check(key, expects),
}


class TestConditions:
    """A is there at version 2, B is not."""

    @pytest.fixture(autouse=True)
    def a_at_version_two(self, store):
        store.write([Put(A, {"n": 1})])
        store.write([Put(A, {"n": 2})])

    def state(self, store):
        return store.get_many([A, B, C])

    @pytest.mark.parametrize("company", ["alone", "among others"])
    @pytest.mark.parametrize("kind", CHANGES)
    @pytest.mark.parametrize(("key", "expects"), [(A, 2), (B, ABSENT)], ids=["at its version", "absent"])
    def test_a_condition_that_holds(self, store, kind, key, expects, company):
        others = [Put(C, {})] if company == "among others" else []
        before = self.state(store)
        store.write([CHANGES[kind](key, expects), *others])
        written = Item(key, {"changed": True}, expects + 1)
        assert store.get(key) == {"put": written, "delete": None, "check": before.get(key)}[kind]
        assert bool(store.get(C)) == bool(others)

    @pytest.mark.parametrize("company", ["alone", "first", "last"])
    @pytest.mark.parametrize("kind", CHANGES)
    @pytest.mark.parametrize(
        ("key", "expects"),
        [(A, 1), (A, 3), (A, ABSENT), (B, 1)],
        ids=["an old version", "a version to come", "absent", "a version of nothing"],
    )
    def test_a_condition_that_does_not_hold_lets_nothing_be_written(self, store, kind, key, expects, company):
        other = B if key == A else A
        others = {"alone": [], "first": [Put(C, {}), Delete(other)], "last": [Put(C, {}), Put(other, {})]}
        before = self.state(store)
        changes = [CHANGES[kind](key, expects), *others[company]]
        with pytest.raises(StoreConflict):
            store.write(changes if company == "first" else changes[::-1])
        assert self.state(store) == before

    @pytest.mark.parametrize("company", ["alone", "among others"])
    def test_any_writes_over_whatever_is_there(self, store, company):
        others = [Put(C, {})] if company == "among others" else []
        store.write([Put(A, {"n": 3}, ANY), *others])
        store.write([Put(B, {"n": 1}, ANY), *others])
        assert (store.get(A), store.get(B)) == (Item(A, {"n": 3}, 3), Item(B, {"n": 1}, 1))

    @pytest.mark.parametrize("company", ["alone", "among others"])
    def test_removing_what_is_not_there_is_fine(self, store, company):
        others = [Put(C, {})] if company == "among others" else []
        store.write([Delete(B), *others])
        store.write([Delete(A), *others])
        store.write([Delete(A), *others])
        assert (store.get(A), store.get(B)) == (None, None)

    def test_after_a_conflict_the_store_goes_on(self, store):
        with pytest.raises(StoreConflict):
            store.write([Put(A, {}, 1)])
        store.write([Put(A, {"n": 3}, 2)])
        assert store.get(A) == Item(A, {"n": 3}, 3)


class TestTheSizeOfAWrite:
    def test_no_change_is_no_write(self, store):
        store.write([])
        store.write(iter(()))
        assert store.query("p") == []

    def test_a_hundred_changes_go_together(self, store):
        keys = [Key("p", f"{n:03}") for n in range(100)]
        store.write(Put(key, {"n": 1}) for key in keys)
        mixed = [
            *(Put(key, {"n": 2}, 1) for key in keys[:40]),
            *(Delete(key, 1) for key in keys[40:70]),
            *(Check(key, 1) for key in keys[70:]),
        ]
        store.write(mixed)
        assert [item.version for item in store.query("p")] == [2] * 40 + [1] * 30

    def test_one_condition_of_a_hundred_holds_back_all(self, store):
        store.write([Put(Key("p", "050"), {})])
        with pytest.raises(StoreConflict):
            store.write(Put(Key("p", f"{n:03}"), {}, ABSENT) for n in range(100))
        assert sorts(store.query("p")) == ["050"]

    def test_more_than_a_hundred_are_refused(self, store):
        with pytest.raises(ValueError, match="101 changes .* at most 100"):
            store.write([Put(Key("p", str(n)), {}) for n in range(101)])
        assert store.query("p") == []

    @pytest.mark.parametrize("second", CHANGES)
    @pytest.mark.parametrize("first", CHANGES)
    def test_each_key_once(self, store, first, second):
        with pytest.raises(ValueError, match="twice"):
            store.write([CHANGES[first](A, 0), Put(B, {}), CHANGES[second](Key(*A), 0)])
        assert store.get_many([A, B]) == {}

    def test_four_megabytes_go_together_and_no_more(self, store):
        big = {"text": "x" * 390_000}
        with pytest.raises(ValueError, match="at most 4,000,000"):
            store.write([Put(Key("p", str(n)), big) for n in range(11)])
        assert store.query("p") == []
        store.write([Put(Key("p", str(n)), big) for n in range(10)])
        assert len(store.query("p")) == 10

    def test_large_items_are_read_whole_over_many_pages(self, store):
        """Twelve items of 350 kB: DynamoDB gives at most 1 MB a page."""
        names = [f"{n:02}" for n in range(12)]
        for name in names:
            store.write([Put(Key("p", name), {"text": name * 175_000})])
        assert [item.value["text"][:2] for item in store.query("p")] == names
        assert sorts(store.query("p", newest_first=True, limit=9)) == names[:2:-1]
        assert sorts(store.query("p", after="02", upto="09")) == names[3:10]
        found = store.get_many(Key("p", name) for name in names)
        assert [found[Key("p", name)].value["text"] for name in names] == [name * 175_000 for name in names]


class TestWhatIsRefused:
    """With a ValueError that says where, before anything is written."""

    def refused(self, store, change, match):
        with pytest.raises(ValueError, match=match) as refusal:
            store.write([Put(B, {}), change])
        assert store.get(B) is None
        return str(refusal.value)

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ({"rate": 1.5}, "1.5 at rate"),
            ({"a": {"b": [1, 2.0]}}, r"2.0 at a.b\[1\]"),
            ({"x": float("nan")}, "nan at x"),
            ({"x": [{"y": float("inf")}]}, r"inf at x\[0\].y"),
        ],
    )
    def test_a_float(self, store, value, where):
        told = self.refused(store, Put(A, value), f"float {where}")
        assert repr(tuple(A)) in told
        assert "decimal string" in told

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ({1: "x"}, "key 1 at its top"),
            ({"a": [{None: 1}]}, r"None at a\[0\]"),
        ],
    )
    def test_a_name_that_is_no_string(self, store, value, where):
        assert repr(tuple(A)) in self.refused(store, Put(A, value), where)

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            ({"x": (1, 2)}, "tuple at x"),
            ({"x": {"y": {1}}}, "set at x.y"),
            ({"x": b""}, "bytes at x"),
            ([1], "a list"),
            (None, "a NoneType"),
            ("{}", "a str"),
        ],
    )
    def test_what_json_has_no_word_for(self, store, value, where):
        assert repr(tuple(A)) in self.refused(store, Put(A, value), where)

    def test_half_a_character(self, store):
        self.refused(store, Put(A, {"x": "\ud83d"}), "half a character")
        self.refused(store, Put(Key("p", "\ud83d"), {}), "half a character")

    def test_an_item_too_large_names_its_key(self, store):
        fits = {"x": "督" * ((MAX_ITEM_BYTES - len('{"x":""}')) // 3)}
        store.write([Put(A, fits)])
        assert store.get(A).value == fits
        told = self.refused(store, Put(A, {"x": fits["x"] + "xxx"}), "at most 400,000")
        assert repr(tuple(A)) in told

    @pytest.mark.parametrize(
        "key",
        [
            Key("", "x"),
            Key("p", ""),
            Key("p" * 2001, "x"),
            Key("p", "甲" * 334),
            Key("p", 1),
            Key(None, "x"),
        ],
        ids=lambda key: ascii(tuple(key))[:24],
    )
    def test_a_key_that_not_every_store_can_hold(self, store, key):
        self.refused(store, Put(key, {}), "partition|sort")
        self.refused(store, Delete(key), "partition|sort")
        with pytest.raises(ValueError, match="partition|sort"):
            store.get(key)
        with pytest.raises(ValueError, match="partition|sort"):
            store.get_many([A, key])

    def test_the_longest_key_is_fine(self, store):
        key = Key("p" * 2000, "甲" * 333 + "x")
        store.write([Put(key, {}), Put(Key(key.partition, LAST * 250), {})])
        assert store.get(key).key == key
        assert sorts(store.query(key.partition, prefix=key.sort)) == [key.sort]
        assert sorts(store.query(key.partition, after=key.sort)) == [LAST * 250]

    @pytest.mark.parametrize(
        "asked",
        [
            {"prefix": "x" * 1001},
            {"after": 5},
            {"upto": "\ud800"},
            {"partition": ""},
        ],
        ids=lambda asked: next(iter(asked)),
    )
    def test_a_query_for_what_no_key_can_be(self, store, asked):
        with pytest.raises(ValueError, match=next(iter(asked))):
            store.query(**{"partition": "p", **asked})

    @pytest.mark.parametrize("expects", [-1, True, "1", 1.0])
    def test_a_version_that_is_none(self, store, expects):
        self.refused(store, Put(A, {}, expects), "version")
        self.refused(store, Delete(A, expects), "version")
        self.refused(store, Check(A, expects), "version")

    def test_a_check_that_checks_nothing(self, store):
        self.refused(store, Check(A, ANY), "version")


class TestManyThreads:
    def test_eight_threads_lose_no_increment_of_one_counter(self, store):
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(increment, store, A, 10) for _ in range(8)]:
                done.result()
        assert store.get(A) == Item(A, {"count": 80}, 80)

    def test_of_many_who_claim_one_thing_one_gets_it(self, store):
        start = threading.Barrier(8)

        def claim(who):
            start.wait()
            try:
                store.write([Put(A, {"by": who}, ABSENT), Put(Key("claims", str(who)), {})])
            except StoreConflict:
                return None
            return who

        with ThreadPoolExecutor(8) as pool:
            winners = [who for who in pool.map(claim, range(8)) if who is not None]
        assert [store.get(A).value["by"]] == winners
        assert sorts(store.query("claims")) == [str(who) for who in winners]

    def test_nothing_of_a_write_that_fails_is_ever_seen(self, store):
        store.write([Put(A, {"n": 0})])
        done = threading.Event()

        def read():
            seen = set()
            while not done.is_set() or not seen:
                seen.add(store.get(A).value["n"])
                seen |= {item.value["n"] for item in store.query(A.partition)}
            return seen

        with ThreadPoolExecutor(2) as pool:
            readers = [pool.submit(read) for _ in range(2)]
            for n in range(1, 61):
                with pytest.raises(StoreConflict):
                    store.write([Put(A, {"n": n}), Check(B, 1)])
            done.set()
        assert [reader.result() for reader in readers] == [{0}, {0}]


INCREMENT = textwrap.dedent("""
    import sys
    from tests.contract.test_store import A, SqliteStore, increment

    store = SqliteStore(sys.argv[1])
    increment(store, A, 100)
    store.close()
""")


class TestTheSqliteFile:
    def test_it_is_made_with_its_folder_for_the_owner_alone(self, tmp_path):
        path = tmp_path / "new" / "data" / "duban.db"
        store = SqliteStore(path)
        store.write([Put(A, {})])
        rights = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert rights == {"duban.db": 0o600, "duban.db-wal": 0o600, "duban.db-shm": 0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        store.close()

    def test_a_file_that_others_could_read_is_closed_to_them(self, path):
        SqliteStore(path).close()
        path.chmod(0o644)
        SqliteStore(path).close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_everything_is_there_when_it_is_opened_again(self, path):
        store = SqliteStore(str(path))
        store.write([Put(A, {"n": 1}), Put(B, {"n": 2})])
        store.close()
        again = SqliteStore(path)
        assert again.get_many([A, B]) == {A: Item(A, {"n": 1}, 1), B: Item(B, {"n": 2}, 1)}
        again.close()

    def test_closed_is_closed_and_leaves_one_file(self, path):
        store = SqliteStore(path)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: store.write([Put(Key("p", str(n)), {})]), range(40)))
        store.close()
        store.close()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            store.get(A)
        assert [file.name for file in path.parent.iterdir()] == ["duban.db"]

    def test_a_copy_is_of_one_moment_and_for_the_owner_alone(self, path, tmp_path):
        store, done = SqliteStore(path), threading.Event()
        put_all(store, "many", [f"{n:04}" for n in range(3000)])
        store.write([Put(A, {"n": 0}), Put(B, {"n": 0})])

        def write():
            n = 0
            while not done.is_set():
                n += 1
                store.write([Put(A, {"n": n}), Put(B, {"n": n})])
            return n

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            for turn in range(5):
                target = tmp_path / f"copy {turn}"
                store.copy_to(target)
                assert stat.S_IMODE(target.stat().st_mode) == 0o600
                copy = SqliteStore(target)
                assert copy.get(A).value == copy.get(B).value
                assert len(copy.query("many")) == 3000
                copy.close()
            done.set()
        assert writing.result() > 5
        store.close()

    def test_a_scan_goes_by_the_key(self, path):
        store = SqliteStore(path)
        with store._connection() as db:
            plan = db.execute(f"EXPLAIN QUERY PLAN {SCAN}", ("p", "s", 10)).fetchall()
        assert [step[3] for step in plan] == ["SEARCH items USING PRIMARY KEY ((pk,sk)>(?,?))"]
        store.close()

    def test_a_commit_is_on_the_disk(self, path):
        store = SqliteStore(path)
        with store._connection() as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        store.close()

    def test_a_prefix_is_read_by_its_range(self, path):
        """However many rows stand around them: SQLite goes to the first and stops after the last."""
        store, plans = SqliteStore(path), []
        with store._connection() as db:
            db.set_trace_callback(plans.append)
        store.query("p", prefix="a", after="ab", limit=10)
        with store._connection() as db:
            db.set_trace_callback(None)
            plan = db.execute(f"EXPLAIN QUERY PLAN {plans[-1]}").fetchall()
        assert [step[3] for step in plan] == ["SEARCH items USING PRIMARY KEY (pk=? AND sk>? AND sk<?)"]
        store.close()

    @pytest.mark.parametrize("memory", [False, True], ids=["file", "memory"])
    def test_a_query_is_of_one_moment(self, path, memory):
        """A and B are written together, so in one answer they are alike; the port promises less."""
        store, done = SqliteStore(":memory:" if memory else path), threading.Event()
        store.write([Put(A, {"n": 0}), Put(B, {"n": 0})])

        def read():
            seen = set()
            while not done.is_set() or not seen:
                first, second = store.query(A.partition)
                seen.add((first.value["n"], second.value["n"]))
            return seen

        with ThreadPoolExecutor(3) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            for n in range(200):
                store.write([Put(A, {"n": n}), Put(B, {"n": n})])
            done.set()
        assert [pair for reader in readers for pair in reader.result() if pair[0] != pair[1]] == []
        store.close()

    def test_a_reader_does_not_wait_for_a_writer(self, path):
        store, other = SqliteStore(path), SqliteStore(path)
        store.write([Put(A, {"n": 1})])
        with other._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            assert store.get(A).value == {"n": 1}
            db.execute("ROLLBACK")
        store.close()
        other.close()

    def test_a_file_held_for_too_long_is_a_conflict(self, path):
        store, other = SqliteStore(path), SqliteStore(path)
        with store._connection() as db:
            db.execute("PRAGMA busy_timeout = 50")
        with other._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreConflict, match="another process"):
                store.write([Put(A, {})])
            db.execute("ROLLBACK")
        store.write([Put(A, {})])
        assert other.get(A).version == 1
        store.close()
        other.close()

    def test_two_processes_lose_no_increment(self, path):
        """A child counts 100 while eight threads here count 200; all begin with a file that is not there."""
        child = subprocess.Popen([sys.executable, "-W", "error", "-c", INCREMENT, path], cwd=ROOT)
        store = SqliteStore(path)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(increment, store, A, 25) for _ in range(8)]:
                done.result()
        assert child.wait(60) == 0
        assert store.get(A) == Item(A, {"count": 300}, 300)
        store.close()

    def test_many_may_open_a_new_file_at_once(self, tmp_path):
        for turn in range(10):
            start, path = threading.Barrier(8), tmp_path / f"{turn}.db"

            def open_and_write(n, start=start, path=path):
                start.wait()
                store = SqliteStore(path)
                store.write([Put(Key("p", str(n)), {})])
                return store

            with ThreadPoolExecutor(8) as pool:
                stores = list(pool.map(open_and_write, range(8)))
            assert sorts(stores[0].query("p")) == [str(n) for n in range(8)]
            for store in stores:
                store.close()

    def test_a_file_that_cannot_be_set_up_yet_is_waited_for(self, path):
        path.parent.mkdir()
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN")
        other.execute("SELECT * FROM theirs").fetchall()  # SQLite changes no mode under a reader
        with ThreadPoolExecutor(1) as pool:
            opened = pool.submit(SqliteStore, path)
            time.sleep(0.2)
            assert not opened.done()
            other.execute("COMMIT")
            other.close()
            store = opened.result(10)
        store.write([Put(A, {})])
        store.close()

    def test_memory_stores_are_apart(self):
        one, other = SqliteStore(":memory:"), SqliteStore(":memory:")
        one.write([Put(A, {})])
        assert other.get(A) is None
        one.close()
        other.close()


def refusal(operation, code, *reasons, status=400):
    answer = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, operation)


def throttled(operation):
    return refusal(operation, "ThrottlingException")


def rival(operation):
    return refusal(operation, "TransactionCanceledException", "None", "TransactionConflict")


def unreachable(operation):
    return EndpointConnectionError(endpoint_url="http://127.0.0.1")


def lost(operation):
    return ReadTimeoutError(endpoint_url="http://127.0.0.1")


def broken(operation):
    return refusal(operation, "InternalServerError", status=500)


class Troubled:
    """A client whose first calls fail, before or after they are carried out; it keeps what it was asked."""

    def __init__(self, client, *troubles, carried_out=False):
        self._client, self._troubles, self._carried_out = client, list(troubles), carried_out
        self.asked = []

    def __getattr__(self, operation):
        def call(**request):
            self.asked.append((operation, request))
            if not self._troubles:
                return getattr(self._client, operation)(**request)
            if self._carried_out:
                getattr(self._client, operation)(**request)
            raise self._troubles.pop(0)(operation)

        return call

    @property
    def tokens(self):
        return [request.get("ClientRequestToken") for _, request in self.asked]


class Remembering(Troubled):
    """A client that carries out the writes of one token once, as DynamoDB does."""

    def __getattr__(self, operation):
        call = super().__getattr__(operation)

        def once(**request):
            if request.get("ClientRequestToken") in self.tokens and self._carried_out:
                self.asked.append((operation, request))
                return {}
            return call(**request)

        return once


class TestTheDynamoTable:
    ONE, SEVERAL = [Put(A, {"n": 1})], [Put(A, {"n": 1}), Put(B, {"n": 2})]

    @pytest.mark.parametrize("changes", [ONE, SEVERAL], ids=["one", "several"])
    @pytest.mark.parametrize("trouble", [throttled, rival, unreachable])
    def test_a_refusal_for_now_is_asked_again(self, dynamodb, trouble, changes):
        client = Troubled(dynamodb, trouble, trouble)
        DynamoStore("duban", client=client).write(changes)
        found = DynamoStore("duban", client=dynamodb).get_many([A, B])
        assert [item.version for item in found.values()] == [1] * len(changes)
        assert len(client.asked) == 3
        assert len(set(client.tokens)) == 1

    def test_every_write_has_a_token_of_its_own(self, dynamodb):
        client = Troubled(dynamodb)
        store = DynamoStore("duban", client=client)
        store.write(self.SEVERAL)
        store.write(self.SEVERAL)
        assert len(set(client.tokens)) == 2
        assert store.get(A).version == 2

    @pytest.mark.parametrize("changes", [ONE, SEVERAL], ids=["one", "several"])
    @pytest.mark.parametrize("expects", [ANY, ABSENT])
    @pytest.mark.parametrize("trouble", [lost, broken])
    def test_a_write_whose_answer_is_lost_is_done_once_and_is_no_conflict(self, dynamodb, trouble, expects, changes):
        client = Remembering(dynamodb, trouble, carried_out=True)
        DynamoStore("duban", client=client).write([change._replace(expects=expects) for change in changes])
        assert len(client.asked) == 2
        assert DynamoStore("duban", client=dynamodb).get(A).version == 1

    def test_a_rival_who_stays_is_a_conflict_in_the_end(self, dynamodb):
        client = Troubled(dynamodb, *[rival] * ATTEMPTS)
        with pytest.raises(StoreConflict):
            DynamoStore("duban", client=client).write(self.SEVERAL)
        assert len(client.asked) == MEETINGS
        assert DynamoStore("duban", client=dynamodb).get_many([A, B]) == {}

    @pytest.mark.parametrize("trouble", [throttled, unreachable, lost, broken])
    def test_trouble_that_stays_is_no_conflict(self, dynamodb, trouble):
        client = Troubled(dynamodb, *[trouble] * ATTEMPTS)
        with pytest.raises(Unavailable, match="try again"):
            DynamoStore("duban", client=client).write(self.SEVERAL)
        assert len(client.asked) == ATTEMPTS

    def test_a_condition_that_does_not_hold_is_not_asked_again(self, dynamodb):
        client = Troubled(dynamodb)
        store = DynamoStore("duban", client=client)
        for changes in ([Put(A, {}, 5)], [Put(A, {}, 5), Put(B, {})], [Check(A, 5)], [Delete(A, 5)]):
            client.asked.clear()
            with pytest.raises(StoreConflict):
                store.write(changes)
            assert len(client.asked) == 1

    def test_a_wrong_table_is_said_at_once(self, dynamodb):
        client = Troubled(dynamodb)
        with pytest.raises(ClientError, match="ResourceNotFound"):
            DynamoStore("elsewhere", client=client).get(A)
        assert len(client.asked) == 1

    @pytest.mark.parametrize("trouble", [throttled, unreachable, lost, broken])
    def test_a_read_is_asked_again_whatever_came(self, dynamodb, trouble):
        DynamoStore("duban", client=dynamodb).write(self.ONE)
        expected = Item(A, {"n": 1}, 1)
        assert DynamoStore("duban", client=Troubled(dynamodb, trouble)).get(A) == expected
        assert DynamoStore("duban", client=Troubled(dynamodb, trouble)).get_many([A]) == {A: expected}
        assert DynamoStore("duban", client=Troubled(dynamodb, trouble)).query("项目") == [expected]

    def test_every_read_is_consistent(self, dynamodb):
        client = Troubled(dynamodb)
        store = DynamoStore("duban", client=client)
        store.get(A)
        store.get_many([A])
        store.query("p")
        store.scan()
        (_, get), (_, many), (_, query), (_, scan) = client.asked
        assert all(request["ConsistentRead"] for request in (get, many["RequestItems"]["duban"], query, scan))

    def test_a_limit_is_told_to_dynamodb_and_pages_are_read_to_it(self, dynamodb):
        store = DynamoStore("duban", client=dynamodb)
        for n in range(9):
            store.write([Put(Key("p", str(n)), {"text": "x" * 350_000})])
        client = Troubled(dynamodb)
        assert sorts(DynamoStore("duban", client=client).query("p", limit=3)) == ["0", "1", "2"]
        assert [request["Limit"] for _, request in client.asked] == [5] * len(client.asked)
        assert len(client.asked) == 2  # two items a page
        client.asked.clear()
        assert len(DynamoStore("duban", client=client).query("p")) == 9
        assert len(client.asked) == 5

    def test_a_range_that_ends_before_it_begins_is_not_asked_for(self, dynamodb):
        """DynamoDB takes BETWEEN 'b' AND 'a', and an empty key, for a mistake."""
        client = Troubled(dynamodb)
        store = DynamoStore("duban", client=client)
        empty = [
            {"prefix": "b", "upto": "a"},
            {"after": "b", "upto": "a"},
            {"prefix": "b", "after": "d"},
            {"prefix": "b", "after": "a", "newest_first": True},
            {"after": "", "newest_first": True},
            {"upto": ""},
            {"limit": 0},
        ]
        assert [store.query("p", **asked) for asked in empty] == [[]] * len(empty)
        assert client.asked == []

    def test_keys_left_unread_are_asked_for_again(self, dynamodb):
        names = [f"{n:03}" for n in range(130)]
        put_all(DynamoStore("duban", client=dynamodb), "p", names)
        client = Sparing(dynamodb, at_most=7)
        found = DynamoStore("duban", client=client).get_many(Key("p", name) for name in names)
        assert sorted(sorts(found.values())) == names

    def test_keys_that_are_never_read_are_not_taken_for_missing(self, dynamodb):
        client = Sparing(dynamodb, at_most=0)
        with pytest.raises(Unavailable):
            DynamoStore("duban", client=client).get_many([A, B])

    def test_a_table_may_be_made_twice_and_is_paid_by_use(self, dynamodb):
        store = DynamoStore("duban", client=dynamodb)
        store.write(self.ONE)
        store.create_table()
        assert store.get(A).version == 1
        table = dynamodb.describe_table(TableName="duban")["Table"]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"

    def test_the_store_makes_a_client_that_does_not_repeat_by_itself(self, aws):
        client = DynamoStore("duban", endpoint_url="http://127.0.0.1:1", region="cn-north-1")._client
        assert client.meta.config.retries["total_max_attempts"] == 1
        assert (client.meta.endpoint_url, client.meta.region_name) == ("http://127.0.0.1:1", "cn-north-1")

    def test_nothing_is_imported_for_it_before_it_is_made(self):
        code = "import sys, chalicelib.store.dynamodb; print({'boto3', 'botocore'} & set(sys.modules))"
        told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
        assert told.strip() == "set()"


class Sparing:
    """A client that reads a few keys of a batch only, as DynamoDB does when it is busy or items are large."""

    def __init__(self, client, *, at_most):
        self._client, self._at_most = client, at_most

    def batch_get_item(self, *, RequestItems):  # noqa: N803 — DynamoDB's own name
        keys = RequestItems["duban"]["Keys"]
        now, later = keys[: self._at_most], keys[self._at_most :]
        left = {"duban": {"Keys": later, "ConsistentRead": True}} if later else {}
        if not now:
            return {"Responses": {}, "UnprocessedKeys": left}
        answer = self._client.batch_get_item(RequestItems={"duban": {"Keys": now, "ConsistentRead": True}})
        return {"Responses": answer["Responses"], "UnprocessedKeys": left}


@pytest.mark.skipif("DUBAN_DYNAMODB_URL" not in os.environ, reason="moto carries out a token as often as it is sent")
class TestTheEndpoint:
    """dynamodb-url: what only a real one can show."""

    @pytest.mark.parametrize("changes", [TestTheDynamoTable.ONE, TestTheDynamoTable.SEVERAL], ids=["one", "several"])
    def test_a_token_is_carried_out_once(self, at_url, changes):
        key = Key("项目", f"{time.monotonic_ns()}")
        client = Troubled(at_url._client, lost, carried_out=True)
        DynamoStore(at_url._table, client=client).write([changes[0]._replace(key=key, expects=ABSENT), *changes[1:]])
        assert len(client.asked) == 2
        assert at_url.get(key).version == 1
