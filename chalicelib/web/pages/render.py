"""How a page is made: templates, the two languages, static files by their content, the headers of every page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from chalice import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...core.dates import zh_day
from ...core.errors import counted
from ...core.ladder import SHANGHAI
from ...usecases.state.references import receipt_number
from . import browser, words

WEB = Path(__file__).resolve().parent.parent
STATIC = WEB / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@cache
def static_files() -> dict[str, tuple[str, bytes]]:
    """name -> (content hash, content) of every file in static/. They are few and small."""
    files = ((path.name, path.read_bytes()) for path in sorted(STATIC.iterdir()) if path.suffix in TYPES)
    return {name: (sha256(content).hexdigest()[:12], content) for name, content in files}


def asset(name: str) -> str:
    """The address of a static file; another one when its content changes, so that it may be kept for ever."""
    return browser.url(f"/static/{name}?v={static_files()[name][0]}")


def html(template: str, language: str, *, status: int = 200, form_action: str = "", **known: Any) -> Response:
    """A page. `form_action`: another origin to which a form of this page posts (an upload to the cloud)."""
    body = _templates().get_template(template).render(language=language, **in_language(language), **known)
    return Response(body=body, status_code=status, headers=_headers(form_action))


def problem_page(problem: Response, asked: Mapping[str, str]) -> Response:
    """A problem as a browser is shown it: nobody's page, because it may be answered before anybody is known."""
    told, language = problem.body, browser.Cookies.of(asked).language
    page = html(
        "error.html",
        language,
        status=problem.status_code,
        title=(told["title"], ENGLISH_TITLES.get(told["status"], "Not possible")),
        text=(told["detail"], told["detail_en"]),
        errors=(),
        csrf="",
        path="/",
        session=None,
        navigation=(),
    )
    kept = {name: value for name, value in problem.headers.items() if name not in page.headers}
    return Response(body=page.body, status_code=problem.status_code, headers={**kept, **page.headers})


ENGLISH_TITLES = {404: "Not found", 405: "Not this way", 413: "Too large", 415: "Not of this kind", 500: "Something failed"}


def _headers(form_action: str) -> dict[str, Any]:
    policy = (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_action}".rstrip()
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # for browsers older than frame-ancestors
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def in_language(language: str) -> dict[str, Callable]:
    """What templates say things with: t("中文", "English"), and filters of the same names for values."""

    def t(zh: str, en: str) -> str:
        return en if language == "en" else zh

    def said(text: Any) -> str:
        """A text of both languages ({zh, en}, a Text, or a plain one) in the reader's."""
        if text is None or isinstance(text, str | Markup):
            return text or ""
        zh, en = (text["zh"], text.get("en")) if isinstance(text, dict) else (text[0], text[1])
        return t(zh, en or zh)

    def a_day(value: date | str | None) -> str:
        """2026-05-21（周四）; Thu 21 May 2026."""
        if not value:
            return "—"
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return t(zh_day(day), f"{day:%a} {day.day} {day:%b %Y}")

    def a_time(value: datetime | str | None) -> str:
        """An instant as the clock in Shanghai shows it: 2026-05-21 14:05."""
        if not value:
            return "—"
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"

    def word(kind: str, key: str | None) -> str:
        """A word of the glossary: word("state", "open") is 办理中."""
        known = getattr(words, kind.upper()).get(key)
        return said(known) if known else str(key or "")

    return {"t": t, "said": said, "a_day": a_day, "a_time": a_time, "word": word}


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, counted=counted, url=browser.url, rung=words.rung, reason=words.reason)
    made.filters.update(yuan=yuan, size=size, receipt=receipt_number)
    return made


def size(octets: int) -> str:
    """The size of a file as people read it."""
    return f"{octets / 1_048_576:.3g} MB" if octets >= 1_048_576 else f"{max(1, round(octets / 1024))} KB" if octets else ""


def yuan(value: Any) -> str:
    """An amount as people read it: 6,800,000 元（680万元）."""
    try:
        amount = float(value)
    except (TypeError, ValueError):
        return str(value)
    plain = f"{amount:,.2f}".removesuffix(".00") + " 元"
    return f"{plain}（{amount / 10_000:,.6g}万元）" if amount >= 10_000 else plain
