"""Units, contacts, tokens, broadcasts and calendar addresses on the pages."""

import re

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.channels.wecom import WecomRobot
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.registry.admins import set_admin
from chalicelib.usecases.signing_in.binding import bind
from chalicelib.usecases.state import unheard

from ..installation import NOW
from ..small_app import by_wsgi
from .conftest import made

ADDRESS = "zhao.liu@example.org"


def stored(party, ident):
    from chalicelib.usecases.state.records import contact_key

    item = bootstrap.ports().store.get(contact_key(party, ident))
    return item and item.value


def test_a_unit_is_registered_found_and_shown(admin):
    admin.open("/admin/parties")
    admin.follow("登记单位")
    page = admin.press("登记", status=422, id="新单位", name="")
    assert "编号应为" in page.words and "请填写名称" in page.words and admin.value("id") == "新单位"
    admin.press("登记", id="yy-water", name="县水利局", kind="department", tracked_since="2026-01-01")
    assert admin.path == "/admin/parties/yy-water" and "机关部门" in admin.page.words
    admin.open("/admin/parties")
    assert "县水利局" in admin.press("查找", q="水利").words and "县人民医院" not in admin.page.words
    assert "没有名称或编号含" in admin.press("查找", q="没有的").words


@pytest.mark.parametrize(
    "typed",
    [
        {"id": "yy-health"},
        {"parent": "nobody"},
        {"kind": "colour"},
        {"tracked_since": "tomorrow"},
        {"authority": "data_bureau"},
        {"uscc": "ABC"},
    ],
    ids=str,
)
def test_a_unit_that_cannot_be_is_not_registered(admin, typed):
    admin.open("/admin/new-party")
    page = admin.press("登记", status=422, **{"id": "x1", "name": "某单位", **typed})
    assert "需要修改" in page.words and admin.value("name") == "某单位"


def test_a_unit_without_a_kind_or_a_credit_code_is_registered_and_shown(admin):
    admin.open("/admin/new-party")
    admin.press("登记", id="plain", name="某单位")
    assert admin.path == "/admin/parties/plain" and "某单位" in admin.page.words


def test_a_fault_of_the_credit_code_stands_beside_its_field(admin):
    admin.open("/admin/new-party")
    page = admin.press("登记", status=422, id="x1", name="某单位", uscc="11500235008666010B")
    assert 'id="uscc-error"' in page.html and "校验位不符" in page.words
    admin.press("登记", uscc=" 11500235008666010a ")
    assert "11500235008666010A" in admin.page.words


def test_many_units_are_shown_a_page_at_a_time(api, admin):
    for number in range(60):
        made(api, "admin", "parties", {"id": f"u{number:02}", "name": f"单位{number:02}", "kind": "school"})
    first = admin.open("/admin/parties").words
    assert "单位00" in first and "单位59" not in first
    assert "单位59" in admin.follow("下一页").words
    assert "单位00" in admin.follow("回到第一页").words


def test_a_registration_by_mistake_is_taken_back_and_one_with_a_history_stays(api, admin):
    before = {row[:2] for row in api.dump()}
    admin.open("/admin/new-party")
    admin.press("登记", id="oops", name="登记错了", kind="school", tracked_since="2026-01-01")
    admin.open("/contacts/oops/new")
    admin.press("保存", id="c1", name="某人", **{"channel.0.address": "c1@example.org"})
    admin.open("/admin/parties/oops")
    admin.follow("撤销登记")
    assert "移除 1 位联系人" in admin.page.words
    admin.press("撤销登记，不能恢复")
    admin.open("/admin/parties/oops", status=404)
    left = {row[:2] for row in api.dump()} - before
    assert {pk.partition("#")[0] for pk, _ in left} <= {"ledger", "ledger-head", "ledgers", "grown"}, left
    tick(bootstrap.ports(), NOW)
    assert "已有 1 个项目" in admin.open("/admin/parties/yy-health/remove").words
    assert "县人民医院" in admin.open("/admin/parties/yy-bureau/remove").words
    assert not [each for each in admin.page.all("button") if "撤销登记" in each.text]


def test_a_contact_is_added_changed_and_removed(admin):
    admin.open("/contacts/yy-health")
    admin.follow("添加联系人")
    page = admin.press("保存", status=422, id="", name="赵六")
    assert "编号应为" in page.words
    admin.press("保存", id="zhao", name="赵六", leader="yes", **{"channel.0.address": ADDRESS})
    page = admin.open("/contacts/yy-health/zhao")
    assert ADDRESS not in page.html, "an address is shown in part only"
    admin.press("保存", digest_at="09:15", at_once="yes", language="en")
    kept = stored("yy-health", "zhao")
    assert kept["channels"] == [{"channel": "console", "address": ADDRESS}], "what is left as shown stays"
    assert (kept["prefers"], kept["at_once"], kept["language"], kept["roles"]) == (
        {"digest_at": "09:15"},
        True,
        "en",
        ["leader"],
    )
    admin.open("/contacts/yy-health/zhao")
    page = admin.press("保存", status=422, digest_at="23:00", **{"away.from": "2026-09-01"})
    assert "晨报时间" in page.words and "外出" in page.words or "away" in page.words
    assert admin.value("digest_at") == "23:00"
    admin.open("/contacts/yy-health/zhao")
    admin.press("保存", **{"away.from": "2026-09-01", "away.until": "2026-09-05", "away.to": "li"})
    assert stored("yy-health", "zhao")["away"] == {"from": "2026-09-01", "until": "2026-09-05", "to": "li"}
    assert "外出至" in admin.page.words
    admin.open("/contacts/yy-health/zhao")
    admin.press("保存", **{"channel.0.address": ""})
    assert "没有渠道，收不到提醒" in admin.page.words
    admin.open("/contacts/yy-health/zhao/remove")
    admin.press("移除，不能恢复")
    assert stored("yy-health", "zhao") is None and "赵六" not in admin.page.words


def test_what_is_no_address_of_its_channel_is_not_saved_and_told_beside_its_field(admin):
    bootstrap.ports().channels["wecom"] = WecomRobot("http://127.0.0.1:9", bootstrap.ports().clock)
    admin.open("/contacts/yy-health/li")
    page = admin.press("保存", status=422, **{"channel.1.channel": "wecom", "channel.1.address": "not an address"})
    assert "Webhook 地址，如 https://qyapi.weixin.qq.com/" in page.words and 'id="channel.1.address-error"' in page.html
    assert admin.value("channel.1.address") == "not an address"
    assert len(stored("yy-health", "li")["channels"]) == 1


def test_a_unit_whose_people_cannot_be_told_is_shown_to_the_admin(admin):
    assert "到期无人可通知" not in admin.open("/admin").words
    bootstrap.ports().store.write([unheard.began("yunyang", "yy-edu")])
    for path in ("/admin", "/admin/health"):
        words = admin.open(path).words
        assert "有1个单位没有联系人（或没有可用渠道），到期无人可通知" in words and "县第一中学" in words
    assert "一切正常" not in words
    marks = [row.text for row in admin.open("/admin/parties").all("tr") if "无人可通知" in row.text]
    assert len(marks) == 1 and "县第一中学" in marks[0]
    admin.follow("无人可通知")
    assert admin.path == "/contacts/yy-edu"


def test_a_unit_keeps_its_own_contacts_and_no_others(clerk, other):
    clerk.open("/contacts")
    assert clerk.path == "/contacts/yy-health" and "李某" in clerk.page.words
    clerk.open("/contacts/yy-health/li")
    clerk.press("保存", name="李小某")
    assert stored("yy-health", "li")["name"] == "李小某"
    for path in ("/contacts/yy-health", "/contacts/yy-health/li", "/contacts/yy-health/new", "/contacts/yy-health/li/remove"):
        other.open(path, status=403)


def test_a_code_to_bind_a_chat_is_shown_once(admin):
    admin.open("/contacts/yy-health/li")
    bootstrap.ports().channels["telegram"] = bootstrap.ports().channels["console"]
    admin.open("/contacts/yy-health/li")
    page = admin.press("生成绑定码")
    (code,) = re.findall(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", page.words)
    assert code not in admin.open("/contacts/yy-health/li").words
    assert bind(bootstrap.ports(), "telegram:42", code, NOW)["id"] == "li"


def test_a_token_is_shown_once_works_and_is_revoked(admin):
    admin.open("/admin/parties/yy-health")
    page = admin.press("发一个新令牌")
    (token,) = re.findall(r"dbn_[\w-]+", page.words)
    assert token not in admin.open("/admin/parties/yy-health").html
    headers = {"Authorization": f"Bearer {token}"}
    assert by_wsgi(app, "GET", "/api/v1/projects", headers=headers).status == 200
    rows = admin.page.words.count("收回")
    admin.follow("收回")
    while admin.status == 200 and "立即不能再访问" in admin.page.words:
        admin.press("收回")
        links = [link for link in admin.page.all("a") if "收回" in link.text]
        if not links:
            break
        admin.follow("收回")
    assert rows >= 1 and "已收回" in admin.page.words
    assert by_wsgi(app, "GET", "/api/v1/projects", headers=headers).status == 401


def test_a_broadcast_is_sent_after_a_look_at_who_gets_it(admin):
    admin.open("/admin/broadcast")
    assert "至500字" in admin.press("下一步", status=422, text=" ").words
    assert "本辖区没有主体" in admin.press("下一步", status=422, text="请核对清单", parties="nobody").words
    page = admin.press("下一步", text="请核对清单", parties="yy-health, yy-edu")
    assert "将发给 2 人" in page.words and "李某" in page.words and "赵某" not in page.words
    admin.press("返回修改")
    assert admin.value("text") == "请核对清单"
    admin.press("下一步", parties="yy-health")
    page = admin.press("发送给 1 人")
    assert "共 1 人" in page.words


def test_a_calendar_address_is_shown_once_read_and_taken_back(clerk, other, officer, admin):
    clerk.open("/feeds")
    page = clerk.press("生成地址", of="unit")
    (url,) = re.findall(r"https://\S+?\.ics", page.words)
    path = url.removeprefix("https://duban.example")
    assert by_wsgi(app, "GET", path).status == 200
    assert url not in clerk.open("/feeds").html
    assert "收回" not in other.open("/feeds").words.replace("泄露了就收回", "")
    clerk.follow("收回")
    clerk.press("收回")
    assert by_wsgi(app, "GET", path).status == 404
    officer.open("/feeds")
    assert ".ics" in officer.press("生成地址", of="jurisdiction").words
    admin.open("/feeds")
    assert "没有" in admin.press("生成地址", of="unit", party="nobody", status=422).words
    assert ".ics" in admin.press("生成地址", of="unit", party="yy-edu").words


def test_a_colleague_cannot_change_where_an_admin_is_reached_and_an_admin_can(clerk, admin):
    set_admin(bootstrap.ports(), "yy-health", "li", True, "console", NOW)
    bootstrap.ports().channels["telegram"] = bootstrap.ports().channels["console"]
    for browser, status, refused in ((clerk, 403, True), (admin, 200, False)):
        browser.open("/contacts/yy-health/li")
        page = browser.press("生成绑定码", status=status)
        assert ("只能由管理员更改" in page.words) is refused
