"""No bot sends more than its vendor allows, whoever of the workers sends; and who waits comes back one after the other."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.ports import Limit, RetryAfter
from chalicelib.usecases.telling.pace import PATIENCE, answering, hold
from tests.usecases.doubles import Recorder, at_once

A_MINUTE = Limit(20, 60, "bot")


class Stamped(Recorder):
    """Notes the instant at which each message was sent."""

    def __init__(self, world, *limits, **differences):
        super().__init__("console", *limits, **differences)
        self.world, self.stamps = world, []

    def send(self, message):
        self.stamps.append((self.world.now, message.address))
        return super().send(message)


def crowd(world, channel, people=70):
    """So many people who are to be told at once of the same duty."""
    world.ports.channels["console"] = channel
    for number in range(people):
        world.contact(ident=f"c{number}", at_once=True)
    world.completed()
    world.tick_until_quiet()


def lived(world, seconds, workers=1):
    for _ in range(seconds):
        at_once(*[world.deliver] * workers)
        world.later(seconds=1)


def most_in_any(stamps, seconds):
    instants = sorted(stamps)
    return max(sum(start <= each < start + timedelta(seconds=seconds) for each in instants) for start in instants)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_limit_holds_in_any_minute_and_everybody_is_told_soon(world, workers):
    channel = Stamped(world, A_MINUTE)
    crowd(world, channel)
    lived(world, 260, workers)
    stamps = [at for at, _ in channel.stamps]
    assert len(stamps) == 70  # not the clerk, whose digest is tomorrow's
    assert most_in_any(stamps, 60) <= 20
    assert max(stamps) - min(stamps) <= timedelta(seconds=245)  # 70 at 20 a minute
    assert max(Counter(message.address for message in channel.sent).values()) == 1


def test_one_address_has_limits_of_its_own(world):
    channel = Stamped(world, Limit(1, 1, "address"))
    world.ports.channels["console"] = channel
    for _ in range(5):
        world.slot(channel, "console:a")
    assert world.slot(channel, "console:a") > world.now
    assert world.slot(channel, "console:b") == world.now


def test_who_waits_for_an_answer_need_not_wait_for_seconds_but_for_a_minute(world):
    channel = Stamped(world, Limit(1, 1, "address"), Limit(20, 60, "address"))
    assert all(answering(world.ports, channel, "console:a", world.now) for _ in range(20))  # a burst, which vendors allow
    assert not answering(world.ports, channel, "console:a", world.now)
    assert answering(world.ports, channel, "console:b", world.now)
    assert world.slot(channel, "console:a") > world.now + PATIENCE  # and reminders make room


def test_who_waits_for_an_answer_waits_with_the_bot_that_was_told_to(world):
    channel = Stamped(world, Limit(25, 1, "bot"))
    hold(world.ports, channel, "console:a", "bot", world.now + timedelta(minutes=1))
    assert not answering(world.ports, channel, "console:b", world.now)


def test_a_vendor_that_tells_the_bot_to_wait_is_obeyed_by_all(world):
    channel = Stamped(world, A_MINUTE)
    channel.answers = [RetryAfter(90, "too many", holds="bot")]
    crowd(world, channel, people=10)
    began = world.now
    lived(world, 120)
    assert len(channel.stamps) == 11  # the refused one again
    assert min(at for at, _ in channel.stamps[1:]) >= began + timedelta(seconds=90)


def test_after_an_outage_of_ours_the_limit_holds_all_the_same(world):
    channel = Stamped(world, A_MINUTE)
    crowd(world, channel)
    world.deliver()
    world.later(hours=3)
    lived(world, 200)
    assert len(channel.stamps) == 70
    assert most_in_any([at for at, _ in channel.stamps], 60) <= 20
