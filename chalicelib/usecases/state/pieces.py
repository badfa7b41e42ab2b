"""A long text in a partition of its own, in pieces that each fit into an item: {text}, numbered from 0."""

from ...ports import Key, Put, Store

PIECE = 60_000  # characters in one item: under the store's limit whatever they are
MOST_PIECES = 80  # that are written at once, with some changes besides


def pieces_of(partition: str, text: str) -> list[Put]:
    """The writes that keep a text; whoever writes them sees to it that they are not more than MOST_PIECES."""
    starts = range(0, len(text), PIECE)
    return [Put(piece_key(partition, number), {"text": text[start : start + PIECE]}) for number, start in enumerate(starts)]


def piece_key(partition: str, number: int) -> Key:
    return Key(partition, f"{number:03d}")


def whole(store: Store, partition: str) -> str:
    """The text that is kept there."""
    return "".join(item.value["text"] for item in store.query(partition))
