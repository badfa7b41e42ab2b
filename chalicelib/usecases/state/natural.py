"""Natural keys: what a party or a project is called outside - its 统一社会信用代码, its 项目代码 - and who that is here.

partition            sort           holds
jurisdiction#<id>    uscc#<code>    the party of the place that has it
jurisdiction#<id>    code#<code>    the project of the place that has it
"""

from collections.abc import Iterable

from ...core.cells import is_uscc, plain
from ...core.errors import Conflict
from ...ports import ABSENT, Change, Key, Ports, Put, Store
from . import records


def uscc_key(jurisdiction: str, code: str) -> Key:
    return Key(f"jurisdiction#{jurisdiction}", f"uscc#{plain(code)}")


def code_key(jurisdiction: str, code: str) -> Key:
    return Key(f"jurisdiction#{jurisdiction}", f"code#{plain(code)}")


def claim(ports: Ports, key: Key, ident: str) -> list[Change]:
    """To be written with what has the natural key. Conflict where another has it."""
    taken = ports.store.get(key)
    if taken and taken.value["id"] != ident:
        code = key.sort.partition("#")[2]
        raise Conflict(
            f"代码“{code}”已属于“{taken.value['id']}”，请核对", f"{code!r} belongs to {taken.value['id']!r}; check it"
        )
    return [] if taken else [Put(key, {"id": ident}, ABSENT)]


def parties(store: Store, jurisdiction: str, words: Iterable[str]) -> dict[str, str]:
    """Ids of the place's parties by what they are called, an id or a 统一社会信用代码; who is not there is left out."""
    given = {word: plain(word) for word in words}
    codes = {code: uscc_key(jurisdiction, code) for word in given.values() if is_uscc(code := word.upper())}
    known = store.get_many(
        [*codes.values(), *(Key(f"jurisdiction#{jurisdiction}", f"party#{word}") for word in given.values())]
    )
    found = {}
    for word, wanted in given.items():
        indexed = known.get(codes[wanted.upper()]) if wanted.upper() in codes else None
        if Key(f"jurisdiction#{jurisdiction}", f"party#{wanted}") in known:
            found[word] = wanted
        elif indexed:
            found[word] = indexed.value["id"]
    return found


def projects(store: Store, jurisdiction: str, words: Iterable[str]) -> dict[str, str]:
    """Ids of the place's projects by what they are called, an id or a 项目代码; those that are not there are left out."""
    given = {word: plain(word) for word in words}
    known = store.get_many(
        [key for word in given.values() for key in (code_key(jurisdiction, word), records.project_key(word)) if word]
    )
    found = {}
    for word, wanted in given.items():
        profile, indexed = known.get(records.project_key(wanted)), known.get(code_key(jurisdiction, wanted))
        if profile and profile.value["jurisdiction"] == jurisdiction:
            found[word] = wanted
        elif indexed:
            found[word] = indexed.value["id"]
    return found
