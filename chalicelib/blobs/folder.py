"""Files in a folder beside the data (ports.Blob). A slot is our own address: what it allows is written in its fields and signed.

A file is named by its key and its type: `attachments/20260831-7K3M9QZ2/1.pdf~application%2Fpdf`. It is written under another
name first, so that whoever finds it finds the whole of it.
"""

import glob
import hmac
import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote, unquote, urlencode

from ..core.errors import Forbidden, InvalidInput, NotFound
from ..core.ledger import keyed
from ..ports import Slot, Stored

GOOD_FOR = timedelta(hours=1)
CHUNK = 64 * 1024
SPLIT = "~"  # between a key and its type; no key holds one
DRAFTS = ".drafts"


class Allowed(NamedTuple):
    """What a slot allows."""

    key: str
    content_type: str
    most_bytes: int
    back: str


class FolderBlob:
    """`url` is where this server is reached, `secret` signs slots and links."""

    def __init__(self, folder: Path, secret: bytes, url: str) -> None:
        self._folder, self._secret, self._url = folder, secret, url

    def slot(self, key: str, content_type: str, most_bytes: int, back: str, now: datetime) -> Slot:
        policy = {"key": _checked(key), "type": content_type, "most": most_bytes, "back": back, "until": _until(now)}
        written = urlsafe_b64encode(json.dumps(policy).encode()).decode()
        return Slot(f"{self._url}/uploads", {"policy": written, "signature": self._signed("slot", written)})

    def allowed(self, fields: dict[str, str], now: datetime) -> Allowed:
        """What the fields of a slot allow. Forbidden where they are not ours, or too old."""
        written = fields.get("policy", "")
        if not _is_same(fields.get("signature", ""), self._signed("slot", written)):
            raise Forbidden("上传的凭据不对，请返回表单重新上传", "this is no slot of ours; go back to the form")
        policy = json.loads(urlsafe_b64decode(written))
        if policy["until"] <= now.timestamp():
            raise Forbidden("上传的凭据已过期，请返回表单重新上传", "the slot is too old; go back to the form")
        return Allowed(policy["key"], policy["type"], policy["most"], policy["back"])

    def receive(self, allowed: Allowed, chunks: Iterable[bytes]) -> None:
        """Keep what is sent to a slot, counting as it comes. InvalidInput, with nothing kept, for an empty or too long one."""
        self._keep(allowed.key, chunks, allowed.content_type, allowed.most_bytes)

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        chunks = [content] if isinstance(content, bytes) else iter(lambda: content.read(CHUNK), b"")
        self._keep(_checked(key), chunks, content_type, None)

    def _keep(self, key: str, chunks: Iterable[bytes], content_type: str, most: int | None) -> None:
        target = self._folder / (key + SPLIT + quote(content_type, safe=""))
        draft = self._folder / DRAFTS / secrets.token_hex(8)
        draft.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(draft, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                size = 0
                for chunk in chunks:
                    size += len(chunk)
                    if most is not None and size > most:
                        raise InvalidInput(
                            f"文件超过上限 {most / 1_048_576:.0f} MB，没有保存。请压缩或拆分后再传",
                            f"the file is larger than {most} bytes; compress or split it",
                        )
                    file.write(chunk)
                if most is not None and not size:
                    raise InvalidInput("没有选择文件，或文件是空的", "no file was chosen, or it is empty")
                file.flush()
                os.fsync(file.fileno())
            if self._path(key) is None:
                with suppress(FileExistsError):  # what is there never changes
                    os.link(draft, target)
        finally:
            draft.unlink(missing_ok=True)

    def head(self, key: str) -> Stored | None:
        path = self._path(key)
        return path and Stored(path.stat().st_size, unquote(path.name.rpartition(SPLIT)[2]))

    def read(self, key: str) -> bytes:
        path = self._path(key)
        if path is None:
            raise _not_there()
        return path.read_bytes()

    def link(self, key: str, filename: str, now: datetime) -> str:
        asked = {"name": filename, "until": str(_until(now))}
        signature = self._signed("link", json.dumps([key, asked]))
        return f"{self._url}/files/{_checked(key)}?{urlencode({**asked, 'signature': signature})}"

    def linked(self, key: str, asked: dict[str, str], now: datetime) -> Path:
        """The file a link leads to. NotFound where the link is not ours, or too old, or the file gone."""
        kept = {name: asked.get(name, "") for name in ("name", "until")}
        is_ours = _is_same(asked.get("signature", ""), self._signed("link", json.dumps([key, kept])))
        path = self._path(key) if is_ours and int(kept["until"]) > now.timestamp() else None
        if path is None:
            raise _not_there()
        return path

    def keys(self, after: str | None = None, limit: int = 1000) -> list[str]:
        found = sorted(key for key in self._all() if after is None or key > after)
        return found[:limit]

    def delete(self, key: str) -> None:
        path = self._path(key)
        if path is not None:
            path.unlink(missing_ok=True)

    def _all(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._folder):
            within = Path(folder).relative_to(self._folder)
            if within.parts[:1] != (DRAFTS,):
                yield from ((within / name.rpartition(SPLIT)[0]).as_posix() for name in names if SPLIT in name)

    def _path(self, key: str) -> Path | None:
        path = self._folder / _checked(key)
        return next(path.parent.glob(glob.escape(path.name) + SPLIT + "*"), None)

    def _signed(self, what: str, text: str) -> str:
        return keyed(self._secret, f"blob {what} {text}")


def _checked(key: str) -> str:
    """A key that names a file of the folder and nothing else."""
    parts = key.split("/")
    if (
        not key.isascii()
        or not key.isprintable()
        or any(part.startswith(".") or not part for part in parts)
        or {SPLIT, "\\"} & set(key)
    ):
        raise NotFound(f"“{key[:80]}”不是文件的编号", f"{key[:80]!r} is no key of a file")
    return key


def _is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _until(now: datetime) -> int:
    return int((now + GOOD_FOR).timestamp())


def _not_there() -> NotFound:
    return NotFound("没有这个文件，或链接已过期：请回到原来的页面再打开一次", "there is no such file, or the link is too old")
