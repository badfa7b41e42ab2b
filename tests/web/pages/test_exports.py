"""Tables to take away: a short one comes at once, a long one is begun with a button and fetched from the page of its job."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib import bootstrap
from chalicelib.ports import Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.state import records
from chalicelib.usecases.tables.exports import AT_ONCE

from ..installation import NOW


@pytest.fixture
def many():
    """A contact more of the hospital's than is answered at once."""
    store = bootstrap.ports().store
    for start in range(0, AT_ONCE + 1, 90):
        people = [{"id": f"c{number}", "party": "yy-health", "name": "某"} for number in range(start, start + 90)]
        store.write([Put(records.contact_key("yy-health", person["id"]), person) for person in people])


def fetched(browser, link):
    """The rows of the file that a link of the page leads to, as the server hands it out."""
    (found,) = [each.get("href") for each in browser.page.all("a") if link in each.text]
    parts = urlsplit(browser.located(found))
    asked = dict(parse_qsl(parts.query))
    content = bootstrap.ports().blob.linked(parts.path.removeprefix("/files/"), asked, NOW).read_text("utf-8-sig")
    return asked["name"], content.splitlines()[1:]


def test_a_long_table_is_begun_followed_and_fetched(clerk, many):
    words = clerk.open("/exports/contacts.csv").words
    assert "内容较多" in words and "保留3天" in words
    page = clerk.press("开始导出")
    assert "正在导出“联系人”" in page.words and re.fullmatch("/jobs/export-[0-9a-f-]+", clerk.path)
    (bar,) = page.all("progress")
    assert (bar.get("max"), bar.get("value")) == ("1", "0")
    tick(bootstrap.ports(), NOW)
    page = clerk.open(clerk.path)
    assert "已导出，共 2,071 行" in page.words and page.all("progress") == []
    name, rows = fetched(clerk, "下载")
    assert name == "督办-联系人-20260831-1000.csv" and len(rows) == 2_071
    assert {row.split(",")[0] for row in rows} == {"县人民医院"}


def test_who_comes_back_finds_their_exports_listed_and_not_those_of_others(clerk, other, many):
    clerk.open("/exports/contacts.csv")
    clerk.press("开始导出")
    job = clerk.path
    assert "正在导出" in clerk.open("/imports").words
    tick(bootstrap.ports(), NOW)
    clerk.open("/imports")
    clerk.follow("联系人.csv 2026-08-31")
    assert clerk.path == job
    assert "最近在后台的导出" not in other.open("/imports").words


def test_nobody_else_sees_or_fetches_it_but_an_admin(clerk, other, officer, admin, many):
    clerk.open("/exports/contacts.csv")
    clerk.press("开始导出")
    tick(bootstrap.ports(), NOW)
    for stranger in (other, officer):
        stranger.open(clerk.path, status=403)
        stranger.open(f"{clerk.path}/files/1", status=403)
    admin.open(clerk.path)
    assert len(fetched(admin, "下载")[1]) == 2_071
    clerk.open(f"{clerk.path}/files/2", status=404)


def test_pressed_twice_it_is_begun_once(clerk, many):
    clerk.open("/exports/contacts.xlsx")
    form = clerk.page
    jobs = []
    for _ in range(2):
        clerk.page, clerk.path = form, "/exports/contacts.xlsx"
        clerk.press("开始导出")
        jobs.append(clerk.path)
    assert jobs[0] == jobs[1]


def test_of_one_unit_an_officer_takes_only_that(officer, many):
    officer.open("/exports/contacts.csv?unit=yy-edu")
    assert officer.headers["content-type"] == ["text/csv; charset=utf-8"]
    officer.open("/exports/contacts.csv?unit=yy-health")
    officer.press("开始导出")
    tick(bootstrap.ports(), NOW)
    officer.open(officer.path)
    assert len(fetched(officer, "下载")[1]) == 2_071


def test_a_form_that_was_altered_opens_nothing(clerk, many):
    clerk.open("/exports/contacts.csv")
    clerk.press("开始导出", unit="yy-edu", status=403)
