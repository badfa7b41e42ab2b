"""The ledger shows every entry that was altered, dropped, added, moved or cut from its end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ledger import GENESIS, Head, chained, first_fault, keyed

ENTRIES = st.lists(
    st.fixed_dictionaries({"what": st.sampled_from(["sent", "suppressed", "acknowledged"]), "why": st.text(max_size=5)}),
    min_size=1,
    max_size=6,
)


def chain(entries):
    head, rows = Head(), []
    for entry in entries:
        head, row = chained(head, entry)
        rows.append(row)
    return head, rows


def test_an_empty_ledger_is_whole():
    assert first_fault([], Head()) is None
    assert Head() == (0, GENESIS)


@given(ENTRIES)
def test_a_chain_is_whole_and_holds_what_was_written_in_order(entries):
    head, rows = chain(entries)
    assert first_fault(rows, head) is None
    assert first_fault(json.loads(json.dumps(rows)), head) is None  # whatever store it has been through
    assert [{key: row[key] for key in ("what", "why")} for row in rows] == entries
    assert [row["number"] for row in rows] == list(range(1, len(entries) + 1))


@given(ENTRIES, st.data())
def test_an_altered_entry_is_found(entries, data):
    head, rows = chain(entries)
    place = data.draw(st.integers(0, len(rows) - 1))
    key = data.draw(st.sampled_from(sorted(rows[place])))
    rows[place] = {**rows[place], key: "another"} if key != "number" else {**rows[place], "number": 99}
    assert str(place + 1) in first_fault(rows, head)


@given(ENTRIES, st.data())
def test_an_entry_with_something_added_or_removed_is_found(entries, data):
    head, rows = chain(entries)
    place = data.draw(st.integers(0, len(rows) - 1))
    assert first_fault([*rows[:place], {**rows[place], "more": 1}, *rows[place + 1 :]], head)
    assert first_fault(
        [*rows[:place], {key: rows[place][key] for key in rows[place] if key != "why"}, *rows[place + 1 :]],
        head,
    )


@given(ENTRIES, st.data())
def test_a_missing_entry_is_found_wherever_it_stood(entries, data):
    head, rows = chain(entries)
    place = data.draw(st.integers(0, len(rows) - 1))
    assert first_fault(rows[:place] + rows[place + 1 :], head)


@given(ENTRIES, st.integers(0, 5))
def test_a_tail_that_was_cut_is_found_by_the_head(entries, kept):
    head, rows = chain(entries)
    if kept < len(rows):
        assert "tail" in first_fault(rows[:kept], head)


def test_a_tail_that_was_written_anew_is_found_by_the_head():
    head, rows = chain([{"what": "sent"}, {"what": "acknowledged"}])
    _, forged = chained(Head(1, rows[0]["hash"]), {"what": "suppressed"})
    assert "tail" in first_fault([rows[0], forged], head)


def test_entries_that_changed_places_or_stand_twice_are_found():
    head, rows = chain([{"what": "sent"}, {"what": "acknowledged"}, {"what": "sent"}])
    assert first_fault([rows[0], rows[2], rows[1]], head)
    assert first_fault([rows[0], rows[1], rows[1], rows[2]], head)


def test_a_whole_chain_of_somebody_else_does_not_fit_the_head():
    _, rows = chain([{"what": "sent"}])
    head, _ = chain([{"what": "suppressed"}])
    assert first_fault(rows, head)


@pytest.mark.parametrize(("secret", "text"), [(b"key", "13800000001"), (b"other", "13800000000")])
def test_a_keyed_hash_is_the_same_only_for_the_same_key_and_text(secret, text):
    known = keyed(b"key", "13800000000")
    assert known == keyed(b"key", "13800000000") != keyed(secret, text)
    assert "13800000000" not in known and len(known) == 64
