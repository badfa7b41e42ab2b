"""Gaps: what reconciliation finds missing. A gap is told in the ledger once, and mended in the same write where that is safe."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from ...ports import Change, Check, Item, Key, Ports, Put
from ..state import records
from ..state.account import entries, recent
from ..state.plan import CASCADE, REPLAN, split_due
from ..telling.notices import new_head, notice_of, outbox_key
from ..telling.people import person

WORDS = ("accepted", "withheld", "given up")  # of the ledger, on what became of a person's step
LEVELS = ("unheard", "escalated")  # rungs whose name says for whom they are


class Gap(NamedTuple):
    """`what` is missing, of whom the ledger of `owner` is to tell, `about` which record; `mending` puts it right, if it can."""

    what: str
    owner: str
    about: str
    mending: tuple[Change, ...] = ()


def close(ports: Ports, gap: Gap, now: datetime) -> None:
    """Mend a gap and tell of it; one that cannot be mended is told once. StoreConflict where it has changed meanwhile."""
    key = Key("gaps", sha256(f"{gap.what}#{gap.about}".encode()).hexdigest()[:16])
    if not gap.mending and ports.store.get(key):
        return
    done = "mended" if gap.mending else "told"
    told = {"what": "gap found", "gap": gap.what, "about": gap.about, "done": done, "at": records.stamp(now)}
    ports.store.write([*gap.mending, Put(key, {**told, "owner": gap.owner}), *entries(ports.store, gap.owner, [told])])


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at some holders. What many of them share is read once."""

    ports: Ports
    now: datetime
    since: str  # the instant from which on things are compared
    _told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _words: dict[str, dict[tuple[str, str, str], dict[str, Any]]] = field(default_factory=dict)
    _waiting: dict[int, set[str]] = field(default_factory=dict)
    _unplanned: list[set[str]] = field(default_factory=list)

    def told(self, owner: str) -> list[dict[str, Any]]:
        """The entries of a ledger since then."""
        if owner not in self._told:
            self._told[owner] = list(recent(self.ports.store, owner, self.since))
        return self._told[owner]

    def word(self, owner: str, notice: str, obligation: str, rung: str) -> dict[str, Any] | None:
        """What the ledger says became of a step."""
        if owner not in self._words:
            words = [each for each in self.told(owner) if each["what"] in WORDS and "notice" in each]
            self._words[owner] = {(each["notice"], each["obligation"], each["rung"]): each for each in words}
        return self._words[owner].get((notice, obligation, rung))

    def waits(self, notice: str) -> bool:
        """Whether a notice stands in the outbox."""
        shard = records.shard(notice)
        if shard not in self._waiting:
            self._waiting[shard] = {notice_of(row.key) for row in self.ports.store.query(f"outbox#{shard}")}
        return notice in self._waiting[shard]

    def is_planned(self, *holders: str) -> bool:
        """Whether none of these is about to be planned anew."""
        if not self._unplanned:
            self._unplanned.append(_to_be_planned(self.ports, self.now))
        return not self._unplanned[0] & set(holders)


def _to_be_planned(ports: Ports, now: datetime) -> set[str]:
    """The holders, and the places, that tick or a job has still to look at."""
    found: set[str] = set()
    for shard in range(records.SHARDS):
        for item in ports.store.query(f"due#{shard}", upto=f"{records.stamp(now)}~"):
            holder, what = split_due(item.key)
            if what in (REPLAN, CASCADE):
                found.add(holder)
            elif what == "@job":
                job = ports.store.get(Key(holder, "job"))
                found |= {f"jurisdiction#{place}" for place in job.value["jurisdictions"]} if _replans(job) else set()
    return found


def _replans(job: Item | None) -> bool:
    return job is not None and "kind" not in job.value


# What is missing, made again from what is left


def part_of(holder: str, obligation: str, rung: str) -> dict[str, Any]:
    """What a notice says of a step, as far as the rung's name tells it."""
    words = rung.partition("@")[0].split("-")
    return {
        "obligation": obligation,
        "holder": holder,
        "rung": rung,
        "kind": words[0],
        "to": words[1] if words[0] in LEVELS else "responsible",
        "late": False,
        "instead_of": [],
    }


def part_key(notice: str, obligation: str, rung: str) -> Key:
    return Key(f"notice#{notice}", f"step#{obligation}#{rung}")


def head_again(ports: Ports, who: str, jurisdiction: str, notice: str, word: dict[str, Any] | None, now: datetime) -> tuple:
    """The writes that bring back the head of a notice: settled as the ledger says, else to be sent, perhaps once more. None for
    somebody who is gone."""
    known = person(ports.store, who)
    if known is None:
        return ()
    value = new_head(known, jurisdiction, now, now, prompt=False)
    head = Key(f"notice#{notice}", "head")
    if word:
        return (Put(head, {**value, "state": word["what"], "untold": []}, 0),)
    return (Put(head, {**value, "possible_duplicate": True}, 0), Put(outbox_key(records.stamp(now), notice), {}))


def row_again(head: Item, notice: str, now: datetime) -> tuple:
    """The writes that have a notice looked at again, unless somebody has just done so."""
    return (Check(head.key, head.version), Put(outbox_key(records.stamp(now), notice), {}))
