"""A table of any length becomes a file, whatever dies or changes on the way; whoever may not see it does not get it."""

import csv
import gzip
import io
import json
import re
import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest

from chalicelib.core.errors import Conflict, Forbidden, NotFound, Refused
from chalicelib.ports import Delete, Key, Put, StoreConflict
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.proof import retention
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import records
from chalicelib.usecases.state.once import Once
from chalicelib.usecases.tables import exporting, exports
from tests.usecases.doubles import PowerCut, at_once
from tests.usecases.filling import admin

CLERK = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="u000")
NOBODY = Once(who="x", key=None, asked=None)
JOB = "export-1"
STEPS = 7  # writes of a job over 2,000 duties: five of 500 rows and less, the file, the end


def populate(world, units, projects=10, duties=50):
    """Units with projects and duties like those of p1, as if they had been registered: written at once. The ids of the duties."""
    (row, *_) = world.rows("project#p1").values()
    changes, idents = [], set()
    for unit in (f"u{number:03d}" for number in range(units)):
        profile = {"id": unit, "name": f"单位{unit}", "is_unit": True, "jurisdiction": "yunyang", "facts": {}}
        changes += [
            Put(records.party_key(unit), profile),
            Put(Key("jurisdiction#yunyang", f"party#{unit}"), {"name": profile["name"]}),
        ]
        for project in (f"{unit}-p{number:02d}" for number in range(projects)):
            changes += a_project(unit, project, row, duties)
            idents |= {f"{project}/{number}" for number in range(duties)}
    for start in range(0, len(changes), 99):
        world.store.inner.write(changes[start : start + 99])
    return idents


def a_project(unit, project, row, duties):
    yield Put(Key(f"party#{unit}", f"project#{project}"), {"name": f"项目{project}"})
    for number in range(duties):
        ident = f"{project}/{number}"
        yield Put(records.obligation_key(f"project#{project}", ident), {**row, "is": {**row["is"], "id": ident}})


def begin(world, form="csv", bearer=None, job=JOB, name="obligations", **of):
    asked = exports.asked(world.ports, bearer or admin(), name, world.now, **of)
    return exporting.begin(world.ports, asked, form, once=NOBODY, job=job)


def finish(world, job=JOB):
    while jobs.turn(world.ports, job, world.now):
        pass


def made(world, bearer=None, job=JOB):
    return exporting.made(world.ports, bearer or admin(), job, world.now)


def file(world, number=0, form="csv"):
    return world.ports.blob.read(f"exports/{JOB}-{number:05d}.{form}")


def idents(content):
    return [row["事项编号"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


@pytest.fixture
def large(world, tmp_path):
    """Four units more with forty projects and 2,000 duties, their files in a folder of this test."""
    world.completed()
    world.ports = replace(world.ports, blob=type(world.ports.blob)(tmp_path, b"secret", world.url))
    world.duties = populate(world, 4)
    return world


def test_thirty_thousand_duties_are_each_in_the_file_once_and_few_of_them_in_memory(large):
    wanted = populate(large, 60)
    assert len(wanted) == 30_000
    assert exports.at_once(large.ports, exports.asked(large.ports, admin(), "obligations", large.now)) is None
    begin(large, "xlsx")
    tracemalloc.start()
    finish(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    record = jobs.progress_for(large.store, admin(), JOB)
    assert (record["passed"], record["total"]) == (62, 62)  # the place and its units
    (told,) = made(large)
    assert told["name"] == "督办-事项-20260120-1007.xlsx" and 30_000 < told["rows"] < 30_010  # those of p1 among them
    assert told["size"] == len(file(large, form="xlsx"))
    with zipfile.ZipFile(io.BytesIO(file(large, form="xlsx"))) as book:
        sheet, notes = (book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2))
    found = re.findall(r">(u\d{3}-p\d\d/\d+)<", sheet)
    assert len(found) == len(wanted) and set(found) == wanted
    assert "2026-01-20 10:07 起读取" in notes
    assert peak < 8_000_000, f"{peak:,} bytes: a step has a part of the rows in hand, not all"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_small_and_large_exports_say_the_same(large, form):
    begin(large, form, unit="u001")
    finish(large)
    table = exports.at_once(large.ports, exports.asked(large.ports, admin(), "obligations", large.now, unit="u001"))
    out = io.BytesIO()
    large.ports.write_table(table, form, out)
    if form == "csv":
        assert file(large) == out.getvalue()
    else:
        mine, theirs = (zipfile.ZipFile(io.BytesIO(content)) for content in (file(large, form=form), out.getvalue()))
        assert [part.CRC for part in mine.infolist()[1:4]] == [part.CRC for part in theirs.infolist()[1:4]]


@pytest.mark.parametrize("landed", range(STEPS + 1))
def test_a_death_between_any_two_steps_changes_nothing_of_the_file(large, landed):
    begin(large)
    large.store.dies_after(landed)
    with pytest.raises(PowerCut):
        finish(large)
    large.store.revives()
    assert jobs.progress(large.store, JOB)["parts"] == min(landed, 5)
    large.later(days=1)  # states are told as of the beginning
    finish(large)
    found = idents(file(large))
    assert len(found) == len(set(found)) and large.duties <= set(found)
    assert large.ports.blob.keys() == [f"exports/{JOB}-00000.csv"]  # what was read is gone
    assert [key for key in large.due() if "@job" in key.sort] == []


def test_the_steps_are_as_many_as_are_killed_above(large):
    before = len(large.store.written)
    begin(large)
    finish(large)
    assert len(large.store.written) - before == 1 + STEPS + 1  # the beginning, the steps, the end of the mark


@pytest.mark.parametrize("landed", [0, 2])
def test_what_stood_the_whole_time_is_there_once_whatever_comes_and_goes(large, landed):
    """A step had been kept with the files when the process died; then others wrote before and after where it stood."""
    begin(large)
    large.store.dies_after(landed)
    with pytest.raises(PowerCut):
        finish(large)
    large.store.revives()
    (row, *_) = large.rows("project#u000-p00").values()
    gone = {key.sort for key in large.store.inner.get_many([Key("party#u003", "project#u003-p09")])}
    new = [
        change
        for unit, project in (("u000", "u000-p001"), ("u003", "u003-p10"))
        for change in a_project(unit, project, row, 30)
    ]
    large.store.inner.write(new)
    large.store.inner.write([Delete(Key("party#u003", sort)) for sort in gone])
    finish(large)
    found = idents(file(large))
    stood = {ident for ident in large.duties if not ident.startswith("u003-p09/")}
    assert len(found) == len(set(found)) and stood <= set(found)
    assert not [ident for ident in found if ident.startswith("u003-p09/")] and "u003-p10/0" in found


def test_two_workers_at_one_export_make_one_file(large):
    begin(large)

    def work():
        while jobs.progress(large.store, JOB)["state"] == "running":
            with suppress(StoreConflict):  # the other one was faster
                jobs.turn(large.ports, JOB, large.now)

    at_once(work, work)
    found = idents(file(large))
    assert len(found) == len(set(found)) and large.duties <= set(found)


@pytest.mark.parametrize("name", exports.TABLES)
def test_every_table_goes_on_from_any_of_its_cursors(large, name):
    large.contact("u001")
    asked = exports.asked(large.ports, admin(), name, large.now)
    pages = list(exports.pages(large.ports, asked))
    rows = [row for _, page in pages for row in page]
    for number, (cursor, _) in [*enumerate(pages)][::9]:
        rest = [row for _, page in exports.pages(large.ports, asked, cursor) for row in page]
        before = [row for _, page in pages[: number + 1] for row in page]
        assert before + rest == rows, f"after {cursor}"


def test_what_excel_cannot_hold_in_one_sheet_comes_in_several_files(large, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 1_000)
    begin(large)
    finish(large)
    files = made(large)
    assert len(files) == 3 and all(0 < each["rows"] <= 1_000 for each in files)
    assert [each["name"] for each in files] == [f"督办-事项-20260120-1007-{number}.csv" for number in (1, 2, 3)]
    found = [ident for number in range(3) for ident in idents(file(large, number))]
    assert len(found) == len(set(found)) and large.duties <= set(found)


# Whose it is


def test_who_began_it_and_the_admins_of_the_place_get_it_and_nobody_else(large):
    begin(large, bearer=CLERK)
    with pytest.raises(Conflict):
        made(large, CLERK)
    finish(large)
    assert [each["rows"] for each in made(large, CLERK)] == [500]
    assert made(large, admin()) and made(large, admin())[0]["url"].startswith(large.url)
    for other, refusal in (
        (replace(CLERK, id="other"), Forbidden),  # a colleague
        (replace(CLERK, party="u001"), Forbidden),  # the same person, for another unit now
        (replace(CLERK, role="authority"), Forbidden),
        (admin("dazhou"), NotFound),
    ):
        with pytest.raises(refusal):
            made(large, other)
    with pytest.raises(NotFound):
        made(large, CLERK, job="import-1")


def test_who_is_admin_no_more_does_not_get_what_they_began_as_one(large):
    begin(large)
    finish(large)
    with pytest.raises(Forbidden):
        made(large, replace(CLERK, id="admin"))


def test_of_a_unit_that_is_gone_nothing_is_given_out(large):
    begin(large, unit="u002")
    finish(large)
    large.store.inner.write([Delete(records.party_key("u002"))])
    with pytest.raises(NotFound):
        made(large)


def test_without_a_place_for_files_it_says_what_to_do(large):
    large.ports = replace(large.ports, blob=None)
    with pytest.raises(Refused, match="export by unit"):
        begin(large)


# What is kept


def retain(world):
    job = {"jurisdictions": ["yunyang"], "after": None, "done": 0}
    assert [each for each, _ in retention.steps(world.ports, job, world.now)][-1]["state"] == "done"


@pytest.mark.parametrize("landed", [0, 2, 5, STEPS])
def test_three_days_on_nothing_of_it_is_left_finished_or_not(large, landed):
    begin(large)
    large.store.dies_after(landed)
    with pytest.raises(PowerCut):
        finish(large)
    large.store.revives()
    large.later(days=3, minutes=-1)
    retain(large)
    assert large.ports.blob.keys() and large.store.query(f"job#{JOB}")
    large.later(minutes=1)
    retain(large)
    assert large.ports.blob.keys() == []
    assert not large.store.query(f"job#{JOB}") and not large.store.query("exports#yunyang")
    assert [key for key in large.due() if "@job" in key.sort] == []
    with pytest.raises(NotFound):
        made(large)


def test_a_part_holds_rows_and_where_to_go_on_and_no_whole_address(large):
    large.contact("u001")
    begin(large, name="contacts")
    large.store.dies_after(0)
    with pytest.raises(PowerCut):
        finish(large)
    (key,) = large.ports.blob.keys()
    part = json.loads(gzip.decompress(large.ports.blob.read(key)))
    assert set(part) == {"rows", "after", "passed", "is_last"}
    assert "console:u001/clerk" not in json.dumps(part) and part["rows"][0]["channels"].startswith("控制台 co*")
