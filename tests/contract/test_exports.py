"""An export reads and goes on alike on every store."""

from datetime import timedelta

import pytest

from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.proof import retention
from chalicelib.usecases.tables import exporting, exports
from tests.usecases.doubles import PowerCut
from tests.usecases.filling import admin
from tests.usecases.world import NOBODY, World


@pytest.fixture
def place(store, tmp_path):
    """Two units with a project each, a duty of which has appeared."""
    world = World(tmp_path, store=store)
    for unit in ("one", "two"):
        world.unit(unit)
        world.contact(unit)
        world.project(f"p-{unit}", unit=unit, facts={"total_investment": 6_000_000, "kind": "new"})
        world.completed(f"p-{unit}", party=unit)
    return world


def asked(place, name, **of):
    return exports.asked(place.ports, admin(), name, place.now, **of)


@pytest.mark.parametrize("of", [{}, {"unit": "two"}, {"project": "p-two"}])
def test_every_table_goes_on_from_any_of_its_cursors(place, of):
    for name in exports.TABLES:
        pages = list(exports.pages(place.ports, asked(place, name, **of)))
        rows = [row for _, page in pages for row in page]
        assert rows or not of, name
        for number, (cursor, _) in enumerate(pages):
            before = [row for _, page in pages[: number + 1] for row in page]
            rest = [row for _, page in exports.pages(place.ports, asked(place, name, **of), cursor) for row in page]
            assert before + rest == rows, f"{name} after {cursor}"


def test_an_export_that_was_cut_short_is_finished_and_forgotten_in_its_time(place):
    job = exporting.begin(place.ports, asked(place, "obligations"), "csv", once=NOBODY, job="export-1")["job"]
    place.store.dies_after(1)
    with pytest.raises(PowerCut):
        jobs.turn(place.ports, job, place.now)
    place.store.revives()
    jobs.turn(place.ports, job, place.now)
    (file,) = exporting.made(place.ports, admin(), job, place.now)
    (key,) = place.ports.blob.keys()
    content = place.ports.blob.read(key)
    assert len(content) == file["size"] and content.count(b"\r\n") == file["rows"] + 1
    assert b"p-one/" in content and b"p-two/" in content
    job = {"jurisdictions": ["yunyang"], "after": None, "done": 0}
    list(retention.steps(place.ports, job, place.now + timedelta(days=3)))
    assert place.ports.blob.keys() == []
