"""Spreadsheets: checked whole first, refused whole with every fault named, applied so that a crash loses nothing."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from chalicelib.channels.wecom import WecomRobot
from chalicelib.core.errors import Forbidden, InvalidInput
from chalicelib.core.table import address
from chalicelib.ports import Key
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.registry.contact import contacts_of
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import records
from chalicelib.usecases.tables import imports
from chalicelib.usecases.views.overview import future
from tests.usecases.doubles import PowerCut
from tests.usecases.filling import admin, begin, bring_in, check, code, csv_of, filled, template, told

UNIT = {"uscc": code(1), "name": "县卫生健康委", "kind": "机关部门"}


@pytest.fixture
def blank(make_world):
    """An empty Yunyang."""
    return make_world()


@pytest.fixture
def registered(blank):
    """Yunyang with one unit, imported."""
    bring_in(blank, "units", filled(template(blank, "units"), [{**UNIT, "id": "yy-health"}]), tracked_since="2026-01-01")
    return blank


def parties(world):
    return {item.key.sort.removeprefix("party#") for item in world.store.query(f"jurisdiction#{world.place}", prefix="party#")}


def profile(world, ident, kind="party"):
    return world.store.get(Key(f"{kind}#{ident}", "profile")).value


def everything(world):
    return {key: item.version for key, item in world.store.everything().items()}


# 500 rows, six faults


def five_hundred():
    return [{"uscc": code(number), "name": f"单位{number}", "kind": "school"} for number in range(500)]


def test_500_rows_with_six_faults_are_refused_with_all_six_named_and_accepted_once_mended(blank):
    rows = five_hundred()
    wrong = code(10)[:-1] + ("0" if code(10)[-1] != "0" else "1")
    rows[10]["uscc"] = wrong
    rows[50]["name"] = None
    rows[99]["kind"] = "学堂"
    rows[200]["tracked_since"] = "2026-02-30"
    rows[300]["parent"] = "nobody"
    rows[499]["uscc"] = code(400)
    content = filled(template(blank, "units"), rows)
    before = everything(blank)
    faults = check(blank, "units", content).faults
    assert [(fault.address, fault.row, fault.title, fault.value) for fault in faults] == [
        ("A14", 14, "统一社会信用代码", wrong),
        ("C54", 54, "单位名称", None),
        ("D103", 103, "单位类别", "学堂"),
        ("H204", 204, "纳入督办之日", "2026-02-30"),
        ("E304", 304, "行政主管部门", None),
        ("", 503, "", None),
    ]
    assert "学校（school）" in faults[2].accepted
    assert "第404行" in faults[5].zh
    with pytest.raises(InvalidInput) as refused:
        begin(blank, "units", content)
    assert [fault["field"] for fault in refused.value.errors] == [
        "单位!A14", "单位!C54", "单位!D103", "单位!H204", "单位!E304", "单位",
    ]  # fmt: skip
    assert everything(blank) == before
    record = bring_in(blank, "units", filled(template(blank, "units"), five_hundred()))
    assert (record["done"], record["counts"], record["conflicts"]) == (500, {"new": 500, "changed": 0}, [])
    assert len(parties(blank)) == 500
    blank.assert_ledgers_whole()


def test_the_same_file_again_changes_nothing(blank):
    content = filled(template(blank, "units"), five_hundred()[:30])
    bring_in(blank, "units", content)
    before = everything(blank)
    assert check(blank, "units", content).counts == {"new": 0, "changed": 0, "unchanged": 30}
    assert begin(blank, "units", content)["job"] is None
    assert everything(blank) == before


# How a cell may be written


def test_what_a_person_understands_is_understood(blank):
    rows = [
        {
            "uscc": f" {code(1).translate({ord('1'): '１'})}　",
            "name": "　县教委\n",
            "kind": " School",
            "tracked_since": "2026年8月31日",
        },
        {
            "id": "００１２",
            "name": "县一中",
            "kind": "学校（school）".partition("（")[0],
            "parent": code(1),
            "tracked_since": "2026/8/31",
        },
        {
            "id": "x3",
            "name": "县二中",
            "kind": "学校",
            "parent": "00 12",
            "is_unit": "√",
            "defects": "未按要求共享数据；重复采集数据",
        },
    ]
    assert bring_in(blank, "units", filled(template(blank, "units"), rows))["counts"]["new"] == 3
    assert profile(blank, code(1))["name"] == "县教委"
    assert profile(blank, code(1))["tracked_since"] == profile(blank, "0012")["tracked_since"] == "2026-08-31"
    assert profile(blank, "0012")["facts"]["parent"] == code(1)
    assert profile(blank, "x3")["facts"]["defects"] == ["data_not_shared", "duplicate_collection"]
    assert profile(blank, "x3")["facts"]["parent"] == "0012"


def test_money_is_read_by_what_its_heading_says(registered):
    headings = {"facts/total_investment": "总投资（万元）"}
    rows = [
        {"unit": "yy-health", "id": f"p{number}", "name": "项目", "classified": "否", "facts/total_investment": said}
        for number, said in enumerate(["680", 680.5, "１，２００．２５", "6,800,000元"])
    ]
    bring_in(registered, "projects", filled(template(registered, "projects"), rows, headings))
    assert [profile(registered, f"p{number}", "project")["facts"]["total_investment"] for number in range(4)] == [
        6_800_000, 6_805_000, 12_002_500, 6_800_000,
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_whatever_its_encoding(blank, encoding):
    content = csv_of(
        ["序号", "单位编号", "单位名称", "单位类别"], [["1", "yy-1", "云阳县龘龙小学", "学校"], ["", "", "", ""]], encoding
    )
    assert bring_in(blank, "units", content)["counts"]["new"] == 1
    assert profile(blank, "yy-1")["name"] == "云阳县龘龙小学"


def test_a_code_that_the_spreadsheet_took_for_a_number_is_told_apart_from_a_wrong_one(blank):
    (fault,) = check(blank, "units", filled(template(blank, "units"), [{**UNIT, "uscc": 115002350086660100}])).faults
    assert "文本格式" in fault.zh


def test_merged_cells_count_for_each_and_empty_and_hidden_rows_and_columns_may_be_there(registered):
    def change(sheet):
        sheet.merge_cells("A4:A6")
        sheet.row_dimensions[5].hidden = True

    rows = [{"unit": "yy-health", "id": "p1", "name": "甲", "classified": "否"}] + [
        {"id": f"p{number}", "name": "乙", "classified": "否"} for number in (2, 3)
    ]
    checked = check(
        registered, "projects", filled(template(registered, "projects"), [*rows, {}, {"name": "  "}], change=change)
    )
    assert told(checked) == []
    assert [seen.value["unit"] for seen in checked.seen] == ["yy-health"] * 3
    assert checked.notes == ("工作表有1行是隐藏的，也已读取",)


def test_headings_may_be_anywhere_in_any_order_and_strange_ones_are_told(blank):
    content = csv_of(
        ["云阳县单位名册"],
        [["单位类别*", "单位名称", "单位编号", "单位性质", ""], ["学校", "一中", "yz", "公办", "？"]],
        "utf-8",
    )
    faults = check(blank, "units", content).faults
    assert [(fault.address, fault.value) for fault in faults] == [("D2", "单位性质"), ("E3", None)]
    assert "统一社会信用代码" in faults[0].accepted


def test_a_file_without_a_heading_or_with_a_column_missing_says_what_it_should_have(blank):
    (fault,) = check(blank, "units", csv_of(["甲", "乙"], [["1", "2"]], "utf-8")).faults
    assert fault.row == 0 and "单位名称" in fault.accepted
    (fault,) = check(blank, "units", csv_of(["单位编号", "单位名称"], [["x", "y"]], "utf-8")).faults
    assert "缺少“单位类别”" in fault.zh


def test_of_many_faults_the_first_are_listed_and_all_are_counted(blank):
    rows = [{**row, "kind": "学堂"} for row in five_hundred()]
    told_ = check(blank, "units", filled(template(blank, "units"), rows)).as_json()
    assert (told_["faults_count"], len(told_["faults"]), told_["left_off"]) == (500, imports.SHOWN, 500 - imports.SHOWN)


# 涉密


def test_a_row_that_says_classified_is_refused_unread_and_nothing_is_kept(registered):
    rows = [
        {"unit": "yy-health", "id": "p1", "name": "公开项目", "classified": "否"},
        {"unit": "nowhere", "id": "secret-id", "name": "机密名称", "classified": "是", "facts/total_investment": "x"},
    ]
    content = filled(template(registered, "projects"), rows)
    before = everything(registered)
    (fault,) = check(registered, "projects", content).faults
    assert (fault.address, fault.value) == ("E5", None)
    with pytest.raises(InvalidInput) as refused:
        begin(registered, "projects", content)
    assert "机密" not in str(refused.value.errors) and "secret-id" not in str(refused.value.errors)
    assert everything(registered) == before


def test_until_a_row_says_that_it_is_not_classified_no_value_of_it_is_repeated(registered):
    rows = [
        {"unit": "机密单位", "id": "p1", "name": "x", "classified": said, "tracked_since": "机密日期"}
        for said in (None, "涉密", "否")
    ]
    faults = check(registered, "projects", filled(template(registered, "projects"), rows)).faults
    assert [(fault.address, fault.value) for fault in faults if fault.row < 6] == [
        ("E4", None), (since(registered, 4), None), ("E5", None), (since(registered, 5), None),
    ]  # fmt: skip
    assert not any("机密" in fault.zh for fault in faults if fault.row < 6)
    assert [fault.value for fault in faults if fault.row == 6] == [None, "机密日期"]


def since(world, row):
    """The cell of tracked_since."""
    columns = imports.template(world.ports, admin(), "projects").columns
    return address([column.key for column in columns].index("tracked_since"), row)


def test_a_unit_is_told_nothing_of_anothers_project(registered):
    registered.unit("two")
    registered.project("theirs", unit="two", facts={"total_investment": 77_777})
    clerk = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="yy-health")
    row = {"unit": "yy-health", "id": "theirs", "name": "x", "classified": "否", "facts/total_investment": 1}
    told_ = check(registered, "projects", filled(template(registered, "projects"), [row]), clerk).as_json()
    assert told_["faults_count"] == 1 and told_["changes"] == []
    assert "77777" not in str(told_) and "two" not in str(told_)


# What changes


def test_a_changed_row_shows_what_it_changes_and_changes_that_alone(registered):
    changed = {"uscc": code(1), "name": "县卫健委", "kind": "机关部门"}
    content = filled(template(registered, "units"), [changed])
    (seen,) = check(registered, "units", content).seen
    assert [tuple(each) for each in seen.differences] == [("单位名称", "县卫生健康委", "县卫健委")]
    before = profile(registered, "yy-health")
    assert bring_in(registered, "units", content)["counts"] == {"new": 0, "changed": 1}
    assert profile(registered, "yy-health") == {**before, "name": "县卫健委"}
    assert registered.ledger("yy-health", "submitted")[0]["form"] == "unit-details"


def test_a_unit_that_was_registered_without_a_code_is_given_one_once(blank):
    blank.unit("yy-edu")
    row = {"id": "yy-edu", "uscc": code(7), "name": "单位yy-edu", "kind": "机关部门"}
    bring_in(blank, "units", filled(template(blank, "units"), [row]))
    assert profile(blank, "yy-edu")["uscc"] == code(7)
    faults = check(blank, "units", filled(template(blank, "units"), [{**row, "uscc": code(8)}])).faults
    assert [fault.address for fault in faults] == ["A4"]
    assert [
        fault.address for fault in check(blank, "units", filled(template(blank, "units"), [{**row, "id": "other"}])).faults
    ] == ["A4"]


def test_a_project_is_changed_by_what_a_person_would_report(registered):
    row = {
        "unit": code(1),
        "code": "2603-500235-04-05-123456",
        "name": "平台",
        "classified": "否",
        "facts/total_investment": 500,
    }
    bring_in(registered, "projects", filled(template(registered, "projects"), [row]))
    ident = "2603-500235-04-05-123456"
    changed = {**row, "facts/total_investment": 700, "facts/kind": "新建"}
    content = filled(template(registered, "projects"), [changed])
    (seen,) = check(registered, "projects", content).seen
    assert {each.column: (each.was, each.becomes) for each in seen.differences} == {
        "总投资": (500, 700), "项目类型": (None, "新建"),
    }  # fmt: skip
    bring_in(registered, "projects", content)
    assert profile(registered, ident, "project")["facts"] == {"total_investment": 700, "kind": "new"}
    registered.assert_as_rebuilt(f"project#{ident}")
    assert check(registered, "projects", content).counts["unchanged"] == 1


def test_projects_come_with_what_they_have_been_through_and_wake_nobody(registered):
    bring_in(registered, "contacts", filled(template(registered, "contacts"), [{"unit": "yy-health", "name": "张三"}]))
    row = {"unit": "yy-health", "id": "old", "name": "旧平台", "classified": "否", "facts/total_investment": 6_000_000}
    story = {"milestones/contract_signed": "2021-03-01", "milestones/construction_completed": "2022-06-30"}
    content = filled(template(registered, "projects"), [{**row, **story}])
    preview = check(registered, "projects", content, tracked_since="2026-01-01").preview
    assert preview["before_tracking"] >= 1
    bring_in(registered, "projects", content, tracked_since="2026-01-01")
    assert {row["is"]["rule"] for row in registered.rows("project#old").values()} >= {"apply-for-acceptance"}
    assert registered.row("apply-for-acceptance", "project#old")["is"]["before_tracking"]
    registered.at("2026-01-21")
    registered.tick()
    assert [key for key in registered.steps("old/") if "apply-for-acceptance" in key.partition] == []
    assert check(registered, "projects", content).counts["unchanged"] == 1
    faults = check(
        registered, "projects", filled(template(registered, "projects"), [{**row, "milestones/contract_signed": "2021-03-02"}])
    ).faults
    assert ["请用表单报送" in fault.zh for fault in faults] == [True]


def test_days_ahead_or_out_of_order_are_faults(registered):
    row = {"unit": "yy-health", "id": "p", "name": "平台", "classified": "否"}
    story = {"milestones/contract_signed": "2025-03-01", "milestones/construction_completed": "2025-01-31"}
    (fault,) = check(registered, "projects", filled(template(registered, "projects"), [{**row, **story}])).faults
    assert fault.title == "节点：项目建成" and "签订合同" in fault.zh
    (fault,) = check(
        registered, "projects", filled(template(registered, "projects"), [{**row, "milestones/contract_signed": "2026-01-21"}])
    ).faults
    assert "今天（2026-01-20）之后" in fault.zh


def test_the_preview_counts_what_the_import_then_starts(blank):
    content = filled(template(blank, "units"), five_hundred()[:20])
    preview = check(blank, "units", content, tracked_since="2026-01-01").preview
    bring_in(blank, "units", content, tracked_since="2026-01-01")
    rows = [row["is"] for number in range(20) for row in blank.rows(f"party#{code(number)}").values()]
    said = [
        each for number in range(20) for each in future(blank.ports, admin(), f"party#{code(number)}", blank.now)["messages"]
    ]
    assert preview["duties"] == sum(records.needs_reminding(is_) for is_ in rows) > 0
    assert preview["reminders"]["all"] == len(said) > 0


# Contacts


def test_contacts_are_known_by_unit_and_name_and_their_addresses_are_never_told(registered):
    row = {"unit": code(1), "name": "张三", "channels/console": "desk-42", "channels/telegram": "998877"}
    assert bring_in(registered, "contacts", filled(template(registered, "contacts"), [row]))["counts"]["new"] == 1
    (stored,) = contacts_of(registered.store, "yy-health").values()
    assert [each["address"] for each in stored["channels"]] == ["desk-42", "998877"]
    changed = filled(template(registered, "contacts"), [{**row, "channels/telegram": "112233", "at_once": "是"}])
    told_ = check(registered, "contacts", changed).as_json()
    assert {each["column"] for each in told_["changes"][0]["differences"]} == {"接收渠道", "逐条提醒"}
    assert not {"112233", "998877", "张三"} & set(str(told_).split("'"))
    bring_in(registered, "contacts", changed)
    (stored,) = contacts_of(registered.store, "yy-health").values()
    assert [each["address"] for each in stored["channels"]] == ["desk-42", "112233"] and stored["at_once"]


def test_a_cell_that_is_no_address_of_its_channel_is_named_with_an_example(registered):
    registered.ports.channels["wecom"] = WecomRobot("http://127.0.0.1:9", registered.ports.clock)
    row = {"unit": code(1), "name": "张三", "channels/wecom": "not an address"}
    (fault,) = check(registered, "contacts", filled(template(registered, "contacts"), [row])).faults
    assert "企业微信" in fault.title and "https://qyapi.weixin.qq.com/" in str(fault)
    assert contacts_of(registered.store, "yy-health") == {}


def test_nothing_of_a_person_is_left_on_the_stage(registered):
    row = {"unit": code(1), "name": "张三", "channels/telegram": "998877"}
    record = bring_in(registered, "contacts", filled(template(registered, "contacts"), [row]))
    assert registered.store.query(f"job#{record['id']}", prefix="rows#") == []
    assert "998877" not in str(record)


def test_a_unit_imports_its_own_and_nothing_else(registered):
    clerk = Bearer(id="clerk", role="unit", jurisdiction="yunyang", party="yy-health")
    bring_in(
        registered, "units", filled(template(registered, "units"), [{"id": "yy-edu", "name": "县教委", "kind": "机关部门"}])
    )
    with pytest.raises(Forbidden):
        check(registered, "units", filled(template(registered, "units"), [UNIT]), clerk)
    rows = [{"unit": unit, "id": f"p-{unit}", "name": "平台", "classified": "否"} for unit in ("yy-health", "yy-edu")]
    (fault,) = check(registered, "projects", filled(template(registered, "projects"), rows), clerk).faults
    assert (fault.address, fault.zh) == ("A5", "这不是您的单位，只能导入本单位的项目")
    record = bring_in(registered, "projects", filled(template(registered, "projects"), rows[:1]), clerk)
    assert jobs.progress_for(registered.store, clerk, record["id"])["counts"] == {"new": 1, "changed": 0}
    with pytest.raises(Forbidden):
        jobs.progress_for(registered.store, Bearer(id="x", role="unit", jurisdiction="yunyang", party="yy-edu"), record["id"])


# Departments


def test_departments_may_follow_the_units_that_name_them_but_not_in_a_circle(blank):
    rows = [{"id": f"u{number}", "name": "单位", "kind": "学校", "parent": f"u{number + 1}"} for number in range(40)]
    top = {"id": "u40", "name": "县教委", "kind": "机关部门"}
    assert bring_in(blank, "units", filled(template(blank, "units"), [*rows, top]))["conflicts"] == []
    assert profile(blank, "u0")["facts"]["parent"] == "u1"
    circle = [
        {"id": "a", "name": "甲", "kind": "学校", "parent": "b"},
        {"id": "b", "name": "乙", "kind": "学校", "parent": "a"},
    ]
    assert [fault.address for fault in check(blank, "units", filled(template(blank, "units"), circle)).faults] == ["E4", "E5"]


# Crashes and others at work


@pytest.mark.parametrize("writes", [0, 1, 2, 25, 60, 61])
def test_a_crash_leaves_the_import_to_finish_by_itself(blank, writes):
    content = filled(template(blank, "units"), five_hundred()[:60])
    job = begin(blank, "units", content)["job"]
    blank.store.dies_after(writes)
    with pytest.raises(PowerCut):
        blank.tick()
    blank.store.revives()
    blank.tick()
    record = jobs.progress(blank.store, job)
    assert (record["state"], record["done"], record["counts"], record["conflicts"]) == (
        "done",
        60,
        {"new": 60, "changed": 0},
        [],
    )
    assert len(parties(blank)) == 60
    assert [key for key in blank.due() if "@job" in key.sort] == []
    blank.assert_ledgers_whole()


def test_a_row_that_others_have_overtaken_is_named_and_the_rest_stands(registered):
    rows = [{"unit": "yy-health", "code": f"c-{number}", "name": f"平台{number}", "classified": "否"} for number in range(45)]
    job = begin(registered, "projects", filled(template(registered, "projects"), rows))["job"]
    registered.project("mine", unit="yy-health", code="c-30")
    registered.tick()
    record = jobs.progress(registered.store, job)
    assert (record["state"], record["counts"]["new"], record["conflicts_count"]) == ("done", 44, 1)
    assert record["conflicts"][0]["row"] == 34


def test_a_long_import_makes_way_and_goes_on(blank):
    content = filled(template(blank, "units"), five_hundred()[:100])
    job = begin(blank, "units", content)["job"]
    hands = count()
    ports = replace(blank.ports, clock=lambda: blank.now + timedelta(seconds=9 * next(hands)))
    turns = [jobs.turn(ports, job, blank.now)]
    assert 0 < jobs.progress(blank.store, job)["done"] < 100
    while turns[-1]:
        turns.append(jobs.turn(ports, job, blank.now))
    assert jobs.progress(blank.store, job)["done"] == len(parties(blank)) == 100
    assert len(turns) > 1


def test_asked_twice_with_one_key_it_is_begun_once(blank):
    content = filled(template(blank, "units"), five_hundred()[:3])
    first, second = (begin(blank, "units", content, key="k") for _ in range(2))
    assert first == second


def test_a_file_too_long_or_too_full_is_refused(registered):
    rows = [
        {"unit": "yy-health", "id": f"p{number}", "name": "平台", "classified": "否"} for number in range(imports.MOST_ROWS + 1)
    ]
    with pytest.raises(InvalidInput, match="at most 2000"):
        check(registered, "projects", filled(template(registered, "projects"), rows))
    rows = [{**row, "name": "名" * 200, "facts/predecessor": f"{'x' * 190}{row['id']}"} for row in rows[:2000]]
    assert check(registered, "projects", filled(template(registered, "projects"), rows)).faults == ()


@pytest.mark.parametrize(
    "kind", ["units", "contacts", "projects", "form:annual-list", "form:project-declaration", "form:contract"]
)
def test_no_two_columns_of_a_table_are_called_alike(blank, kind):
    headings = [column.title for column in imports.template(blank.ports, admin(), kind).columns]
    assert len(headings) == len(set(headings))
