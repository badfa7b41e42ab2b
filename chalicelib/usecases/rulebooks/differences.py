"""How two rulebooks differ: rule by rule and head entry by head entry."""

from typing import Any


def differences(was: dict[str, Any], becomes: dict[str, Any]) -> list[dict[str, Any]]:
    """What was added, taken out or altered: {what: head/<key> or rule/<id>/<field>, was, becomes}; None for what is not there."""
    found = [_of(f"head/{key}", was, becomes, key) for key in sorted({*was, *becomes} - {"rules"})]
    old, new = ({rule["id"]: rule for rule in book.get("rules", ())} for book in (was, becomes))
    for ident in [*old, *(ident for ident in new if ident not in old)]:
        a, b = old.get(ident, {}), new.get(ident, {})
        found += [_of(f"rule/{ident}/{key}", a, b, key) for key in sorted({*a, *b})]
    return [change for change in found if change["was"] != change["becomes"]]


def _of(what: str, was: dict[str, Any], becomes: dict[str, Any], key: str) -> dict[str, Any]:
    return {"what": what, "was": was.get(key), "becomes": becomes.get(key)}
