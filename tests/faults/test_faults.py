"""Some weeks of faults, and every promise kept; and the checker finds what is broken on purpose. `python -m bench faults` is the
same at length, on disk."""

import logging

import pytest

from chalicelib.ports import Delete, Put
from tests.faults import engines
from tests.faults.checker import Checker
from tests.faults.place import Place
from tests.faults.run import Run

PROJECTS, FEWEST_STEPS = 60, 1_800


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module", params=[3, 4])
def checker(folder, request):
    with engines.sqlite() as engine:
        run = Run(Place(folder, request.param, PROJECTS, engine))
        run.run()
        yield Checker(run)


@pytest.fixture(scope="module")
def log():
    """What was logged as an error."""
    seen = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: seen.append(record.getMessage())
    logging.getLogger("chalicelib").addHandler(handler)
    yield seen
    logging.getLogger("chalicelib").removeHandler(handler)


def test_every_promise_is_kept(log, checker):
    assert checker.faults() == {}
    assert log == []
    assert len(checker.steps) > FEWEST_STEPS
    happened = checker.faults_injected()
    for fault in ("429", "down", "timeout after acceptance", "death between the vendor's answer and the record"):
        assert happened[fault], fault


def broken(checker, *changes):
    """The promises that are broken once this was written behind everybody's back; it is put right again afterwards."""
    store = checker.place.store.inner
    before = [store.get(change.key) for change in changes]
    store.write(changes)
    try:
        return set(Checker(checker.run).faults())
    finally:
        store.write([Put(item.key, item.value) for item in before])


def ledger_row(checker, what):
    rows = checker.place.store.query("ledger#u0") + checker.place.store.query("ledger#u1")
    return next(row for row in rows if row.value["what"] == what)


def test_the_checker_finds_a_word_that_was_taken_out_of_the_ledger(checker):
    assert broken(checker, Delete(ledger_row(checker, "accepted").key)) >= {"nothing_is_left_over", "no_step_is_without_an_end"}


def test_the_checker_finds_a_reason_that_is_not_true(checker):
    row = ledger_row(checker, "accepted")
    lie = {
        **row.value,
        "what": "withheld",
        "why": "acknowledged",
        "obligation": next(each for each in checker.journal.obligations),
    }
    checker.journal.signed.pop(lie["obligation"], None)
    assert "reasons_are_true" in broken(checker, Put(row.key, lie))


def test_the_checker_finds_what_nobody_received_and_what_came_twice_and_at_night(checker):
    vendor = next(vendor for vendor in checker.place.vendors.values() if len(vendor.received) > 3 and not vendor.is_idempotent)
    first, second, *_ = [each for each in vendor.received if "@" not in each.key]
    received = list(vendor.received)
    vendor.received[:] = [each for each in received if each is not first]
    assert set(Checker(checker.run).faults()) == {"what_is_accepted_was_received"}
    vendor.received[:] = [*received, second, second]
    assert "duplicates_are_explained_and_marked" in Checker(checker.run).faults()
    night = [each._replace(at=each.at.replace(hour=17)) for each in received]  # 01:00 in Shanghai
    vendor.received[:] = night
    assert "nobody_is_disturbed" in Checker(checker.run).faults()
    vendor.received[:] = received
