"""Short names of obligations: what a button, a link or a person on the telephone calls one by."""

from hashlib import sha256

from ...ports import Change, Key, Put, Store

SHORT = 6  # characters in a message that says nothing else


def reference(obligation: str) -> str:
    """Sixteen hexadecimal digits; messages show the first six."""
    return sha256(obligation.encode()).hexdigest()[:16]


def remember(holder: str, obligation: str) -> Change:
    """To be written with whatever shows the reference to somebody, so that it can be followed back."""
    return Put(key(reference(obligation)), {"holder": holder, "obligation": obligation})


def find(store: Store, ref: str) -> tuple[str, str] | None:
    """(holder, obligation) of a reference that was shown; None for one that was not."""
    item = store.get(key(ref))
    return item and (item.value["holder"], item.value["obligation"])


def key(ref: str) -> Key:
    """Where it is kept."""
    return Key(f"reference#{ref}", "obligation")
