"""Filling in a form: from the question about secrets to the receipt, with everything that can go wrong on the way."""

import re
from datetime import timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.reporting.typed import body_of, typed_of
from chalicelib.usecases.reporting.unsent import documents_of

from ..installation import NOW
from .browsing import Browser
from .conftest import signed_in

FORMS = bootstrap.forms()
COMPLETION = "/fill/project/p1/completion"
CATALOGUE = "/fill/project/p1/resource-catalogue"


def begun(browser, path):
    browser.open(path)
    return browser.press("继续", classified="false")


def test_a_clerk_reports_completion_and_is_told_what_is_owed_next(clerk):
    clerk.open("/forms")
    clerk.follow("县域医共体平台")
    clerk.follow("建成")
    clerk.press("继续", classified="false")
    page = clerk.press("下一步：核对", completed_on="2026-08-20")
    assert "2026-08-20" in page.words and "6,800,000 元（680万元）" in page.words
    assert "提交竣工验收申请" in page.words  # what would follow
    receipt = clerk.press("确认提交")
    assert re.search(r"回执编号 [2-9A-HJKMNP-Z]{8} ", receipt.words)
    (row,) = [row for row in receipt.all("tr") if "提交竣工验收申请" in row.text]
    assert "2027-02-22（周一）" in row.text  # half a year after 20 August is Saturday 20 February
    assert "没有草稿" in clerk.open("/unsent").words


def test_what_is_owed_leads_to_its_form_with_its_documents_and_dates(clerk):
    begun(clerk, COMPLETION)
    clerk.press("下一步：核对", completed_on="2026-08-20")
    clerk.press("确认提交")
    clerk.follow("提交竣工验收申请")
    clerk.follow("填写表单")
    page = clerk.press("继续", classified="false")
    assert "法定期限 2027-02-22（周一）" in page.words
    assert clerk.value("attachments.0.name") == "项目建设总结"
    assert clerk.value("applied_on") == "2026-08-31"


# 涉密


def test_what_is_classified_ends_at_once_with_the_regulations_route_and_leaves_no_trace(clerk, api, caplog):
    clerk.open(COMPLETION)
    before, logged = api.dump(), len(caplog.records)
    page = clerk.press("继续", classified="true", status=422)
    assert "涉密" in page.words
    assert api.dump() == before
    assert len(caplog.records) == logged


def test_the_question_has_to_be_answered(clerk):
    clerk.open(COMPLETION)
    assert "请先回答是否涉密" in clerk.press("继续", status=422).words


# Errors


def test_every_fault_is_told_beside_its_field_and_in_a_summary_that_leads_there_and_nothing_is_lost(clerk):
    begun(clerk, COMPLETION)
    page = clerk.press("下一步：核对", completed_on="去年夏天", total_investment="六百万")
    (summary,) = page.all("div", class_="summary")
    assert [link.get("href") for link in summary.holds if link.tag == "a"] == ["#completed_on", "#total_investment"]
    assert "有2处需要修改" in summary.text
    assert clerk.value("completed_on") == "去年夏天"
    assert clerk.value("total_investment") == "六百万"
    assert page.all("input", id="completed_on")[0].get("aria-invalid") == "true"
    assert page.title.startswith("需要修改")


def test_what_people_write_is_understood(clerk):
    begun(clerk, COMPLETION)
    page = clerk.press("下一步：核对", completed_on="2026年8月2日", total_investment="６８０万元")
    assert "2026-08-02" in page.words and "6,800,000 元（680万元）" in page.words
    clerk.press("确认提交")
    assert stored("submission#")["body"] == {"classified": False, "completed_on": "2026-08-02", "total_investment": 6_800_000}


def stored(prefix, partition="project#p1"):
    (item,) = bootstrap.ports().store.query(partition, prefix=prefix, newest_first=True, limit=1)
    return item.value


def test_a_day_that_has_not_come_is_told_before_sending(clerk):
    begun(clerk, COMPLETION)
    page = clerk.press("下一步：核对", completed_on="2026-09-20")
    assert "现在还不能提交" in page.words and "在今天（2026-08-31）之后" in page.words
    assert not [button for button in page.all("button") if "确认提交" in button.text]


def test_what_is_typed_is_shown_as_text(clerk):
    begun(clerk, "/fill/project/p1/acceptance-filing")
    nasty = "<script>alert(1)</script>\"' onfocus=x"
    page = clerk.press("保存草稿", filed_on=nasty)
    assert "<script>alert" not in page.html
    assert clerk.value("filed_on") == nasty


# Drafts


def test_a_draft_is_gone_on_with_at_another_machine_and_by_a_colleague(clerk):
    begun(clerk, COMPLETION)
    clerk.press("保存草稿", completed_on="2026-08-2")
    elsewhere = signed_in("unit", "yy-health", "li")
    elsewhere.open("/unsent")
    elsewhere.follow("建成")
    assert elsewhere.value("completed_on") == "2026-08-2"


def test_a_draft_saved_elsewhere_meanwhile_is_not_written_over_unseen(clerk):
    begun(clerk, COMPLETION)
    elsewhere = Browser(cookies=dict(clerk.cookies))
    elsewhere.open(clerk.path)
    clerk.press("保存草稿", completed_on="2026-08-01")
    page = elsewhere.press("保存草稿", completed_on="2026-08-02", status=409)
    assert "在另一处保存过" in page.words
    assert elsewhere.value("completed_on") == "2026-08-02"


def test_a_draft_is_nobody_elses(clerk, other, officer):
    begun(clerk, COMPLETION)
    for browser in (other, officer):
        browser.open(clerk.path.partition("?")[0], status=404)


def test_a_draft_can_be_discarded(clerk):
    begun(clerk, COMPLETION)
    draft = clerk.path
    clerk.follow("删除这份草稿")
    assert "不能恢复" in clerk.page.words
    clerk.press("确认删除")
    assert "草稿已删除" in clerk.page.words
    clerk.open(draft, status=404)


def test_a_draft_that_nobody_touches_for_half_a_year_is_removed_with_its_files(clerk, monkeypatch):
    begun(clerk, COMPLETION)
    number = clerk.path.rpartition("/")[2]
    bootstrap.ports().blob.put(f"attachments/{number}/1.pdf", b"%PDF-", "application/pdf")
    monkeypatch.setattr(bootstrap, "clock", lambda: NOW + timedelta(days=180))
    bootstrap.ports.cache_clear()
    late = signed_in("unit", "yy-health", "li", at=bootstrap.clock())
    assert "没有草稿" in late.open("/unsent").words
    assert bootstrap.ports().blob.keys() == []


def test_sending_twice_is_sending_once(clerk):
    begun(clerk, COMPLETION)
    clerk.press("下一步：核对", completed_on="2026-08-20")
    again = Browser(cookies=dict(clerk.cookies))
    again.open(clerk.path)
    clerk.press("确认提交")
    again.press("确认提交", status=404)
    assert len(bootstrap.ports().store.query("project#p1", prefix="submission#")) == 1


# Prefill


def test_last_years_answers_are_there_with_the_year_one_on_and_the_days_open(clerk):
    begun(clerk, "/fill/unit/yy-health/annual-list")
    clerk.press("添加一项", submitted_on="2026-08-30", for_year="2026", route="list")
    clerk.press("下一步：核对", items__0__name="影像云平台", items__0__amount="1200000", items__0__kind="new")
    clerk.press("确认提交")
    begun(clerk, "/fill/unit/yy-health/annual-list")
    assert clerk.value("for_year") == "2027"
    assert clerk.value("items.0.name") == "影像云平台"
    assert clerk.value("submitted_on") == ""


def test_what_is_known_is_filled_in(clerk):
    begun(clerk, "/fill/project/p1/project-declaration")
    assert clerk.value("project_name") == "县域医共体平台"
    assert clerk.value("declaring_unit") == "县人民医院"
    assert clerk.value("department_in_charge") == "县卫生健康主管部门"
    assert clerk.value("total_investment") == "6800000"
    assert clerk.value("filler.name") == "李某"


# Lists


def test_rows_are_added_and_removed_by_buttons_that_post(clerk):
    begun(clerk, CATALOGUE)
    for _ in range(3):
        clerk.press("添加一项")
    clerk.press("保存草稿", rows__0__resource_name="甲", rows__1__resource_name="乙", rows__2__resource_name="丙")
    clerk.press("删除第2项")
    assert [clerk.value(f"rows.{at}.resource_name") for at in range(2)] == ["甲", "丙"]
    assert clerk.value("rows.2.resource_name") is None


HEADING = "部门名称\t信息资源名称\t信息资源格式分类\t信息资源格式类型\t信息项名称\t数据类型\t数据长度\t共享类型\t共享方式\t是否向社会开放\t数据更新周期"


def line(number, cycle="每日"):
    return f"县医院\t资源{number}\t电子表格\txlsx\t姓名\t字符型\t50\t无条件共享\t接口\t否\t{cycle}"


def test_five_hundred_rows_are_pasted_paged_checked_and_sent(clerk):
    begun(clerk, CATALOGUE)
    rows = "\n".join(line(number) for number in range(500))
    page = clerk.press("加入这些行", submitted_on="2026-08-31", rows__paste=f"{HEADING}\n{rows}\n")
    assert "共500项" in page.words
    assert "正在显示第481至500项" in page.words
    assert clerk.value("rows.499.data_type") == "C"
    clerk.press("上一页")
    assert clerk.value("rows.460.resource_name") == "资源460"
    page = clerk.press("下一步：核对")
    assert "此处只列出前50项" in page.words
    clerk.press("确认提交")
    assert len(stored("submission#")["body"]["rows"]) == 500


def test_a_fault_in_a_late_row_is_shown_on_its_page(clerk):
    begun(clerk, CATALOGUE)
    rows = "\n".join(line(number, cycle="" if number == 70 else "每日") for number in range(100))
    clerk.press("加入这些行", submitted_on="2026-08-31", rows__paste=f"{HEADING}\n{rows}")
    page = clerk.press("下一步：核对")
    assert page.all("input", id="rows-70-update_cycle")[0].get("aria-invalid") == "true"
    assert page.all("a", href="#rows-70-update_cycle")


def test_what_cannot_be_pasted_is_told_by_row(clerk):
    begun(clerk, CATALOGUE)
    bad = line(1).replace("电子表格", "电子表单")
    page = clerk.press("加入这些行", rows__paste=f"{HEADING}\n{line(0)}\n{bad}", status=422)
    assert "粘贴的第3行" in page.words and "没有“电子表单”这个选项" in page.words


# All forms


@pytest.mark.parametrize("form", FORMS.ids())
def test_the_forms_own_examples_survive_being_typed(form):
    schema = FORMS.get(form)
    for example in schema["examples"]:
        typed = typed_of(schema, example)
        for name in documents_of(schema):
            typed[name] = [{**document, "paper": "true"} for document in typed.get(name, ())]
        typed.pop("classified")
        again = {"classified": False, **body_of(schema, typed)}
        assert [fault.message_zh for fault in FORMS.check(form, again)] == []


@pytest.mark.parametrize("form", FORMS.ids())
def test_every_form_opens_is_saved_and_shows_all_its_faults(form, clerk, officer):
    about = FORMS.get(form)["x-duban"]
    browser = clerk if "unit" in about["filled_by"] else officer
    subject = {"project": "p1", "unit": "yy-health", "jurisdiction": "yunyang"}[about["subject"]]
    begun(browser, f"/fill/{about['subject']}/{subject}/{form}")
    browser.press("保存草稿")
    page = browser.press("下一步：核对")
    assert page.all("div", class_="summary") or "核对" in page.title


# A new project


def test_a_new_project_is_asked_about_secrets_before_its_name(clerk):
    clerk.open("/forms")
    clerk.follow("新建项目")
    clerk.press("继续", classified="false")
    assert "请填写项目名称" in clerk.press("新建", status=422).words
    page = clerk.press("新建", name="智慧后勤")
    assert "智慧后勤" in page.words
    clerk.follow("项目建设申报表")


def test_an_officer_fills_in_the_offices_forms_only(officer):
    assert "申报通知" in officer.open("/forms?about=jurisdiction:yunyang").words
    page = officer.open("/forms?about=project:p1")
    assert "项目审批结果" in page.words
    assert "建成" not in [link.text for link in page.all("a")]
    officer.open(COMPLETION, status=403)


# The receipt and the view for the seal


def test_the_view_for_the_seal_follows_the_forms_order_with_room_for_seal_and_signature(clerk):
    begun(clerk, COMPLETION)
    clerk.press("下一步：核对", completed_on="2026-08-20")
    clerk.press("确认提交")
    page = clerk.follow("打印盖章页")
    heads = [cell.text for cell in page.all("th", scope="row")]
    assert heads[-2:] == ["建成日期", "总投资"]
    assert "单位（盖章）" in page.words and "负责人（签字）" in page.words and "县人民医院" in page.words


def test_a_receipt_is_for_the_unit_and_its_authority(clerk, other, officer):
    begun(clerk, COMPLETION)
    clerk.press("下一步：核对", completed_on="2026-08-20")
    clerk.press("确认提交")
    path = clerk.path.partition("?")[0]
    page = officer.open(path)
    assert "已收到" not in page.words and "申请单位接下来要办的" in page.words and "打印盖章页" not in page.words
    other.open(path, status=403)
