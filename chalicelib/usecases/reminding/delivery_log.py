"""The delivery log: what became of each notice of a jurisdiction, by the day on which it was settled."""

from datetime import date, datetime
from typing import Any

from ...core.ladder import local_day
from ...ports import Change, Key, Put, Store
from ..signing_in.access import Bearer
from ..state import records


def logged(head: dict[str, Any], notice: str, state: str, told: list[dict[str, Any]], now: datetime) -> Change:
    """To be written with the end of a notice."""
    accepted = next((entry for entry in reversed(told) if entry["what"] == "accepted"), {})
    whys = sorted({entry["why"] for entry in told if "why" in entry})
    value = {
        "notice": notice,
        "party": head["party"],
        "person": head["person"],
        "state": state,
        "steps": len(told),
        "channel": accepted.get("channel"),
        "possible_duplicate": accepted.get("possible_duplicate", False),
        "perhaps_sent": any(entry.get("perhaps_sent") for entry in told),
        "why": "; ".join(whys) or None,
        "at": records.stamp(now),
    }
    return Put(log_key(head["jurisdiction"], notice, now), value)


def arrived(store: Store, head: dict[str, Any], notice: str, what: str, at: datetime) -> list[Change]:
    """To be written with a vendor's receipt for a notice that was accepted: the log says it too."""
    item = head.get("settled") and store.get(log_key(head["jurisdiction"], notice, records.instant_of(head["settled"])))
    return [Put(item.key, {**item.value, what: records.stamp(at)}, item.version)] if item else []


def log_key(jurisdiction: str, notice: str, settled: datetime) -> Key:
    return Key(log_partition(jurisdiction, local_day(settled)), f"{records.stamp(settled)}#{notice}")


def delivery_log(store: Store, bearer: Bearer, day: date, after: str | None = None, limit: int = 100) -> dict[str, Any]:
    """The notices settled on a day (Shanghai), newest first, and the cursor of the next page (None: there is none)."""
    bearer.must_be("admin")
    found = store.query(log_partition(bearer.jurisdiction, day), after=after, limit=limit + 1, newest_first=True)
    page = found[:limit]
    return {"notices": [item.value for item in page], "next": page[-1].key.sort if len(found) > limit else None}


def log_partition(jurisdiction: str, day: date) -> str:
    return f"delivered#{jurisdiction}#{day}"
