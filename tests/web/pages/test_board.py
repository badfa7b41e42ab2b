"""An authority's board: the jurisdiction on one page, its lists, and deciding what units ask for."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from chalicelib import bootstrap
from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.register import register_project

from ..installation import NOW
from .reporting import NOBODY, late_project, reported


@pytest.fixture
def busy(api):
    """A late acceptance at the hospital, one that is open, and a request for more time."""
    register_project(bootstrap.ports(), {"id": "p2", "name": "智慧后勤", "unit": "yy-health"}, NOW, NOBODY)
    reported("completion", "p2", completed_on="2026-08-20", total_investment=6_800_000)
    late_project()
    reported("extension-request", "late", of="apply-for-acceptance", requested_on="2026-08-31", until="2026-12-31")
    for _ in range(5):
        tick(bootstrap.ports(), NOW)


def figures(page):
    """What stands on the cards at the top."""
    (listed,) = page.all("ul", class_="figures")
    cards = [" ".join(item.text.split()) for item in listed.holds if item.tag == "li"]
    return {words: int(number) for number, words in (card.split(" ", 1) for card in cards)}


def test_the_figures_and_the_units_agree_with_the_lists_behind_them(officer, busy):
    page = officer.open("/board")
    counted = figures(page)
    assert counted["已逾期"] >= 1
    listed = officer.open("/board/duties?state=overdue").words
    assert listed.count("已逾期") - 2 >= counted["已逾期"]  # the tab and the title say it too
    (row,) = [tr for tr in officer.open("/board/units").all("tr") if "县人民医院" in tr.text]
    cells = [int(cell.text) for cell in row.holds if cell.tag == "td" and (cell.get("class") or "") == "number"]
    assert cells[0] >= 1


def test_what_is_stuck_stands_with_its_project_and_its_unit(officer, busy):
    officer.open("/board")
    officer.follow("提交竣工验收申请")
    assert "智慧急救平台" in officer.page.words
    officer.open("/board")
    officer.follow("县人民医院")
    assert officer.path == "/units/yy-health"
    assert not [button for button in officer.page.all("button") if "签收" in button.text]
    assert "提交竣工验收申请" in officer.page.words and "智慧后勤" in officer.page.words


def test_the_calendar_has_a_number_on_each_day_that_something_is_due_and_leads_to_it(officer, busy):
    page = officer.open("/board")
    (heat,) = page.all("table", class_="heat")
    links = [a for a in heat.holds if a.tag == "a" and "到期" in a.get("aria-label", "")]
    assert links and all(re.fullmatch(r"\d+", link.text.strip()) for link in links)
    day = re.search(r"day=(\S+)", links[-1].get("href"))[1]
    rows = officer.open(links[-1].get("href"))
    assert f"{day} 到期" in rows.title
    assert len(rows.all("tr")) - 1 == int(links[-1].text)
    assert [cell.get("aria-current") for cell in heat.holds if cell.get("aria-current")] == ["date"]


def test_a_month_is_listed_too_and_a_day_that_there_is_not_is_refused(officer, busy):
    assert "2026-09 到期" in officer.open("/board/duties?day=2026-09").title
    for wrong in ("2026-02-30", "x", "2026-9-1", "2026", "20260901"):
        officer.open(f"/board/duties?day={wrong}", status=400)


def test_a_cursor_of_somebody_s_making_reads_nothing_else(officer, busy):
    officer.open("/board/duties?after=unit%23&state=all")
    officer.open("/board/duties?after=zzz")
    officer.open("/inbox?after=zzz")


def test_a_unit_is_found_by_a_part_of_its_name(officer, busy):
    officer.open("/board/units")
    page = officer.press("查找", name="中学")
    assert "县第一中学" in page.words and "县人民医院" not in page.words
    assert "没有这样的单位" in officer.press("查找", name="没有").words


# Decisions


def test_an_officer_reads_a_request_and_grants_it_and_it_leaves_the_inbox(officer, clerk, busy):
    page = officer.open("/board")
    assert "延期申请" in page.words and "今天报来" in page.words
    officer.follow("延期申请 智慧急救平台")
    assert "已收到" not in officer.page.words and "报送的内容" in officer.page.words
    officer.follow("延期审批结果")
    officer.press("继续", classified="false")
    assert officer.value("of") == "apply-for-acceptance"
    assert officer.value("until") == "" and "2026-12-31" in officer.page.words  # asked for; a refusal has none
    assert officer.value("decided_on") == "2026-08-31"
    officer.press("下一步：核对", result="passed", until="2026-12-31")
    officer.press("确认提交")
    assert "没有等待决定的申请" in officer.open("/inbox").words
    assert "2026-12-31" in clerk.open("/projects/late").words


def test_what_was_settled_elsewhere_is_taken_out(officer, busy):
    officer.open("/inbox")
    officer.follow("已在别处办理，移出")
    assert "不会通知申请单位" in officer.page.words
    page = officer.press("确认移出")
    assert "已移出" in page.words and "没有等待决定的申请" in page.words


def test_a_request_cannot_be_taken_out_by_its_unit(clerk, officer, busy):
    officer.open("/inbox")
    officer.follow("已在别处办理，移出")
    (submission,) = [field.get("value") for field in officer.page.all("input", name="submission")]
    clerk.open("/")
    token = clerk.page.all("input", name="csrf")[0].get("value")
    clerk.post("/inbox/aside", [("csrf", token), ("holder", "project#late"), ("submission", submission)])
    assert clerk.status == 403
    assert "延期申请" in officer.open("/inbox").words


def test_an_annual_budget_of_a_unit_waits_with_the_unit_as_its_subject(officer, api):
    about = bootstrap.ports().forms.get("investment-budget")["x-duban"]
    assert (about["nature"], about["subject"]) == ("request", "unit")
    reported("investment-budget", "yy-health", submitted_on="2026-08-31")
    officer.open("/inbox")
    officer.follow("年度投资预算")
    assert "县人民医院" in officer.page.words


# Who may


@pytest.mark.parametrize("path", ["/board", "/inbox", "/board/duties", "/board/units", "/units/yy-health"])
def test_the_board_is_for_offices_and_admins(clerk, admin, path):
    clerk.open(path, status=403)
    admin._ask("GET", path)
    assert admin.status == 200


def test_an_empty_place_says_what_will_stand_where(officer):
    page = officer.open("/board")
    for told in ("没有等待决定的申请", "没有逾期的事项", "还没有单位的事项"):
        assert told in page.words


def test_the_board_is_read_in_english_too(officer, busy):
    officer.open("/board")
    page = officer.follow("English")
    assert "overdue" in page.words and "To decide" in page.words


def test_what_an_officer_sees_is_taken_away_as_a_spreadsheet(officer, busy):
    officer.open("/board")
    (link,) = [link.get("href") for link in officer.page.all("a") if "事项（.xlsx）" in link.text]
    answer = officer._answer("GET", link)
    assert answer.status == 200 and "attachment" in answer.headers["content-disposition"][0]
    book = load_workbook(BytesIO(answer.body))
    assert any("提交竣工验收申请" in str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)


def test_the_calendar_in_words_begins_with_today_and_names_each_day_once(officer, busy):
    page = officer.open("/board")
    (told,) = page.all("div", id="in-words")
    links = [link for link in told.holds if link.tag == "a" and "day=" in link.get("href", "")]
    days = [link.get("href").partition("day=")[2] for link in links]
    assert days and days == sorted(days) and days[0] >= "2026-08-31"
    (heat,) = page.all("table", class_="heat")
    drawn = {a.get("href").partition("day=")[2] for a in heat.holds if a.tag == "a" and "到期" in a.get("aria-label", "")}
    assert set(days) == {day for day in drawn if day >= "2026-08-31"}
    assert "今天以前到期、还没有办结的" in told.text


def test_who_decides_reads_what_is_asked_and_why_and_says_why_not(officer, clerk, busy):
    officer.open("/inbox")
    officer.follow("延期审批结果：智慧急救平台")
    page = officer.press("继续", classified="false")
    asked = " ".join(page.all("section", class_="panel asked")[0].text.split())
    assert "申请延至2026-12-31" in asked and "等保测评机构排期延后" in asked and "提交竣工验收申请" in asked
    page = officer.press("下一步：核对", decided_on="2026-08-31", result="failed", until="")
    assert "“理由”没有填" in page.words
    officer.press("下一步：核对", reason="请先完成测评")
    officer.press("确认提交")
    assert "请先完成测评" in officer.page.words
    assert "没有等待决定的申请" in officer.open("/inbox").words


def test_a_refusal_with_its_reason_passes_the_first_time(officer, busy):
    officer.open("/inbox")
    officer.follow("延期审批结果：智慧急救平台")
    officer.press("继续", classified="false")
    officer.press("下一步：核对", result="failed", reason="延期的理由不充分")
    officer.press("确认提交")
    assert officer.path.startswith("/sent/project/late/")


def test_an_approval_needs_no_reason(officer, busy):
    officer.open("/inbox")
    officer.follow("延期审批结果：智慧急救平台")
    officer.press("继续", classified="false")
    officer.press("下一步：核对", result="passed", until="2026-12-31")
    officer.press("确认提交")
    assert officer.path.startswith("/sent/project/late/")


def test_an_office_has_the_name_it_is_registered_by_on_every_page(officer, clerk, busy):
    clerk.open("/projects/late")
    clerk.follow("提交竣工验收申请")
    ports = bootstrap.ports()
    party = ports.store.get(Key("party#yy-data", "profile"))
    ports.store.write([Put(party.key, {**party.value, "name": "云阳县大数据应用发展管理局"}, party.version)])
    duty = clerk.open(clerk.path).words
    assert "报送云阳县大数据应用发展管理局" in duty and "向云阳县大数据应用发展管理局申请" in duty
    assert "云阳县大数据应用发展管理局" in clerk.open("/").words
    assert "云阳县大数据应用发展管理局" in officer.open("/units/yy-health").words
    for browser, path in ((clerk, "/"), (officer, "/units/yy-health"), (officer, "/board")):
        assert "报送 县大数据发展局" not in browser.open(path).words, path
