"""What was returned (退回) to a unit and waits to be handed in again, with the reasons: rows that returning.py writes."""

from typing import Any

from ...ports import Item, Key, Store

MOST = 50  # of one unit that are shown


def of_holder(store: Store, partition: str) -> list[dict[str, Any]]:
    """What waits to be mended of one holder, as `of_unit` gives it."""
    return _told(store, [(partition, item) for item in store.query(partition, prefix="returned#")])


def of_unit(store: Store, unit: str) -> list[dict[str, Any]]:
    """What waits to be mended of a unit, the last returned first: {form, of, submission, decision, holder, name, on, due_on,
    reasons}. Costs what there is."""
    found = store.query(f"returned#{unit}", limit=MOST)
    return _told(store, [(item.key.sort.rpartition("#")[0], item) for item in found])


def _told(store: Store, found: list[tuple[str, Item]]) -> list[dict[str, Any]]:
    decisions = store.get_many(Key(holder, f"submission#{item.value['decision']}") for holder, item in found)
    profiles = store.get_many(Key(holder, "profile") for holder in {holder for holder, _ in found})
    told = []
    for holder, item in found:
        decision = decisions.get(Key(holder, f"submission#{item.value['decision']}"))
        body = decision.value["body"] if decision else {}
        told.append(
            {
                **{name: item.value[name] for name in ("form", "of", "submission", "decision", "at")},
                "holder": holder,
                "name": profiles[Key(holder, "profile")].value["name"],
                "due_on": body.get("due_on"),
                "reasons": reasons_of(body),
            }
        )
    return sorted(told, key=lambda each: each["at"], reverse=True)


def reasons_of(body: dict[str, Any]) -> list[str]:
    """Why something was not let pass, in the decision's own words."""
    return body.get("reasons") or [body[name] for name in ("reason", "remarks") if body.get(name) not in (None, "", "无")][:1]
