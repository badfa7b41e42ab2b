"""Files on a server of our own: what is sent to a slot, and what a link leads to. In the cloud S3 does both.

It stands before the gateway, because a file is streamed to the disk and from it, never held in memory as requests are.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chalice import Response
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from .. import bootstrap
from ..core.errors import DubanError, InvalidInput
from .gateway import Environ, sealed
from .views import told

CHUNK = 64 * 1024
MOST_FIELD = 8 * 1024  # bytes of a slot's own fields


def with_files(application: Callable[..., Iterable[bytes]], blob: Any) -> Callable[..., Iterable[bytes]]:
    """The application, with /uploads and /files/… answered from the folder (blobs.folder.FolderBlob)."""

    def serve(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if not (path == "/uploads" and method == "POST") and not (path.startswith("/files/") and method in ("GET", "HEAD")):
            return application(environ, start_response)
        try:
            if method == "POST":
                return _send(environ, start_response, _received(environ, blob))
            return _fetched(environ, start_response, blob)
        except DubanError as error:
            return _send(environ, start_response, told(error))

    return serve


def _received(environ: Environ, blob: Any) -> Response:
    kind, options = parse_options_header(environ.get("CONTENT_TYPE", ""))
    if kind != "multipart/form-data" or "boundary" not in options:
        raise _broken()
    try:
        fields = {}
        length = int(environ.get("CONTENT_LENGTH") or -1)
        parser = PushMultipartParser(options["boundary"], content_length=length, max_segment_count=20, strict=True)
        for name, chunks in _parts(parser.parse_blocking(environ["wsgi.input"].read, CHUNK)):
            if name == "file":
                allowed = blob.allowed(fields, bootstrap.clock())
                with suppress(InvalidInput):  # empty or too large: the page they come back to says so
                    blob.receive(allowed, chunks)
                return _to(allowed.back)
            fields[name] = _text(chunks)
    except MultipartError:
        raise _broken() from None
    raise _broken()


def _parts(events: Iterable[Any]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks) of each part. The chunks of one have to be read before the next is asked for."""
    events = iter(events)
    for event in events:
        if isinstance(event, MultipartSegment):
            yield event.name, _chunks(events)


def _chunks(events: Iterator[Any]) -> Iterator[bytes]:
    for event in events:
        if not event:  # the end of the part
            return
        yield bytes(event)


def _text(chunks: Iterator[bytes]) -> str:
    """A slot's own field, which is short: nobody has shown yet who they are."""
    text = b""
    for chunk in chunks:
        text += chunk
        if len(text) > MOST_FIELD:
            raise _broken()
    return text.decode("utf-8", "replace")


def _to(back: str) -> Response:
    """Back to the page, at the host at which the browser is: its session is there."""
    parts = urlsplit(back)
    here = back if back.startswith("/") else f"{parts.path}?{parts.query}"
    return Response(body=b"", status_code=303, headers={"Location": here, "Cache-Control": "no-store"})


def _fetched(environ: Environ, start_response: Callable[..., Any], blob: Any) -> Iterable[bytes]:
    key = environ["PATH_INFO"].removeprefix("/files/").encode("latin-1").decode("utf-8", "replace")
    asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    path = blob.linked(key, asked, bootstrap.clock())
    stored = blob.head(key)
    headers = [
        ("Content-Type", stored.content_type),
        ("Content-Length", str(stored.size)),
        ("Content-Disposition", f"attachment; filename*=UTF-8''{quote(unquote(asked['name']), safe='')}"),  # RFC 6266
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ("Cache-Control", "private, no-store"),
    ]
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return []
    wrapper = environ.get("wsgi.file_wrapper", _read)
    return wrapper(path.open("rb"), CHUNK)


def _read(file: Any, size: int) -> Iterator[bytes]:
    with file:
        while chunk := file.read(size):
            yield chunk


def _send(environ: Environ, start_response: Callable[..., Any], response: Response) -> Iterable[bytes]:
    status, headers, body = sealed(response, environ["PATH_INFO"], environ)
    start_response(status, headers)
    return [body]


def _broken() -> InvalidInput:
    return InvalidInput("文件没有完整传到，请返回表单再传一次", "the file did not arrive whole; go back and upload it again")
