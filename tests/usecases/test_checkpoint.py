"""Checkpoints prove what a ledger alone cannot: that nobody cut off its end, or wrote it anew."""

import json
from dataclasses import replace

import pytest

from chalicelib.blobs.folder import FolderBlob
from chalicelib.core.ledger import Head, chained
from chalicelib.ports import Delete, Key, Put
from chalicelib.usecases.state import checkpoint, epoch, records
from chalicelib.usecases.state.account import entries, verify
from chalicelib.usecases.state.checkpoint import CHECKPOINTS, covered_key, export, fold, of_a_lost_life
from tests.usecases.doubles import PowerCut


@pytest.fixture
def kept(planned, tmp_path):
    """Some entries in the ledger of the unit and of the place, and a checkpoint of both inside and outside."""
    planned.deliver()
    planned.outside = FolderBlob(tmp_path / "proof", b"key", "https://duban.example")
    planned.ports = replace(planned.ports, checkpoints=planned.outside)
    entries_of(planned, "yunyang", 3)
    hour(planned)
    return planned


def entries_of(world, owner, count=1):
    for number in range(count):
        world.store.write(entries(world.store, owner, [{"what": "tried", "at": records.stamp(world.now), "number_": number}]))


def hour(world):
    """What the clock does each hour."""
    world.later(hours=1)
    for _ in checkpoint.steps(world.ports, {"done": 0}, world.now):
        pass


def faults(world, outside=True):
    found = verify(world.store, world.outside if outside else None)
    return {owner: fault for owner, fault in found.items() if fault}


def rewrite(world, owner, rows):
    """What somebody who can write to the store does: a chain of these entries that is whole in itself."""
    old = world.store.query(f"ledger#{owner}")
    world.store.inner.write([Delete(item.key) for item in old])
    head = Head()
    for row in rows:
        head, made = chained(head, {key: value for key, value in row.items() if key not in ("number", "previous", "hash")})
        world.store.inner.write([Put(Key(f"ledger#{owner}", f"{made['number']:012d}"), made)])
    world.store.inner.write([Put(records.ledger_head_key(owner), head._asdict())])


def without_checkpoints(world):
    """The saboteur also takes the checkpoints out of the store."""
    heads = [item.key for item in world.store.query("checkpoint-head")]
    world.store.inner.write([Delete(item.key) for item in world.store.query("checkpoint")] + [Delete(key) for key in heads])


def test_a_whole_ledger_agrees_with_its_checkpoints(kept):
    assert faults(kept) == {}
    entries_of(kept, "unit", 4)
    hour(kept)
    entries_of(kept, "unit")
    assert faults(kept) == {}
    assert len(kept.store.query("checkpoint")) == len(kept.outside.keys()) == 2


def test_a_tail_that_was_cut_off_with_its_head_is_found_from_which_entry_on(kept):
    before = len(kept.ledger("unit"))
    entries_of(kept, "unit", 3)
    hour(kept)
    rewrite(kept, "unit", kept.ledger("unit")[: before + 1])
    assert faults(kept)["unit"].startswith(
        f"entries {before + 2} to {before + 3} are missing: checkpoint 2 of 2026-01-20T04:07:00Z"
    )
    assert set(faults(kept)) == {"unit"}


def test_a_ledger_that_was_written_anew_is_found_between_two_checkpoints(kept):
    before = len(kept.ledger("unit"))
    entries_of(kept, "unit", 3)
    hour(kept)
    rows = kept.ledger("unit")
    rewrite(kept, "unit", [*rows[:before], {**rows[before], "what": "something else"}, *rows[before + 1 :]])
    assert f"rewritten from an entry after {before}, at the latest {before + 3}" in faults(kept)["unit"]


def test_entries_put_in_place_of_those_cut_off_do_not_hide_it(kept):
    before = len(kept.ledger("unit"))
    rewrite(kept, "unit", kept.ledger("unit")[: before - 1])
    entries_of(kept, "unit", 5)
    hour(kept)
    assert "unit" in faults(kept)


def test_a_ledger_that_is_wholly_gone_is_found(kept):
    keys = [item.key for partition in ("ledger#unit", "ledger-head#unit") for item in kept.store.query(partition)]
    kept.store.inner.write([*(Delete(key) for key in keys), Delete(Key("ledgers", "unit"))])
    assert "are missing" in faults(kept)["unit"]


def test_who_takes_the_checkpoints_too_is_found_by_those_outside(kept):
    rewrite(kept, "unit", kept.ledger("unit")[:-1])
    assert "in the store" in faults(kept, outside=False)["unit"]
    without_checkpoints(kept)
    assert faults(kept, outside=False) == {}
    found = faults(kept)
    assert "outside the store" in found["unit"] and "missing" in found[CHECKPOINTS]


def test_a_checkpoint_that_was_altered_is_found_inside_and_outside(kept, tmp_path):
    (path,) = [path for path in (tmp_path / "proof").rglob("*.json*")]
    row = json.loads(path.read_text())
    path.write_text(json.dumps({**row, "heads": {}}))
    assert faults(kept) == {CHECKPOINTS: "checkpoint 1 outside the store was altered"}
    (item,) = kept.store.query("checkpoint")
    kept.store.inner.write([Put(item.key, {**item.value, "heads": {}})])
    assert "altered" in faults(kept, outside=False)[CHECKPOINTS]


def test_only_ledgers_that_grew_are_read(kept):
    for number in range(30):
        kept.unit(f"u{number}")
    hour(kept)
    entries_of(kept, "u7")
    kept.store.reads = 0
    assert fold(kept.store, kept.now) == 1
    assert kept.store.reads <= records.SHARDS + 4
    assert list(kept.store.query("checkpoint")[-1].value["heads"]) == ["u7"]
    assert fold(kept.store, kept.now) == 0 and len(kept.store.query("checkpoint")) == 3


def test_a_ledger_that_grows_while_it_is_folded_keeps_its_mark(kept):
    entries_of(kept, "unit")
    (mark,) = [item for shard in range(records.SHARDS) for item in kept.store.query(f"grown#{shard}")]
    entries_of(kept, "unit")
    checkpoint._unmark(kept.store, [mark])
    assert fold(kept.store, kept.now) == 1
    assert kept.store.get(covered_key("unit")).value["length"] == len(kept.ledger("unit"))


@pytest.mark.parametrize("writes", range(3))
def test_a_death_in_the_middle_loses_nothing(kept, writes):
    entries_of(kept, "unit")
    kept.store.dies_after(writes)
    with pytest.raises(PowerCut):
        hour(kept)
    kept.store.revives()
    hour(kept)
    assert faults(kept) == {}
    assert kept.store.get(covered_key("unit")).value["length"] == len(kept.ledger("unit"))
    assert len(kept.store.query("checkpoint")) == len(kept.outside.keys())


def test_where_the_place_outside_is_away_the_next_hour_makes_up_for_it(kept, tmp_path, caplog):
    away = FolderBlob(tmp_path / "file" / "proof", b"key", "https://duban.example")
    (tmp_path / "file").write_text("no folder")
    kept.ports = replace(kept.ports, checkpoints=away)
    entries_of(kept, "unit")
    hour(kept)
    assert "could not be copied outside" in caplog.text
    kept.ports = replace(kept.ports, checkpoints=kept.outside)
    export(kept.ports)
    assert len(kept.outside.keys()) == 2 and faults(kept) == {}


def test_what_a_restore_lost_is_no_fault_and_is_counted(kept):
    lost, before = kept.ledger("unit"), kept.store.query("checkpoint")
    entries_of(kept, "unit", 2)
    hour(kept)
    rewrite(kept, "unit", lost)  # the copy is of an hour ago
    (newest,) = kept.store.query("checkpoint", after=before[-1].key.sort)
    head = {"length": before[-1].value["number"], "hash": before[-1].value["hash"]}
    kept.store.inner.write([Delete(newest.key), Put(checkpoint.HEAD, head), Put(checkpoint.EXPORTED, {"number": 1})])
    assert faults(kept)
    kept.store.inner.write([Put(epoch.EPOCH, {"number": 2, "state": "open"})])
    assert faults(kept) == {} and of_a_lost_life(kept.store, kept.outside) == 1
    entries_of(kept, "unit", 4)
    hour(kept)
    assert faults(kept) == {} and sorted(kept.outside.keys())[-1] == "checkpoints/0002/000000000002.json"


def test_the_clock_makes_one_each_hour(planned):
    for _ in range(3):
        planned.tick()
        planned.later(hours=1)
        entries_of(planned, "unit")
        planned.tick()
        planned.tick()
    assert len(planned.store.query("checkpoint")) == 3
