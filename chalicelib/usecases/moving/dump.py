"""Dump: everything a store holds as one stream, from which `load` makes the same store anywhere.

The stream is gzip of JSON lines, each as compact JSON in UTF-8:

    {"duban":"dump","format":1,"id":…,"at":…,"epoch":n,"word":…,"secret":…}     the header
    ["<partition>","<sort>",{…}]                                              an item, in the order of the store it comes from
    {"blob":"<key>","type":"<content type>","base64":"…"}                     a file
    {"end":true,"items":n,"blobs":n,"sum":…,"sha256":…}                         the trailer

`sha256` is that of all lines before the trailer: a torn or altered file shows. `sum` is the sum of the SHA-256 of every item's
line, modulo 2^256: the same in whatever order they come, so that the store that was loaded can prove that it holds the same.
`word` is null, or for a frozen source the hash of its word (epoch.py). `secret` is the key of the ledger's hashes, without which
they match nothing: whoever has the file has the personal data and the key, so it is to be guarded like the store itself.
What is about the store and not about what it holds (its epoch, its gate, versions of items) is left out.
"""

import gzip
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from ...core.errors import NotFound, Refused
from ...ports import Blob, Item, Store
from ..state import records
from ..state.epoch import epoch_of, is_of_the_store

FORMAT = 1
LEVEL = 6  # of gzip
SAY_EVERY = 10_000  # lines

Say = Callable[[int], None]  # told now and then how many lines are done


class Sum:
    """What proves that two stores hold the same items: how many, and the sum of their lines' hashes."""

    def __init__(self) -> None:
        self.items, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        self.items += 1
        self._sum += int.from_bytes(sha256(line).digest())

    def __str__(self) -> str:
        return f"{self._sum % 2**256:064x}"


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def line_of(item: Item) -> bytes:
    return encoded([*item.key, item.value])


def items(store: Store) -> Iterator[Item]:
    """Everything the store holds, a page in memory at a time."""
    cursor = None
    while True:
        page, cursor = store.scan(cursor)
        yield from (item for item in page if not is_of_the_store(item.key))
        if cursor is None:
            return


def blobs(blob: Blob | None) -> Iterator[bytes]:
    """The line of every file."""
    after = None
    while blob and (keys := blob.keys(after)):
        for key in keys:
            with suppress(NotFound):  # removed since it was listed: nothing refers to it any more
                content = b64encode(blob.read(key)).decode()
                yield encoded({"blob": key, "type": blob.head(key).content_type, "base64": content})
        after = keys[-1]


def dump(
    store: Store, blob: Blob | None, secret: bytes, file: BinaryIO, now: datetime, *, word: str | None = None, say: Say
) -> dict[str, Any]:
    """Write everything into `file`; returns the trailer. The store must stand still meanwhile: frozen (`word`: the hash that
    announce_freeze gave), or a copy of one moment."""
    epoch = epoch_of(store).value
    if epoch["state"] == "loading":
        raise Refused("此处的副本尚未载入完，不能导出", "a copy is only half loaded here; it cannot be dumped")
    head = {"duban": "dump", "format": FORMAT, "id": secrets.token_hex(16), "at": records.stamp(now)}
    head |= {"epoch": epoch["number"], "word": word, "secret": secret.hex()}
    running, total, files = sha256(), Sum(), 0
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as out:

        def put(line: bytes) -> None:
            running.update(line)
            out.write(line)

        put(encoded(head))
        for item in items(store):
            line = line_of(item)
            total.add(line)
            put(line)
            if total.items % SAY_EVERY == 0:
                say(total.items)
        for line in blobs(blob):
            put(line)
            files += 1
        end = {"end": True, "items": total.items, "blobs": files, "sum": str(total), "sha256": running.hexdigest()}
        out.write(encoded(end))
    return end
