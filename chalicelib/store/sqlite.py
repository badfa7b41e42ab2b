"""The store in one SQLite file, for one machine; `:memory:` for tests.

Any number of threads and processes may share a file: readers never wait for writers, writers take turns.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

from ..ports import ABSENT, ANY, Change, Delete, Item, Key, Put, StoreConflict
from . import Step, cursor_of, decode, sound_key, sound_scan, sound_span, sound_steps

PATIENCE = 30.0  # seconds to wait for another process's transaction

TABLE = """
CREATE TABLE IF NOT EXISTS items (
    pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (pk, sk)
) WITHOUT ROWID"""
QUERY = "SELECT pk, sk, version, body FROM items"
GET = f"{QUERY} WHERE pk = ? AND sk = ?"
SCAN = f"{QUERY} WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?"
VERSION = "SELECT version FROM items WHERE pk = ? AND sk = ?"
PUT = """
INSERT INTO items VALUES (?, ?, 1, ?)
ON CONFLICT (pk, sk) DO UPDATE SET version = version + 1, body = excluded.body"""
DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?"


class SqliteStore:
    """A Store (see ports) in the file at `path`; file and folder are made if need be, for the owner alone."""

    def __init__(self, path: str | os.PathLike[str]):
        in_memory = path == ":memory:"
        self._path = path if in_memory else _own_file(Path(path))
        self._closed = False
        # Connections that no thread is using: a thread has one to itself for as long as it works.
        self._idle: list[sqlite3.Connection] = []
        # Writers of one process queue here: SQLite's own way, to ask again now and then, lets some starve.
        self._writing = threading.Lock()
        # A memory store is a single connection, so there readers queue as well.
        self._reading = self._writing if in_memory else nullcontext()
        with self._connection() as db:
            _prepare(db)

    def get(self, key: Key) -> Item | None:
        with self._reading, self._connection() as db:
            row = db.execute(GET, sound_key(key)).fetchone()
        return row and decode(*row)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        keys = {sound_key(key) for key in keys}
        with self._reading, self._connection() as db:
            rows = [db.execute(GET, key).fetchone() for key in keys]
        return {item.key: item for item in (decode(*row) for row in rows if row)}

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        upto: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Item]:
        span = sound_span(partition, prefix, after, upto, limit, newest_first)
        if span is None:
            return []
        where, values = ["pk = ?"], [partition]
        if span.low is not None:
            where.append("sk >= ?" if span.low_included else "sk > ?")
            values.append(span.low)
        if span.high is not None:
            where.append("sk <= ?" if span.high_included else "sk < ?")
            values.append(span.high)
        values.append(-1 if limit is None else limit)
        order = "DESC" if newest_first else "ASC"
        sql = f"{QUERY} WHERE {' AND '.join(where)} ORDER BY sk {order} LIMIT ?"
        with self._reading, self._connection() as db:
            rows = db.execute(sql, values).fetchall()
        return [decode(*row) for row in rows]

    def scan(self, cursor: str | None = None, limit: int = 1000) -> tuple[list[Item], str | None]:
        after = sound_scan(cursor, limit) or ("", "")  # no key is empty
        with self._reading, self._connection() as db:
            items = [decode(*row) for row in db.execute(SCAN, (*after, limit)).fetchall()]
        return items, cursor_of(items[-1].key) if len(items) == limit else None

    def write(self, changes: Iterable[Change]) -> None:
        steps = sound_steps(changes)
        with self._writing, self._connection() as db, db:  # the second `db` commits, or undoes
            try:
                db.execute("BEGIN IMMEDIATE")  # from here on nobody else writes, so what is read stays true
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                raise StoreConflict(f"another process has been writing for {PATIENCE:.0f} s") from error
            for step in steps:
                _take(db, step)

    def copy_to(self, path: str | os.PathLike[str]) -> None:
        """Make a new file of all there is at one moment, for the owner alone, while others go on writing."""
        with self._reading, self._connection() as db, closing(sqlite3.connect(_own_file(Path(path)))) as copy:
            db.backup(copy)

    def close(self) -> None:
        """Let go of the file. Threads at work finish first what they are doing; later calls fail."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise sqlite3.ProgrammingError("the store is closed")
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._open()
        try:
            yield db
        finally:
            self._idle.append(db)
            if self._closed:
                self._close_idle()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = FULL")  # a commit returns when it is on the disk
        return db


def _own_file(path: Path) -> Path:
    """The file, made empty if it is not there; SQLite gives its side files the same rights."""
    path = path.absolute()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
    path.chmod(0o600)
    return path


def _prepare(db: sqlite3.Connection) -> None:
    """Make the table, in write-ahead mode. SQLite does not wait for others who enter that mode: ask again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
    if mode not in ("wal", "memory"):
        raise OSError(f"SQLite keeps no write-ahead log here (mode {mode}); put the data on a local disk")
    db.execute(TABLE)


def _take(db: sqlite3.Connection, step: Step) -> None:
    """One change inside a transaction, if its condition holds."""
    change, body = step
    if change.expects is not ANY:
        (version,) = db.execute(VERSION, change.key).fetchone() or (ABSENT,)
        if version != change.expects:
            raise StoreConflict(f"{tuple(change.key)!r} is at version {version}, not {change.expects}")
    if isinstance(change, Put):
        db.execute(PUT, (*change.key, body))
    elif isinstance(change, Delete):
        db.execute(DELETE, change.key)
