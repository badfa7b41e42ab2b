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
        "why": "; ".join(whys) or None,
        "at": records.stamp(now),
    }
    return Put(log_key(head["jurisdiction"], notice, now), value)


def log_key(jurisdiction: str, notice: str, settled: datetime) -> Key:
    return Key(_partition(jurisdiction, local_day(settled)), f"{records.stamp(settled)}#{notice}")


def delivery_log(store: Store, bearer: Bearer, day: date, after: str | None = None, limit: int = 100) -> dict[str, Any]:
    """The notices settled on a day (Shanghai), newest first, and the cursor of the next page (None: there is none)."""
    bearer.must_be("admin")
    found = store.query(_partition(bearer.jurisdiction, day), after=after, limit=limit + 1, newest_first=True)
    page = found[:limit]
    return {"notices": [item.value for item in page], "next": page[-1].key.sort if len(found) > limit else None}


def _partition(jurisdiction: str, day: date) -> str:
    return f"delivered#{jurisdiction}#{day}"
