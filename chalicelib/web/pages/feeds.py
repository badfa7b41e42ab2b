"""Calendar feeds: an address is made, shown once, and taken back."""

from chalice import Blueprint

from ...core.errors import DubanError, NotFound
from ...usecases.signing_in import feeds as addresses
from ...usecases.state import records
from ..feeds import address
from .page import here, me, pages_of, ports, posted, redirect, show

feed_pages = Blueprint(__name__)
page = pages_of(feed_pages)

TITLE = ("日历订阅", "Calendar feeds")


@page("/feeds")
def list_feeds():
    return _feeds()


@page("/feeds", "POST")
def make_feed():
    of = posted().get("of")
    identity = here().session.identity
    party = posted().get("party").strip()[:64] or (identity.party if of != "jurisdiction" else None)
    contact = identity.contact if of == "contact" else None
    try:
        token, _ = addresses.issue(ports(), me(), of=of, party=party or None, contact=contact, now=ports().clock())
    except DubanError as error:
        return _feeds(error=error.text)
    return _feeds(url=address(token))


@page("/feeds/{ident}/revoke")
def ask_revoke(ident):
    found = [each for each in addresses.listed(ports(), me()) if each["id"] == ident]
    if not found:
        raise NotFound("没有这个日历地址，可能已经收回", "there is no such address; it may have been taken back")
    (feed,) = _named(found)
    return show("feed_revoke.html", ("收回日历地址", "Take an address back"), feed=feed)


@page("/feeds/{ident}/revoke", "POST")
def revoke(ident):
    addresses.revoke(ports(), me(), ident)
    return redirect("/feeds")


def _feeds(*, url: str = "", error=None):
    bearer, identity = me(), here().session.identity
    return show(
        "feeds.html",
        TITLE,
        status=422 if error else 200,
        feeds=_named(addresses.listed(ports(), bearer)),
        url_shown=url,
        error=error,
        of=_kinds(bearer.role, identity),
        asks_party=bearer.role == "admin",
    )


def _kinds(role: str, identity) -> list[tuple[str, tuple[str, str]]]:
    """What somebody may have a calendar of."""
    mine = [("contact", ("我负责的事项", "my duties"))] if identity.contact else []
    ours = [("unit", ("本单位的全部事项", "all of our unit"))] if role == "unit" else []
    theirs = [("unit", ("某个单位的全部事项", "all of one unit"))] if role == "admin" else []
    office = [("unit", ("本部门的全部事项", "all of our office"))] if role == "authority" else []
    place = [("jurisdiction", ("全辖区的事项", "the whole jurisdiction"))] if role != "unit" else []
    return [*mine, *ours, *office, *place, *theirs]


def _named(feeds: list[dict]) -> list[dict]:
    """With the names of the parties, oldest first."""
    found = ports().store.get_many({records.party_key(feed["party"]) for feed in feeds if feed["party"]})
    names = {item.value["id"]: item.value["name"] for item in found.values()}
    oldest_first = sorted(feeds, key=lambda each: each["issued"])
    return [{**feed, "name": names.get(feed["party"], feed["party"] or "")} for feed in oldest_first]
