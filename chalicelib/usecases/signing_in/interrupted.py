"""What somebody sent when their session had ended: for an hour the same person can send it once they have signed in. The next
hourly round removes it (clockwork/rounds.py).

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
from ..state.pieces import MOST_PIECES, piece_key, pieces_of, whole
from .session import Identity

KEPT = timedelta(hours=1)
PARTITION = "interrupted"


def keep(store: Store, identity: Identity, path: str, pairs: list[tuple[str, str]], now: datetime) -> str:
    """Keep the fields that `identity` sent to a page; gives the name they are found by. InvalidInput where they are too much."""
    ident = f"{int((now + KEPT).timestamp())}-{secrets.token_hex(12)}"
    pieces = pieces_of(f"{PARTITION}#{ident}", json.dumps(pairs, ensure_ascii=False))
    if len(pieces) > MOST_PIECES:
        raise InvalidInput(
            "内容太多，未能保留，请返回上一页复制后再登录", "it is too much to be kept: go back and copy it first"
        )
    head = {"identity": identity.as_json(), "path": path, "pieces": len(pieces)}
    store.write([Put(Key(PARTITION, ident), head), *pieces])
    return ident


def kept(store: Store, ident: str, now: datetime) -> dict[str, Any]:
    """{identity, path, pairs}. NotFound once it is sent, given up or too old."""
    item = store.get(Key(PARTITION, ident))
    if item is None or int(ident.partition("-")[0]) <= now.timestamp():
        raise NotFound("保留的内容已提交、已放弃或已过期，请重新填写", "what was kept was sent, given up, or is too old")
    pairs = json.loads(whole(store, f"{PARTITION}#{ident}"))
    return {**item.value, "identity": Identity(**item.value["identity"]), "pairs": [tuple(pair) for pair in pairs]}


def forget(store: Store, ident: str) -> None:
    """Remove it; fine where it is gone."""
    item = store.get(Key(PARTITION, ident))
    if item:
        store.write(_gone(ident, item.value["pieces"]))


def forget_old(store: Store, now: datetime) -> None:
    """Remove those that are too old; one request where there is none."""
    for item in store.query(PARTITION, upto=str(int(now.timestamp()))):
        store.write(_gone(item.key.sort, item.value["pieces"]))


def _gone(ident: str, pieces: int) -> list[Change]:
    return [Delete(Key(PARTITION, ident)), *(Delete(piece_key(f"{PARTITION}#{ident}", number)) for number in range(pieces))]
