"""Everything moves from one engine to the other and back, whole or not at all."""

import gzip
import io
import tracemalloc
from datetime import date

import boto3
import pytest

from chalicelib.blobs.folder import FolderBlob
from chalicelib.blobs.s3 import S3Blob
from chalicelib.core.errors import InvalidInput, Refused, Unavailable
from chalicelib.core.ladder import instant
from chalicelib.ports import Key, Put
from chalicelib.store.dynamodb import DynamoStore
from chalicelib.store.sqlite import SqliteStore
from chalicelib.usecases.moving.dump import dump, items, line_of
from chalicelib.usecases.moving.load import inspect, load
from chalicelib.usecases.state.account import verify
from chalicelib.usecases.state.epoch import epoch_of
from chalicelib.usecases.state.gate import Gated
from tests.contract.conftest import REGION
from tests.usecases.world import SECRET, World

MORNING = instant(date(2026, 1, 20), "10:07")
FILES = {f"files/{n}": (bytes([n]) * 1000 * n, "application/pdf") for n in range(5)}


def a_folder(path, files=None):
    """Files in a folder, with these in it."""
    made = FolderBlob(path, b"key", "https://duban.example")
    for key, (content, content_type) in (files or {}).items():
        made.put(key, content, content_type)
    return made


def files_of(blob):
    return {key: (blob.read(key), blob.head(key).content_type) for key in blob.keys(None)}


def silent(count):
    """Progress that nobody follows."""


def dumped(store, blob=None, now=None, **more) -> io.BytesIO:
    file = io.BytesIO()
    dump(store, blob, SECRET, file, now, say=silent, **more)
    file.seek(0)
    return file


def rewound(file):
    file.seek(0)
    return file


def brought_in(store, file, now, blob=None):
    found = inspect(rewound(file))
    return load(store, blob, rewound(file), found, now, silent)


def contents(store) -> list[bytes]:
    return sorted(line_of(item) for item in items(store))


@pytest.fixture
def world(tmp_path):
    """An office at work: what was sent, what waits, what is being planned, in several places."""
    made = World(tmp_path)
    made.unit()
    made.contact(channels=("console", "telegram"))
    made.project(facts={"total_investment": 6_000_000, "kind": "new"})
    made.completed()
    made.tick()
    made.at("2026-01-21")
    made.deliver()
    for n in range(2, 6):
        made.project(f"p{n}", facts={"total_investment": 6_000_000 * n, "kind": "new"})
        made.completed(f"p{n}", on=f"2026-01-{n:02}")
    made.tick()
    assert made.outbox() and made.due() and made.ledger("unit", "accepted")
    yield made
    made.store.inner.close()


@pytest.fixture
def memory():
    store = SqliteStore(":memory:")
    yield store
    store.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The dump of a thousand and more items: eleven writes, in two rounds."""
    store = SqliteStore(":memory:")
    for start in range(0, 1_056, 96):
        store.write(Put(Key(f"p{n % 7}", f"{n:04}"), {"n": n}) for n in range(start, start + 96))
    file = dumped(store, a_folder(tmp_path_factory.mktemp("files"), FILES), MORNING)
    store.close()
    return file


class TestThereAndBack:
    def test_everything_comes_back_as_it_was(self, world, dynamodb, memory, tmp_path):
        cloud, before = DynamoStore("duban", client=dynamodb), contents(world.store)
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
        there, here = S3Blob("files", s3), a_folder(tmp_path / "here")
        file = dumped(world.store, a_folder(tmp_path / "files", FILES), world.now)
        end = brought_in(cloud, file, world.now, there)
        assert contents(cloud) == before
        assert end["items"] == len(before) > 80
        brought_in(memory, dumped(cloud, there, world.now), world.now, here)
        assert contents(memory) == before
        assert files_of(there) == files_of(here) == FILES
        assert verify(memory) == verify(world.store) and not any(verify(memory).values())
        stands = [epoch_of(store).value for store in (world.store, cloud, memory)]
        assert [(value["number"], value["state"]) for value in stands] == [(1, "open"), (2, "paused"), (3, "paused")]

    def test_people_may_write_into_the_copy(self, world, memory):
        brought_in(memory, dumped(world.store, now=world.now), world.now)
        Gated(memory).write([Put(Key("p", "x"), {})])
        assert memory.get(Key("p", "x"))

    def test_the_file_holds_the_key_of_the_hashes(self, world):
        file = dumped(world.store, now=world.now)
        assert inspect(file).header["secret"] == SECRET.hex()


class TestATornFile:
    @pytest.fixture
    def file(self, world, tmp_path):
        return dumped(world.store, a_folder(tmp_path / "files", FILES), world.now)

    def refused(self, memory, content, now):
        with pytest.raises(InvalidInput, match="torn"):
            brought_in(memory, io.BytesIO(content), now)
        assert memory.scan() == ([], None)

    @pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.99])
    def test_a_file_that_ends_too_soon_writes_nothing(self, world, file, memory, part):
        content = file.getvalue()
        self.refused(memory, content[: int(len(content) * part)], world.now)
        self.refused(memory, content[:-1], world.now)

    def test_a_line_that_is_missing_or_altered_is_found(self, world, file, memory):
        lines = gzip.decompress(file.getvalue()).splitlines(keepends=True)
        missing = lines[:7] + lines[8:]
        altered = [line.replace(b"#", b"+") if number == 9 else line for number, line in enumerate(lines)]
        assert altered != lines
        for wrong in (missing, altered, lines[:-1], lines + lines[-1:], lines[1:]):
            self.refused(memory, gzip.compress(b"".join(wrong)), world.now)

    @pytest.mark.parametrize(
        "content",
        [b"", b"no dump", gzip.compress(b""), gzip.compress(b"[]\n{}\n"), gzip.compress(b"\xff")],
        ids=["empty", "text", "nothing", "no header", "no text"],  # a compressed file holds the time: no name for a test
    )
    def test_another_file_is_refused(self, world, memory, content):
        self.refused(memory, content, world.now)

    def test_a_format_to_come_is_named(self, world, file, memory):
        lines = gzip.decompress(file.getvalue()).splitlines(keepends=True)
        lines[0] = lines[0].replace(b'"format":1', b'"format":2')
        with pytest.raises(InvalidInput, match="format 2"):
            brought_in(memory, io.BytesIO(gzip.compress(b"".join(lines))), world.now)


class Dying:
    """A store that dies at one of the writes to come."""

    def __init__(self, inner, after):
        self._inner, self.left = inner, after

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def write(self, changes):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self._inner.write(changes)


class TestALoadThatIsCutOff:
    @pytest.mark.parametrize("writes", [0, 1, 15, *range(16, 34), 46])
    def test_it_goes_on_wherever_it_died(self, large, memory, tmp_path, writes):
        """At the epoch, the 16 writes that shut the gate, a mark, the items with a mark a round, the epoch, the 16 that open it."""
        files = a_folder(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            brought_in(Dying(memory, writes), large, MORNING, files)
        brought_in(memory, large, MORNING, files)
        assert len(contents(memory)) == inspect(rewound(large)).trailer["items"] == 1_056
        assert files_of(files) == FILES
        Gated(memory).write([Put(Key("p", "x"), {})])

    def test_it_begins_where_it_died(self, large, memory, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            brought_in(Dying(memory, 18 + 8 + 1), large, MORNING, a_folder(tmp_path))
        again = Dying(memory, 10_000)
        brought_in(again, large, MORNING, a_folder(tmp_path))
        assert 10_000 - again.left == 16 + 3 + 1 + 1 + 16  # three writes of items are left

    def test_nobody_writes_while_it_arrives(self, world, memory):
        with pytest.raises(KeyboardInterrupt):
            brought_in(Dying(memory, 18), dumped(world.store, now=world.now), world.now)
        assert epoch_of(memory).value["state"] == "loading"
        with pytest.raises(Unavailable):
            Gated(memory).write([Put(Key("p", "x"), {})])
        with pytest.raises(Refused, match="half loaded"):
            dumped(memory, now=world.now)

    def test_another_file_does_not_mix_with_it(self, world, memory):
        with pytest.raises(KeyboardInterrupt):
            brought_in(Dying(memory, 18), dumped(world.store, now=world.now), world.now)
        with pytest.raises(Refused, match="another copy"):
            brought_in(memory, dumped(world.store, now=world.now), world.now)

    def test_a_store_with_data_is_left_alone(self, world, memory):
        memory.write([Put(Key("p", "x"), {})])
        with pytest.raises(Refused, match="there is data"):
            brought_in(memory, dumped(world.store, now=world.now), world.now)
        assert memory.scan()[0] == [memory.get(Key("p", "x"))]

    def test_what_was_altered_on_the_way_is_found_and_stays_shut(self, world, memory):
        class Careless(Dying):
            def write(self, changes):
                self._inner.write(
                    [
                        change._replace(value={**change.value, "what": "else"})
                        if change.key.partition.startswith("notice#")
                        else change
                        for change in changes
                    ]
                )

        with pytest.raises(InvalidInput, match="differs"):
            brought_in(Careless(memory, 0), dumped(world.store, now=world.now), world.now)
        assert epoch_of(memory).value["state"] == "loading"

    def test_a_ledger_that_was_broken_before_is_found(self, world, memory):
        row = world.store.query("ledger#unit")[1]
        world.store.write([Put(row.key, {**row.value, "by": "somebody else"})])
        with pytest.raises(InvalidInput, match="ledgers"):
            brought_in(memory, dumped(world.store, now=world.now), world.now)

    def test_a_busy_store_is_waited_for(self, world, memory):
        class Busy(Dying):
            def write(self, changes):
                self.left += 1
                if self.left % 3 and any(change.key.partition.startswith("notice#") for change in changes):
                    raise Unavailable("忙", "busy")
                self._inner.write(changes)

        brought_in(Busy(memory, 0), dumped(world.store, now=world.now), world.now)
        assert contents(memory) == contents(world.store)


def peak_of(work) -> int:
    """The most bytes of Python that were in use at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_much_takes_no_more_memory_than_little(tmp_path):
    def moved(count):
        source, target = SqliteStore(tmp_path / f"{count}.db"), SqliteStore(tmp_path / f"{count}.there.db")
        for start in range(0, count, 99):
            source.write(Put(Key(f"p{n % 40}", f"{n}"), {"text": "督办" * 300}) for n in range(start, min(start + 99, count)))

        def move():
            with open(tmp_path / f"{count}.dump", "w+b") as file:
                dump(source, None, b"key", file, MORNING, say=silent)
                brought_in(target, file, MORNING)

        peak = peak_of(move)
        assert len(contents(target)) == count
        source.close()
        target.close()
        return peak

    assert moved(8_000) < moved(2_000) + 2_000_000
