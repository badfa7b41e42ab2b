"""Idempotency: the same request sent twice is done once and answered the same."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from ...core.errors import Busy, Conflict
from ...core.ladder import local_day
from ...ports import ABSENT, Change, Key, Put, Store, StoreConflict
from . import records

TRIES = 12
KEPT = timedelta(days=30)  # so long is an answer given again


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Who asks, with which Idempotency-Key (None: none given), for what, and when; without that the answer is kept for ever."""

    who: str
    key: str | None
    asked: Any
    at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        return sha256(json.dumps(self.asked, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def earlier(self, store: Store) -> dict[str, Any] | None:
        """The answer already given. Conflict when the key was used for another request."""
        item = self.key and store.get(self._at())
        if not item:
            return None
        if item.value["fingerprint"] != self.fingerprint:
            raise Conflict(
                "这个 Idempotency-Key 已用于另一份内容，请换一个新的",
                "this Idempotency-Key was used for another request; choose a new one",
            )
        return item.value["answer"]

    def remember(self, answer: dict[str, Any]) -> list[Change]:
        """To be written with what the answer tells of."""
        if not self.key:
            return []
        kept = Put(self._at(), {"fingerprint": self.fingerprint, "answer": answer}, ABSENT)
        return [kept, _listed(kept.key, local_day(self.at))] if self.at else [kept]

    def _at(self) -> Key:
        return Key(f"idempotency#{self.who}", self.key)


def answered_on(day: date) -> list[str]:
    """The partitions that list the answers of a day: {partition, sort} of each."""
    return [f"answered#{day}#{shard}" for shard in range(records.SHARDS)]


def _listed(key: Key, day: date) -> Change:
    name = sha256("#".join(key).encode()).hexdigest()[:32]
    return Put(Key(answered_on(day)[records.shard(name)], name), key._asdict())


def retrying(once: Once, store: Store, attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Answer as before, or attempt it; when another writer was faster, read again and attempt once more."""
    for left in reversed(range(TRIES)):
        earlier = once.earlier(store)
        if earlier is not None:
            return earlier
        try:
            return attempt()
        except StoreConflict:
            if not left:
                raise Busy() from None
    raise AssertionError("unreachable")
