"""What became of notices: the log, those that no channel took, health, and a store that came out of a copy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.ports import GiveUp, Key, Put
from chalicelib.usecases.clockwork.tick import tick
from chalicelib.usecases.reminding import broadcast
from chalicelib.usecases.reminding.deliver import deliver
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.once import Once
from tests.usecases.doubles import Recorder

from ..installation import NOW

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
    assert page.words.count("已送出") == 3 and "县人民医院 · 李某" in page.words
    assert "没有发出任何通知" in admin.follow("前一天").words
    assert "李某" in admin.follow("后一天").words
    assert "2026-08-31" in admin.open("/admin/deliveries?day=yesterday").words


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
