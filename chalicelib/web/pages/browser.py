"""What a browser sends and keeps: cookies, form fields, the way back. No page is known here."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from chalice.app import Request
from multipart import MultipartError, MultipartParser, parse_options_header

from ... import bootstrap
from ...core.errors import InvalidInput
from ...usecases.signing_in.session import new_token

FORM_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data"]
MOST_FIELDS = 5000
MOST_TEXT = 4 * 1024 * 1024  # bytes of all fields together
LANGUAGES = ("zh", "en")
ADDRESS = "/?#&=%:@!$'()*+,;~"  # what RFC 3986 lets stand in an address as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """The two cookies of the pages."""

    token: str | None  # of the session, or of a browser that is not signed in
    language: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Cookies":
        pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "")[:8000].split(";"))
        found = {name: value for name, _, value in pairs}
        token, language = found.get(token_cookie(), ""), found.get("duban_language", "")
        return cls(
            token=token if 20 < len(token) < 100 and token.isascii() else None,
            language=language if language in LANGUAGES else LANGUAGES[0],
        )


def is_https() -> bool:
    return bootstrap.settings()["DUBAN_PUBLIC_URL"].startswith("https:")


def token_cookie() -> str:
    """__Host- makes browsers refuse a cookie of that name from a sister host, or without TLS (RFC 6265bis)."""
    return "__Host-duban" if is_https() else "duban"


def token_header(token: str | None) -> str:
    """The Set-Cookie that keeps a token, or takes it away. It lives as long as the browser; the store knows when it ends."""
    kept = f"{token_cookie()}={token or ''}; Path=/; HttpOnly; SameSite=Lax"
    return kept + ("; Secure" if is_https() else "") + ("" if token else "; Max-Age=0")


def language_header(language: str) -> str:
    return f"duban_language={language}; Path=/; Max-Age=31536000; SameSite=Lax" + ("; Secure" if is_https() else "")


def fresh_token() -> str:
    return new_token()


def csrf_of(token: str) -> str:
    """What a form must bring back: bound to the browser's token, and of no use without it."""
    return hmac.new(bootstrap.ports().secret, f"csrf/{token}".encode(), sha256).hexdigest()


def is_csrf(token: str, given: str) -> bool:
    return hmac.compare_digest(csrf_of(token).encode(), given.encode())


def prefix() -> str:
    """The path under which the pages live: "" unless the public URL has one (a stage of API Gateway, a reverse proxy)."""
    return urlsplit(bootstrap.settings()["DUBAN_PUBLIC_URL"]).path.rstrip("/")


def url(path: str) -> str:
    """A path of ours as links and redirects must say it."""
    return prefix() + path


def way_back(asked: str | None, otherwise: str = "/") -> str:
    """A path of ours to go on to, from a parameter that anybody may have written: never another host (open redirect)."""
    if not asked or len(asked) > 500 or not asked.isprintable() or "\\" in asked:
        return otherwise
    parts = urlsplit(asked)
    is_ours = asked.startswith("/") and not asked.startswith("//") and not parts.scheme and not parts.netloc
    return asked if is_ours else otherwise


class Fields:
    """The fields of a posted form, in order; line breaks are \\n whatever the browser sent."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = [(name, value.replace("\r\n", "\n")) for name, value in pairs]

    def get(self, name: str, otherwise: str = "") -> str:
        return next((value for known, value in self.pairs if known == name), otherwise)

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.pairs if known == name]


def fields_of(request: Request) -> Fields:
    """InvalidInput where the body is not a form, or beyond reason."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        if kind == "multipart/form-data":
            return Fields(_multipart(request.raw_body, options.get("boundary", "")))
        return Fields(_urlencoded(request.raw_body))
    except (MultipartError, UnicodeDecodeError, ValueError):
        raise InvalidInput(
            "表单没有完整传到，请返回再提交一次", "the form did not arrive whole; go back and send it again"
        ) from None


def _multipart(body: bytes, boundary: str) -> list[tuple[str, str]]:
    parser = MultipartParser(
        BytesIO(body), boundary, content_length=len(body), part_limit=MOST_FIELDS, memory_limit=MOST_TEXT, strict=True
    )
    parts = list(parser)
    try:
        return [(part.name, part.value if part.filename is None else part.raw.decode("utf-8-sig")) for part in parts]
    finally:
        for part in parts:
            part.close()


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    if len(body) > MOST_TEXT:
        raise ValueError("too long")
    text = body.decode("ascii")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
