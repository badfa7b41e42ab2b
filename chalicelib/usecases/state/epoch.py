"""The epoch of a store: which life of the data it is, and whether reminders may leave it.

A store that was loaded from a copy begins a new epoch. One item says where it stands:

open      people write, reminders leave
frozen    it is being moved: nobody writes and nothing leaves, until `thaw` (it goes on) or `retire` (the copy takes over)
retired   the copy has taken over: never again does anybody write or anything leave here
loading   a copy is arriving: nobody writes, nothing leaves
paused    it came out of a copy: people write, nothing leaves until an admin says what becomes of the steps since the copy

Both sides never send: a frozen store keeps a word, its copy only the word's hash. `retire` tells the word and ends the store;
without it the copy cannot be resumed. `thaw` forgets it, and with it the copy.
"""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from ...core.errors import Refused
from ...ports import ABSENT, Item, Key, Put, Store
from . import gate, records

EPOCH = Key("epoch", "epoch")
PLACE_ZH = {
    "open": "正常运行",
    "frozen": "已冻结，等待迁移完成或取消",
    "retired": "已迁走停用",
    "loading": "正在载入副本",
    "paused": "由副本恢复，暂停发送",
}


def epoch_of(store: Store) -> Item:
    """{number, state, at, …}; a store that was never moved is in its first epoch, open."""
    return store.get(EPOCH) or Item(EPOCH, {"number": 1, "state": "open"}, ABSENT)


def may_send(store: Store) -> bool:
    """Whether reminders may be planned and sent. One read: ask before each look at what is due, and before each claim."""
    return epoch_of(store).value["state"] == "open"


def is_of_the_store(key: Key) -> bool:
    """Whether an item is about this store and not about what it holds; no copy carries it."""
    return key == EPOCH or key.partition.startswith("gate#")


def announce_freeze(store: Store, now: datetime) -> str:
    """Stop planning and sending, not yet writing: what is being sent can still be recorded. Returns the hash of the word.
    Again on a frozen store it changes nothing, nor on a retired one."""
    item = epoch_of(store)
    if item.value["state"] not in ("frozen", "retired"):
        _must_be(item, "open", "paused")
        frozen = {"state": "frozen", "was": item.value, "word": secrets.token_hex(8), "at": records.stamp(now)}
        item = _write(store, item, {**item.value, **frozen})
    return word_hash(item.value["word"])


def thaw(store: Store, now: datetime) -> bool:
    """Go on as before the freeze. A copy that was made of it can never be resumed. Whether anything was frozen."""
    item = epoch_of(store)
    _must_be(item, "frozen", "open")  # open: a thaw that was cut off
    was_shut = gate.reopen(store)
    if item.value["state"] == "frozen":
        _write(store, item, {**item.value["was"], "at": records.stamp(now)})
    return was_shut or item.value["state"] == "frozen"


def retire(store: Store, now: datetime) -> str:
    """End this store for good; returns the word that its copy is resumed with. Again it tells the same word."""
    item = epoch_of(store)
    _must_be(item, "frozen", "retired")
    gate.shut(store)
    if item.value["state"] == "frozen":
        _write(store, item, {**item.value, "state": "retired", "at": records.stamp(now)})
    return item.value["word"]


def resumed(store: Store, now: datetime) -> None:
    """Let reminders leave again."""
    item = epoch_of(store)
    _must_be(item, "paused")
    _write(store, item, {"number": item.value["number"], "state": "open", "at": records.stamp(now)})


def may_resume(value: dict[str, Any], word: str | None, source_is_gone: bool) -> None:
    """Refused where the store that this one was copied from could still send."""
    asks = None if source_is_gone else value.get("word")
    if value["state"] == "paused" and asks and not hmac.compare_digest(word_hash(word or ""), asks):
        raise Refused(
            "这是冻结后搬来的数据：请先在原系统执行 duban retire，再用它给出的口令：duban resume … --word 口令；"
            "原系统确已不存在时，用 --source-is-gone",
            "the source is frozen and could be thawed: run duban retire there and give its word here with --word; "
            "if the source no longer exists, --source-is-gone",
        )


def word_hash(word: str) -> str:
    return sha256(word.strip().encode()).hexdigest()


def _must_be(item: Item, *states: str) -> None:
    if item.value["state"] not in states:
        here = item.value["state"]
        raise Refused(
            f"当前状态是“{PLACE_ZH[here]}”，不能这样做；仅适用于：{'、'.join(PLACE_ZH[state] for state in states)}",
            f"the store is {here}; this is for one that is {' or '.join(states)}",
        )


def _write(store: Store, item: Item, value: dict[str, Any]) -> Item:
    store.write([Put(EPOCH, value, item.version)])
    return Item(EPOCH, value, item.version + 1)


def begin_loading(store: Store, dump: str, now: datetime) -> Item:
    """Shut the store while a copy arrives. How far it has come stands in `lines`: None until it is known that nothing is there."""
    item = epoch_of(store)
    if item.value["state"] == "loading" and item.value["dump"] != dump:
        raise Refused(
            "此处已有另一份副本载入到一半：请用同一份文件继续，或清空后重来",
            "another copy is half loaded here: go on with the same file, or begin with an empty store",
        )
    if item.value["state"] != "loading":
        _must_be(item, "open")
        item = _write(store, item, {**item.value, "state": "loading", "dump": dump, "lines": None, "at": records.stamp(now)})
    gate.shut(store)
    return item


def loaded_to(store: Store, item: Item, lines: int) -> Item:
    return _write(store, item, {**item.value, "lines": lines})


def end_loading(store: Store, item: Item, header: dict[str, Any], now: datetime) -> None:
    """The copy is here and whole: a new epoch begins, paused."""
    value = {
        "number": header["epoch"] + 1,
        "state": "paused",
        "dump": header["id"],
        "copied": header["at"],
        "word": header["word"],
        "at": records.stamp(now),
    }
    _write(store, item, value)
    gate.reopen(store)
