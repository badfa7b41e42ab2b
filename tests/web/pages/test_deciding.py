"""An officer reads what a unit asks for, decides it or returns it; the unit sees why, and hands it in again."""

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.registry.register import register_project

from ..installation import NOW
from .reporting import NOBODY, OFFICE, late_project, reported


@pytest.fixture
def applied(api):
    """The late project's acceptance has been applied for; its unit waits."""
    late_project()
    return reported("acceptance-application", "late", applied_on="2026-08-31")


def sent_back(officer):
    officer.open("/inbox")
    officer.follow("退回")
    officer.press("继续", classified="false")
    officer.press("下一步：核对", returned_on="2026-08-31", reasons="缺少监理总结\n财务报告未盖章", due_on="2026-09-18")
    return officer.press("确认提交")


def test_an_officer_who_opens_an_application_sees_what_was_sent_and_what_it_can_be_decided_with(officer, applied):
    officer.open("/inbox")
    page = officer.follow("验收申请 智慧急救平台")
    assert page.title.startswith("验收申请")
    assert (
        "已收到" not in page.words
        and "继续填报" not in page.words
        and "要办的" not in page.words.replace("申请单位接下来要办的", "")
    )
    assert [link for link in page.all("a") if link.get("href", "").startswith("/projects/late")]
    assert "验收结果" in page.words and "退回" in page.words and "报送的内容" in page.words


def test_what_is_returned_is_seen_at_home_and_in_the_project_and_can_be_sent_again(officer, clerk, applied):
    page = sent_back(officer)
    assert "没有等待决定的申请" in officer.open("/inbox").words
    for path in ("/", "/projects/late"):
        page = clerk.open(path)
        assert (
            "已退回，待补正：验收申请" in page.words and "财务报告未盖章" in page.words and "2026-09-18（周五）" in page.words
        )
    assert "申请竣工验收，2026-08-31（周一） 已退回" in page.words
    clerk.follow("补正后重新报送")
    clerk.press("继续", classified="false")
    assert clerk.value("stage") == "completion"  # as it was sent
    clerk.press("下一步：核对", attachments__0__paper="true")
    clerk.press("确认提交")
    assert "已报送县大数据发展局，等待决定" in clerk.page.words
    assert "已退回" not in clerk.open("/").words and "已退回" not in clerk.open("/projects/late").words


def test_a_duty_that_was_returned_is_to_be_done_again_by_the_day_of_the_return(officer, clerk, applied):
    assert "提交竣工验收申请" not in clerk.open("/").words
    sent_back(officer)
    assert "提交竣工验收申请" in clerk.open("/").words
    clerk.follow("提交竣工验收申请")
    assert "2026-08-31（周一）退回，要求2026-09-18（周五）前补正后重新报送" in clerk.page.words


def test_a_returned_acceptance_does_not_read_as_passed(clerk, applied):
    more = {"result": "returned", "reason": "缺少等保测评报告", "accepted_on": "2026-08-31", "stage": "completion"}
    reported("acceptance-result", "late", bearer=OFFICE, **more)
    page = clerk.open("/projects/late")
    assert "申请竣工验收，2026-08-31（周一） 已退回" in page.words and "缺少等保测评报告" in page.words
    assert "通过（竣工）验收" not in page.words and "验收结果：退回" in page.words


def test_the_reason_that_is_missing_is_asked_for_beside_its_field(officer, applied):
    officer.open("/inbox")
    officer.follow("验收结果")
    officer.press("继续", classified="false")
    page = officer.press("下一步：核对", accepted_on="2026-08-31", stage="completion", result="returned")
    (error,) = [each for each in page.all("p") if each.get("id") == "reason-error"]
    assert "写明理由" in error.text


def test_an_officer_s_own_receipt_speaks_of_the_unit(officer, applied):
    page = sent_back(officer)
    assert "已登记：退回" in page.words and "申请单位接下来要办的" in page.words and "打印盖章页" not in page.words


def test_a_declaration_s_receipt_says_the_route_and_who_decides(clerk, api):
    facts = {"total_investment": 6_800_000, "kind": "new"}
    register_project(bootstrap.ports(), {"id": "fresh", "name": "新平台", "unit": "yy-health", "facts": facts}, NOW, NOBODY)
    receipt = reported("project-declaration", "fresh", declared_on="2026-08-31", total_investment=6_800_000)
    page = clerk.open(f"/sent/project/fresh/{receipt['submission']}?new=1")
    assert "路径" in page.words and "等待决定" in page.words and "目前没有要办的事项" not in page.words
    clerk.follow("看这个项目")
    assert clerk.path == "/projects/fresh"


def test_a_receipt_says_why_and_how_long_and_leads_to_the_duty(clerk, api):
    facts = {"total_investment": 6_800_000, "kind": "new"}
    register_project(bootstrap.ports(), {"id": "fresh", "name": "新平台", "unit": "yy-health", "facts": facts}, NOW, NOBODY)
    receipt = reported("completion", "fresh", completed_on="2026-08-20")
    page = clerk.open(f"/sent/project/fresh/{receipt['submission']}?new=1")
    (row,) = [row for row in page.all("tr") if "提交竣工验收申请" in row.text]
    assert "自2026-08-20（周四）次日起算6个月" in row.text and "个工作日" in row.text
    clerk.follow("提交竣工验收申请")
    assert clerk.path.startswith("/o/")


def test_more_time_asks_for_no_documents_of_the_duty_and_offers_only_duties_that_can_have_it(clerk, api):
    late_project()
    clerk.open("/projects/late")
    clerk.open("/fill/project/late/extension-request")
    page = clerk.press("继续", classified="false")
    offered = [option.text for option in page.all("option")]
    assert len(offered) == 2 and "提交竣工验收申请（2026-06-22）" in offered[1]
    assert "财务报告" not in page.words
