"""Updates that come once, twice, at once, or meet a death in between: answered once, never lost."""

from datetime import timedelta

import pytest

from chalicelib.ports import HandOverAgain, Said
from chalicelib.usecases.bot.updates import KEPT, LEASE, MOST_TRIES, SORRY, handle
from chalicelib.usecases.signing_in.binding import bind, make_code
from chalicelib.usecases.state.references import reference
from tests.usecases.doubles import PowerCut, at_once

CHAT = "telegram:4242"


class Bot:
    """The way back on Telegram, for updates that are (number, Said); keeps the replies, or fails as told."""

    channel = "telegram"

    def __init__(self):
        self.replies, self.troubles = [], []

    def heard(self, update):
        return update

    def reply(self, update, reply):
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.replies.append(reply)


@pytest.fixture
def bot():
    return Bot()


@pytest.fixture
def bound(world):
    world.completed()
    world.tick()
    code = make_code(world.ports, "unit", "clerk", "admin", world.now)["code"]
    bind(world.ports, CHAT, code, world.now)
    world.tick_until_quiet()
    return world


def ack(world):
    return Said(CHAT, action=f"ack:{reference(world.row('apply-for-acceptance')['is']['id'])}")


def given(world, bot, said, number=1):
    return handle(world.ports, bot, (number, said), world.now, world.url)


def test_an_update_that_comes_again_neither_acts_nor_answers_twice(bound, bot):
    assert given(bound, bot, ack(bound)) is True
    before = len(bound.store.written)
    assert given(bound, bot, ack(bound)) is True
    assert len(bot.replies) == 1 and len(bound.ledger(what="acknowledged")) == 1
    assert len(bound.store.written) == before


def test_what_was_not_said_to_the_bot_is_passed_over_and_leaves_no_trace(bound, bot):
    before = len(bound.store.written)
    assert given(bound, bot, None) is True
    assert len(bound.store.written) == before and bot.replies == []


def test_of_two_workers_with_the_same_update_one_answers(bound, bot):
    done = at_once(*[lambda: given(bound, bot, ack(bound))] * 2)
    assert True in done and len(bot.replies) == 1 and len(bound.ledger(what="acknowledged")) == 1


@pytest.mark.parametrize("writes", range(3))
def test_a_death_at_any_write_loses_nothing_and_doubles_no_act(bound, bot, writes):
    """The claim, the act, the mark: whichever is the last that was written."""
    bound.store.dies_after(writes)
    with pytest.raises(PowerCut):
        given(bound, bot, ack(bound))
    bound.store.revives()
    if writes:
        assert given(bound, bot, ack(bound)) is False  # its lease runs: it is to come again
        bound.later(seconds=LEASE.total_seconds() + 1)
    assert given(bound, bot, ack(bound)) is True
    assert bot.replies and bot.replies[-1].note == "已签收，谢谢"
    assert len(bound.ledger(what="acknowledged")) == 1
    bound.assert_ledgers_whole()


def test_a_chat_whose_binding_was_cut_short_before_the_answer_is_greeted_all_the_same(world, bot):
    code = make_code(world.ports, "unit", "clerk", "admin", world.now)["code"]
    world.store.dies_after(2)  # the claim, the binding
    with pytest.raises(PowerCut):
        given(world, bot, Said(CHAT, text=code))
    world.store.revives()
    bot.replies.clear()
    world.later(seconds=LEASE.total_seconds() + 1)
    assert given(world, bot, Said(CHAT, text=code)) is True
    assert bot.replies[0].text.startswith("张三，您好！已绑定")


def test_an_answer_that_cannot_be_sent_has_the_update_come_again_at_once(bound, bot):
    bot.troubles = [HandOverAgain("NetworkError")] * (MOST_TRIES + 3)
    for _ in range(MOST_TRIES + 3):
        assert given(bound, bot, ack(bound)) is False
    assert given(bound, bot, ack(bound)) is True
    assert len(bot.replies) == 1 and len(bound.ledger(what="acknowledged")) == 1


def test_an_update_that_cannot_be_understood_is_given_up_so_that_others_are_heard(bound, bot, caplog):
    bot.troubles = [RuntimeError("broken")] * MOST_TRIES
    answers = [given(bound, bot, ack(bound)) for _ in range(MOST_TRIES)]
    assert answers == [False] * (MOST_TRIES - 1) + [True]
    assert bot.replies == [SORRY]
    assert caplog.records


def test_who_speaks_faster_than_the_chat_may_be_answered_is_answered_later(bound, bot):
    from chalicelib.ports import Limit

    bound.sms.limits = (Limit(1, 1, "address"), Limit(20, 60, "address"))
    done = [given(bound, bot, Said(CHAT, text="帮助"), number) for number in range(22)]
    assert False in done
    for number in range(22):
        while not given(bound, bot, Said(CHAT, text="帮助"), number):
            bound.later(seconds=3)
    assert len(bot.replies) == 22


def test_old_marks_are_swept_away_and_new_ones_kept(bound, bot):
    for number in range(1, 6):
        given(bound, bot, Said(CHAT, text="帮助"), number)
    bound.later(seconds=(KEPT + timedelta(seconds=1)).total_seconds())
    for number in (6, 7):
        given(bound, bot, Said(CHAT, text="帮助"), number)
    assert [int(item.key.sort) for item in bound.store.query("update#telegram")] == [6, 7]
