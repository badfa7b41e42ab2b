"""Audit: everything that is recorded about a project, in one document that somebody else can verify without this program."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ...core.answer import answer_json
from ...ports import Key, Ports, Store
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.checkpoint import covered_key
from ..state.holder import assess, load
from ..views.overview import future
from .gaps import part_key
from .retention import without_personal

FORMAT = "duban-record/1"
HIDDEN = "***"
OF_A_WORD = ("what", "at", "channel", "reference", "possible_duplicate", "planned_for", "why", "to", "text")
HOW = {
    "zh": "逐条核验：去掉 hash 后，按键名排序、无空格、UTF-8 写成 JSON，其 SHA-256 应等于 hash；previous 应等于前一条（number 小 1）的 hash。"
    "whole 为 true 的台账给出自本项目首条起的全部条目，首尾相连；其余只给出与本项目有关的条目。"
    "covered 是系统外检查点所记的条数和哈希：该检查点文件 heads 中本台账的两个值应与此相同，且等于第 length 条的 hash。",
    "en": "Each entry: the SHA-256 of its JSON without `hash` (keys sorted, no spaces, UTF-8) is `hash`, and `previous` is the hash of "
    "the entry whose number is one less. Of a ledger that is `whole` all entries from the project's first one on are given, of "
    "others those about the project. `covered` is what a checkpoint outside the system says: the file's `heads` give for this "
    "ledger the same two values, and the entry of that number has that hash.",
}


def record(ports: Ports, bearer: Bearer, project: str, now: datetime) -> dict[str, Any]:
    """The record of a project as of now. NotFound and Forbidden as for the project itself. A unit is given its own ledger; an
    office also what the ledgers of the place and of everybody told say of the project. Names and numbers of people are hidden."""
    partition = f"project#{project}"
    profile = may_see(ports, bearer, partition)
    holder, store = load(ports.store, partition), ports.store
    submissions = [item.value for item in store.query(partition, prefix="submission#")]
    abouts = [*holder.rows, *(item.key.sort.removeprefix("news#") for item in store.query(partition, prefix="news#"))]
    planned = list(_planned(store, abouts))
    owners = {profile["unit"]: None}
    if bearer.role != "unit":
        owners |= dict.fromkeys([profile["jurisdiction"], *(each["person"].partition("/")[0] for each in planned)])
    marks = {partition, *abouts, *(each["id"] for each in submissions), *(each["notice"] for each in planned)}
    ledgers = [_ledger(store, owner, marks, is_whole=owner == profile["unit"]) for owner in owners]
    return {
        "format": FORMAT,
        "at": records.stamp(now),
        "project": profile,
        "milestones": list(holder.milestones),
        "submissions": [_hidden(ports, each) for each in submissions],
        "answer": answer_json(assess(holder, ports, now)),
        "obligations": [_standing(item.value) for item in holder.rows.values()],
        "messages": [{**each, "told": _words(ledgers, each)} for each in planned],
        "coming": future(ports, bearer, partition, now)["messages"],
        "acknowledgements": [_acknowledged(item.key, item.value) for item in store.query(partition, prefix="acknowledgement#")],
        "ledgers": ledgers,
        "how": HOW,
    }


def _hidden(ports: Ports, submission: dict[str, Any]) -> dict[str, Any]:
    return {**submission, "body": without_personal(ports.forms.get(submission["form"]), submission["body"], HIDDEN)}


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    """A duty as it is stored, and where its reminders stand."""
    told = ("born", "changed", "moved", "upto", "wake", "acknowledged", "snoozed", "basis")
    is_ = row["is"]
    dated = {name: is_[name] for name in ("id", "rule", "article", "title", "done_on", "closed", "before_tracking")}
    return {**dated, **{name: row.get(name) for name in told}}


def _planned(store: Store, abouts: list[str]) -> Iterator[dict[str, Any]]:
    """Every step of these, with the notice that carries it; what is older than notices are kept is in the ledger alone."""
    for about in abouts:
        for step in store.query(f"step#{about}"):
            rung, _, person = step.key.sort.partition("#")
            notice = step.value["notice"]
            keys = (Key(f"notice#{notice}", "head"), part_key(notice, about, rung))
            there = store.get_many(keys)
            head, part = (there[key].value if key in there else {} for key in keys)
            yield {
                "about": about,
                "rung": rung,
                "to": part.get("to"),
                "instead_of": part.get("instead_of", []),
                "late": part.get("late"),
                "person": person,
                "planned": step.value["at"],
                "notice": notice,
                "leaves": head.get("leaves"),
                "state": head.get("state"),
            }


def _ledger(store: Store, owner: str, marks: set[str], *, is_whole: bool) -> dict[str, Any]:
    rows = [item.value for item in store.query(f"ledger#{owner}")]
    ours = [row for row in rows if marks & {row.get(name) for name in ("obligation", "holder", "submission", "notice")}]
    if is_whole and ours:
        ours = rows[ours[0]["number"] - 1 :]
    covered = store.get(covered_key(owner))
    return {"owner": owner, "whole": is_whole, "entries": ours, "covered": covered and covered.value}


def _words(ledgers: list[dict[str, Any]], message: dict[str, Any]) -> list[dict[str, Any]]:
    """What the ledger of the person's party says became of a message."""
    party = message["person"].partition("/")[0]
    asked = (message["notice"], message["about"], message["rung"])
    entries = next((ledger["entries"] for ledger in ledgers if ledger["owner"] == party), ())
    said = [row for row in entries if (row.get("notice"), row.get("obligation"), row.get("rung")) == asked]
    return [{name: row[name] for name in OF_A_WORD if row.get(name) is not None} for row in said]


def _acknowledged(key: Key, value: dict[str, Any]) -> dict[str, Any]:
    return {"obligation": key.sort.split("#")[1], **value}
