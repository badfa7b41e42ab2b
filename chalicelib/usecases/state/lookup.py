"""Finding a party or a project by a part of its name: every ending of the name is a key, so that a part is a beginning.

names#<jurisdiction>   <party|project>#<piece>#<holder>    {holder}: a piece of what the holder is called

Written when a holder is counted (tally.py), which also remembers what was written; read a page at a time.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from ...ports import Change, Delete, Item, Key, Put, Store

LONGEST = 12  # characters of a piece: what is looked for beyond them is compared with the name itself
_GROUPS = re.compile(r"[^-]+")  # of a code


def folded(text: str) -> str:
    """As names are compared: half-width, small, one space where there are several."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words_of(profile: dict[str, Any]) -> list[str]:
    """What a holder is found by: [name, code, id]."""
    return [profile.get("name", ""), profile.get("code") or profile.get("uscc") or "", profile.get("id", "")]


def holds(profile: dict[str, Any], unit: str, wanted: Iterable[str]) -> bool:
    """Whether what a holder is found by, with the name of its unit beside it, holds all these (folded) words."""
    told = folded(" ".join((*words_of(profile), unit)))
    return all(word in told for word in wanted)


def pieces_of(words: Iterable[str]) -> set[str]:
    """The endings of a name; of a code, those that begin a group; of an id, itself. Each cut to LONGEST."""
    name, code, ident = map(folded, words)
    found = {name[start:] for start in range(len(name)) if name[start] != " "}
    found |= {code[group.start() :] for group in _GROUPS.finditer(code)}
    return {piece[:LONGEST] for piece in {*found, ident} if piece}


def changes(jurisdiction: str, holder: str, before: Iterable[str] | None, after: Iterable[str] | None) -> list[Change]:
    """The writes by which a holder that was found by the words `before` is found by those `after`; None for not at all."""
    old, new = (set() if words is None else pieces_of(words) for words in (before, after))
    gone = [Delete(_key(jurisdiction, holder, piece)) for piece in sorted(old - new)]
    return [*gone, *(Put(_key(jurisdiction, holder, piece), {"holder": holder}) for piece in sorted(new - old))]


def _key(jurisdiction: str, holder: str, piece: str) -> Key:
    return Key(f"names#{jurisdiction}", f"{holder.partition('#')[0]}#{piece}#{holder}")


def begun(store: Store, jurisdiction: str, kind: str, word: str, after: str | None, limit: int) -> list[Item]:
    """The next entries of the kind ("party", "project") whose piece begins with the word, in order of the pieces."""
    return store.query(f"names#{jurisdiction}", prefix=f"{kind}#{folded(word)[:LONGEST]}", after=after, limit=limit)


def is_first(entry: Item, words: Iterable[str], word: str) -> bool:
    """Whether this is the first of the holder's entries that begin so: a name may hold the word more than once."""
    wanted = folded(word)[:LONGEST]
    fitting = [piece for piece in pieces_of(words) if piece.startswith(wanted)]
    return bool(fitting) and entry.key == _key(entry.key.partition.partition("#")[2], entry.value["holder"], min(fitting))
