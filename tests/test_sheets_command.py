"""`duban import`, `duban export` and `duban feed`, on an installation of the test's own."""

import json

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.registry.register import register_party
from tests.test_published_command import duban  # noqa: F401 - a fixture
from tests.usecases.filling import code, csv_of, filled
from tests.usecases.world import NOBODY

HERE = ("--jurisdiction", "yunyang")


@pytest.fixture
def template(duban, tmp_path):  # noqa: F811
    """Writes a template with these rows filled in; gives its path."""

    def make(kind, rows):
        path = tmp_path / "filled.xlsx"
        assert duban("export", "template", kind, "--out", str(path), *HERE)[0] == 0
        path.write_bytes(filled(path.read_bytes(), rows))
        return str(path)

    return make


def test_a_template_is_filled_in_checked_imported_and_exported_again(duban, template, tmp_path):  # noqa: F811
    file = template("units", [{"uscc": code(number), "name": f"单位{number}", "kind": "学校"} for number in range(30)])
    status, printed = duban("import", file, "--kind", "units", "--check", "--tracked-since", "2026-01-01", *HERE)
    assert status == 0 and "新增 30，更新 0，无变化 0，问题 0 处" in printed.out and "将新增事项" in printed.out
    status, printed = duban("import", file, "--kind", "units", "--json", *HERE)
    assert status == 0 and json.loads(printed.out)["counts"] == {"new": 30, "changed": 0}
    assert duban("import", file, "--kind", "units", *HERE)[1].out.endswith("没有变化，未导入\n")
    out = tmp_path / "units.csv"
    assert duban("export", "units", "--out", str(out), *HERE)[0] == 0
    assert out.read_text("utf-8-sig").count("单位") >= 30


def test_faults_are_printed_by_cell_and_nothing_is_imported(duban, tmp_path):  # noqa: F811
    file = tmp_path / "units.csv"
    file.write_bytes(csv_of(["单位编号", "单位名称", "单位类别"], [["a", "甲", "学堂"]], "gb18030"))
    status, printed = duban("import", str(file), "--kind", "units", *HERE)
    assert status == 1 and "C2 第2行 “学堂”" in printed.out and "学校（school）" in printed.out
    assert bootstrap.ports().store.query("jurisdiction#yunyang", prefix="party#") == []


def test_a_form_is_handed_in_for_a_unit_that_the_file_does_not_name(duban, tmp_path):  # noqa: F811
    ports = bootstrap.ports()
    register_party(ports, {"id": "yz", "name": "一中", "jurisdiction": "yunyang", "kind": "school"}, ports.clock(), NOBODY)
    file = tmp_path / "list.csv"
    headings = ["是否涉密", "报送日期", "项目年度", "项目名称", "投资额度（万元）", "项目类型"]
    file.write_bytes(csv_of(headings, [["否", "2026-01-05", "2027", "平台", "80", "新建"]], "utf-8"))
    status, printed = duban("import", str(file), "--form", "annual-list", "--unit", "yz", *HERE)
    assert status == 0 and "已导入：新增 1" in printed.out
    assert duban("import", str(file), "--form", "annual-list", *HERE)[0] == 1


def test_a_calendars_address_is_made_listed_and_taken_back(duban):  # noqa: F811
    bootstrap.ports()
    status, printed = duban("feed", "issue", *HERE)
    assert status == 0 and printed.out.endswith(".ics\n") and "/calendar/" in printed.out
    (kept,) = json.loads(duban("feed", "list", "--json", *HERE)[1].out)
    assert kept["of"] == "jurisdiction"
    assert duban("feed", "revoke", kept["id"], *HERE)[0] == 0
    assert json.loads(duban("feed", "list", "--json", *HERE)[1].out) == []


def test_what_is_not_there_is_said(duban, tmp_path):  # noqa: F811
    assert duban("export", "units", "--out", str(tmp_path / "units.xlsx"), *HERE)[0] == 1  # there is no store
    assert duban("import", str(tmp_path / "nothing.xlsx"), "--kind", "units", *HERE)[0] == 1
    assert duban("export", "template", "vendors", *HERE)[0] == 1
    assert duban("export", "units", "--out", str(tmp_path / "units.pdf"), *HERE)[0] == 1
    assert list(tmp_path.glob("units.*")) == []
