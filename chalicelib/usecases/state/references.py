"""Short names: what a button, a link or a person on the telephone calls an obligation or a receipt by.

partition            sort            holds
reference#<6 digits> <reference>     {holder, obligation}: of one that was shown to somebody, or stands in a list
reference#<number>   <submission>    {holder, submission}: of what was sent in, by the number of its receipt
"""

import re
from hashlib import sha256

from ...ports import Change, Key, Put, Store

SHORT = 6  # characters in a message that says nothing else
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read as something else
NUMBER = 8  # of these make the number of a receipt
_OF_A_PAGE = re.compile(rf"\d{{8}}-([{ALPHABET}]{{{NUMBER}}})")  # how a form begun on a page is numbered
MOST = 20  # of what one short name may stand for


def reference(obligation: str) -> str:
    """Sixteen hexadecimal digits; messages show the first six."""
    return sha256(obligation.encode()).hexdigest()[:16]


def receipt_number(submission: str) -> str:
    """Eight letters and digits: the end of the number that a page gave its form, else made of whatever its id is."""
    found = _OF_A_PAGE.fullmatch(submission)
    if found:
        return found[1]
    number = int.from_bytes(sha256(submission.encode()).digest()[:NUMBER])
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(NUMBER))


def remember(holder: str, obligation: str) -> Change:
    """To be written with whatever shows the reference to somebody, so that it can be followed back."""
    return Put(key(reference(obligation)), {"holder": holder, "obligation": obligation})


def remember_receipt(holder: str, submission: str) -> Change:
    """To be written with a submission, so that it is found by the number of its receipt."""
    return Put(receipt_key(submission), {"holder": holder, "submission": submission})


def find(store: Store, ref: str) -> tuple[str, str] | None:
    """(holder, obligation) of a reference that was shown; None for one that was not."""
    found = store.get_many(keys(ref))
    item = next((found[each] for each in keys(ref) if each in found), None)
    return item and (item.value["holder"], item.value["obligation"])


def called(store: Store, short: str) -> list[tuple[str, str]]:
    """(holder, obligation) of those whose references begin so; none for fewer than six digits."""
    short = short.lower()
    if len(short) < SHORT:
        return []
    found = store.query(f"reference#{short[:SHORT]}", prefix=short, limit=MOST)
    return [(item.value["holder"], item.value["obligation"]) for item in found]


def received(store: Store, number: str) -> list[tuple[str, str]]:
    """(holder, submission) of the receipts of this number: one, as a rule; none for what is no number of a receipt."""
    found = store.query(f"reference#{number.upper()}", limit=MOST) if len(number) == NUMBER else []
    return [(item.value["holder"], item.value["submission"]) for item in found]


def key(ref: str) -> Key:
    """Where it is kept."""
    return Key(f"reference#{ref[:SHORT]}", ref)


def keys(ref: str) -> tuple[Key, Key]:
    """Where it is kept, and where it was before it was found by its beginning."""
    return key(ref), Key(f"reference#{ref}", "obligation")


def receipt_key(submission: str) -> Key:
    return Key(f"reference#{receipt_number(submission)}", submission)
