"""The errors of Duban: one base, each with a code, a text in both languages and what to do about it."""

from typing import NamedTuple


class Text(NamedTuple):
    """A text in Chinese and English; pages show `zh` unless the reader asks for `en`."""

    zh: str
    en: str


def counted(number: int, thing: str, things: str = "") -> str:
    """1 fault, 2 faults; what has a plural of its own says it."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


class DubanError(Exception):
    """What was asked cannot be done. `code` is stable and machine-readable, `text` is for people."""

    code = "error"
    status = 400

    def __init__(self, zh: str, en: str, *, errors: tuple = ()):
        super().__init__(en)
        self.text = Text(zh, en)
        self.errors = errors  # one entry for each fault: dicts with field, message, …


class InvalidRulebook(DubanError):
    """A rulebook says something the core cannot read. The text names the rule, the key and what is expected."""

    code = "invalid-rulebook"


class InvalidInput(DubanError):
    """A submission or request is malformed; `errors` lists every fault at once. Nothing was stored."""

    code = "invalid-input"


class Forbidden(DubanError):
    """The bearer may not do this for that party or jurisdiction."""

    code, status = "forbidden", 403


class NotFound(DubanError):
    """No such thing, or not one that the bearer may see."""

    code, status = "not-found", 404


class Refused(DubanError):
    """A well-formed request that the regulation does not allow yet; `errors` lists the articles in the way."""

    code, status = "refused", 422


class Conflict(DubanError):
    """The store's state was not what the write was built on, or the key was used for something else."""

    code, status = "conflict", 409


class StoreConflict(Exception):
    """A condition of a write did not hold, or another writer was faster; nothing was written. Read again, then retry."""


class Busy(Conflict):
    """Others wrote the same each time it was tried. The same request can be sent again."""

    def __init__(self):
        super().__init__("同时修改的人太多，请稍后再试", "too many writers at once; try again shortly")


class Unavailable(DubanError):
    """Not now: the store is being moved or cannot be reached. The same request can be sent again later."""

    code, status = "unavailable", 503
