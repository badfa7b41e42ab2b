"""The gate: every write of a use case passes it, so that a store that is being moved can be shut without a gap.

A write carries a check that the gate is open, in its own transaction: once the gate is shut, no write that began before can
land any more, however long it was under way. There are many gates instead of one, because two transactions of DynamoDB that
meet at one item get in each other's way, be it only to check it; a write goes by the gate of its first partition.

What it costs: one check a write, that is 2 write units of DynamoDB (about a tenth of a submission), some microseconds of SQLite.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from typing import Any

from ...core.errors import Unavailable
from ...ports import ABSENT, Change, Check, Delete, Key, Put, Store, StoreConflict

GATES = 256  # one for each first byte of a hash
AT_ONCE = 16  # gates of one write: a transaction that touches all of them would hardly ever find all of them free
TRIES = 50


def gate_key(number: int) -> Key:
    return Key(f"gate#{number}", "shut")


def gate_of(key: Key) -> Key:
    return gate_key(sha256(key.partition.encode()).digest()[0])


class Gated:
    """A store (see ports) whose writes pass the gate: Unavailable while that is shut, with nothing written."""

    def __init__(self, store: Store):
        self.behind = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)

    def write(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        if not changes:
            return
        gate = gate_of(changes[0].key)
        try:
            self.behind.write([*changes, Check(gate, ABSENT)])
        except StoreConflict:
            if self.behind.get(gate) is None:
                raise
            raise Unavailable(
                "系统正在迁移，暂停写入，未保存任何内容；请稍后重试，长时间如此请联系管理员",
                "the store is being moved: nothing was written; try again later, or ask the admin",
            ) from None


def shut(store: Store) -> None:
    """Let no write of a use case pass from the return of this on. `store` is the one behind the gate."""
    _all(store, lambda key: Put(key, {}))


def reopen(store: Store) -> bool:
    """Let writes pass again; whether any gate was shut."""
    was_shut = bool(store.get_many(map(gate_key, range(GATES))))
    _all(store, Delete)
    return was_shut


def _all(store: Store, change: Callable[[Key], Change]) -> None:
    for start in range(0, GATES, AT_ONCE):
        _patiently(store, [change(gate_key(number)) for number in range(start, start + AT_ONCE)])


def _patiently(store: Store, changes: list[Change]) -> None:
    """Write what only writes that pass at this moment can stand in the way of."""
    for _ in range(TRIES):
        with suppress(StoreConflict):
            return store.write(changes)
    return store.write(changes)
