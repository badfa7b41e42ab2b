"""Spreadsheets on the pages: a faulty one changes nothing and says where, a right one is imported and followed."""

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.clockwork.tick import tick
from tests.usecases.filling import code, csv_of, filled

from ..installation import NOW
from .conftest import signed_in
from .sheets import template, uploaded

ROWS = 500
HEADINGS = ["单位编号", "单位名称", "单位类别"]


def rows(**faults):
    """Five hundred units; some of them with a fault: row of the file -> what is written there."""
    made = [{"uscc": code(number), "name": f"第{number}小学", "kind": "学校"} for number in range(ROWS)]
    for at, change in faults.items():
        made[int(at[1:]) - 4].update(change)
    return made


SIX = {
    "r10": {"kind": "学堂"}, "r20": {"uscc": "1150023500000001X0"}, "r30": {"name": ""}, "r40": {"parent": "nobody"},
    "r50": {"tracked_since": "明天"}, "r60": {"uscc": code(1)},
}  # fmt: skip


def parties():
    return len(bootstrap.ports().store.query("jurisdiction#yunyang", prefix="party#"))


def test_five_hundred_rows_with_six_faults_are_refused_with_all_six_named_then_accepted(admin):
    before = parties()
    blank = template(admin, "units")
    page = uploaded(admin, "units", filled(blank, rows(**SIX)))
    assert admin.status == 422 and "有6处需要修改，没有导入任何内容" in page.words
    (table,) = page.all("table", class_="cards faults")
    told = [" ".join(row.text.split()) for row in table.holds if row.tag == "tr"][1:]
    assert [line.partition("行")[0] for line in told] == ["第10", "第20", "第30", "第40", "第50", "第60"]
    assert "学堂" in told[0] and "学校（school）" in told[0]
    assert parties() == before
    page = uploaded(admin, "units", filled(blank, rows()))
    assert "检查通过，共 500 行" in page.words and parties() == before
    page = admin.press("确认导入 500 行")
    assert "正在导入" in page.words and "0 / 500" in page.words
    tick(bootstrap.ports(), NOW)
    page = admin.open(admin.path)
    assert "导入完成" in page.words and parties() == before + ROWS
    page = uploaded(admin, "units", filled(blank, rows()))
    assert "没有变化" in page.words
    assert "没有需要导入的" in admin.press("没有可导入的").words


def test_the_day_from_which_they_are_tracked_is_asked_with_what_it_starts(admin):
    uploaded(admin, "units", csv_of(HEADINGS, [[f"s{n}", f"单位{n}", "学校"] for n in range(3)], "gb18030"))
    assert "条提醒" in admin.page.words
    early = admin.press("重新估算", tracked_since="2020-01-01").words
    late = admin.press("重新估算", tracked_since="2026-08-31").words
    assert "其中 0 项在纳入督办前" not in late or early != late
    admin.press("确认导入 3 行")
    tick(bootstrap.ports(), NOW)
    assert bootstrap.ports().store.query("party#s1", prefix="profile")[0].value["tracked_since"] == "2026-08-31"
    assert admin.open("/imports").words


def test_a_file_that_is_given_up_is_gone(admin):
    uploaded(admin, "units", csv_of(HEADINGS, [["s1", "单位", "学校"]], "utf-8"))
    report = admin.path
    admin.press("放弃并删除文件")
    assert admin.path == "/imports/units"
    assert "没有找到上传的文件" in admin.open(report, status=404).words


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0old", b"\xff\xff\xff", b'"open'])
def test_what_is_no_spreadsheet_is_said_on_the_page(admin, content):
    page = uploaded(admin, "units", content)
    assert admin.status == 422 and "没有导入任何内容" in page.words


def test_nobody_imports_anothers_file(admin, clerk):
    uploaded(admin, "units", csv_of(HEADINGS, [["s1", "单位", "学校"]], "utf-8"))
    other = signed_in("admin")
    other.open(admin.path, status=404)
    clerk.open(admin.path, status=403)


def test_a_unit_imports_its_contacts_and_its_list_and_nothing_else(clerk):
    words = clerk.open("/imports").words
    assert "联系人" in words and "单位与主管部门" not in words
    clerk.open("/imports/units", status=403)
    clerk.open("/imports/form:budget-review", status=403)
    page = uploaded(clerk, "contacts", csv_of(["姓名", "控制台地址"], [["赵某", "zhao@example.org"]], "utf-8"))
    assert "检查通过，共 1 行" in page.words, page.words
    clerk.press("确认导入 1 行")
    tick(bootstrap.ports(), NOW)
    assert "赵某" in clerk.open("/contacts").words


def test_what_one_sees_is_taken_away_as_a_table(clerk):
    clerk.open("/exports/projects.xlsx")
    assert "filename*=UTF-8''" in clerk.headers["content-disposition"][0]
    clerk.open("/exports/nothing.xlsx", status=404)


def test_what_nobody_imported_goes_when_another_file_comes_a_day_later(admin):
    blob = bootstrap.ports().blob
    kept, gone = "imports/20260831-a-1", "imports/20260829-a-1"
    for key in (kept, gone):
        blob.put(key, b"x", "application/octet-stream")
    admin.open("/imports/units")
    assert blob.keys("imports/") == [kept]


def test_importing_twice_is_one_import_and_the_file_is_gone(admin):
    uploaded(admin, "units", csv_of(HEADINGS, [["s1", "单位", "学校"]], "utf-8"))
    page, path = admin.page, admin.path
    admin.press("确认导入 1 行")
    job = admin.path
    assert bootstrap.ports().blob.keys("imports/") == []
    admin.page, admin.path = page, path
    admin.press("确认导入 1 行")
    assert admin.path == job
