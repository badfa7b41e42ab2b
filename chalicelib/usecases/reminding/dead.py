"""Dead letters: notices that no channel took. An admin sees them, mends what is wrong - an address, a setting - and resends."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from ...core.errors import NotFound
from ...ports import Change, Delete, Item, Key, Ports, Put, Store
from ..signing_in.access import Bearer
from ..state import records
from ..state.account import entries
from ..state.once import Once, retrying
from ..telling.notices import outbox_key


def buried(
    head: dict[str, Any], notice: str, why: str, now: datetime, perhaps_sent: Mapping[str, bool] = MappingProxyType({})
) -> list[Change]:
    """To be written with the end of a notice that was given up. `perhaps_sent`: as the ledger says it."""
    value = {"notice": notice, "party": head["party"], "person": head["person"], "why": why, "at": records.stamp(now)}
    return [Put(Key(_partition(head["jurisdiction"]), letter_id(notice, value["at"])), {**value, **perhaps_sent})]


def letters(store: Store, bearer: Bearer, after: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Those of the admin's jurisdiction, newest first: {id, notice, party, person, why, at, perhaps_sent?}."""
    bearer.must_be("admin")
    items = store.query(_partition(bearer.jurisdiction), after=after, limit=limit, newest_first=True)
    return [{"id": item.key.sort, **item.value} for item in items]


def letter(store: Store, bearer: Bearer, ident: str) -> dict[str, Any]:
    """One of them. NotFound where it was dealt with already."""
    item, _ = _found(store, bearer, ident)
    return {"id": item.key.sort, **item.value}


def resend(ports: Ports, bearer: Bearer, ident: str, now: datetime, once: Once) -> dict[str, Any]:
    """Put a dead letter back into the outbox, to be tried from the person's first channel; the facts are read again before
    it leaves. NotFound where it was dealt with already."""

    def attempt() -> dict[str, Any]:
        item, head = _found(ports.store, bearer, ident)
        at = records.stamp(now)
        value = {
            **head.value,
            "state": "queued",
            "channel": 0,
            "attempts": 0,
            "leaves": at,
            "tried": None,
            "settled": None,
            "paced": None,
        }
        told = [{"what": "resent", "notice": item.value["notice"], "person": head.value["person"], "by": bearer.id, "at": at}]
        answer = {"id": ident, "state": "queued"}
        ports.store.write(
            [
                Delete(item.key, item.version),
                Put(head.key, value, head.version),
                Put(outbox_key(at, item.value["notice"]), {}),
                *entries(ports.store, head.value["party"], told),
                *once.remember(answer),
            ]
        )
        return answer

    return retrying(once, ports.store, attempt)


def dismiss(ports: Ports, bearer: Bearer, ident: str, why: str, now: datetime, once: Once) -> dict[str, Any]:
    """Lay a dead letter aside: it need not be sent any more. The reason is kept in the ledger."""

    def attempt() -> dict[str, Any]:
        item, head = _found(ports.store, bearer, ident)
        told = [
            {
                "what": "dismissed",
                "notice": item.value["notice"],
                "person": head.value["person"],
                "why": why,
                "by": bearer.id,
                "at": records.stamp(now),
            }
        ]
        answer = {"id": ident, "state": "dismissed"}
        ports.store.write(
            [Delete(item.key, item.version), *entries(ports.store, head.value["party"], told), *once.remember(answer)]
        )
        return answer

    return retrying(once, ports.store, attempt)


def _found(store: Store, bearer: Bearer, ident: str) -> tuple[Item, Item]:
    bearer.must_be("admin")
    item = store.get(Key(_partition(bearer.jurisdiction), ident))
    head = item and store.get(Key(f"notice#{item.value['notice']}", "head"))
    if not head:
        raise NotFound(
            "没有这条未送达的通知，可能已重发或已作处理", "there is no such dead letter; it may have been dealt with"
        )
    return item, head


def still_dead(store: Store, bearer: Bearer, idents: Iterable[str]) -> set[str]:
    """Those of the letters that nobody has dealt with."""
    bearer.must_be("admin")
    return {key.sort for key in store.get_many(Key(_partition(bearer.jurisdiction), ident) for ident in idents)}


def letter_id(notice: str, at: str) -> str:
    """What an admin calls a letter by, so that it fits into an address; `at` is when the notice was given up."""
    return f"{at}.{sha256(notice.encode()).hexdigest()[:12]}"


def _partition(jurisdiction: str) -> str:
    return f"dead#{jurisdiction}"
