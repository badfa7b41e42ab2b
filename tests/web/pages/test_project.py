"""A project's page: its timeline, what it owes, what is not known, what happened and who was told."""

from datetime import date
from itertools import pairwise

import pytest

from chalicelib import bootstrap
from chalicelib.core.ladder import RUNGS
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.register import register_project
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.usecases.reminding.reread import SNOOZED
from chalicelib.usecases.telling.news import KINDS
from chalicelib.usecases.views.told import WHATS
from chalicelib.web.pages import words as words_of_pages
from chalicelib.web.pages.timeline import LABEL, WIDE, timeline

from ..installation import NOW
from .reporting import NOBODY, OFFICE, late_project, reported

PAGE = "/projects/p1"


def part(page, name):
    """What stands under a heading, up to the next."""
    ids = [(at, element.get("id")) for at, element in enumerate(page.elements) if element.tag == "h2"]
    (start,) = [at for at, ident in ids if ident == name]
    end = next((at for at, _ in ids if at > start), len(page.elements))
    return page.elements[start:end]


def words(elements):
    return " ".join(" ".join(element.text.split()) for element in elements)


def test_a_new_project_says_how_to_go_on(clerk):
    page = clerk.open(PAGE)
    assert "还没有报过节点" in page.words and "6,800,000 元（680万元）" in page.words and "新建" in page.words
    assert "这里画出时间线" in page.words or page.all("svg")
    clerk.follow("填报")


def test_the_timeline_draws_milestones_bars_the_day_to_act_by_and_today(clerk):
    reported("contract", signed_on="2026-03-02")
    reported("completion", completed_on="2026-08-20")
    (svg,) = clerk.open(PAGE).all("svg")
    drawn = [element for element in svg.holds if element.tag in ("circle", "rect", "line")]
    kinds = {element.get("class") for element in drawn}
    assert {"point", "bar bar-open", "act-by", "today"} <= kinds
    assert "项目建成 2026-08-20" in " ".join(svg.text.split())
    assert (svg.get("role"), "今天" in svg.get("aria-label")) == ("img", True)


def test_bars_stand_where_their_days_are(clerk):
    reported("completion", completed_on="2026-08-20")
    (svg,) = clerk.open(PAGE).all("svg")
    today = float(next(each for each in svg.holds if each.get("class") == "today").get("x1"))
    for bar in (each for each in svg.holds if (each.get("class") or "").startswith("bar bar-open")):
        start, width = float(bar.get("x")), float(bar.get("width"))
        assert start < today < start + width
    (point,) = [each for each in svg.holds if each.get("class") == "point"]
    assert float(point.get("cx")) < today
    width = float(svg.get("width"))
    assert all(0 <= float(each.get("x") or 0) <= width for each in svg.holds)


def test_what_is_not_known_and_matters_is_named_in_chinese_with_the_place_to_say_it(clerk):
    reported("approval-decision", bearer=OFFICE, decided_on="2026-08-03", total_investment=None)
    page = clerk.open(PAGE)
    told = words(part(page, "unknown"))
    assert "project." not in told and "影响" in told
    clerk.follow("去补充")
    assert clerk.path.startswith("/fill/project/p1/project-change")


def test_milestones_say_who_reported_them_and_may_be_corrected_by_who_did(clerk, officer):
    reported("completion", completed_on="2026-08-20")
    reported("listing", bearer=OFFICE, listed_on="2026-08-01")
    page = clerk.open(PAGE)
    rows = {
        row.text: row
        for element in part(page, "milestones")
        if element.tag == "table"
        for row in element.holds
        if row.tag == "tr"
    }
    (mine,) = [row for text, row in rows.items() if "项目建成" in text]
    (theirs,) = [row for text, row in rows.items() if "李某" not in text and "赵某" in text]
    assert "李某" in mine.text and "更正" in mine.text
    assert "更正" not in theirs.text
    clerk.follow("更正 项目建成")
    assert clerk.path.startswith("/fill/project/p1/correction?of=")
    assert "更正 项目建成" in officer.open(PAGE).words


def test_a_corrected_milestone_stays_to_be_seen_struck_out(clerk):
    receipt = reported("completion", completed_on="2026-08-20")
    (milestone,) = receipt["milestones"]
    reported("correction", replaces=milestone["id"], event="construction_completed", on="2026-08-21", until=None, due_on=None)
    page = clerk.open(PAGE)
    struck = [row.text for row in page.all("tr", class_="struck")]
    assert len(struck) == 1 and "2026-08-20" in struck[0] and "已更正或撤回" in struck[0]


def test_what_was_sent_leads_to_its_receipt(clerk):
    receipt = reported("completion", completed_on="2026-08-20")
    clerk.open(PAGE)
    clerk.follow(receipt["number"])
    assert "已收到：建成" in clerk.page.words


def test_who_was_told_what_stands_with_time_and_channel_and_without_an_address(clerk, officer):
    reported("completion", completed_on="2026-03-03")
    ports = bootstrap.ports()
    tick(ports, NOW)
    deliver(ports, NOW, "https://duban.example")
    for browser in (clerk, officer):
        page = browser.open(PAGE)
        told = words(part(page, "told"))
        assert "县人民医院 李某" in told and "已送出" in told and "控制台" in told and "2026-08-31" in told
        assert "example.org" not in page.words


def test_what_would_be_sent_stands_with_who_gets_it(clerk):
    reported("completion", completed_on="2026-08-20")
    page = clerk.open(PAGE)
    assert "今后会发的通知" in page.words
    assert "李某（控制台，2026-" in page.words


def test_duties_are_grouped_by_state_and_lead_to_their_pages(clerk):
    late_project()
    page = clerk.open("/projects/late")
    assert "已逾期（1）" in page.words
    clerk.follow("提交竣工验收申请")
    assert clerk.path.startswith("/o/")


@pytest.mark.parametrize("who", ["other", "stranger"])
def test_a_project_is_its_unit_s_and_the_offices(request, who):
    browser = request.getfixturevalue(who)
    if who == "other":
        browser.open(PAGE, status=403)
    else:
        browser.open(PAGE)
        assert browser.path.startswith("/signin")


def test_a_project_that_is_not_there_is_said_to_be_so(officer):
    officer.open("/projects/nothing", status=404)


@pytest.mark.parametrize(
    ("rung", "zh"),
    [
        ("before-7@2026-08-31", "提前7天"),
        ("before-0@2026-08-31", "当天"),
        ("overdue-15@2026-08-31", "逾期15天"),
        ("escalated-leader-1@2026-08-31", "逾期1天，告知单位负责人"),
        ("unheard-leader-3@2026-08-31", "无人签收，告知单位负责人"),
        ("moved-20260831T020000@2026-09-01", "日期变动"),
        ("new", "新事项"),
    ],
)
def test_a_rung_is_read_in_words(rung, zh):
    assert words_of_pages.rung(rung)[0] == zh


def test_every_kind_of_rung_and_every_thing_that_is_told_has_its_words():
    assert {*RUNGS, *KINDS, SNOOZED} <= set(words_of_pages.RUNG)
    assert set(WHATS) <= set(words_of_pages.TOLD)


def test_words_of_milestones_near_each_other_stand_apart():
    days = [f"2026-03-{day:02d}" for day in range(1, 12)]
    happened = [
        {"on": day, "stands": True, "planned": False, "name": {"zh": "签订合同", "en": "contract signed"}} for day in days
    ]
    chart = timeline(happened, [], date(2026, 6, 1))
    placed = sorted((point.y, point.x) for point in chart.points)
    near = [after[1] - before[1] for before, after in pairwise(placed) if before[0] == after[0]]
    assert all(gap > 140 for gap in near)
    assert chart.height > max(point.y for point in chart.points)
    assert timeline([], [], date(2026, 6, 1)) is None


def test_the_names_of_months_stand_apart_whatever_is_drawn():
    for days in (30, 90, 200, 400, 700, 1100, 1800, 4000):
        first = date.fromordinal(date(2026, 6, 1).toordinal() - days).isoformat()
        happened = [{"on": first, "stands": True, "planned": False, "name": {"zh": "签订合同", "en": "contract signed"}}]
        chart = timeline(happened, [], date(2026, 6, 1))
        named = [x for x, label, _ in chart.ticks if label]
        assert all(after - before >= LABEL for before, after in pairwise(named)), days
        assert all(x + LABEL <= chart.width for x in named), days
        assert 0 < chart.today < chart.width <= WIDE + 1, days


def test_a_long_history_is_drawn_near_today_and_the_rest_is_counted():
    happened = [
        {"on": f"{year}-03-01", "stands": True, "planned": False, "name": {"zh": "申报", "en": "declared"}}
        for year in range(2012, 2027)
    ]
    chart = timeline(happened, [], date(2026, 6, 1))
    assert chart.earlier == len(happened) - len(chart.points) > 0
    assert all(0 <= point.x <= chart.width for point in chart.points)


def test_the_timeline_in_words_begins_with_today_and_what_is_overdue(clerk):
    late_project()
    (told,) = clerk.open("/projects/late").all("div", id="in-words")
    words_told = " ".join(told.text.split())
    assert words_told.startswith("今天 2026-08-31（周一），接下来 2026-06-22（周一） 提交竣工验收申请 已逾期")
    assert "已经发生 2025-12-20（周六） 项目建成" in words_told


def test_columns_that_would_be_empty_are_left_out(clerk):
    reported("listing", bearer=OFFICE, listed_on="2026-08-01")
    table = words(part(clerk.open(PAGE), "milestones"))
    assert "报送" in table and "有误" not in table  # the clerk corrects nothing of the office's
    reported("completion", completed_on="2026-08-20")
    assert "有误" in words(part(clerk.open(PAGE), "milestones"))


def test_what_fell_due_before_it_was_tracked_is_not_called_late(clerk):
    bootstrap_project = {"id": "old", "name": "老项目", "unit": "yy-health", "tracked_since": "2026-08-31"}
    register_project(bootstrap.ports(), {**bootstrap_project, "facts": {"kind": "new"}}, NOW, NOBODY)
    reported("completion", "old", completed_on="2025-12-20")
    told = words(part(clerk.open("/projects/old"), "duties"))
    assert "纳入督办以前到期，不催办" in told and "已逾期70天" not in told


def test_a_finding_names_what_is_missing_as_the_forms_do(clerk):
    receipt = reported("approval-decision", bearer=OFFICE, decided_on="2026-08-03", total_investment=None)
    told = [each["message"]["zh"] for each in receipt["findings"] if each["outcome"] == "undetermined"]
    assert told and all("缺少：" in each and "project." not in each for each in told)
