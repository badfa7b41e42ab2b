"""Calendar feeds: their addresses, given out and taken back through the API, and what calendar programs fetch there."""

from hashlib import sha256

from chalice import Blueprint, Response

from .. import bootstrap
from ..core import ics
from ..core.errors import NotFound
from ..usecases.signing_in import feeds as addresses
from ..usecases.views import feed
from .app_factory import current_request
from .views import created, fields, is_name, me, ports, views_of

feeds = Blueprint(__name__)
view = views_of(feeds)
ENDING = ".ics"
ASKED = {
    "of": (is_name, "、".join(addresses.OF), "unit"),
    "party": (is_name, "主体编号", "yy-health"),
    "contact": (is_name, "联系人编号", "li"),
}


@view("/api/v1/feeds", "POST")
def add_feed():
    """The address is shown once."""
    asked = fields("of", optional=("party", "contact"), shapes=ASKED)
    token, kept = addresses.issue(
        ports(), me(), of=asked["of"], party=asked.get("party"), contact=asked.get("contact"), now=ports().clock()
    )
    return created({**kept, "url": address(token)})


@view("/api/v1/feeds", "GET")
def list_feeds():
    return {"feeds": addresses.listed(ports(), me())}


@view("/api/v1/feeds/{feed}", "DELETE")
def remove_feed(**named):
    return addresses.revoke(ports(), me(), named["feed"])


@view("/calendar/{file}", "GET")
def show_calendar(file):
    if not file.endswith(ENDING):
        raise NotFound("日历地址应以 .ics 结尾", "a calendar's address ends in .ics")
    shown = feed.shown(ports(), file.removesuffix(ENDING), bootstrap.settings()["DUBAN_PUBLIC_URL"], ports().clock())
    body = ics.calendar(*shown)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex"}
    if tag in (current_request().headers.get("if-none-match") or ""):
        return Response(body=b"", status_code=304, headers=headers)
    return Response(body=body, headers={**headers, "Content-Type": "text/calendar; charset=utf-8"})


def address(token: str) -> str:
    """Where calendar programs find it."""
    return f"{bootstrap.settings()['DUBAN_PUBLIC_URL']}/calendar/{token}{ENDING}"
