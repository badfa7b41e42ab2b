"""The API of those who are reminded: a party's contacts, their codes for the bot, an admin's broadcasts."""

from uuid import NAMESPACE_URL, uuid4, uuid5

from chalice import Blueprint

from ..core.errors import InvalidInput
from ..usecases.registry import contact
from ..usecases.reminding import broadcast
from ..usecases.signing_in import binding
from ..usecases.signing_in.access import Bearer
from ..usecases.views import overview
from .views import created, fields, me, once, ports, views_of

people = Blueprint(__name__)
view = views_of(people)


def _keeper_of(party: str) -> Bearer:
    """A party keeps its own contacts, an admin those of any party of the jurisdiction."""
    bearer = me()
    overview.profile(ports(), bearer, f"party#{party}")
    if bearer.party != party:
        bearer.must_be("admin")
    return bearer


def _reachable(given: dict) -> dict:
    """A contact whose channels are all set up."""
    for channel in given.get("channels") or []:
        if channel["channel"] not in ports().channels:
            raise InvalidInput(
                f"渠道“{channel['channel']}”未开通，可用：{'、'.join(ports().channels)}",
                f"channel {channel['channel']!r} is not set up",
            )
    return given


@view("/api/v1/parties/{party}/contacts", "POST")
def add_contact(party):
    bearer = _keeper_of(party)
    given = {**_reachable(fields("id", "name", optional=tuple(contact.DEFAULTS))), "party": party}
    return created(contact.register_contact(ports(), given, once(bearer, given)))


@view("/api/v1/parties/{party}/contacts", "GET")
def list_contacts(party):
    overview.profile(ports(), me(), f"party#{party}")
    return {"contacts": overview.contacts(ports().store, party)}


@view("/api/v1/parties/{party}/contacts/{ident}", "PATCH")
def change_contact(party, ident):
    """Some members; null sets one back."""
    bearer = _keeper_of(party)
    change = _reachable(fields(optional=contact.CHANGEABLE, nulls=True))
    return contact.change_contact(ports(), party, ident, change, bearer.id, ports().clock(), by_admin=bearer.role == "admin")


@view("/api/v1/parties/{party}/contacts/{ident}", "DELETE")
def remove_contact(party, ident):
    return contact.remove_contact(ports(), party, ident, _keeper_of(party).id, ports().clock())


@view("/api/v1/parties/{party}/contacts/{ident}/codes", "POST")
def add_code(party, ident):
    """Shown once: it is not kept for a request that is repeated."""
    bearer = _keeper_of(party)
    return created(binding.make_code(ports(), party, ident, bearer.id, ports().clock(), by_admin=bearer.role == "admin"))


@view("/api/v1/jurisdictions/{jurisdiction}/broadcasts", "POST")
def add_broadcast(jurisdiction):
    bearer = me()
    bearer.must_be("admin")
    bearer.must_see(jurisdiction, None)
    asked = fields("text", optional=("roles", "parties", "preview"))
    whom = (jurisdiction, asked["text"], asked.get("roles"), asked.get("parties"))
    if asked.get("preview"):
        return broadcast.preview(ports(), *whom)
    sure = once(bearer, asked)
    ident = str(uuid5(NAMESPACE_URL, f"{bearer.id}/broadcast/{sure.key}")) if sure.key else str(uuid4())
    return created(broadcast.send(ports(), bearer, *whom, ident=ident, now=ports().clock(), once=sure))
