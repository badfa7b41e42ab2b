"""One contract, every channel, each against a server that does what its vendor does (vendors/). The ids show which."""

import io
import logging
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib import bootstrap, config
from chalicelib.channels.console import Console
from chalicelib.channels.dingtalk import DingTalk
from chalicelib.channels.feishu import Feishu
from chalicelib.channels.telegram import SUPERSEDED, Telegram
from chalicelib.channels.wecom import WecomRobot
from chalicelib.core.errors import InvalidInput
from chalicelib.ports import Button, GiveUp, Limit, Outgoing, RetryAfter, Sent

from .vendors import Answer, Vendor, now, vendors
from .vendors import dingtalk as dingtalk_vendor
from .vendors import feishu as feishu_vendor
from .vendors import telegram as telegram_vendor
from .vendors import wecom as wecom_vendor

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = "【督办】县医院 HIS 系统：请于2026-11-24前办结\n“还有2个工作日”，办理：https://duban.example.gov.cn/p?a=1&b=2"
IMPATIENT = 0.5  # seconds a channel waits for an answer that does not come
BUTTONS = (Button("签收", "ack:7f3a"), Button("明天再提醒", "snooze:7f3a:1"), Button("转交", "hand:7f3a"))


def message(vendor: Vendor, text=TEXT, key="notice-1", **more):
    return Outgoing(key, more.pop("address", vendor.address), text, template=vendor.template(text), **more)


def send(vendor: Vendor, channel=None, **what):
    """The channel's answer, whose reason holds no address and no secret."""
    answer = (channel or vendor.channel()).send(message(vendor, **what))
    assert_silent(vendor, getattr(answer, "reason", ""))
    return answer


def assert_silent(vendor: Vendor, words: str):
    hidden = {vendor.address, vendor.knows_as, *vendor.strangers, *vendor.secrets}
    assert [secret for secret in hidden if secret in words] == []


def each(what):
    """(vendor, one of its …) of every vendor."""
    return [
        pytest.param(vendor, one, id=f"{vendor.name}-{getattr(one, 'id', one)}")
        for vendor in vendors()
        for one in getattr(vendor, what)
    ]


@pytest.fixture
def started(caplog):
    """Starts a vendor; in the end whatever was logged, however chattily, holds no address and no secret."""
    running = []

    def start(kind):
        running.append(kind())
        running[-1].start()
        return running[-1]

    caplog.set_level("DEBUG")
    yield start
    for vendor in running:
        vendor.stop()
        assert_silent(vendor, "\n".join(map(logging.Formatter().format, caplog.get_records("call"))))


@pytest.fixture(params=vendors(), ids=lambda kind: kind.name)
def vendor(request, started):
    return started(request.param)


# --- what every channel promises


def test_what_is_sent_arrives_as_it_is_and_the_vendors_id_comes_back(vendor):
    answer = send(vendor)
    assert isinstance(answer, Sent)
    assert vendor.reference in (None, answer.reference)
    assert [(arrived.address, arrived.text) for arrived in vendor.got] == [(vendor.knows_as, TEXT)]


def test_many_threads_share_one_channel(vendor):
    channel, answers = vendor.channel(), []
    threads = [
        threading.Thread(target=lambda part=part: answers.append(send(vendor, channel, text=f"{TEXT} {part}", key=str(part))))
        for part in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(answer) for answer in answers] == [Sent] * 16
    assert sorted(arrived.text for arrived in vendor.got) == sorted(f"{TEXT} {part}" for part in range(16))


def test_what_the_channel_says_of_itself_can_be_relied_on(vendor):
    channel = vendor.channel()
    assert channel.name == vendor.name and channel.bot
    assert_silent(vendor, channel.bot)
    assert all(isinstance(limit, Limit) and limit.per in ("bot", "address") for limit in channel.limits)
    assert {type(flag) for flag in (channel.has_buttons, channel.is_idempotent, channel.asks_template)} == {bool}


def test_what_a_group_reads_is_no_private_channel(vendor):
    """A sign-in code that a group reads would let any of them in."""
    groups = ("wecom", "dingtalk", "feishu")
    channel = vendor.channel()
    assert channel.is_private("12345678") is (vendor.name not in groups)
    if vendor.name == "telegram":
        assert not channel.is_private("-1001234567890") and not channel.is_private("@a_channel")


def test_a_second_attempt_reaches_the_person_once_only_where_the_vendor_sees_to_it(vendor):
    channel = vendor.channel()
    assert isinstance(send(vendor, channel), Sent) and isinstance(send(vendor, channel), Sent)
    assert len(vendor.got) == (1 if channel.is_idempotent else 2)


def test_buttons_arrive_where_there_are_any_and_harm_nowhere(vendor):
    channel = vendor.channel()
    assert isinstance(send(vendor, channel, buttons=BUTTONS), Sent)
    assert vendor.got[0].buttons == (BUTTONS if channel.has_buttons else ())


def test_a_message_that_follows_another_arrives_even_if_that_one_is_not_there(vendor):
    assert isinstance(send(vendor, follows="404"), Sent)
    assert len(vendor.got) == 1


def longest_text(channel, unit):
    """The most of this character that the channel takes."""
    fits, too_many = 0, 1
    while channel.size(unit * too_many) <= channel.longest:
        fits, too_many = too_many, too_many * 2
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if channel.size(unit * middle) <= channel.longest else (fits, middle)
    return unit * fits


def test_the_longest_text_arrives_and_a_longer_one_is_given_up_unsent(vendor):
    channel = vendor.channel()
    if channel.longest == sys.maxsize:
        return
    longest = longest_text(channel, vendor.unit)
    assert isinstance(send(vendor, channel, text=longest), Sent)
    assert [arrived.text for arrived in vendor.got] == [longest]
    assert isinstance(send(vendor, channel, text=longest + vendor.unit, key="notice-2"), GiveUp)
    assert len(vendor.got) == 1


@pytest.mark.parametrize(("kind", "address"), each("same_addresses"))
def test_an_address_may_be_written_in_other_ways(started, kind, address):
    vendor = started(kind)
    assert isinstance(send(vendor, address=address), Sent)
    assert vendor.got[0].address == vendor.knows_as


@pytest.mark.parametrize(("kind", "address"), each("malformed"))
def test_what_is_no_address_is_given_up_and_the_vendor_not_asked(started, kind, address):
    vendor = started(kind)
    assert isinstance(send(vendor, address=address), GiveUp)
    assert getattr(vendor, "requests", []) == [] and vendor.got == []


@pytest.mark.parametrize(("kind", "address"), each("malformed"))
def test_what_is_no_address_is_told_when_it_is_written_down_with_an_example_in_both_languages(started, kind, address):
    wrong = started(kind).channel().wrong_address(address)
    assert "如 " in wrong.zh and "like " in wrong.en


def test_what_the_vendor_knows_is_an_address_however_it_is_written(vendor):
    channel = vendor.channel()
    assert [channel.wrong_address(address) for address in (vendor.address, *vendor.same_addresses)] == [None] * (
        1 + len(vendor.same_addresses)
    )
    if vendor.name in ("wecom", "dingtalk", "feishu", "telegram", "email", "ses", "sns", "aliyun"):
        assert channel.wrong_address("not an address") and channel.wrong_address("zhangsan")


@pytest.mark.parametrize(("kind", "address"), each("strangers"))
def test_whom_the_vendor_does_not_know_or_who_signs_wrongly_is_given_up(started, kind, address):
    vendor = started(kind)
    assert isinstance(send(vendor, address=address), GiveUp)
    assert vendor.got == []


@pytest.mark.parametrize(("kind", "refusal"), each("refusals"))
def test_a_vendors_error_is_answered_by_the_table_and_never_with_sent(started, kind, refusal):
    vendor = started(kind)
    channel = vendor.channel()
    vendor.answers(refusal.answer)
    answer = send(vendor, channel)
    if refusal.seconds is None:
        assert isinstance(answer, GiveUp) and answer.reason
    else:
        assert answer == RetryAfter(refusal.seconds, answer.reason, uncertain=False, holds=refusal.holds)
    assert vendor.got == []
    assert isinstance(send(vendor, channel), Sent)


@pytest.mark.parametrize(("kind", "trouble"), each("troubles"))
def test_a_trouble_after_the_message_left_is_uncertain_and_another_try_is_worth_it(started, kind, trouble):
    vendor = started(kind)
    channel = vendor.channel(timeout=IMPATIENT if trouble == "hangs" else 10.0)
    vendor.meet(trouble)
    answer = send(vendor, channel)
    assert isinstance(answer, RetryAfter) and answer.uncertain and 0 < answer.seconds <= 300
    assert isinstance(send(vendor, channel), Sent)
    assert len(vendor.got) == (1 if channel.is_idempotent else 2)


def test_where_nobody_listens_nothing_was_sent_for_certain(vendor):
    if vendor.nobody is None:
        return
    answer = send(vendor, vendor.channel(at=vendor.nobody))
    assert isinstance(answer, RetryAfter) and not answer.uncertain


def test_a_channel_that_was_closed_opens_again(vendor):
    channel = vendor.channel()
    send(vendor, channel)
    if hasattr(channel, "close"):
        channel.close()
    assert isinstance(send(vendor, channel, text="再来一条", key="notice-2"), Sent)


def test_every_channel_there_is_has_its_vendor_here():
    given = {setting.name: setting.default or "1" for setting in config.SETTINGS}
    given |= {"DUBAN_SMTP_FROM": "duban@example.gov.cn", "DUBAN_SMTP_CA": "", "DUBAN_SNS": "on"}
    assert set(bootstrap.channels(given)) == {vendor.name for vendor in vendors()}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("DUBAN_WECOM_CORP", ""), ("DUBAN_WECOM_SECRET", ""), ("DUBAN_WECOM_AGENT", ""), ("DUBAN_WECOM_AGENT", "督办")],
)
def test_a_channel_whose_settings_are_not_whole_is_refused_by_their_name(setting, value):
    given = {setting.name: setting.default for setting in config.SETTINGS}
    given |= {"DUBAN_WECOM_CORP": "ww1", "DUBAN_WECOM_AGENT": "1000002", "DUBAN_WECOM_SECRET": "s", setting: value}
    with pytest.raises(InvalidInput, match=setting):
        bootstrap.channels(given)


def test_no_library_of_a_vendor_is_needed_until_something_is_sent():
    modules = [f"chalicelib.channels.{path.stem}" for path in (ROOT / "chalicelib" / "channels").glob("[a-z]*.py")]
    code = "import importlib, sys\nfor name in ('httpx', 'telegram', 'boto3', 'botocore'): sys.modules[name] = None\n"
    code += f"for name in {modules!r}: importlib.import_module(name)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


# --- lengths, as each vendor counts them


@pytest.mark.parametrize(
    ("channel", "text", "size"),
    [
        (Telegram("1:t", "http://127.0.0.1:9"), "督办a🙂", 5),  # an emoji is two code units
        (WecomRobot("http://127.0.0.1:9", now), "督办a🙂", 11),  # 3 + 3 + 1 + 4 bytes
        (DingTalk("http://127.0.0.1:9", now), '督"\n', 7),  # 3 + 2 + 2 bytes in JSON
        (Feishu("http://127.0.0.1:9", now), "督<at>", 9),  # 3 + 6 bytes: "<" becomes a wide one
        (Console(), "督办a🙂", 4),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_text_is_as_long_as_the_vendor_counts_it(channel, text, size):
    assert channel.size(text) == size


# --- Telegram


@pytest.fixture
def bot_api(started):
    return started(telegram_vendor.BotApi)


def test_a_later_message_replies_to_the_earlier_one_which_loses_its_words_and_buttons(bot_api):
    assert send(bot_api, follows="70") == Sent("77")
    assert bot_api.got[0].follows == "70"
    assert bot_api.edits == [(bot_api.address, "70", SUPERSEDED, False)]


def test_an_earlier_message_that_cannot_be_edited_does_not_unsend_the_later_one(bot_api):
    bot_api.can_edit = False
    assert send(bot_api, follows="70") == Sent("77")
    assert len(bot_api.got) == 1


def test_what_follows_a_message_of_another_channel_is_sent_all_the_same(bot_api):
    assert send(bot_api, follows="<20261121.1@mail.example.gov.cn>") == Sent("77")
    assert (bot_api.got[0].follows, bot_api.edits) == (None, [])


def test_a_group_that_became_a_supergroup_is_reached_at_its_new_chat(bot_api):
    assert send(bot_api, address=telegram_vendor.OLD_GROUP, follows="70") == Sent("77")
    assert [(arrived.address, arrived.follows) for arrived in bot_api.got] == [(telegram_vendor.SUPERGROUP, None)]
    assert bot_api.edits == []  # the number means another message there


def test_links_are_not_previewed_for_a_preview_would_use_them_up(bot_api):
    send(bot_api)
    assert telegram_vendor.fields_of(bot_api.requests[-1])["link_preview_options"] == {"is_disabled": True}


def test_a_wrong_token_is_given_up_and_not_quoted(bot_api):
    channel = Telegram("1:wrong-token", bot_api.at)
    try:
        answer = send(bot_api, channel)
    finally:
        channel.close()
    assert isinstance(answer, GiveUp) and "wrong-token" not in answer.reason


# --- WeCom's app


@pytest.fixture
def app(started):
    return started(wecom_vendor.App)


def token_calls(app):
    return sum(request.path == "/cgi-bin/gettoken" for request in app.requests)


def test_one_access_token_serves_for_its_two_hours(app):
    channel = app.channel()
    for minutes, calls in ((0, 1), (114, 1), (116, 2)):
        app.instant = now() + timedelta(minutes=minutes)
        assert isinstance(send(app, channel, text=f"{TEXT}{minutes}"), Sent)
        assert token_calls(app) == calls


def test_a_token_withdrawn_early_is_renewed_once_within_the_send(app):
    channel = app.channel()
    send(app, channel)
    app.token = app.new_token()
    assert isinstance(send(app, channel, text="第二条"), Sent)
    assert (token_calls(app), len(app.got)) == (2, 2)


def test_a_token_refused_though_new_is_not_asked_for_without_end(app):
    app.serve = lambda request: (
        app.hand_out(request) if request.method == "GET" else wecom_vendor.error(42001, "access_token expired")
    )
    answer = send(app)
    assert answer == RetryAfter(60, answer.reason, uncertain=False, holds="bot")
    assert len(app.requests) == 4  # a token, a message, a token, a message


@pytest.mark.parametrize(
    ("token_answer", "is_final"),
    [
        (wecom_vendor.error(40001, f"invalid credential {wecom_vendor.SECRET}"), True),
        (Answer(200, {"errcode": 0, "errmsg": "ok"}), False),
        (Answer(502, "<h1>Bad Gateway</h1>"), False),
        (Answer(200, "<title>登录</title>"), False),
    ],
    ids=["a wrong secret", "no token", "502", "html"],
)
def test_without_a_token_nothing_was_sent_for_certain(app, token_answer, is_final):
    app.token_answer = token_answer
    answer = send(app)
    assert isinstance(answer, GiveUp) if is_final else isinstance(answer, RetryAfter) and not answer.uncertain
    assert app.got == []


def test_other_words_to_the_same_member_are_another_message(app):
    channel = app.channel()
    for text in ("还有3个工作日", "还有2个工作日"):
        assert isinstance(send(app, channel, text=text), Sent)
    assert len(app.got) == 2


# --- group robots


@pytest.mark.parametrize("module", [dingtalk_vendor, feishu_vendor], ids=["dingtalk", "feishu"])
def test_a_robot_without_a_secret_is_asked_without_a_signature(started, module):
    robot = started(module.Robot)
    assert isinstance(send(robot, address=module.UNSIGNED), Sent)
    assert "sign" not in robot.requests[0].query and b'"sign"' not in robot.requests[0].body


def test_no_projects_name_calls_a_whole_feishu_group(started):
    robot = started(feishu_vendor.Robot)
    assert isinstance(send(robot, text='项目<at user_id="all">所有人</at>，3<5'), Sent)
    assert robot.got[0].text == '项目＜at user_id="all">所有人＜/at>，3<5'


# --- the console


def test_the_console_prints_who_and_what_and_names_the_buttons():
    out = io.StringIO()
    words = Outgoing("n", "县卫生健康委", "第一行\n第二行", subject="今日提醒", buttons=BUTTONS)
    assert Console(out).send(words) == Sent()
    assert out.getvalue().strip().split("\n") == [
        "┌─ 致 县卫生健康委",
        "│ 主题：今日提醒",
        "│ 第一行",
        "│ 第二行",
        "│ 可选：〔签收〕 〔明天再提醒〕 〔转交〕",
        "└─",
    ]
