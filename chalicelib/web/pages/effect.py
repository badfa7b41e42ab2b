"""What a preview found, as tables for people; and what every page that publishes needs."""

import secrets
from typing import Any

from ...usecases import records
from .page import ports

LONGEST_WHY = 2000  # characters of a reason
SHOWN = 50  # rows of each list of a preview
LISTS = (
    ("moves", ("期限调整", "Dates that move")),
    ("appears", ("新增事项", "Duties that appear")),
    ("vanishes", ("不再需要", "Duties that vanish")),
    ("other", ("其他变化", "Other changes")),
)
MESSAGES = (("added", ("30天内会多发的提醒", "Messages more")), ("dropped", ("30天内会少发的提醒", "Messages fewer")))


def new_once() -> str:
    """What tells a form that is sent twice from two forms."""
    return secrets.token_hex(12)


def lists_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The lists of a preview, the first rows of each with the names they are about."""
    lists = []
    for kind, name in LISTS:
        rows = sorted(
            (row for row in found["changes"] if row["change"] == kind),
            key=lambda row: (not row["overdue_at_once"], row["becomes"] or ""),
        )
        lists.append({"name": name, "count": len(rows), "rows": rows[:SHOWN], "is_message": False})
    for kind, name in MESSAGES:
        rows = sorted(found["messages"][kind], key=lambda row: row["at"])
        lists.append({"name": name, "count": len(rows), "rows": rows[:SHOWN], "is_message": True})
    shown = [row for each in lists for row in each["rows"]]
    names = _names({row["obligation"].partition("/")[0] for row in shown})
    for each in lists:
        each["rows"] = [{"article": "", **row, "name": names[row["obligation"].partition("/")[0]]} for row in each["rows"]]
    return lists


def _names(idents: set[str]) -> dict[str, str]:
    """What projects and parties are called; a place is called by its id."""
    keys = {key: ident for ident in idents for key in (records.party_key(ident), records.project_key(ident))}
    found = {keys[key]: item.value["name"] for key, item in ports().store.get_many(keys).items()}
    return {ident: found.get(ident, ident) for ident in idents}
