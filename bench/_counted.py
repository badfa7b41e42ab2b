"""Each operation of the product, done over a DynamoDB of this process (moto), and what it asked AWS for.

The place is Yunyang: an office with an officer, a unit whose clerk reads a digest by Telegram, another whose clerk wants
everything at once. Nothing depends on today: the clock is set by hand.
"""

import copy
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
from chalicelib.usecases.clockwork.health import health
from chalicelib.usecases.clockwork.receive import receive_job, receive_notice
from chalicelib.usecases.clockwork.rounds import rounds
from chalicelib.usecases.clockwork.sweep import sweep
from chalicelib.usecases.clockwork.tick import tick, wake
from chalicelib.usecases.proof.reconcile import reconcile
from chalicelib.usecases.reminding.acknowledge import acknowledge
from chalicelib.usecases.rulebooks.preview import preview
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.rulebooks.seed import seed
from chalicelib.usecases.state import records
from chalicelib.usecases.state.account import entries
from chalicelib.usecases.state.job import JOB
from chalicelib.usecases.state.plan import REPLAN, TALLY, split_due
from chalicelib.usecases.telling.news import NEWS
from chalicelib.usecases.telling.notices import notice_of
from chalicelib.usecases.views.board import board, open_page
from tests.usecases.doubles import Recorder
from tests.usecases.world import World

from ._meter import Bill, Meter

A_DIGEST = 8  # duties in the digest that is counted
A_FEW = 4  # of whatever is counted by how much a further one costs
FACTS = {"total_investment": 6_000_000, "kind": "new"}
NAMED = {"region_name": "us-east-1", "aws_access_key_id": "counted", "aws_secret_access_key": "counted"}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Bills by the operation's name, and what the counting saw besides."""

    bills: dict[str, Bill]
    reads: dict[str, dict[str, float]]  # read units by the operation's name and the first word of the key
    writes: dict[str, dict[str, float]]  # write units likewise
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
        self.world, self.meter = world, meter
        self.bills, self.reads, self.writes = {}, {}, {}

    def all(self) -> Counts:
        world = self.world
        world.office()
        world.contact("office", "officer", channels=("telegram",))
        world.unit()
        world.contact("unit", "clerk", channels=("telegram",))
        world.unit("prompt")
        world.contact("prompt", "clerk", channels=("telegram",), at_once=True)
        world.project("p0", facts=FACTS)
        self.clock()
        self.checkpoints()
        before = self.meter.bytes_stored
        self.people()
        self.planning()
        self.sending()
        bytes_a_project = (self.meter.bytes_stored - before) / A_DIGEST
        self.counts("a page of the board", self.looks_at_the_board)
        self.whole_places()
        self.new_year()
        return Counts(bills=self.bills, reads=self.reads, writes=self.writes, bytes_a_project=bytes_a_project)

    def counts(self, name: str, work: Callable[[], Any], times: int = 1) -> None:
        """Note what one of `times` asks for."""
        reads, writes = self.meter.read_of.copy(), self.meter.written_of.copy()
        self.bills[name] = self.meter.of(work) * (1 / times)
        self.reads[name] = {word: units / times for word, units in (self.meter.read_of - reads).items()}
        self.writes[name] = {word: units / times for word, units in (self.meter.written_of - writes).items()}

    def due(self, is_meant: Callable[[str], bool]) -> list[Item]:
        """Entries of the due index up to now whose last word is meant."""
        return [row for row in self.rows("due#") if is_meant(split_due(row.key)[1])]

    def rows(self, index: str) -> list[Item]:
        """Entries of a sharded index up to now, as the meter saw them written."""
        upto = f"{records.stamp(self.world.now)}~"
        found = [Item(key, {}, version) for key, version in self.meter.stored.items() if key.partition.startswith(index)]
        return sorted((row for row in found if row.key.sort <= upto), key=lambda row: row.key.sort)

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

    def completes(self, project: str, unit: str = "unit") -> None:
        self.world.submit("completion", project, party=unit, completed_on="2026-01-15", news=True)

    # --- what the clock does with it

    def planning(self) -> None:
        receipts = self.due(lambda what: what.startswith(NEWS))
        self.counts("tick: a receipt", self.wakes(lambda what: what.startswith(NEWS)), len(receipts))
        self.counts(
            "tick: count for the board", self.wakes(lambda what: what == TALLY), len(self.due(lambda what: what == TALLY))
        )
        first, *others = self.due(lambda what: not what.startswith("@"))
        assert len(others) == A_DIGEST - 1
        self.counts("tick: the first rung of a digest", lambda: wake(self.world.ports, first, self.world.now))
        self.counts(
            "tick: each further rung", lambda: [wake(self.world.ports, row, self.world.now) for row in others], len(others)
        )

    def sending(self) -> None:
        world = self.world
        receipts = self.rows("outbox#")
        self.counts(f"hand over {A_DIGEST} notices", lambda: sweep(world.ports, world.now))
        self.counts("deliver a receipt", lambda: [self.sends(row) for row in receipts], len(receipts))
        world.project("single", unit="prompt", facts=FACTS)
        self.completes("single", "prompt")
        world.tick()
        (single,) = [row for row in self.rows("outbox#") if self.tells(row, "single/")]
        self.counts("deliver one duty", lambda: self.sends(single))
        for row in self.rows("outbox#"):
            self.sends(row)
        world.at("2026-01-21")
        (digest,) = self.rows("outbox#")
        self.counts(f"deliver a digest of {A_DIGEST}", lambda: self.sends(digest))
        assert f"{A_DIGEST}项" in world.ports.channels["telegram"].sent[-1].text
        (ident,) = world.rows("project#p1")
        self.counts("acknowledge", lambda: acknowledge(world.ports, "unit/clerk", "project#p1", ident, "button", world.now))

    def tells(self, row: Item, about: str) -> bool:
        notice = f"notice#{notice_of(row.key)}"
        return any(key.partition == notice and key.sort.startswith(f"step#{about}") for key in self.meter.stored)

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

        self.settles()
        minute()  # in which the round of the hour begins
        self.settles()
        self.counts("a minute with nothing due", minute)

    def looks_at_the_board(self) -> None:
        officer = self.world.bearer("completion", role="authority", party="office")
        board(self.world.store, officer, self.world.now)
        open_page(self.world.ports, officer, self.world.now)

    def settles(self) -> None:
        """Whatever is due is done, and so are the jobs."""
        while due := self.due(lambda what: True):
            self.works(due)
        for row in self.rows("outbox#"):
            receive_notice(self.world.ports, list(row.key), self.world.later(seconds=4), self.world.url)

    def works(self, due: list[Item]) -> None:
        for row in due:
            wake(self.world.ports, row, self.world.now)
            holder, what = split_due(row.key)
            if what == JOB:  # it was handed to the queue
                receive_job(self.world.ports, holder.removeprefix("job#"), self.world.now)

    def checkpoints(self) -> None:
        def hour(*grown: str) -> Bill:
            self.world.later(hours=1)
            for owner in grown:
                told = {"what": "exported", "at": records.stamp(self.world.now)}
                self.world.ports.store.write(entries(self.world.store, owner, [told]))
            return self.meter.of(self.begins_and_works)

        hour()
        one, two = hour("unit"), hour("unit", "prompt")
        self.bills["an hour's checkpoint of one ledger"] = one
        self.bills["each further ledger of it"] = two - one

    def begins_and_works(self) -> None:
        rounds(self.world.ports, self.world.now)
        self.works(self.due(lambda what: what == JOB))

    def whole_places(self) -> None:
        """What costs by the number of holders is done with A_FEW projects more, and again."""
        few = self.over_the_place(months=5)
        for number in range(A_FEW):
            self.world.project(f"more{number}", facts=FACTS)
            self.completes(f"more{number}")
        self.settles()
        many = self.over_the_place(months=4)
        self.bills["publish a rulebook"] = few.pop("publish a rulebook")
        for name, bill in few.items():
            self.bills[f"{name}, each project"] = (many[name] - bill) * (1 / A_FEW)

    def over_the_place(self, months: int) -> dict[str, Bill]:
        """Acceptance is to be applied for within so many months of completion: something moves at every project."""
        world, meter = self.world, self.meter
        book = copy.deepcopy(dict(world.ports.rules.editions(world.place)[-1].raw))
        next(rule for rule in book["rules"] if rule["id"] == "apply-for-acceptance").update(within={"months": months})
        change = {"rulebook": {**book, "revision": book["revision"] + 1}}
        bills = {"preview": meter.of(lambda: preview(world.ports, world.place, change, world.now))}
        told = {"by": "admin", "why": "counted", "expects": None, "now": world.later(minutes=1)}
        bills["publish a rulebook"] = meter.of(lambda: publish(world.ports, world.place, change, **told))
        bills["publish"] = meter.of(lambda: self.works(self.due(lambda what: what == JOB)))
        world.later(days=4)  # a day like most: nothing has happened lately
        self.settles()
        bills["compare once a day"] = meter.of(lambda: reconcile(world.ports, world.now))
        return bills

    def new_year(self) -> None:
        self.world.at("2027-01-29", "03:01")  # after the last night of the looks
        projects = [row for row in self.due(lambda what: what == REPLAN) if "project#" in row.key.sort]
        self.counts("look at a project in the new year", lambda: self.works(projects), len(projects))
