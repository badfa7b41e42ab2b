"""The documents of a submission that was returned, in the form that hands it in again.

A file belongs to the submission it was sent with and goes with it, so it is copied, never shared.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ...ports import Blob
from .formats import FORMATS
from .typed import CHOSEN

MOST_FILES = 50
MOST_BYTES = 60 * 1024 * 1024  # copied for one form, while somebody waits; the slot of a file that would be more stays empty

Documents = list[dict[str, Any]]


def as_sent(documents: Iterable[Mapping[str, Any]], folder: str) -> Documents:
    """The documents of a body as somebody would have typed them: on paper, or with the file that lies in the submission's
    folder. Through the API a body can name any file: another's is left out."""
    return [{"name": each["name"], **_state(each.get("file"), folder)} for each in documents]


def _state(file: str | None, folder: str) -> dict[str, str]:
    if not file:
        return {"paper": CHOSEN[0]}
    return {"file": file} if file.startswith(folder) else {}


def slots(wanted: list[str], before: Documents) -> Documents:
    """A slot for each document that is wanted, with what was in it before; then the others that were there."""
    was: dict[str, dict[str, Any]] = {}
    others = [each for each in before if each["name"] not in wanted or was.setdefault(each["name"], each) is not each]
    return [*({**was.get(name, {}), "name": name, "asked": CHOSEN[0]} for name in wanted), *others]


def without_files(documents: Documents) -> Documents:
    return [{name: value for name, value in each.items() if name != "file"} for each in documents]


def copied(blob: Blob | None, documents: Documents, folder: str) -> Documents:
    """The documents, each with a copy of its file in `folder`. A file that is gone, or more than is copied at once, leaves its
    slot empty."""
    done, files, size = [], 0, 0
    for document, empty in zip(documents, without_files(documents), strict=True):
        key = document.get("file", "")
        name, ending = key.rpartition("/")[2], key.rpartition(".")[2]
        stored = blob.head(key) if blob and ending in FORMATS and files < MOST_FILES else None
        if stored is None or size + stored.size > MOST_BYTES:
            done.append(empty)
            continue
        blob.put(folder + name, blob.read(key), FORMATS[ending].content_type)
        files, size = files + 1, size + stored.size
        done.append({**empty, "file": folder + name, "size": stored.size})
    return done
