"""Finding a project, a unit, a duty or a receipt from its page, and from where people look for one."""

from urllib.parse import quote

import pytest

from chalicelib import bootstrap
from chalicelib.ports import Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.register import register_project
from chalicelib.usecases.state.references import reference
from chalicelib.usecases.state.unit_projects import MOST_READ

from ..installation import NOW
from .reporting import NOBODY, late_project, reported


@pytest.fixture
def counted(api):
    """A late project beside the first one, and all of it in the lists."""
    late_project()
    for _ in range(5):
        tick(bootstrap.ports(), NOW)


def find(browser, words, more=""):
    return browser.open(f"/find?q={quote(words)}{more}")


def test_an_officer_finds_a_project_from_the_board_by_a_few_words_of_its_name(officer, counted):
    officer.open("/board")
    page = officer.press("查找", q="医共体")
    (row,) = [row for row in page.all("tr") if "县域医共体平台" in row.text]
    assert "县人民医院" in row.text
    officer.follow("县域医共体平台")
    assert officer.path == "/projects/p1"


def test_from_there_a_form_is_two_steps_away(officer, counted):
    officer.open("/forms")
    officer.press("查找", q="急救")
    officer.follow("可填的表单：智慧急救平台")
    assert officer.path == "/forms?about=project:late"


def test_a_clerk_of_very_many_projects_is_told_to_look_on(clerk, counted):
    for number in range(MOST_READ):
        key = Key("party#yy-health", f"project#a{number:04d}")
        bootstrap.ports().store.write([Put(key, {"name": "系统"})])
    assert "可继续查找" in find(clerk, "医共体").words
    assert "县域医共体平台" in clerk.follow("更多：项目").words


def test_a_unit_is_found_by_a_part_of_its_name(officer, counted):
    find(officer, "人民医")
    officer.follow("县人民医院")
    assert officer.path == "/units/yy-health"


def test_a_receipt_is_found_by_the_number_that_stands_on_it(clerk, officer, other):
    receipt = reported("completion", completed_on="2026-08-20")
    for browser in (clerk, officer):
        find(browser, receipt["number"].lower())
        browser.follow(receipt["number"])
        assert browser.path.endswith(receipt["submission"]) and receipt["number"] in browser.page.words
    assert "没有找到" in find(other, receipt["number"]).words


def test_a_duty_is_found_by_the_number_that_stands_on_its_page(officer, counted):
    rows = bootstrap.ports().store.query("project#late", prefix="obligation#")
    (duty,) = [item.value["is"] for item in rows if item.value["is"]["rule"] == "apply-for-acceptance"]
    find(officer, reference(duty["id"])[:6])
    officer.follow("提交竣工验收申请")
    assert "智慧急救平台" in officer.page.words


def test_a_unit_finds_its_own_projects_only(clerk, other, counted):
    assert "智慧急救平台" in find(clerk, "平台").words
    assert "智慧急救平台" not in find(other, "平台").words


def test_what_is_not_there_is_said_with_what_to_try(officer, counted):
    page = find(officer, "不存在的项目")
    assert "没有找到“不存在的项目”" in page.words and "少写几个字" in page.words
    assert "没有找到" not in officer.open("/find").words


@pytest.mark.parametrize("more", ["", "&of=projects&after=zzz", "&of=x", "&of=units"])
@pytest.mark.parametrize("words", [" ", "<script>", "平台", "%", "#", "-" * 300])
def test_anything_may_be_asked(officer, counted, words, more):
    find(officer, words, more)


def test_more_than_fit_are_on_pages_of_their_own(officer, api):
    for number in range(12):
        project = {"id": f"n{number}", "name": f"乡镇卫生院系统{number:02d}", "unit": "yy-health"}
        register_project(bootstrap.ports(), project, NOW, NOBODY)
    for _ in range(5):
        tick(bootstrap.ports(), NOW)
    page = find(officer, "卫生院")
    first = [link.text for link in page.all("a") if "乡镇卫生院系统" in link.text and "/projects/" in link.get("href", "")]
    officer.follow("更多")
    rest = [
        link.text for link in officer.page.all("a") if "乡镇卫生院系统" in link.text and "/projects/" in link.get("href", "")
    ]
    assert (len(first), len(rest)) == (10, 2) and not set(first) & set(rest)
