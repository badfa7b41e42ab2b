"""A unit's home: what it owes, nearest first, what each needs and why; and the page of one duty."""

from datetime import timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.contact import register_contact
from chalicelib.usecases.registry.register import register_project
from chalicelib.usecases.state.references import reference, remember

from ..installation import NOW
from .browsing import code_in
from .conftest import signed_in
from .reporting import NOBODY, late_project, reported
from .test_board import figures
from .test_signin import sent

DUTY = "提交竣工验收申请"


@pytest.fixture
def completed(api):
    late_project()


def card(page, title):
    (found,) = [each for each in page.all("li", class_="duty duty-late") if title in each.text]
    return found


def test_what_is_owed_stands_nearest_first_with_words_for_how_near_it_is(clerk, completed):
    reported("contract", signed_on="2026-08-03")
    page = clerk.open("/")
    heads = [h3.text for h3 in page.all("h3") if any(around.tag == "li" for around in h3.inside)]
    assert heads[0] == DUTY
    assert "已逾期70天" in card(page, DUTY).text
    near = [span.text for span in page.all("span") if "near" in (span.get("class") or "").split()]
    assert near and all(near)


def test_each_duty_says_what_it_needs_to_whom_it_goes_and_what_it_rests_on(clerk, completed):
    text = " ".join(card(clerk.open("/"), DUTY).text.split())
    assert "审计报告" in text
    assert "报送 县大数据发展局" in text
    assert "第25条" in text and "半年内" in text
    assert "起算：项目建成，2025-12-20" in text


def test_the_form_of_a_duty_is_one_step_away_and_names_the_duty(clerk, completed):
    clerk.open("/")
    clerk.follow(f"填写表单：{DUTY}")
    assert clerk.path.startswith("/fill/project/late/acceptance-application?of=late%2F")


def test_more_time_is_asked_for_where_the_text_has_it_and_else_it_is_said_that_there_is_none(clerk, completed):
    clerk.open("/")
    assert "县大数据发展局" in card(clerk.page, DUTY).text
    clerk.follow(f"申请延期：{DUTY}")
    assert clerk.path.startswith("/fill/project/late/extension-request?of=")
    clerk.open("/")
    clerk.follow("报送下一年度政务信息化项目清单")
    assert "没有为这一事项规定延期" in clerk.page.words


def test_signing_is_one_press_and_says_that_it_is_not_yet_done(clerk, completed):
    clerk.open("/")
    clerk.follow(DUTY)
    page = clerk.press("签收")
    assert "签收不代表办结" in page.words and "2026-08-31 10:00" in page.words
    assert not [button for button in page.all("button") if "签收" in button.text]
    assert "已签收 2026-08-31 10:00" in clerk.open("/").words


def test_signing_at_home_leads_back_home(clerk, completed):
    clerk.open("/")
    clerk.press(f"签收：{DUTY}")
    assert clerk.path == "/"


def test_a_link_of_a_message_leads_past_the_sign_in_to_the_duty(api, completed, stranger, capsys):
    ident = acceptance()
    bootstrap.ports().store.write([remember("project#late", ident)])
    path = f"/o/{reference(ident)}"
    stranger.open(path)
    capsys.readouterr()
    stranger.press("获取验证码", who="yy-health/li")
    assert DUTY in stranger.press("登录", code=code_in(sent(capsys))).title
    assert stranger.path == path


def acceptance(project="late"):
    """The id of the duty."""
    rows = bootstrap.ports().store.query(f"project#{project}", prefix="obligation#")
    (ident,) = [row.value["is"]["id"] for row in rows if row.value["is"]["rule"] == "apply-for-acceptance"]
    return ident


def test_another_unit_s_duty_is_not_found_whether_it_is_there_or_not(clerk, other, completed):
    clerk.open("/")
    clerk.follow(DUTY)
    other.open(clerk.path, status=404)
    other.open(clerk.path.replace("/late", "/p9"), status=404)
    clerk.open("/o/0123456789abcdef", status=404)
    clerk.open("/o/0123456789abcdef/nothing/late", status=404)


def test_an_officer_may_read_a_unit_s_duty_and_does_not_sign_for_it(clerk, officer, completed):
    clerk.open("/")
    clerk.follow(DUTY)
    page = officer.open(clerk.path)
    assert not [button for button in page.all("button") if "签收" in button.text]
    token = page.all("input", name="csrf")[0].get("value")
    officer.post(f"{clerk.path.split('/project')[0]}/acknowledge", [("csrf", token), ("holder", "project#late")])
    assert officer.status == 403


def test_a_new_unit_is_told_what_to_do(other):
    page = other.open("/")
    assert "还没有项目" in page.words
    assert "是否涉及国家秘密" in other.follow("新建项目").words


def test_projects_stand_with_what_each_has_to_do(clerk, completed):
    page = clerk.open("/")
    (row,) = [tr for tr in page.all("tr") if any(a.get("href") == "/projects/late" for a in tr.holds)]
    counts = [cell.text for cell in row.holds if cell.tag == "td"][1:3]
    assert counts[1] == "1"


def test_a_name_of_two_hundred_characters_and_marks_is_shown_as_it_is(clerk):
    name = "智慧<b>医疗</b>&平台" * 14
    register_project(bootstrap.ports(), {"id": "long", "name": name, "unit": "yy-health"}, NOW, NOBODY)
    assert name in clerk.open("/").words
    assert name in clerk.open("/projects/long").all("h1")[0].text


def test_the_home_of_an_officer_is_the_board(officer, admin):
    for browser in (officer, admin):
        browser.open("/")
        assert browser.path == "/board"


def test_the_pages_keep_the_rules_in_english_too(clerk, completed):
    clerk.open("/")
    page = clerk.follow("English")
    assert "To be done now" in page.words
    clerk.open("/projects/p1")
    assert clerk.page.all("html", lang="en")


def test_who_is_escalated_to_may_open_and_sign_what_they_were_told_of(api):
    """The department in charge is told a week after Thursday 2026-09-03: the duty is not its own, and it answers for it."""
    reported("completion", completed_on="2026-03-03")
    chief = {"id": "chief", "party": "yy-bureau", "name": "局长", "channels": [{"channel": "console", "address": "c@x.org"}]}
    register_contact(bootstrap.ports(), chief, NOBODY)
    browser, path = signed_in("unit", "yy-bureau", "chief"), f"/o/{reference(acceptance('p1'))}/project/p1"
    browser.open(path, status=404)
    tick(bootstrap.ports(), NOW + timedelta(days=10))
    assert DUTY in browser.open(path).title
    assert "签收不代表办结" in browser.press("签收").words


# A unit with many projects


@pytest.fixture
def crowded(api):
    """The hospital with forty projects that are late with their acceptance."""
    for number in range(40):
        late_project(f"q{number:02}", f"智慧系统{number:02}")
    counted()


def counted():
    for _ in range(5):
        tick(bootstrap.ports(), NOW)


def duties_on(page):
    """The links of duties that a page lists, each once."""
    return {link.get("href") for link in page.all("a") if link.get("href", "").startswith("/o/")}


def test_of_many_projects_the_nearest_duties_stand_on_the_home_and_the_rest_on_pages(clerk, crowded):
    page = clerk.open("/")
    assert figures(page)["已逾期"] == 40 and figures(page)["30天内到期"] >= 1
    cards = page.all("li", class_="duty duty-late")
    assert len(cards) == 8 and all("已逾期70天" in each.text for each in cards)
    assert len(duties_on(page)) <= 50 + 20 + 20
    page = clerk.follow("以后到期或未定期限")
    later = duties_on(page)
    assert later and clerk.path.startswith("/?list=later")
    assert not [span for span in page.all("span") if "near-late" in (span.get("class") or "")]


def test_lists_of_many_are_turned_page_by_page(clerk, crowded):
    for number in range(40, 60):
        late_project(f"q{number:02}", f"智慧系统{number:02}")
    counted()
    clerk.open("/")
    first = duties_on(clerk.open("/?list=now"))
    second = duties_on(clerk.follow("下一页"))
    assert len(first) == 50 and second and not first & second
    clerk.open("/?list=now&after=unit%23")
    clerk.open("/?list=nothing")


def test_projects_of_many_are_turned_and_looked_for(clerk, crowded):
    for number in range(40, 60):
        late_project(f"q{number:02}", f"智慧系统{number:02}")
    counted()
    clerk.open("/")
    page = clerk.follow("更多项目")
    assert "智慧系统59" in page.words and "智慧系统01" not in page.words
    page = clerk.press("查找", name="系统07")
    assert "智慧系统07" in page.words and "智慧系统08" not in page.words
    assert "没有这样的项目" in clerk.press("查找", name="冰箱").words


def test_an_officer_sees_the_same_of_a_unit_with_many_and_signs_nothing(officer, crowded):
    page = officer.open("/units/yy-health")
    assert DUTY in page.words and "智慧系统00" in page.words
    assert not [button for button in page.all("button") if "签收" in button.text]
    officer.follow("以后到期或未定期限")
    assert officer.path.startswith("/units/yy-health?list=later")


def test_signing_at_the_home_of_many_leads_back_and_english_too(clerk, crowded):
    clerk.open("/")
    clerk.press(f"签收：{DUTY}")
    assert clerk.path == "/" and "已签收" in clerk.page.words
    assert "Overdue" in clerk.follow("English").words
