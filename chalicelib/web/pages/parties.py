"""Units and offices of a place, their tokens, and an admin's words to their people. Contacts have pages of their own."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from chalice import Blueprint

from ...core.errors import DubanError, NotFound
from ...usecases.registry import parties, removal
from ...usecases.registry.register import UNIT_KINDS, register_party
from ...usecases.reminding import broadcast
from ...usecases.signing_in import access
from ...usecases.state import records, unheard
from ...usecases.state.once import Once
from ...usecases.views import overview
from ..views import is_day, is_id
from .page import asked, me, pages_of, ports, posted, redirect, show

party_pages = Blueprint(__name__)
page = pages_of(party_pages)

ADMIN = ("admin",)
A_PAGE = 50
NEW = ("登记单位", "Add a unit")
FIELDS = ("id", "name", "kind", "parent", "authority", "uscc", "tracked_since")
BROADCAST = ("群发通知", "Broadcast")


@page("/admin/parties", roles=ADMIN)
def list_parties():
    words = asked("q")[:100]
    found = parties.found(ports().store, me(), words, asked("after") or None, A_PAGE)
    profiles = ports().store.get_many(records.party_key(each["id"]) for each in found["parties"])
    silent = unheard.marked(ports().store, me().jurisdiction, [each["id"] for each in found["parties"]])
    return show(
        "parties.html",
        ("单位、联系人、令牌", "Units, contacts, tokens"),
        parties=[
            {**each, "is_unit": _is_unit(each["id"], profiles), "is_silent": each["id"] in silent} for each in found["parties"]
        ],
        words=words,
        more=found["next"] and "?" + urlencode({"q": words, "after": found["next"]}),
        is_first=not asked("after"),
        book_offices=_offices(),
    )


def _is_unit(party: str, profiles: dict[Any, Any]) -> bool:
    profile = profiles.get(records.party_key(party))
    return bool(profile and profile.value["is_unit"])


@page("/admin/new-party", roles=ADMIN)
def new_party():
    return _form(dict.fromkeys(FIELDS, "") | {"is_unit": ""})


@page("/admin/new-party", "POST", roles=ADMIN)
def add_party():
    typed = {name: posted().get(name).strip() for name in (*FIELDS, "is_unit")}
    faults = list(_faults(typed))
    if not faults:
        party = {name: value for name, value in typed.items() if value and name != "is_unit"}
        if typed["authority"]:
            party["is_unit"] = typed["is_unit"] == "yes"
        try:
            register_party(ports(), {**party, "jurisdiction": me().jurisdiction}, ports().clock(), _once(typed))
            return redirect(f"/admin/parties/{typed['id']}")
        except DubanError as error:
            faults = [(each["field"][1:], each["message"]) for each in error.errors] or [("", error.text)]
    return _form(typed, faults=faults, status=422)


def _faults(typed: dict[str, str]):
    if not is_id(typed["id"]):
        yield "id", ("编号应为64个以内的字母、数字、连字符，如 yy-health", "an id has letters, digits and hyphens")
    if not typed["name"] or len(typed["name"]) > 200:
        yield "name", ("请填写名称，200字以内", "the name is missing, or too long")
    if typed["kind"] not in ("", *UNIT_KINDS):
        yield "kind", ("请从列表中选择单位类别", "choose a kind from the list")
    if typed["tracked_since"] and not is_day(typed["tracked_since"]):
        yield "tracked_since", ("日期应如 2026-01-01", "a day is like 2026-01-01")


def _form(typed: dict[str, str], *, faults=(), status: int = 200):
    labels = ports().forms.get("unit-details")["properties"]["kind"]["x-labels"]
    return show(
        "party_new.html",
        NEW,
        status=status,
        typed=typed,
        faults=list(faults),
        errors=dict(faults),
        kinds=[(key, labels[key]) for key in UNIT_KINDS],
        book_offices=_offices(),
    )


@page("/admin/parties/{party}", roles=ADMIN)
def show_party(party):
    return _party(party)


def _party(party: str, *, token: str = "", status: int = 200):
    profile = overview.profile(ports(), me(), f"party#{party}")
    parent = profile["facts"].get("parent")
    return show(
        "party.html",
        (profile["name"], profile["name"]),
        status=status,
        party=profile,
        book_offices=_offices(),
        contacts=overview.contacts(ports().store, party),
        tokens=access.tokens(ports().store, me(), party),
        token=token,
        kinds=ports().forms.get("unit-details")["properties"]["kind"]["x-labels"],
        parent=parent,
        parent_name=parent and parties.names(ports(), [parent]).get(parent, parent),
    )


@page("/admin/parties/{party}/remove", roles=ADMIN)
def ask_remove(party):
    profile = overview.profile(ports(), me(), f"party#{party}")
    return show("party_remove.html", ("撤销登记", "Remove"), party=profile, plan=removal.look(ports(), me(), party))


@page("/admin/parties/{party}/remove", "POST", roles=ADMIN)
def remove_party(party):
    removal.remove(ports(), me(), party, ports().clock())
    return redirect("/admin/parties")


# Tokens


@page("/admin/parties/{party}/tokens", "POST", roles=ADMIN)
def add_token(party):
    """It is shown on the page that answers, and never again."""
    overview.profile(ports(), me(), f"party#{party}")
    role = "authority" if posted().get("role") == "authority" else "unit"
    token = access.issue_token(ports().store, role=role, jurisdiction=me().jurisdiction, party=party, now=ports().clock())
    return _party(party, token=token)


@page("/admin/parties/{party}/tokens/{token}/revoke", roles=ADMIN)
def ask_revoke(party, token):
    profile = overview.profile(ports(), me(), f"party#{party}")
    found = [each for each in access.tokens(ports().store, me(), party) if each["id"] == token]
    if not found:
        raise NotFound(f"没有令牌“{token}”，请核对编号", f"there is no token {token!r}; check the id")
    return show("token_revoke.html", ("收回令牌", "Revoke a token"), party=profile, token=found[0])


@page("/admin/parties/{party}/tokens/{token}/revoke", "POST", roles=ADMIN)
def revoke_token(party, token):
    overview.profile(ports(), me(), f"party#{party}")
    access.revoke(ports().store, me(), party, token)
    return redirect(f"/admin/parties/{party}")


# Broadcast


@page("/admin/broadcast", roles=ADMIN)
def write_broadcast():
    return _write({"text": "", "roles": "", "parties": ""})


@page("/admin/broadcast", "POST", roles=ADMIN)
def look_or_send():
    typed = {name: posted().get(name).strip() for name in ("text", "roles", "parties")}
    if posted().get("do") == "edit":
        return _write(typed)
    roles, named = (
        ["leader"] if typed["roles"] == "leader" else None,
        typed["parties"].replace("，", " ").replace(",", " ").split() or None,
    )
    try:
        whom = broadcast.preview(ports(), me().jurisdiction, typed["text"], roles, named)
    except DubanError as error:
        return _write(typed, error=error.text)
    if posted().get("do") != "send":
        names = {each["id"]: each["name"] for each in overview.parties(ports().store, me())}
        return show(
            "broadcast_preview.html",
            ("核对后发送", "Check, then send"),
            typed=typed,
            whom=whom,
            names=names,
            ident=str(uuid4()),
        )
    ident = posted().get("ident")[:64]
    once = Once(who=me().id, key=ident or None, asked=typed)
    told = broadcast.send(
        ports(), me(), me().jurisdiction, typed["text"], roles, named, ident=ident, now=ports().clock(), once=once
    )
    return show("broadcast_sent.html", ("已交付发送", "On its way"), told=told)


def _write(typed: dict[str, str], *, error: Any = None):
    return show("broadcast.html", BROADCAST, status=422 if error else 200, typed=typed, error=error, longest=broadcast.LONGEST)


def _offices() -> dict[str, Any]:
    return ports().rules.editions(me().jurisdiction)[-1].authorities


def _once(asked_: Any) -> Once:
    """A form sent twice is registered once: what is there already is said to be."""
    return Once(who=me().id, key=None, asked=asked_)
