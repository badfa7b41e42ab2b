"""What became of notices: the log, those that no channel took, health, and a store that came out of a copy."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from chalicelib import bootstrap
from chalicelib.ports import GiveUp, Key, Put, RetryAfter
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.proof.reconcile import RECORD
from chalicelib.usecases.reminding import broadcast
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.usecases.reminding.delivery_search import LOOKED_AT, Asked, look_up
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state import account, records
from chalicelib.usecases.state.once import Once
from tests.usecases.doubles import Recorder, Watched

from ..installation import NOW
from .conftest import made

LATER = NOW + timedelta(minutes=40)
ADMIN = Bearer(id="admin-1", role="admin", jurisdiction="yunyang", party=None)
URL = "https://duban.example"


def said(words, parties=None):
    once = Once(who=ADMIN.id, key=None, asked=words)
    broadcast.send(bootstrap.ports(), ADMIN, "yunyang", words, None, parties, ident=f"b-{words}", now=NOW, once=once)


@pytest.fixture
def dead_letter(api):
    """A notice to Li that the only channel would not take."""
    said("请核对清单", ["yy-health"])
    refusing = Recorder("console")
    refusing.answers.append(GiveUp("no such mailbox"))
    for minute in range(3):
        deliver(replace(bootstrap.ports(), channels={"console": refusing}), LATER + timedelta(minutes=minute), URL)
    assert len(bootstrap.ports().store.query("dead#yunyang")) == 1


def test_the_log_of_a_day_says_who_got_what(admin):
    assert "没有发出任何通知" in admin.open("/admin/deliveries").words
    said("请核对清单")
    deliver(bootstrap.ports(), LATER, URL)
    page = admin.open("/admin/deliveries?day=2026-08-31")
    assert all("已送出" in row and "群发通知" in row for row in rows(page)) and len(rows(page)) == 3
    assert "县人民医院 · 李某" in page.words
    assert "没有发出任何通知" in admin.follow("前一天").words
    assert "李某" in admin.follow("后一天").words
    assert "2026-08-31" in admin.open("/admin/deliveries?day=yesterday").words


def rows(page):
    """What the log lists, a row's words each."""
    return [" ".join(row.text.split()) for row in page.all("tr")[1:]]


def test_the_log_is_looked_through_by_unit_channel_and_state(admin, dead_letter):
    said("给所有人")
    deliver(bootstrap.ports(), LATER + timedelta(minutes=5), URL)
    (newer, older) = rows(admin.open(f"/admin/deliveries?unit={quote('医院')}"))
    assert "已送出" in newer and "未能送达" in older and "no such mailbox" in older
    assert len(rows(admin.open("/admin/deliveries?unit=yy-edu"))) == 1
    assert len(rows(admin.open("/admin/deliveries?state=given+up"))) == 1
    assert len(rows(admin.open("/admin/deliveries?channel=console&unit=yy-health"))) == 1
    assert len(rows(admin.open("/admin/deliveries?state=acknowledged"))) == 0
    assert "没有符合条件的通知" in admin.page.words
    assert "不止一个单位" in admin.open(f"/admin/deliveries?unit={quote('县')}", status=422).words
    assert "没有找到这个单位" in admin.open("/admin/deliveries?unit=nobody", status=422).words
    assert "没有找到这个项目" in admin.open("/admin/deliveries?project=p9", status=422).words


def test_a_projects_messages_are_followed_from_waiting_to_acknowledged(admin, api):
    made(api, "clerk", "projects/p1/submissions/completion", {"classified": False, "completed_on": "2026-03-31"})
    tick(bootstrap.ports(), NOW)
    waiting = rows(admin.open("/admin/deliveries?project=p1"))
    assert waiting and all("等待发送" in row and "县域医共体平台" in row for row in waiting)
    assert len(rows(admin.open("/admin/deliveries?state=waiting"))) >= len(waiting)
    deliver(bootstrap.ports(), NOW + timedelta(days=1), URL)
    sent = rows(admin.open("/admin/deliveries?project=p1"))
    assert all("已送出" in row and "控制台" in row for row in sent)
    told = look_up(bootstrap.ports().store, ADMIN, Asked(project="p1"))["notices"]
    duty = next(step for notice in told for step in notice["about"] if not step["obligation"].startswith("@"))
    acknowledge(bootstrap.ports(), "yy-health/li", duty["holder"], duty["obligation"], "page", NOW + timedelta(days=1))
    assert any("已签收" in row for row in rows(admin.open("/admin/deliveries?project=p1")))


def test_what_no_channel_took_is_sent_again_from_the_log(admin, dead_letter):
    admin.open("/admin/deliveries?state=given+up")
    assert "重发" in admin.page.words
    admin.press("重发")
    assert admin.path.startswith("/admin/deliveries") and "重发" not in admin.page.words
    deliver(bootstrap.ports(), NOW + timedelta(hours=2), URL)
    assert "已送出" in rows(admin.open("/admin/deliveries"))[0]


def test_what_may_have_arrived_all_the_same_is_said_where_it_is_listed(admin):
    said("请核对清单", ["yy-health"])
    silent = Recorder("console")
    silent.answers += [RetryAfter(1, "no answer", uncertain=True), GiveUp("no such mailbox")]
    for minute in range(3):
        deliver(replace(bootstrap.ports(), channels={"console": silent}), LATER + timedelta(minutes=minute), URL)
    assert "可能已送达" in rows(admin.open("/admin/deliveries"))[0]
    assert "可能已送达" in admin.open("/admin/dead-letters").words


def test_a_page_of_matches_goes_on_where_the_last_one_ended(admin):
    for number in range(30):
        said(f"第{number}次")
    deliver(bootstrap.ports(), LATER, URL)
    store, seen, after = bootstrap.ports().store, [], None
    for asked in (Asked(party="yy-edu"), Asked(day=NOW.date(), party="yy-edu")):
        seen, after = [], None
        while True:
            found = look_up(store, ADMIN, asked, after, 7)
            seen += [row["notice"] for row in found["notices"]]
            after = found["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 30


def test_a_ledger_that_outlives_its_log_is_looked_through_a_part_at_a_time(admin):
    ports, entry = bootstrap.ports(), {"what": "accepted", "notice": "gone"}
    said("最早的一次", ["yy-edu"])
    deliver(ports, LATER, URL)
    for minute in range(LOOKED_AT + 50):
        at = records.stamp(LATER + timedelta(minutes=minute))
        ports.store.write(account.entries(ports.store, "yy-edu", [{**entry, "notice": f"gone-{minute}", "at": at}]))
    first = look_up(ports.store, ADMIN, Asked(party="yy-edu"))
    assert first["notices"] == [] and first["next"]
    second = look_up(ports.store, ADMIN, Asked(party="yy-edu"), first["next"])
    assert len(second["notices"]) == 1 and second["next"] is None
    assert "可继续查找" in admin.open("/admin/deliveries?unit=yy-edu").words
    assert len(rows(admin.follow("下一页"))) == 1


def test_a_ledger_is_read_as_far_back_as_the_log_is_kept(admin):
    ports = bootstrap.ports()
    said("早已清除", ["yy-edu"])
    deliver(ports, LATER, URL)
    for minute in range(LOOKED_AT // 2):
        at = records.stamp(LATER + timedelta(minutes=minute))
        entry = {"what": "accepted", "notice": f"gone-{minute}", "at": at}
        ports.store.write(account.entries(ports.store, "yy-edu", [entry]))
    ports.store.write([Put(Key("retention", "notices#yunyang"), {"through": "2026-09-30"})])
    watched = Watched(ports.store)
    assert look_up(watched, ADMIN, Asked(party="yy-edu")) == {"notices": [], "next": None}
    assert watched.reads <= 5


def test_a_long_day_is_shown_a_page_at_a_time(admin):
    for number in range(20):
        said(f"第{number}次")
    deliver(bootstrap.ports(), LATER, URL)
    admin.open("/admin/deliveries?day=2026-08-31")
    assert len(admin.page.all("tr")) == 51
    admin.follow("下一页")
    assert len(admin.page.all("tr")) == 11
    admin.follow("回到第一页")
    assert len(admin.page.all("tr")) == 51


def test_a_dead_letter_is_shown_with_its_reason_and_resent_once_it_is_mended(admin, dead_letter):
    assert "1 条未送达" in admin.open("/admin").words
    page = admin.follow("条未送达")
    assert "no such mailbox" in page.words and "李某" in page.words
    assert "接收渠道" in admin.follow("改接收渠道").words
    admin.open("/admin/dead-letters")
    assert "没有未送达的通知" in admin.press("重发").words
    deliver(bootstrap.ports(), NOW + timedelta(hours=2), URL)
    assert "已送出" in admin.open("/admin/deliveries?day=2026-08-31").words


def test_a_dead_letter_is_laid_aside_with_a_reason(admin, dead_letter):
    admin.open("/admin/dead-letters")
    admin.follow("不再发送")
    assert "请写明不再发送的原因" in admin.press("不再发送", status=422).words
    assert "没有未送达的通知" in admin.press("不再发送", why="已电话告知").words
    assert "已电话告知" in str(bootstrap.ports().store.query("ledger#yy-health"))


def test_everybody_is_told_in_words_whether_all_is_well(stranger, admin):
    stranger.open("/")
    page = stranger.follow("运行状况")
    assert stranger.path == "/status" and "可能没有按时发出" in page.words and "从未运行" in page.words
    tick(bootstrap.ports(), NOW)
    assert "一切正常，提醒按时发出" in stranger.open("/status").words
    assert "去处理" not in stranger.page.words
    assert "详细情况和处理办法" in admin.open("/status").words


def test_health_says_of_each_thing_how_it_is_and_what_to_do(admin, dead_letter):
    tick(bootstrap.ports(), NOW)
    record = {
        "at": "2026-08-31T01:30:00Z",
        "started": "2026-08-31T01:30:00Z",
        "looked_at": 12,
        "gaps": 2,
        "mended": 1,
        "found": [
            {"what": "wake-up missing", "about": "p1/x", "owner": "yy-health", "mended": True},
            {"what": "entry of the ledger missing", "about": "n1", "owner": "yy-health", "mended": False},
        ],
    }
    bootstrap.ports().store.write([Put(RECORD, record)])
    words = admin.open("/admin/health").words
    assert "核对 12 个项目和单位，缺漏 2 处，已补 1 处" in words and "事项缺少下次提醒的安排" in words
    assert "台账缺少记录" in words and "已记入台账" in words
    assert "1 条没有任何渠道收下" in words
    assert "没有未送达" not in admin.follow("去处理").words and admin.path == "/admin/dead-letters"


def test_health_says_what_is_not_well(admin):
    assert "从未运行" in admin.open("/admin/health").words
    assert "需要处理" in admin.open("/admin").words
    tick(bootstrap.ports(), NOW)
    assert "一切正常" in admin.open("/admin/health").words


def test_a_store_that_came_out_of_a_copy_sends_nothing_before_an_admin_decides(admin):
    value = {
        "number": 2,
        "state": "paused",
        "dump": "d",
        "copied": "2026-08-30T00:00:00Z",
        "word": None,
        "at": "2026-08-31T00:00:00Z",
    }
    bootstrap.ports().store.write([Put(Key("epoch", "epoch"), value)])
    assert "现在不发送任何提醒" in admin.open("/admin/health").words
    admin.follow("去处理")
    assert "请选择如何处理" in admin.press("恢复发送", status=422).words
    page = admin.press("恢复发送", choice="skip")
    assert "现在不发送任何提醒" not in page.words
    assert bootstrap.ports().store.get(Key("epoch", "epoch")).value["state"] == "open"
