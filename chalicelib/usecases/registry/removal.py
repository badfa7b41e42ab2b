"""Taking back a registration: a party that was registered by mistake, and of which nothing has been reported, goes again.

A party with a history is never removed: its facts and its ledger are the proof of what was done. What is removed here says so
in the ledger, which stays.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...core.errors import NotFound, Refused
from ...ports import MAX_CHANGES, Change, Delete, Key, Ports, Store
from ..signing_in.access import Bearer, may_see, revoke, tokens
from ..state import natural, records, references, tally, unheard
from ..state.account import entries
from ..state.holder import load
from ..state.plan import REPLAN, TALLY, horizon
from .contact import contacts_of, remove_contact


def look(ports: Ports, bearer: Bearer, party: str) -> dict[str, Any]:
    """What would go, and what stands in the way: {contacts, tokens, duties, projects, reports, below: names of parties that
    have this one as their department}."""
    bearer.must_be("admin")
    may_see(ports, bearer, f"party#{party}")
    partition = f"party#{party}"
    reports = sum(len(ports.store.query(partition, prefix=prefix, limit=1)) for prefix in ("submission#", "milestone#"))
    return {
        "contacts": len(contacts_of(ports.store, party)),
        "tokens": sum(not token["revoked"] for token in tokens(ports.store, bearer, party)),
        "duties": len(ports.store.query(partition, prefix="obligation#")),
        "projects": len(ports.store.query(partition, prefix="project#")),
        "reports": reports,
        "below": _below(ports.store, bearer.jurisdiction, party),
    }


def is_free(plan: dict[str, Any]) -> bool:
    """Whether nothing stands in the way."""
    return not (plan["projects"] or plan["reports"] or plan["below"])


def remove(ports: Ports, bearer: Bearer, party: str, now: datetime) -> None:
    """Remove the party with its contacts, tokens and duties. Refused where something stands in the way. Cut short it can be
    done again: what the party is found through goes last."""
    plan = look(ports, bearer, party)
    if not is_free(plan):
        raise Refused(
            "该单位已有项目、报送记录，或是其他单位的主管部门，不能撤销登记；不再使用的单位可以移除其联系人、收回令牌",
            "it has projects or reports, or is the department of others, and stays; remove its contacts and revoke its tokens",
        )
    for ident in contacts_of(ports.store, party):
        remove_contact(ports, party, ident, bearer.id, now)
    for token in tokens(ports.store, bearer, party):
        revoke(ports.store, bearer, party, token["id"])
    partition = f"party#{party}"
    tally.forget(ports, partition)
    changes = list(_of_duties(ports, partition, now))
    for start in range(0, len(changes), MAX_CHANGES):
        ports.store.write(changes[start : start + MAX_CHANGES])
    profile = ports.store.get(records.party_key(party))
    if profile is None:
        raise NotFound(f"没有主体“{party}”", f"there is no party {party!r}")
    told = {"what": "registration taken back", "holder": partition, "by": bearer.id, "at": records.stamp(now)}
    ports.store.write(
        [
            *_names(profile.value, party),
            Delete(Key(partition, "facts")),
            Delete(profile.key, profile.version),
            *entries(ports.store, party, [told]),
        ]
    )


def _below(store: Store, jurisdiction: str, party: str) -> list[str]:
    others = [item.key.sort for item in store.query(f"jurisdiction#{jurisdiction}", prefix="party#")]
    profiles = store.get_many(Key(other, "profile") for other in others)
    return [item.value["name"] for item in profiles.values() if item.value["facts"].get("parent") == party]


def _of_duties(ports: Ports, partition: str, now: datetime) -> Iterator[Change]:
    """Its duties with their wake-ups and what was planned of them, and the marks by which it would be looked at again."""
    store = ports.store
    for ident, item in load(store, partition).rows.items():
        yield Delete(item.key)
        yield from (Delete(each) for each in references.keys(references.reference(ident)))
        if item.value["wake"]:
            yield Delete(records.due_key(item.value["wake"], partition, ident))
        yield from (Delete(planned.key) for of in ("step", "thread") for planned in store.query(f"{of}#{ident}"))
    yield Delete(horizon(partition, now).key)
    for mark in (REPLAN, TALLY):
        due = store.query(f"due#{records.shard(mark)}", upto=f"{records.stamp(now)}~")
        yield from (Delete(item.key) for item in due if item.key.sort.endswith(f"#{partition}#{mark}"))


def _names(profile: dict[str, Any], party: str) -> Iterator[Change]:
    """What it is found by."""
    place = profile["jurisdiction"]
    yield Delete(Key(f"jurisdiction#{place}", f"party#{party}"))
    if profile["uscc"]:
        yield Delete(natural.uscc_key(place, profile["uscc"]))
    if profile["authority"]:
        yield Delete(Key(f"authority#{place}", profile["authority"]))
    yield Delete(unheard.key(place, party))
