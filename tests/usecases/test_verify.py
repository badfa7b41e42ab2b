"""The ledger proves that it is whole, its tail included."""

from chalicelib.ports import Delete, Put
from chalicelib.usecases.state.account import verify


def test_verify_finds_an_entry_that_was_removed(planned):
    planned.deliver()
    rows = planned.store.query("ledger#unit")
    assert len(rows) >= 3
    planned.store.write([Delete(rows[1].key)])
    assert "2" in verify(planned.store)["unit"]


def test_verify_finds_that_the_tail_was_removed(planned):
    planned.deliver()
    planned.store.write([Delete(planned.store.query("ledger#unit")[-1].key)])
    assert "tail" in verify(planned.store)["unit"]


def test_verify_finds_an_entry_that_was_altered(planned):
    planned.deliver()
    row = planned.store.query("ledger#unit")[2]
    planned.store.write([Put(row.key, {**row.value, "by": "somebody else"})])
    assert "3 was altered" in verify(planned.store)["unit"]


def test_verify_finds_that_a_whole_ledger_was_removed(planned):
    planned.deliver()
    rows = [*planned.store.query("ledger#unit"), *planned.store.query("ledger-head#unit")]
    planned.store.write([Delete(row.key) for row in rows])
    assert verify(planned.store)["unit"]


def test_verify_finds_no_fault_while_others_write(planned):
    """An entry that is appended between two reads of the proof is no fault."""
    query, later = planned.store.query, iter(range(3))

    def query_while_others_write(partition, **how):
        if partition == "ledger#unit" and next(later, None) is not None:
            planned.submit("serious-issue", happened_on="2026-01-20")
        return query(partition, **how)

    planned.store.query = query_while_others_write
    assert verify(planned.store)["unit"] is None
