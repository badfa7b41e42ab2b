"""Each operation of the product, done over a DynamoDB of this process (moto), and what it asked AWS for.

The place is Yunyang: an office with an officer, a unit whose clerk reads a digest by Telegram, another whose clerk wants
everything at once. Nothing depends on today: the clock is set by hand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.aws.sqs import SqsQueue
from chalicelib.blobs.s3 import S3Blob
from chalicelib.channels.telegram import Telegram
from chalicelib.ports import Item
from chalicelib.store.dynamodb import DynamoStore
from chalicelib.usecases import records
from chalicelib.usecases.acknowledge import acknowledge
from chalicelib.usecases.board import board, open_page
from chalicelib.usecases.health import health
from chalicelib.usecases.holder import REPLAN, TALLY, split_due
from chalicelib.usecases.jobs import CHECKPOINT
from chalicelib.usecases.news import NEWS
from chalicelib.usecases.preview import preview
from chalicelib.usecases.publish import publish
from chalicelib.usecases.receive import receive_job, receive_notice
from chalicelib.usecases.reconcile import last_run, reconcile
from chalicelib.usecases.seed import seed
from chalicelib.usecases.sweep import sweep
from chalicelib.usecases.tick import tick, wake
from tests.usecases.doubles import Recorder
from tests.usecases.world import World

from ._meter import Bill, Meter

A_DIGEST = 8  # duties in the digest that is counted
A_FEW = 10  # of whatever is counted by how much a further one costs
FACTS = {"total_investment": 6_000_000, "kind": "new"}
NAMED = {"region_name": "us-east-1", "aws_access_key_id": "counted", "aws_secret_access_key": "counted"}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Bills by the operation's name, and what the counting saw besides."""

    bills: dict[str, Bill]
    hot_reads: dict[str, float]  # units that one delivery of one duty reads, by the first word of the key
    hot_writes: dict[str, float]
    bytes_a_project: float  # stored, its share of the unit's ledger and notices included


@contextmanager
def metered() -> Iterator[tuple[World, Meter]]:
    """A world in the cloud: its table, its queue and its bucket are moto's, and counted."""
    import boto3
    from moto import mock_aws

    with mock_aws(), TemporaryDirectory() as folder:
        dynamodb, sqs, s3 = (boto3.client(name, **NAMED) for name in ("dynamodb", "sqs", "s3"))
        store = DynamoStore("duban", client=dynamodb)
        store.create_table()
        queue = sqs.create_queue(QueueName="all")["QueueUrl"]
        s3.create_bucket(Bucket="files")
        meter = Meter()
        for client in (dynamodb, sqs, s3):
            meter.attach(client)
        world = World(folder, store=store)
        world.ports = replace(
            world.ports,
            channels={"telegram": Recorder("telegram", *Telegram.limits)},
            queue=SqsQueue({"notice": queue, "job": queue}, client=sqs),
            checkpoints=S3Blob("files", client=s3),
        )
        seed(world.ports, world.now)
        yield world, meter


@cache
def counted() -> Counts:
    """Every operation, counted once."""
    with metered() as (world, meter):
        return Counting(world, meter).all()


class Counting:
    def __init__(self, world: World, meter: Meter):
        self.world, self.meter, self.bills = world, meter, {}
        self.hot_reads, self.hot_writes = {}, {}

    def all(self) -> Counts:
        world = self.world
        world.office()
        world.contact("office", "officer", channels=("telegram",))
        world.unit()
        world.contact("unit", "clerk", channels=("telegram",))
        world.unit("prompt")
        world.contact("prompt", "clerk", channels=("telegram",), at_once=True)
        world.project("p0", facts=FACTS)
        before = self.meter.bytes_stored
        self.people()
        self.planning()
        self.sending()
        bytes_a_project = (self.meter.bytes_stored - before) / A_DIGEST
        self.clock()
        self.checkpoints()
        self.whole_places()
        self.new_year()
        return Counts(
            bills=self.bills, hot_reads=self.hot_reads, hot_writes=self.hot_writes, bytes_a_project=bytes_a_project
        )

    def counts(self, name: str, work: Callable[[], Any], times: int = 1) -> Bill:
        """Note what one of `times` asks for."""
        self.bills[name] = self.meter.of(work) * (1 / times)
        return self.bills[name]

    def due(self, is_meant: Callable[[str], bool]) -> list[Item]:
        """Entries of the due index up to now whose last word is meant."""
        rows = [row for shard in range(records.SHARDS) for row in self.world.store.inner.query(f"due#{shard}")]
        upto = f"{records.stamp(self.world.now)}~"
        return [row for row in rows if row.key.sort <= upto and is_meant(split_due(row.key)[1])]

    def wakes(self, is_meant: Callable[[str], bool]) -> Callable[[], None]:
        rows = self.due(is_meant)
        assert rows, "nothing to be woken"
        return lambda: [wake(self.world.ports, row, self.world.now) for row in rows]

    # --- what people do

    def people(self) -> None:
        world = self.world
        names = [f"p{number}" for number in range(1, A_DIGEST + 1)]
        self.counts("register a project", lambda: [world.project(name, facts=FACTS) for name in names], len(names))
        self.counts("submit a form", lambda: [self.completes(name) for name in names], len(names))

    def completes(self, project: str) -> None:
        self.world.submit("completion", project, completed_on="2026-01-15", news=True)

    # --- what the clock does with it

    def planning(self) -> None:
        receipts = self.due(lambda what: what.startswith(NEWS))
        self.counts("tick: a receipt", self.wakes(lambda what: what.startswith(NEWS)), len(receipts))
        self.counts("tick: count for the board", self.wakes(lambda what: what == TALLY), len(self.due(lambda what: what == TALLY)))
        first, *others = self.due(lambda what: not what.startswith("@"))
        assert len(others) == A_DIGEST - 1
        self.counts("tick: the first rung of a digest", lambda: wake(self.world.ports, first, self.world.now))
        self.counts("tick: each further rung", lambda: [wake(self.world.ports, row, self.world.now) for row in others], len(others))

    def sending(self) -> None:
        world = self.world
        receipts = self.outbox(world.now)
        self.counts("hand over a notice", lambda: sweep(world.ports, world.now), len(receipts))
        self.counts("deliver a receipt", lambda: [self.sends(row) for row in receipts], len(receipts))
        world.project("single", unit="prompt", facts=FACTS)
        self.completes("single")
        world.tick()
        (single,) = [row for row in self.outbox(world.now) if "prompt" in row.key.sort and not self.is_news(row)]
        reads, writes = self.meter.read_of.copy(), self.meter.written_of.copy()
        self.counts("deliver one duty", lambda: self.sends(single))
        self.hot_reads, self.hot_writes = dict(self.meter.read_of - reads), dict(self.meter.written_of - writes)
        for row in self.outbox(world.now):
            self.sends(row)
        world.at("2026-01-21")
        (digest,) = self.outbox(world.now)
        self.counts(f"deliver a digest of {A_DIGEST}", lambda: self.sends(digest))
        assert f"{A_DIGEST}项" in world.ports.channels["telegram"].sent[-1].text
        (ident,) = world.rows("project#p1")
        self.counts(
            "acknowledge", lambda: acknowledge(world.ports, "unit/clerk", "project#p1", ident, "button", world.later(minutes=9))
        )

    def outbox(self, upto: Any) -> list[Item]:
        found = [row for shard in range(records.SHARDS) for row in self.world.store.inner.query(f"outbox#{shard}")]
        return [row for row in found if row.key.sort <= f"{records.stamp(upto)}~"]

    def is_news(self, row: Item) -> bool:
        notice = row.key.sort.split("#", 1)[1]
        return any(NEWS in item.key.sort for item in self.world.store.inner.query(f"notice#{notice}", prefix="step#"))

    def sends(self, row: Item) -> None:
        """One message of the queue; each person is sent to in a second of their own."""
        self.world.later(seconds=4)
        state = receive_notice(self.world.ports, list(row.key), self.world.now, self.world.url)
        assert state == "accepted", state

    # --- what goes on by itself

    def clock(self) -> None:
        """A minute in which nothing is due: what web/functions.tick does."""
        world = self.world

        def minute() -> None:
            ports, now = world.ports, world.later(minutes=1)
            sweep(ports, now)
            tick(ports, now)
            health(ports.store, now)
            last_run(ports)

        world.tick_until_quiet()
        minute()
        self.counts("a minute with nothing due", minute)
        self.counts("a page of the board", lambda: self.looks_at_the_board())

    def looks_at_the_board(self) -> None:
        officer = self.world.bearer("completion", role="authority", party="office")
        board(self.world.store, officer, self.world.now)
        open_page(self.world.ports, officer, self.world.now)

    def checkpoints(self) -> None:
        world = self.world

        def hour(*projects: str) -> Bill:
            for project in projects:
                world.submit("trial-run-start", project, started_on="2026-01-20", role="unit") if False else None
            return Bill()

        del hour
        world.later(hours=1)
        world.tick()
        receive_job(world.ports, CHECKPOINT, world.now)
