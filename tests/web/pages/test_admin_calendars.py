"""A year's holiday notice: typed or pasted, previewed, published; what it moves is seen first."""

import json

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.rulebooks import previewing
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.web.shapes import HOLIDAYS

from ..installation import NOW
from .conftest import made

NOTICE = {"title": "国务院办公厅关于2027年部分节假日安排的通知", "issued_on": "2026-11-04", "work": "2027-02-20、2027-10-09"}
FESTIVAL = {"rest.0.name": "春节", "rest.0.from": "2027-02-04", "rest.0.to": "2027-02-14"}
OTHERS = {f"rest.{at}.{part}": "" for at in range(1, 9) for part in ("name", "from", "to")}


def test_years_are_listed_with_what_they_rest_on(admin):
    page = admin.open("/admin/calendars")
    assert "国务院办公厅关于2026年部分节假日安排的通知" in page.words and "录入2027年的通知" in page.words
    assert "2026-02-15" in admin.follow("2026年").words
    assert "尚未录入" in admin.open("/admin/calendars/2027").words


def test_a_notice_is_filled_in_previewed_and_published(api, admin):
    made(api, "clerk", "projects/p1/submissions/completion", {"classified": False, "completed_on": "2026-08-10"})
    admin.open("/admin/calendars/2027/notice")
    assert admin.value("rest.0.name") == "元旦", "what the law fixes is filled in already"
    page = admin.press("下一步：预览", **NOTICE, **FESTIVAL, **OTHERS)
    assert "2027-02-10" in page.words and "2027-02-15" in page.words, "the deadline moves past the festival"
    assert "所有辖区" in page.words
    assert 2027 not in bootstrap.ports().rules.calendar().known
    admin.press("返回修改")
    assert admin.value("title") == NOTICE["title"] and admin.value("rest.0.to") == "2027-02-14"
    admin.press("下一步：预览")
    page = admin.press("发布，立即生效")
    assert "正在逐一更新" in page.words
    tick(bootstrap.ports(), NOW)
    assert "更新完毕" in admin.open(admin.path).words
    assert "在此发布" in admin.open("/admin/calendars").words
    admin.open("/admin/calendars/2027/notice")
    admin.press("下一步：预览")
    admin.press("发布，立即生效")
    assert bootstrap.ports().rules.notices()["2027"]["revision"] == 2


def test_in_a_large_place_a_notice_is_compared_by_a_job_and_nothing_typed_is_lost(api, admin, monkeypatch):
    made(api, "clerk", "projects/p1/submissions/completion", {"classified": False, "completed_on": "2026-08-10"})
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    admin.open("/admin/calendars/2027/notice")
    page = admin.press("下一步：预览", **NOTICE, **FESTIVAL, **OTHERS)
    assert "正在逐一比对" in page.words
    progress = admin.path
    tick(bootstrap.ports(), NOW)
    admin.open(progress)
    page = admin.follow("查看结果")
    assert "2027-02-10" in page.words and "2027-02-15" in page.words
    publish(bootstrap.ports(), "yunyang", {"settings": {"nudge_days": 5}}, by="t", why="t", expects=0, now=NOW)
    page = admin.open(progress.replace("/jobs/", "/admin/previews/"), status=409)
    assert "请重新预览" in page.words and admin.value("title") == NOTICE["title"]
    admin.press("下一步：预览")
    tick(bootstrap.ports(), NOW)
    admin.open(admin.path)
    admin.follow("查看结果")
    assert "正在逐一更新" in admin.press("发布，立即生效").words


def test_a_date_that_is_only_no_longer_provisional_is_not_said_to_move(api, admin):
    made(api, "clerk", "projects/p1/submissions/completion", {"classified": False, "completed_on": "2026-08-10"})
    admin.open("/admin/calendars/2027/notice")
    page = admin.press("下一步：预览", title=NOTICE["title"], issued_on=NOTICE["issued_on"])
    (counts,) = page.all("dl", class_="counts")
    assert "".join(counts.text.split()).startswith("期限调整0")
    assert "项日期不变，只是内容有变" in page.words


def test_a_notice_may_be_pasted_as_yaml(admin):
    admin.open("/admin/calendars/2027/notice")
    admin.press("下一步：预览", yaml=json.dumps(HOLIDAYS, ensure_ascii=False))
    admin.press("发布，立即生效")
    assert 2027 in bootstrap.ports().rules.calendar().known


WRONG = [
    ({"title": ""}, "请填写通知的标题"),
    ({"issued_on": "soon"}, "发文日期应如"),
    ({"rest.0.to": ""}, "第1行应写明"),
    ({"rest.0.to": "2027-02-01"}, "首尾颠倒"),
    ({"work": "2027-02-22"}, "周六或周日"),
    ({"work": "周六"}, "日期应如"),
    ({"yaml": "year: 2028"}, "required"),
    ({"yaml": "a: [b"}, "不是合格的 YAML"),
    ({"yaml": "- a"}, "键: 值"),
]


@pytest.mark.parametrize(("typed", "said"), WRONG, ids=str)
def test_a_notice_that_cannot_be_right_is_told_so_and_stays_typed(admin, typed, said):
    admin.open("/admin/calendars/2027/notice")
    page = admin.press("下一步：预览", status=422, **{**NOTICE, **FESTIVAL, **OTHERS, **typed})
    assert said in page.words, page.words
    assert all(admin.value(name) == value for name, value in typed.items())
    assert not bootstrap.ports().rules.notices()
