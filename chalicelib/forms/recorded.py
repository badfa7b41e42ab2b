"""What a checked submission records: its milestones and the facts it states."""

from collections.abc import Mapping
from typing import Any

CARRIED = (
    "for",
    "of",
    "amount",
    "due_on",
    "until",
    "result",
    "list",
    "vendor",
    "attached",
    "replaces",
    "void",
)


def is_classified(body: Any) -> bool:
    """Whether the submission says of itself that it is classified (涉密)."""
    return isinstance(body, Mapping) and body.get("classified") is True


def milestone(record: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    event = record["event"]
    milestone = {"event": event if isinstance(event, str) else body[event["field"]], "on": body[record["on"]]}
    for key in CARRIED:
        if record.get(key) in body:
            milestone[key] = plain(body[record[key]])
    if "for" in milestone:
        milestone["for"] = str(milestone["for"])
    if "attached" in milestone:
        milestone["attached"] = [attachment["name"] for attachment in milestone["attached"]]
    return {**milestone, "planned": True} if record.get("planned") else milestone


def meets(body: Mapping[str, Any], field: str, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return (field in body) is wanted["present"]
    return body.get(field) in (wanted if isinstance(wanted, list) else [wanted])


def plain(value: Any) -> Any:
    """JSON allows 500000.0 for a whole number; facts hold 500000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
