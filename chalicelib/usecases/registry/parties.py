"""The parties of a place as a list that can be searched, a page at a time."""

from collections.abc import Iterable
from typing import Any

from ...ports import Ports, Store
from ..signing_in.access import Bearer
from ..state import records

A_PAGE = 200  # read at a time while looking for a name


def found(store: Store, bearer: Bearer, words: str, after: str | None, limit: int) -> dict[str, Any]:
    """Those of the bearer's jurisdiction whose id or name holds the words, in order of their ids: {parties: [{id, name,
    authority}], next: the cursor of the next page, or None}. Reads no more than it has to."""
    bearer.must_be("authority", "admin")
    wanted, listed = words.strip().casefold(), []
    cursor = f"party#{after}" if after else None
    while page := store.query(f"jurisdiction#{bearer.jurisdiction}", prefix="party#", after=cursor, limit=A_PAGE):
        for item in page:
            ident = item.key.sort.removeprefix("party#")
            if wanted in ident.casefold() or wanted in item.value["name"].casefold():
                if len(listed) == limit:
                    return {"parties": listed, "next": listed[-1]["id"]}
                listed.append({"id": ident, **item.value})
        cursor = page[-1].key.sort
    return {"parties": listed, "next": None}


def names(ports: Ports, idents: Iterable[str]) -> dict[str, str]:
    """What parties are called, by id."""
    keys = {records.party_key(ident): ident for ident in idents}
    return {keys[key]: item.value["name"] for key, item in ports.store.get_many(keys).items()}
