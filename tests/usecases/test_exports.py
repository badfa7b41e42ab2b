"""What a person sees as a list can be taken away as a table; nothing in it begins a formula, no address is whole."""

import csv
import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from chalicelib import sheets
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.names import ENTRIES
from chalicelib.ports import Key, Put
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.tables import exports
from tests.usecases.filling import admin, check, code, filled, template

ROOT = Path(__file__).resolve().parents[2]
CLERK = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="unit")


def table_of(world, name, bearer=None, **of):
    return exports.at_once(world.ports, exports.asked(world.ports, bearer or admin(), name, world.now, **of))


def rows(world, name, bearer=None, **of):
    """The table as a CSV reader sees it."""
    content, kind = sheets.write(table_of(world, name, bearer, **of), "csv")
    assert content.startswith(b"\xef\xbb\xbf") and kind.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_duties_are_told_with_their_dates_and_state(due):
    (row,) = [row for row in rows(due, "obligations", project="p1") if row["事项"] == "提交竣工验收申请"]
    assert (row["项目"], row["法定期限"], row["建议办结日"], row["状态"], row["依据"]) == (
        "项目p1", "2026-07-15", "2026-07-15", "办理中", "第25条",
    )  # fmt: skip
    assert row["暂定"] == "否" and row["事项编号"].startswith("p1/")


def test_an_admin_takes_the_place_a_unit_only_its_own(world):
    world.unit("two")
    world.project("p2", unit="two")
    assert {row["单位"] for row in rows(world, "obligations")} == {"单位unit", "单位two"}
    assert {row["单位"] for row in rows(world, "obligations", CLERK)} == {"单位unit"}
    assert [row["编号"] for row in rows(world, "projects", CLERK)] == ["p1"]
    assert [row["编号"] for row in rows(world, "projects", unit="two")] == ["p2"]
    with pytest.raises(Forbidden):
        rows(world, "contacts", CLERK, unit="two")
    with pytest.raises(NotFound):
        rows(world, "projects", unit="nobody")
    with pytest.raises(NotFound):
        rows(world, "secrets")


@pytest.mark.parametrize("name", ["obligations", "projects"])
def test_one_project_is_read_by_its_key_however_many_its_unit_has(due, name):
    def cost():
        before = due.store.reads
        assert rows(due, name, project="p1")
        return due.store.reads - before

    few = cost()
    for number in range(exports.A_PAGE + 20):
        due.store.inner.write([Put(Key("party#unit", f"project#a{number:03d}"), {"name": "系统"})])
    assert cost() == few


def test_addresses_are_masked(world):
    (row,) = rows(world, "contacts")
    assert row["姓名"] == "张三" and "console:unit/clerk" not in row["接收渠道（部分遮盖）"]
    assert row["接收渠道（部分遮盖）"].startswith("控制台 co*")


def test_the_account_of_a_project_is_that_project_alone(due):
    due.project("p2")
    due.completed("p2")
    told = rows(due, "ledger", CLERK, project="p1")
    assert {row["事由"] for row in told} >= {"登记", "报送"}
    assert not any("p2" in row["关于"] for row in told)
    assert len(rows(due, "ledger", CLERK)) > len(told)


@pytest.mark.parametrize("word", ["=1+1", "+86", "-2", "@here", "\t=x"])
def test_no_text_begins_a_formula(world, word):
    world.unit("bad", name=word)
    table = table_of(world, "units")
    assert [row["单位名称"] for row in rows(world, "units") if row["编号"] == "bad"] == [f"'{word}"]
    book = load_workbook(io.BytesIO(sheets.write(table, "xlsx")[0]))
    cells = [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.value == word]
    assert [cell.data_type for cell in cells] == ["s"]


def test_what_was_exported_can_be_read_again(world):
    world.unit("bad", name="=甲", uscc=code(3))
    content, _ = sheets.write(table_of(world, "units"), "csv")
    (sheet,) = sheets.read(content)
    assert ("bad", code(3), "=甲") in [row.cells[:3] for row in sheet.rows]


def test_a_code_stays_a_text_and_a_day_a_day(world):
    world.unit("0012", uscc=code(4))
    book = load_workbook(io.BytesIO(sheets.write(table_of(world, "units"), "xlsx")[0]))
    line = next(line for line in book.worksheets[0].iter_rows() if line[0].value == "0012")
    assert (line[1].value, line[1].number_format) == (code(4), "@")
    assert line[7].value.date().isoformat() == "2026-01-20"


def test_the_units_that_were_exported_are_unchanged_when_imported(world):
    content, _ = sheets.write(table_of(world, "units"), "xlsx")
    given = [{"id": "unit", "name": "单位unit", "kind": "机关部门"}]
    assert check(world, "units", filled(template(world, "units"), given)).counts["unchanged"] == 1
    assert len(sheets.read(content)[0].rows) == 2


def test_every_entry_of_a_ledger_has_a_name():
    """Whatever the use cases write into one."""
    text = "".join(path.read_text("utf-8") for path in (ROOT / "chalicelib/usecases").rglob("*.py"))
    written = set(re.findall(r'"what": "([a-z ]+)"', text))
    assert written and written <= set(ENTRIES)
