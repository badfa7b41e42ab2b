"""Spreadsheets on their way in: a file is uploaded, looked at as often as need be, and imported or forgotten.

A file is named by the day and by who sent it, so that nobody imports another's. It goes when it is imported or given up, else
when somebody uploads another one a day or more later.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...ports import Blob, Ports, Slot
from ..signing_in.access import Bearer

FOLDER = "imports/"
ANY_TYPE = "application/octet-stream"
KEPT = timedelta(days=1)
SWEPT = 100  # files looked at when another is uploaded


def slot(ports: Ports, bearer: Bearer, back: str, most_bytes: int, now: datetime) -> Slot:
    """Leave to upload one spreadsheet; the browser then goes to `back`, with `{file}` in it replaced by the file's name."""
    blob = _blob(ports)
    _sweep(blob, now)
    name = f"{local_day(now):%Y%m%d}-{_mark(bearer)}-{secrets.token_hex(12)}"
    return blob.slot(FOLDER + name, ANY_TYPE, most_bytes, back.replace("{file}", name), now)


def content(ports: Ports, bearer: Bearer, name: str) -> bytes:
    """The uploaded file. NotFound where it never arrived, is gone, or is another's."""
    blob, key = _blob(ports), FOLDER + name
    is_mine = "/" not in name and name.isascii() and name[9:].startswith(f"{_mark(bearer)}-")
    if not is_mine or blob.head(key) is None:
        raise NotFound(
            "没有找到上传的文件：没有选文件、文件是空的或太大，或者已导入、已放弃、超过两天。请重新上传",
            "the file is not there: none was chosen, it is empty or too large, was imported or given up, or is too old",
        )
    return blob.read(key)


def forget(ports: Ports, bearer: Bearer, name: str) -> None:
    """Remove the file: it was imported or given up."""
    content(ports, bearer, name)
    _blob(ports).delete(FOLDER + name)


def _blob(ports: Ports) -> Blob:
    if ports.blob is None:
        raise NotFound("本系统没有开通文件上传，请用接口或命令行导入", "files cannot be uploaded here; import by the API")
    return ports.blob


def _mark(bearer: Bearer) -> str:
    return sha256(f"{bearer.jurisdiction}/{bearer.id}".encode()).hexdigest()[:16]


def _sweep(blob: Blob, now: datetime) -> None:
    """Names begin with their day: the oldest stand first."""
    oldest = f"{FOLDER}{local_day(now - KEPT):%Y%m%d}"
    for key in blob.keys(FOLDER, SWEPT):
        if not key.startswith(FOLDER) or key >= oldest:
            return
        blob.delete(key)
