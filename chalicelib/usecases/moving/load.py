"""Load: make an empty store what a dump says. It may be cut off at any moment: run again with the same file it goes on.

First the file is read through: a torn one is refused before anything is written. While the copy arrives the store is shut;
when the items and the ledgers have been proved it begins a new epoch, paused.
"""

import gzip
import json
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, BinaryIO

from ...core.errors import InvalidInput, Refused, Unavailable
from ...ports import MAX_CHANGES, Blob, Item, Key, Put, Store
from ..state import gate
from ..state.account import verify
from ..state.epoch import begin_loading, end_loading, epoch_of, loaded_to
from .dump import FORMAT, SAY_EVERY, Say, Sum, items, line_of

WRITERS = 8
BYTES_A_WRITE = 3_000_000
TRIES = 20  # of one write while the store is busy; it is patient itself, some seconds each time


@dataclass(frozen=True, kw_only=True)
class Dump:
    """What is known of a file that was read through."""

    header: dict[str, Any]
    trailer: dict[str, Any]

    @property
    def lines(self) -> int:
        return self.trailer["items"] + self.trailer["blobs"]


def inspect(file: BinaryIO) -> Dump:
    """Read a dump through. InvalidInput where it is torn, altered or something else."""
    running, count, first, last = sha256(), 0, b"", b""
    try:
        with gzip.GzipFile(fileobj=file) as lines:
            for line in lines:
                running.update(last)
                first, last, count = first or line, line, count + 1
        header, trailer = json.loads(first), json.loads(last)
        if header["duban"] != "dump" or header["format"] != FORMAT:
            raise InvalidInput(
                f"这份文件的格式是 {header['format']}，本程序读 {FORMAT}：请用同一版本的程序",
                f"the file has format {header['format']}, this program reads {FORMAT}: use the version that wrote it",
            )
        is_whole = trailer["sha256"] == running.hexdigest() and trailer["items"] + trailer["blobs"] == count - 2
    except (EOFError, OSError, zlib.error, ValueError, LookupError, TypeError):
        is_whole = False
    if not is_whole:
        raise InvalidInput(
            "文件不完整或已损坏，未写入任何内容：请重新导出，或用另一份备份",
            "the file is torn or altered, nothing was written: make the dump again, or use another backup",
        )
    return Dump(header=header, trailer=trailer)


def load(store: Store, blob: Blob | None, file: BinaryIO, found: Dump, now: datetime, say: Say) -> dict[str, Any]:
    """Make the store what the file (at its beginning) says, and prove it. `store` is the one behind the gate. Refused where it
    holds anything else; InvalidInput where what arrived is not what was sent: it then stays shut."""
    here = epoch_of(store)
    if here.value["state"] == "paused" and here.value.get("dump") == found.header["id"]:
        gate.reopen(store)  # it had arrived whole
        return found.trailer
    if found.trailer["blobs"] and blob is None:
        raise InvalidInput(
            "副本里有附件，而此处没有存放附件的地方，请先设置", "the dump holds files and there is no place for them here"
        )
    if here.value["state"] != "loading":
        _must_be_empty(store)
    here = begin_loading(store, found.header["id"], now)
    if here.value["lines"] is None:
        _must_be_empty(store)  # nobody wrote between the first look and the shutting of the gate
        here = loaded_to(store, here, 0)
    with gzip.GzipFile(fileobj=file) as lines:
        todo = islice(lines, 1 + here.value["lines"], 1 + found.lines)
        _bring_in(store, blob, todo, here, say)
    _prove(store, found)
    end_loading(store, epoch_of(store), found.header, now)
    return found.trailer


def _must_be_empty(store: Store) -> None:
    if next(items(store), None):
        raise Refused(
            "此处已有数据，副本只能载入空的数据目录或空表",
            "there is data here; a dump is loaded only into an empty folder or table",
        )


def _bring_in(store: Store, blob: Blob | None, todo: Iterable[bytes], here: Item, say: Say) -> None:
    """Write the lines, several batches at once, and note after each round how far it is."""
    batches = _batches(todo, blob)
    with ThreadPoolExecutor(WRITERS) as pool:
        while round_ := list(islice(batches, WRITERS)):
            list(pool.map(lambda batch: _written(store, batch), (batch for batch, _ in round_)))
            before = here.value["lines"]
            here = loaded_to(store, here, before + sum(count for _, count in round_))
            if before // SAY_EVERY != here.value["lines"] // SAY_EVERY:
                say(here.value["lines"])


def _batches(todo: Iterable[bytes], blob: Blob | None) -> Iterator[tuple[list[Put], int]]:
    """The items of one write each, and how many lines that is; a file is put in its place on the way."""
    batch: list[Put] = []
    count = size = 0
    for line in todo:
        value = json.loads(line)
        if isinstance(value, dict):
            _place(blob, value)
        elif len(batch) == MAX_CHANGES or size + len(line) > BYTES_A_WRITE:
            yield batch, count
            batch, count, size = [], 0, 0
        if isinstance(value, list):
            partition, sort, body = value
            batch.append(Put(Key(partition, sort), body))
            size += len(line)
        count += 1
    if count:
        yield batch, count


def _place(blob: Blob, value: dict[str, Any]) -> None:
    """Put one file in its place, and read it back."""
    key, content = value["blob"], b64decode(value["base64"])
    if blob.head(key) is None:
        blob.put(key, content, value["type"])
    if blob.read(key) != content:
        raise InvalidInput(f"附件 {key} 与副本不一致", f"the file {key} is not as it was sent")


def _written(store: Store, batch: list[Put]) -> None:
    for _ in range(TRIES):
        with suppress(Unavailable):  # it is taking no more just now
            return store.write(batch)
    return store.write(batch)


def _prove(store: Store, found: Dump) -> None:
    """What arrived is what was sent, and every ledger is whole."""
    arrived = Sum()
    for item in items(store):
        arrived.add(line_of(item))
    sent = found.trailer
    if (arrived.items, str(arrived)) != (sent["items"], sent["sum"]):
        raise InvalidInput(
            f"载入后核对不符：应有 {sent['items']} 条，实有 {arrived.items} 条或内容不同；请清空后重新载入",
            f"what arrived differs from what was sent ({arrived.items} items of {sent['items']}): empty the store, load again",
        )
    faults = {owner: fault for owner, fault in verify(store).items() if fault}
    if faults:
        owner, fault = next(iter(faults.items()))
        raise InvalidInput(
            f"{len(faults)} 本台账核验有误（如 {owner}）：来源的台账已损坏或副本不是同一时刻的",
            f"{len(faults)} ledgers are not whole, e.g. {owner}: {fault}",
        )
