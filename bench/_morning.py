"""One morning of the whole country, second by second: what is planned, handed over and sent, and what that asks of each part.

Counted, not played: so many wake-ups at one instant, so many messages that may leave in each second (by the product's own
functions), each stage as fast as its workers are, given what one operation waits for. Choices of the product that spread load
by a hash spread it evenly here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from typing import NamedTuple

from chalicelib.usecases.state.gate import GATES

MINUTE = 60
LAMBDA_FIRST, LAMBDA_A_MINUTE = 5, 300  # runs for a queue: at once, and more each minute, as AWS scales them
A_BATCH = 10  # messages in a request to SQS


class Setup(NamedTuple):
    """An installation."""

    name: str
    share: float  # of the country
    planners: int  # ticks that work at different shards at once, and hand over what is in them
    workers: int  # MostWorkers
    bots: int | None  # accounts whose pace is limited; None where the vendor limits none
    shards: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """What is to be done. Seconds count from the instant at which the rungs of the day are planned."""

    wakes: float
    leaves: Mapping[int, float]  # messages by the second in which they may leave
    seconds: int  # how long is looked at


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How long one takes, in seconds, and how fast a bot may send."""

    plan: float  # a wake-up
    hand_over: float  # a request to the queue
    send: float  # a message
    a_bot: float  # messages a second


@dataclass(frozen=True, kw_only=True)
class Morning:
    """Per second, from the first."""

    planned: list[float]
    handed: list[float]
    sent: list[float]
    working: list[float]  # workers that send


def play(country: Day, setup: Setup, speed: Speed) -> Morning:
    """The stages in turn: a message waits for its time, its plan, the queue, a worker, a slot of its bot."""
    day = part_of(country, setup.share)
    planned, handed, sent, working = [], [], [], []
    has_planned = may_leave = has_handed = on_queue = 0.0
    began = None  # the second in which the queue filled
    for second in range(day.seconds):
        planned.append(min(setup.planners / speed.plan, day.wakes - has_planned))
        has_planned += planned[-1]
        may_leave += day.leaves.get(second, 0)
        waits = may_leave * has_planned / day.wakes - has_handed
        in_a_request = min(A_BATCH, max(1.0, waits / setup.shards))  # a shard is handed over by itself
        handed.append(min(waits, setup.planners / speed.hand_over * in_a_request))
        has_handed += handed[-1]
        on_queue += handed[-1]
        began = second if began is None and on_queue else began
        grown = LAMBDA_FIRST + LAMBDA_A_MINUTE * (second - began) / MINUTE if began is not None else 0
        a_second = min(setup.workers, grown) / speed.send
        sent.append(min(on_queue, a_second, setup.bots * speed.a_bot if setup.bots else on_queue))
        on_queue -= sent[-1]
        working.append(sent[-1] * speed.send)
    return Morning(planned=planned, handed=handed, sent=sent, working=working)


def part_of(day: Day, share: float) -> Day:
    leaves = {second: messages * share for second, messages in day.leaves.items()}
    return Day(wakes=day.wakes * share, leaves=leaves, seconds=day.seconds)


def done_at(what: list[float], all_of: float) -> int | None:
    """The second in which all of it is done; None where it is not within what was looked at."""
    return next((second for second, done in enumerate(accumulate(what)) if done >= all_of - 0.5), None)


def by_minute(what: list[float]) -> list[float]:
    return [sum(what[start : start + MINUTE]) for start in range(0, len(what), MINUTE)]


def meets(transactions_a_second: float, takes: float) -> float:
    """The share of transactions that find another one at their gate: it is repeated after a moment."""
    return 1 - exp(-transactions_a_second * takes / GATES)
