"""All of China on 30 September: docs/scale.md and its chart, from counted requests and the product's own spreading.

Every unit's annual declaration is due that day and nobody has handed in: each contact gets a message about it, and a digest.
`python -m bench china` prints the page; `python -m bench.china --write` keeps it. A test holds both to what this gives.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from bench._chart import chart
from bench._counted import A_DIGEST, Counts, counted
from bench._meter import TRANSACTION
from bench._morning import Day, Morning, Setup, Speed, by_minute, done_at, meets, part_of, play
from bench._year import average
from bench.cost import QUEUE_MS, WRITE_MS, seconds, table
from chalicelib import loaders
from chalicelib.channels.telegram import Telegram
from chalicelib.core.ladder import SHANGHAI, instant
from chalicelib.usecases.state import records
from chalicelib.usecases.state.plan import A_NIGHT, NIGHTS
from chalicelib.usecases.telling.notices import Step, leaving
from chalicelib.usecases.telling.people import Person

DOCS = Path(__file__).resolve().parents[1] / "docs"
PLACES, PROVINCES, UNITS, PROJECTS, DUTIES = 3_200, 31, 300_000, 3_000_000, 30_000_000
HOLDERS = PLACES + UNITS + PROJECTS
DUE = date(2026, 9, 30)  # a Wednesday, the last working day before the National Day
HOURS_LOOKED_AT = 18
BOT = min(limit.count / limit.seconds for limit in Telegram.limits if limit.per == "bot")

# Published quotas, docs.aws.amazon.com: DynamoDB "Service, account, and table quotas" and "warm throughput"; Lambda quotas and
# "Configuring scaling behavior for SQS event source mappings"; SQS "message quotas"; API Gateway quotas.
PARTITION_READS, PARTITION_WRITES = 3_000, 1_000  # units a second, also of a single item
TABLE = 40_000  # units a second of an on-demand table, reads and writes each; can be raised
WARM_READS, WARM_WRITES = 12_000, 4_000  # what a new on-demand table takes at once; can be raised beforehand
LAMBDA_RUNS = 1_000  # at once, of an account; can be raised
QUEUE_RUNS = 1_250  # at once, for one queue
IN_FLIGHT = 120_000  # messages of a standard queue that are being worked on
API_CALLS = 10_000  # a second

ALL = Setup("all in one, as packaged", share=1, planners=1, workers=10, bots=None, shards=records.SHARDS)
WORKERS = ALL._replace(name="all in one, MostWorkers 300", workers=300)
CURED = WORKERS._replace(name="all in one, and a tick a shard", planners=records.SHARDS)
PROVINCE = ALL._replace(name="a province, as packaged", share=1 / PROVINCES)
LARGER = PROVINCE._replace(name="one twice as large, MostWorkers 30", share=2 / PROVINCES, workers=30)
BY_BOT = PROVINCE._replace(name="a province, one Telegram bot", workers=30, bots=1)
ALL_BY_BOT = CURED._replace(name="all in one, one Telegram bot", bots=1)
SETUPS = (ALL, WORKERS, CURED, ALL_BY_BOT, PROVINCE, LARGER, BY_BOT)


class Part(NamedTuple):
    """The load of one part at its worst second, and what it can bear."""

    name: str
    load: float
    quota: float
    unit: str
    cure: str = ""


@cache
def morning_of_30_september() -> Day:
    """A rung for every unit, and what an ordinary day has; a message about it and a digest for every contact, in the second that
    the product's own functions give it."""
    settings = dict(loaders.editions("yunyang")[-1].settings)
    planned = instant(DUE, settings["plan_at"])
    ports: Any = SimpleNamespace(rules=SimpleNamespace(calendar=loaders.calendar))
    leaves: Counter = Counter()
    for number in range(UNITS):
        person = Person(f"unit-{number}", {"id": "clerk", "at_once": False})
        for urgent in (True, False):
            step = Step(holder="", about=f"{person.id}/annual-declaration/2026", rung="", kind="before", urgent=urgent)
            leaves[int((leaving(ports, person, step, settings, planned).at - planned).total_seconds())] += 1
    ordinary = round(average().reminders * PLACES / 365)
    return Day(wakes=UNITS + ordinary, leaves=leaves, seconds=HOURS_LOOKED_AT * 3600)


def speed(counts: Counts) -> Speed:
    """What one of each waits for; messages are half about one duty, half digests."""
    one, digest = counts.bills["deliver one duty"], counts.bills[f"deliver a digest of {A_DIGEST}"]
    send = (seconds(one, sends=1) + seconds(digest, sends=1)) / 2
    return Speed(
        plan=seconds(counts.bills["tick: the first rung of a digest"]), hand_over=QUEUE_MS / 1000, send=send, a_bot=BOT
    )


def parts(counts: Counts, setup: Setup, morning: Morning) -> list[Part]:
    """Each part at its worst second."""
    plan, send = max(morning.planned), max(morning.sent)
    tick, one, digest = "tick: the first rung of a digest", "deliver one duty", f"deliver a digest of {A_DIGEST}"
    bills = counts.bills

    def of(units: dict[str, dict[str, float]], *words: str) -> float:
        sends = (units[one].get(word, 0) + units[digest].get(word, 0) for word in words)
        return max(plan * sum(units[tick].get(word, 0) for word in words), send * sum(sends) / 2)

    reads = max(plan * bills[tick].read_units, send * (bills[one].read_units + bills[digest].read_units) / 2)
    writes = max(plan * bills[tick].write_units, send * (bills[one].write_units + bills[digest].write_units) / 2)
    transactions = max(plan * bills[tick].writes, send * (bills[one].writes + bills[digest].writes) / 2)
    fair = skew(setup.shards)
    chats = send * TRANSACTION * fair  # each chat's record is a change, in a shard of their app's
    return [
        Part("table, reads", reads, TABLE, "units/s", "ask AWS for more"),
        Part("table, writes", writes, TABLE, "units/s", "ask AWS for more"),
        Part("new table, reads", reads, WARM_READS, "units/s", "WarmThroughput"),
        Part("new table, writes", writes, WARM_WRITES, "units/s", "WarmThroughput"),
        Part("due index, a shard", of(counts.writes, "due") * fair, PARTITION_WRITES, "units/s", "more shards"),
        Part("outbox, a shard", of(counts.writes, "outbox") * fair, PARTITION_WRITES, "units/s", "more shards"),
        Part("marks of ledgers, a shard", of(counts.writes, "grown") * fair, PARTITION_WRITES, "units/s", "more shards"),
        Part("the calendar's item", of(counts.reads, "calendar"), PARTITION_READS, "reads/s", "read once an operation"),
        Part("the epoch's item", of(counts.reads, "epoch"), PARTITION_READS, "reads/s", "read once a batch"),
        Part("rules of a place", of(counts.reads, "rules") / (PLACES * setup.share), PARTITION_READS, "reads/s"),
        Part("pace of an app's chats, a shard", chats, PARTITION_WRITES, "units/s", "more shards"),
        Part("gates that meet", 100 * meets(transactions, WRITE_MS / 1000), 100, "% of writes"),
        Part("Lambda, deliver", max(morning.working), min(LAMBDA_RUNS, QUEUE_RUNS), "at once", "ask AWS for more"),
        Part("messages in flight", setup.workers * 10, IN_FLIGHT, "at once"),
    ]


@cache
def skew(shards: int) -> float:
    """The share of the fullest shard, of names like those there are; spread as records.shard does it."""
    filled = Counter(sha256(f"unit-{number}/clerk/{DUE}".encode()).digest()[0] % shards for number in range(UNITS))
    return max(filled.values()) / UNITS


def nationwide(counts: Counts) -> list[tuple[str, float, float]]:
    """Work that touches every holder: what it is, hours when one worker does it, the hours there are for it."""
    look, publish = counts.bills["look at a project in the new year"], counts.bills["publish, each project"]
    compare = counts.bills["compare once a day, each project"]
    return [
        ("the looks of the new year, in 28 nights of January", HOLDERS * seconds(look) / 3600, NIGHTS * A_NIGHT / 60),
        ("a holiday notice is published", HOLDERS * seconds(publish) / 3600, 14),
        ("compared once a day", HOLDERS * seconds(compare) / 3600, 24),
    ]


# The page


@cache
def played(setup: Setup) -> Morning:
    return play(morning_of_30_september(), setup, speed(counted()))


def run() -> str:
    """The page."""
    counts, day = counted(), morning_of_30_september()
    pieces = (_head(day), _stages(day), _loads(counts), _submissions(counts), _nationwide(counts), _follows(day, counts), [""])
    return "\n".join(line for piece in pieces for line in piece)


def _head(day: Day) -> Iterable[str]:
    pace = speed(counted())
    yield f"""# All of China on one day

Made by `python -m bench china`; a test holds it to that. {PLACES:,} jurisdictions, {UNITS:,} units, {PROJECTS:,} projects,
{DUTIES:,} duties in one installation in the cloud, and {DUE:%d %B %Y}, the day on which every unit's annual declaration is due
and nobody has handed in: {day.wakes:,} rungs are planned at 06:00, {sum(day.leaves.values()):,} messages may leave from 08:31
on, one about the declaration and a digest of {A_DIGEST} for each contact. When each may leave is asked of the product's own
functions; what one asks for is [counted](cost.md); how long it takes follows: {pace.plan * 1000:.0f} ms to plan a rung,
{pace.send * 1000:.0f} ms to send a message, {1000 * pace.hand_over:.0f} ms for ten to the queue."""


def _stages(country: Day) -> Iterable[str]:
    yield "\n## When it is done\n"
    rows = []
    for setup in SETUPS:
        morning, day = played(setup), part_of(country, setup.share)
        messages = sum(day.leaves.values())
        ends = (done_at(morning.planned, day.wakes), done_at(morning.sent, 0.9 * messages), done_at(morning.sent, messages))
        rows.append(
            (setup.name, f"{day.wakes:,.0f}", f"{messages:,.0f}", *map(_clock, ends), f"{max(by_minute(morning.sent)):,.0f}")
        )
    heads = ("installation", "rungs", "messages", "all planned", "nine in ten sent", "all sent", "most in a minute")
    yield from table(heads, rows)
    may = by_minute([country.leaves.get(second, 0) for second in range(country.seconds)])
    yield f"""
By themselves the messages may leave within {sum(each > 0 for each in may)} minutes, {max(may):,.0f} in the fullest: singles at
whole minutes from 08:31 to 08:42, digests by the second from 08:40 to 08:52. What is planned after 08:40 goes into the digest of
the next working day: where the plan is not done by then, digests are late by a week of holidays, more than the table tells.

![Messages sent by minute](scale.svg)"""


def picture() -> str:
    """The chart: messages by minute, as they may leave and as they are sent."""
    day = morning_of_30_september()
    first, last = 150, 240  # minutes after 06:00
    may = [day.leaves.get(second, 0) for second in range(day.seconds)]
    lines = {"may leave": by_minute(may)[first:last]}
    lines |= {setup.name: by_minute(played(setup).sent)[first:last] for setup in (CURED, WORKERS, ALL_BY_BOT)}
    return chart(lines, start=6 * 60 + first, title="All of China: messages a minute on 30 September")


def _loads(counts: Counts) -> Iterable[str]:
    yield "\n## Each part at its worst second\n"
    columns = (ALL, CURED, CURED._replace(shards=8), LARGER)
    loads = [parts(counts, setup, played(setup)) for setup in columns]
    rows = [
        (same[0].name, *(f"{part.load:,.0f}{' **over**' * (part.load > part.quota)}" for part in same),
         f"{same[0].quota:,.0f} {same[0].unit}", same[0].cure)
        for same in zip(*loads, strict=True)
    ]  # fmt: skip
    names = (ALL.name, CURED.name, "the same with 8 shards", LARGER.name)
    yield from table(("", *names, "quota", "if it were too much"), rows)


def _submissions(counts: Counts) -> Iterable[str]:
    a_second = UNITS / 2 / (2 * 3600)
    form = counts.bills["submit a form"]
    calls = 6 * a_second
    yield f"""
## They all hand in

If half of the units hand in between 16:00 and 18:00, {a_second:,.0f} forms a second come in: {a_second * form.read_units:,.0f} read and
{a_second * form.write_units:,.0f} write units a second of {TABLE:,}, {calls:,.0f} calls a second of the API's {API_CALLS:,}, {calls * 0.2:,.0f} functions
at once of {LAMBDA_RUNS:,}. Boards are counted afterwards; a place's counters are written by its own hundred units only."""


def _nationwide(counts: Counts) -> Iterable[str]:
    yield "\n## What touches everything\n"
    rows = (
        (name, f"{hours:,.0f}", f"{hours / PROVINCES:,.1f}", f"{there:g}", f"{-(-hours // there):,.0f}")
        for name, hours, there in nationwide(counts)
    )
    heads = ("hours of one worker", "all in one", "a province", "hours there are", "workers for all in one")
    yield from table(heads, rows)


def _follows(country: Day, counts: Counts) -> Iterable[str]:
    in_time = (instant(DUE, "08:31") - instant(DUE, "06:00")).total_seconds() / speed(counts).plan
    yield f"""
## What follows

**An installation for each province** carries the day as it is packaged; one twice as large sets `MostWorkers` to 30. It is also how
responsibility lies, and one province's mishap is not another's. A place [costs](cost.md) about the same.

**All in one** takes, in this order:

1. `MostWorkers` 300. The queue then leaves as fast as messages may; more only raises the peak.
2. A table that is warm: `aws dynamodb update-table --table-name … --warm-throughput
   ReadUnitsPerSecond=20000,WriteUnitsPerSecond=30000`, once, before the first such day. Without it the store retries for some
   seconds, then a notice waits for its lease: late, not lost.
3. A tick for each shard. Today's is one worker, whichever minute began it: from 06:00 to 08:31 it plans {in_time:,.0f} rungs of
   {country.wakes:,.0f}. A second one beside it does not help, because both go through the shards in the same order.
4. Jobs that touch everything begun for each place, so that they run beside each other.

**64 shards** are enough for any of it: the outbox uses {100 * _outbox(counts, 64):.0f} % of a partition at the worst second, with 8
it would be {100 * _outbox(counts, 8):.0f} %. An idle minute reads each shard three times, which is most of what an idle clock costs.

**One Telegram bot** is a bottleneck beyond a province: {BOT:g} messages a second are {BOT * 60 * 21:,.0f} in the 21 minutes. WeCom,
DingTalk, Feishu and SMS limit each chat or robot and not the sum."""


def _outbox(counts: Counts, shards: int) -> float:
    """The share of a partition's writes that the fullest shard of the outbox takes."""
    (part,) = [part for part in parts(counts, CURED._replace(shards=shards), played(CURED)) if part.name.startswith("outbox")]
    return part.load / part.quota


def _clock(second: int | None) -> str:
    """The time of day in Shanghai."""
    if second is None:
        return "not that day"
    return (instant(DUE, "06:00") + timedelta(seconds=second)).astimezone(SHANGHAI).strftime("%H:%M")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        (DOCS / "scale.md").write_text(run(), "utf-8")
        (DOCS / "scale.svg").write_text(picture(), "utf-8")
    else:
        print(run())
