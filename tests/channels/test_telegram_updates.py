"""The bot heard through a real Bot API server: asked for updates over a long poll, answered, edited, through bad weather."""

import time
from dataclasses import replace

import pytest

from chalicelib.channels.telegram_updates import TelegramUpdates
from chalicelib.ports import Button, HandOverAgain, Reply, Said
from chalicelib.serve import Listener
from chalicelib.usecases.bot.answer import WELCOME
from chalicelib.usecases.signing_in.binding import bind, make_code, unbind
from chalicelib.usecases.state.references import reference
from tests.channels.bot_server import PERSON, TalkingBotApi
from tests.contract.vendors.telegram import error
from tests.usecases.world import World

CHAT = f"telegram:{PERSON}"
GROUP = -100400
PATIENCE = 10


@pytest.fixture
def server():
    made = TalkingBotApi()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def updates(server):
    return TelegramUpdates(server.channel(timeout=2))


@pytest.fixture
def world(tmp_path, server, updates):
    """The clerk's chat is bound; acceptance of the project is due."""
    made = World(tmp_path)
    made.unit()
    made.contact()
    made.project(facts={"total_investment": 6_000_000, "kind": "new"})
    made.completed()
    made.tick()
    made.ports = replace(made.ports, channels={**made.ports.channels, "telegram": server.made[0]})
    bind(made.ports, CHAT, make_code(made.ports, "unit", "clerk", "admin", made.now)["code"], made.now)
    yield made
    made.store.inner.close()


@pytest.fixture
def listener(world, updates):
    made = Listener(world.ports, updates, world.url)
    yield made
    if made.is_alive():
        made.stop()


def soon(true):
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


def ref(world):
    return reference(world.row("apply-for-acceptance")["is"]["id"])


# -- one update


def test_what_is_said_in_a_private_chat_is_heard_and_in_a_group_is_not(server, updates):
    assert updates.heard(updates.parsed(server.says("你好", number=7))) == (7, Said(CHAT, text="你好"))
    assert updates.heard(updates.parsed(server.says("你好", chat=GROUP, kind="supergroup", number=8))) == (8, None)
    assert updates.heard(updates.parsed({"update_id": 9, "edited_message": server.says("嗨")["message"]})) == (9, None)


def test_a_touch_is_heard_as_the_persons_wherever_the_button_is(server, updates):
    for where in ({}, {"chat": GROUP, "kind": "supergroup"}):
        assert updates.heard(updates.parsed(server.touches("ack:1", number=7, **where))) == (7, Said(CHAT, action="ack:1"))


@pytest.mark.parametrize(
    "data", [[], "x", 7, None, {}, {"update_id": "1"}, {"update_id": 1, "message": {"text": "no chat"}}, {"message": {}}]
)
def test_what_is_no_update_is_a_value_error(updates, data):
    with pytest.raises(ValueError, match="not an update"):
        updates.parsed(data)


def test_a_reply_goes_to_the_chat_with_its_rows_of_buttons(server, updates):
    rows = ((Button("一", "a:1"), Button("二", "a:2")), (Button("三", "a:3"),))
    updates.reply(updates.parsed(server.says("hi")), Reply("好", rows))
    (arrived,) = server.got
    assert (arrived.address, arrived.text, [button.action for button in arrived.buttons]) == (
        str(PERSON),
        "好",
        ["a:1", "a:2", "a:3"],
    )


def test_a_touch_is_answered_at_once_and_its_message_replaced(server, updates):
    updates.reply(updates.parsed(server.touches("mine:5")), Reply("第二页", replaces=True, note="好"))
    assert (server.answered, server.edits[0][:3], server.got) == (["好"], (str(PERSON), "77", "第二页"), [])


def test_where_a_message_can_no_longer_be_edited_a_new_one_is_sent(server, updates):
    server.can_edit = False
    updates.reply(updates.parsed(server.touches("mine:5")), Reply("第二页", replaces=True))
    assert [arrived.text for arrived in server.got] == ["第二页"]


def test_a_button_that_has_done_its_work_goes_and_the_others_stay(server, updates):
    updates.reply(updates.parsed(server.touches("ack:1", others=("why:1",))), Reply(note="已签收", spends=True))
    assert [[key["callback_data"] for key in row] for row in server.markups[0]] == [["why:1"]]
    updates.reply(updates.parsed(server.touches("ack:1")), Reply(note="已签收", spends=True))
    assert server.markups[1] == []


def test_in_a_group_nothing_is_written_whoever_touched_is_answered_alone(server, updates):
    update = updates.parsed(server.touches("why:1", chat=GROUP, kind="supergroup"))
    updates.reply(update, Reply("依据……", replaces=True))
    assert [arrived.address for arrived in server.got] == [str(PERSON)] and server.edits == []


def test_a_text_over_the_limit_is_cut(server, updates):
    updates.reply(updates.parsed(server.says("hi")), Reply("🙂" * 5000))
    assert server.got[0].text.endswith("🙂…") and len(server.got[0].text.encode("utf-16-le")) <= 2 * 4096


def test_who_has_left_is_let_go(server, updates):
    server.answers(error(403, "Forbidden: bot was blocked by the user"))
    updates.reply(updates.parsed(server.says("hi")), Reply("好"))
    assert server.got == []


@pytest.mark.parametrize("trouble", ["hangs", "drops", "502", "garbage"])
def test_what_could_not_be_sent_is_to_be_handed_over_again(server, updates, trouble):
    server.meet(trouble)
    with pytest.raises(HandOverAgain):
        updates.reply(updates.parsed(server.says("hi")), Reply("好"))


def test_a_flood_is_to_be_handed_over_again(server, updates):
    server.answers(error(429, "Too Many Requests", retry_after=3))
    with pytest.raises(HandOverAgain):
        updates.reply(updates.parsed(server.says("hi")), Reply("好"))


def test_a_webhook_is_set_with_its_secret_for_what_is_listened_to(server, updates):
    updates.set_webhook("https://duban.example/hooks/telegram", "s" * 32)
    assert (server.webhook["url"], server.webhook["secret_token"]) == ("https://duban.example/hooks/telegram", "s" * 32)
    assert server.webhook["allowed_updates"] == ["message", "callback_query"]
    updates.delete_webhook()
    assert server.webhook is None


# -- listening


def test_a_talk_over_a_long_poll(server, world, listener):
    server.webhook = {"url": "https://left.behind"}
    listener.start()
    server.says("我的事项")
    soon(lambda: server.got)
    assert server.got[0].text.startswith("【督办】您有2项待办") and server.webhook is None
    server.touches(f"ack:{ref(world)}")
    soon(lambda: server.answered)
    assert server.answered == ["已签收，谢谢"]
    soon(lambda: len(server.confirmed) == 2)
    assert world.row("apply-for-acceptance")["acknowledged"]["by"] == "unit/clerk"


def test_an_update_that_the_server_gives_again_is_answered_once(server, world, listener):
    first = server.says("帮助", number=501)
    listener.start()
    soon(lambda: first in server.confirmed)
    server._comes(first)
    server.says("我的事项", number=502)
    soon(lambda: len(server.got) == 2)
    assert [arrived.text[:6] for arrived in server.got] == ["【督办】可以", "【督办】您有"]


def test_what_was_said_while_nobody_listened_is_answered_later(server, world, updates, listener):
    for number in range(501, 504):
        server.says("帮助", number=number)
    assert server.got == []
    listener.start()
    soon(lambda: len(server.got) == 3)


def test_after_a_restart_low_numbers_are_heard_too(server, world, updates, listener):
    """After a quiet week Telegram counts on from anywhere."""
    server.says("帮助", number=900_000_000)
    listener.start()
    soon(lambda: len(server.got) == 1)
    listener.stop()
    again = Listener(world.ports, TelegramUpdates(server.made[0]), world.url)
    server.says("帮助", number=17)
    again.start()
    soon(lambda: len(server.got) == 2)
    again.stop()


def test_bad_weather_is_waited_out(server, world, listener, caplog):
    for trouble in ("502", "drops"):
        server.meet(trouble)
    listener.start()
    server.says("帮助")
    soon(lambda: server.got)
    assert [record.action for record in caplog.records if record.levelname == "WARNING"] == ["poll-failed"] * 2
    assert "test-token" not in caplog.text


def test_one_answer_that_cannot_be_sent_keeps_nobody_waiting(server, world, listener):
    listener.start()
    soon(lambda: server.polls)
    server.answers(error(429, "Too Many Requests", retry_after=1))
    with server.came:  # both come with one answer to the poll
        server.says("帮助")
        server.says("我的事项")
    soon(lambda: len(server.got) == 2)
    assert [arrived.text[:6] for arrived in server.got] == ["【督办】您有", "【督办】可以"]
    soon(lambda: len(server.confirmed) == 2)


def test_it_stops_at_once_in_the_middle_of_a_long_poll(server, world, listener):
    listener.start()
    soon(lambda: server.polls)
    began = time.monotonic()
    listener.stop()
    assert not listener.is_alive() and time.monotonic() - began < 3


def test_it_may_be_stopped_before_it_has_asked(server, world, listener):
    listener.start()
    listener.stop()
    assert not listener.is_alive()


def test_strangers_are_told_where_to_get_a_code(server, world, listener):
    listener.start()
    unbind(world.ports, CHAT, world.now)
    server.says("我的事项")
    soon(lambda: server.got)
    assert server.got[0].text == WELCOME
