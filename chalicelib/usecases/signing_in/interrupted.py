"""What somebody sent when their session had ended: kept for an hour, for the same person to send once they have signed in.

partition            sort            holds
interrupted          <end>-<random>  {identity, path, pieces}: whose it is, where it was sent
interrupted#<id>     <number>        {text}: a piece of the fields
"""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import InvalidInput, NotFound
from ...ports import Change, Delete, Key, Put, Store
from .session import Identity

KEPT = timedelta(hours=1)
PARTITION = "interrupted"
PIECE = 60_000  # characters in one item: under the store's limit whatever they are
PIECES = 80
SWEPT = 10  # old ones removed when another is kept


def keep(store: Store, identity: Identity, path: str, pairs: list[tuple[str, str]], now: datetime) -> str:
    """Keep the fields that `identity` sent to a page; gives the name they are found by. InvalidInput where they are too much."""
    ident = f"{int((now + KEPT).timestamp())}-{secrets.token_hex(12)}"
    text = json.dumps(pairs, ensure_ascii=False)
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    if len(pieces) > PIECES:
        raise InvalidInput(
            "内容太多，未能保留，请返回上一页复制后再登录", "it is too much to be kept: go back and copy it first"
        )
    head = {"identity": identity.as_json(), "path": path, "pieces": len(pieces)}
    store.write([Put(Key(PARTITION, ident), head), *(Put(key, {"text": piece}) for key, piece in _pieces(ident, pieces))])
    forget_old(store, now, SWEPT)
    return ident


def kept(store: Store, ident: str, now: datetime) -> dict[str, Any]:
    """{identity, path, pairs}. NotFound once it is sent, given up or too old."""
    item = store.get(Key(PARTITION, ident))
    if item is None or int(ident.partition("-")[0]) <= now.timestamp():
        raise NotFound("保留的内容已提交、已放弃或已过期，请重新填写", "what was kept was sent, given up, or is too old")
    text = "".join(piece.value["text"] for piece in store.query(f"{PARTITION}#{ident}"))
    return {**item.value, "identity": Identity(**item.value["identity"]), "pairs": [tuple(pair) for pair in json.loads(text)]}


def forget(store: Store, ident: str) -> None:
    """Remove it; fine where it is gone."""
    item = store.get(Key(PARTITION, ident))
    if item:
        store.write(_gone(ident, item.value["pieces"]))


def forget_old(store: Store, now: datetime, limit: int | None = None) -> int:
    """Remove those that are too old; how many."""
    old = store.query(PARTITION, upto=str(int(now.timestamp())), limit=limit)
    for item in old:
        store.write(_gone(item.key.sort, item.value["pieces"]))
    return len(old)


def _gone(ident: str, pieces: int) -> list[Change]:
    return [Delete(Key(PARTITION, ident)), *(Delete(key) for key, _ in _pieces(ident, range(pieces)))]


def _pieces(ident: str, pieces: Any) -> list[tuple[Key, Any]]:
    return [(Key(f"{PARTITION}#{ident}", f"{number:03d}"), piece) for number, piece in enumerate(pieces)]
