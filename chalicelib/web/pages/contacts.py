"""The people of a party: a party keeps its own, an admin those of any. Channels, language, hours, absence, a code for the bot."""

from typing import Any

from chalice import Blueprint

from ...core.errors import Forbidden, InvalidInput, NotFound
from ...usecases.registry import contact
from ...usecases.signing_in import binding
from ...usecases.state import records
from ...usecases.state.once import Once
from ...usecases.views import overview
from ..views import is_id
from .page import asked, me, pages_of, ports, posted, redirect, show

contacts = Blueprint(__name__)
page = pages_of(contacts)

PREFERS = ("quiet_from", "quiet_to", "digest_at")
AWAY = ("from", "until", "to")
SPARE = 2  # empty rows of channels
MOST = 20  # channels
LEADER = "leader"


@page("/contacts")
def list_mine():
    if me().party is None and me().role != "admin":
        raise Forbidden(
            "您不是以某个单位联系人的身份登录，这里没有可维护的联系人。请管理员为您所在的单位登记联系人",
            "you are not signed in as a contact of a party; ask an admin to register one for your office",
        )
    return redirect(f"/contacts/{me().party}" if me().party else "/admin/parties")


@page("/contacts/{party}")
def list_contacts(party):
    profile = _kept(party)
    return show(
        "contacts.html",
        ("联系人", "Contacts"),
        party=profile,
        contacts=overview.contacts(ports().store, party),
        is_admin=me().role == "admin",
        saved=asked("saved"),
    )


@page("/contacts/{party}/new")
def new_contact(party):
    return _form(_kept(party), _typed_of({"id": "", "name": "", **contact.DEFAULTS}), is_new=True)


@page("/contacts/{party}/new", "POST")
def add_contact(party):
    profile, typed = _kept(party), _typed()
    faults = [] if is_id(typed["id"]) else [("id", ("编号应为字母、数字、连字符，如 zhangsan", "letters, digits, hyphens"))]
    faults += [] if typed["name"] else [("name", ("请填写姓名", "the name is missing"))]
    if not faults:
        given = {"id": typed["id"], "party": party, **_change(typed, {"channels": []})}
        try:
            contact.register_contact(ports(), given, Once(who=me().id, key=None, asked=None))
            return redirect(f"/contacts/{party}/{typed['id']}?saved=1")
        except InvalidInput as error:
            faults = _faults_of(error, typed)
    return _form(profile, typed, is_new=True, faults=faults, status=422)


@page("/contacts/{party}/{ident}")
def show_contact(party, ident):
    profile, known = _kept(party), _contact(party, ident)
    return _form(profile, _typed_of(contact.masked(known)), known=known)


@page("/contacts/{party}/{ident}", "POST")
def change_contact(party, ident):
    profile, known, typed = _kept(party), _contact(party, ident), _typed()
    faults = [] if typed["name"] else [("name", ("请填写姓名", "the name is missing"))]
    if not faults:
        try:
            change, is_admin = _change(typed, known), me().role == "admin"
            contact.change_contact(ports(), party, ident, change, me().id, ports().clock(), by_admin=is_admin)
            return redirect(f"/contacts/{party}?saved=1")
        except InvalidInput as error:
            faults = _faults_of(error, typed)
    return _form(profile, {**typed, "id": ident}, known=known, faults=faults, status=422)


@page("/contacts/{party}/{ident}/code", "POST")
def make_code(party, ident):
    """It is shown on the page that answers, and never again."""
    profile, known = _kept(party), _contact(party, ident)
    made = binding.make_code(ports(), party, ident, me().id, ports().clock(), by_admin=me().role == "admin")
    return _form(profile, _typed_of(contact.masked(known)), known=known, code=made)


@page("/contacts/{party}/{ident}/remove")
def ask_remove(party, ident):
    profile, known = _kept(party), _contact(party, ident)
    others = [each for each in overview.contacts(ports().store, party) if each["id"] != ident]
    return show("contact_remove.html", ("移除联系人", "Remove a contact"), party=profile, contact=known, is_last=not others)


@page("/contacts/{party}/{ident}/remove", "POST")
def remove_contact(party, ident):
    _kept(party)
    contact.remove_contact(ports(), party, ident, me().id, ports().clock())
    return redirect(f"/contacts/{party}")


def _kept(party: str) -> dict[str, Any]:
    """The party, if its contacts are the bearer's to keep."""
    profile = overview.profile(ports(), me(), f"party#{party}")
    if me().party != party:
        me().must_be("admin")
    return profile


def _contact(party: str, ident: str) -> dict[str, Any]:
    item = ports().store.get(records.contact_key(party, ident))
    if item is None:
        raise NotFound(f"没有联系人“{ident}”，请核对编号", f"there is no contact {ident!r}; check the id")
    return {**contact.DEFAULTS, **item.value}


def _form(profile, typed, *, is_new=False, known=None, code=None, faults=(), status=200):
    others = [each for each in overview.contacts(ports().store, profile["id"]) if each["id"] != typed["id"]]
    return show(
        "contact.html",
        ("添加联系人", "Add a contact") if is_new else (f"联系人：{known['name']}", f"Contact: {known['name']}"),
        status=status,
        party=profile,
        typed=typed,
        is_new=is_new,
        faults=list(faults),
        errors=dict(faults),
        code=code,
        saved=asked("saved"),
        others=others,
        channels=list(ports().channels),
        rows=range(min(MOST, len(known["channels"] if known else []) + SPARE)),
        stored=contact.masked(known)["channels"] if known else [],
        can_bind="telegram" in ports().channels,
        settings=ports().rules.editions(me().jurisdiction)[-1].settings,
        is_admin=me().role == "admin",
    )


# What is typed. An address that is kept is shown in part only: left as shown it stays.


def _typed() -> dict[str, Any]:
    given = posted()
    return {
        **{name: given.get(name).strip() for name in ("id", "name", "language", *PREFERS, *(f"away.{part}" for part in AWAY))},
        "at_once": given.get("at_once") == "yes",
        "leader": given.get("leader") == "yes",
        "channels": [
            {part: given.get(f"channel.{at}.{part}").strip() for part in ("channel", "address")}
            for at in range(MOST)
            if given.get(f"channel.{at}.channel")
        ],
    }


def _typed_of(known: dict[str, Any]) -> dict[str, Any]:
    away = known["away"] or {}
    return {
        **{name: known[name] for name in ("id", "name", "language", "at_once", "channels")},
        **{name: known["prefers"].get(name, "") for name in PREFERS},
        **{f"away.{part}": away.get(part, "") for part in AWAY},
        "leader": LEADER in known["roles"],
    }


def _change(typed: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    away = {part: typed[f"away.{part}"] for part in AWAY}
    others = [role for role in known.get("roles", ()) if role != LEADER]
    return {
        "name": typed["name"][:200],
        "language": typed["language"] if typed["language"] in ("zh", "en") else "zh",
        "at_once": typed["at_once"],
        "roles": [*others, *([LEADER] if typed["leader"] else [])],
        "prefers": {name: typed[name] for name in PREFERS if typed[name]},
        "away": away if any(away.values()) else None,
        "channels": list(_channels(typed["channels"], known["channels"])),
    }


def _channels(rows: list[dict[str, str]], stored: list[dict[str, str]]):
    """The channels as typed; a masked address means the one it stands for."""
    whole = {(each["channel"], contact.mask(each["address"])): each["address"] for each in stored}
    for row in rows:
        if not row["address"]:
            continue
        if row["channel"] not in ports().channels:
            raise InvalidInput(
                f"渠道“{row['channel']}”未开通，可用：{'、'.join(ports().channels)}",
                f"channel {row['channel']!r} is not set up",
            )
        yield {"channel": row["channel"], "address": whole.get((row["channel"], row["address"]), row["address"][:200])}


FIELD_OF = {"/away": "away.from", "/away/until": "away.until", "/away/to": "away.to", "/prefers": "digest_at"}


def _faults_of(error: InvalidInput, typed: dict[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    told = [(_field_of(each["field"], typed), (each["message"]["zh"], each["message"]["en"])) for each in error.errors]
    return told or [("channel.0.address", error.text)]


def _field_of(where: str, typed: dict[str, Any]) -> str:
    """The field of the page that a fault stands beside. Channels are counted without the rows that were left empty."""
    if where.startswith("/channels/"):
        rows = [at for at, row in enumerate(typed["channels"]) if row["address"]]
        return f"channel.{rows[int(where.split('/')[2])]}.address"
    return FIELD_OF.get(where, where.removeprefix("/prefers/"))
