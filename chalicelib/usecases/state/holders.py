"""Every holder of duties of some places, one after another."""

from collections.abc import Iterator

from ...ports import Store


def holders(store: Store, jurisdictions: list[str], after: list[str] | None = None) -> Iterator[tuple[list[str], str]]:
    """Every holder of these places, in an order that a cursor [place, party, project] can resume."""
    past_place, past_party, past_project = after or ["", "", ""]
    for place in sorted(jurisdictions):
        if place < past_place:
            continue
        if place != past_place or not after:
            yield [place, "", ""], f"jurisdiction#{place}"
        cursor = past_party if place == past_place else ""
        parties = [cursor] if cursor else []
        parties += [item.key.sort for item in store.query(f"jurisdiction#{place}", prefix="party#", after=cursor or None)]
        for party in parties:
            project_cursor = past_project if party == cursor else ""
            if party != cursor:
                yield [place, party, ""], party
            for item in store.query(party, prefix="project#", after=project_cursor or None):
                yield [place, party, item.key.sort], item.key.sort
