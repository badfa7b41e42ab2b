"""What became of notices: the delivery log with its filters, and those that no channel took."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from chalice import Blueprint

from ...core.ladder import local_day
from ...usecases.registry import parties
from ...usecases.reminding import dead
from ...usecases.reminding.delivery_search import STATES, WAITING, Asked, look_up
from ...usecases.state import natural, records
from ...usecases.state.once import Once
from ..views import is_day
from .browser import way_back
from .effect import LONGEST_WHY
from .page import asked, me, pages_of, ports, posted, redirect, show

deliveries = Blueprint(__name__)
page = pages_of(deliveries)

ADMIN = ("admin",)
A_PAGE = 50
FILTERS = ("day", "unit", "project", "state", "channel")
MANY = ("有不止一个单位叫这个名称，请写全或改填编号", "more than one unit is called so: write it in full, or the id")
NOBODY = ("没有找到这个单位，请核对名称或编号", "there is no such unit; check its name or id")
NO_PROJECT = ("没有找到这个项目，请核对项目编号或项目代码", "there is no such project; check its id or code")


@page("/admin/deliveries", roles=ADMIN)
def show_log():
    typed = {name: asked(name).strip()[:100] for name in FILTERS}
    wanted, faults = _wanted(typed)
    found = {"notices": [], "next": None} if faults else look_up(ports().store, me(), wanted, asked("after") or None, A_PAGE)
    known = {name: value for name, value in typed.items() if value}
    return show(
        "deliveries.html",
        ("发送记录", "Delivery log"),
        status=422 if faults else 200,
        typed=typed,
        wanted=wanted,
        faults=faults,
        rows=_with_letters(_named(found["notices"])),
        more=found["next"] and "?" + urlencode({**known, "after": found["next"]}),
        start="?" + urlencode(known),
        is_first=not asked("after"),
        states=STATES,
        channels=list(ports().channels),
        days=_around(wanted.day),
        here="?" + urlencode({**known, **({"after": asked("after")} if asked("after") else {})}),
    )


def _wanted(typed: dict[str, str]) -> tuple[Asked, list[tuple[str, tuple[str, str]]]]:
    """What is looked for, and what cannot be read. Without anything else it is today."""
    store, faults = ports().store, []
    party = project = None
    if typed["unit"]:
        party, fault = _party(typed["unit"])
        faults += [("unit", fault)] if fault else []
    if typed["project"]:
        project = natural.projects(store, me().jurisdiction, [typed["project"]]).get(typed["project"])
        faults += [] if project else [("project", NO_PROJECT)]
    state = typed["state"] if typed["state"] in STATES else None
    day = date.fromisoformat(typed["day"]) if is_day(typed["day"]) else None
    if day is None and not (typed["unit"] or typed["project"] or state == WAITING):
        day = local_day(ports().clock())
    channel = typed["channel"] if typed["channel"] in ports().channels else None
    return Asked(day=day, party=party, project=project, state=state, channel=channel), faults


def _party(words: str) -> tuple[str | None, tuple[str, str] | None]:
    """A unit by its id, its code, its name or a part of that which no other has."""
    store = ports().store
    known = natural.parties(store, me().jurisdiction, [words]).get(words)
    if known:
        return known, None
    found = parties.found(store, me(), words, None, 2)["parties"]
    exact = [each["id"] for each in found if each["name"] == words]
    if len(found) == 1 or exact:
        return (exact or [found[0]["id"]])[0], None
    return None, MANY if found else NOBODY


def _around(day: date | None) -> tuple[date, date | None] | None:
    """The day before, and the one after where that has come."""
    if day is None:
        return None
    return day - timedelta(days=1), day + timedelta(days=1) if day < local_day(ports().clock()) else None


# Those that no channel took


@page("/admin/dead-letters", roles=ADMIN)
def list_letters():
    letters = dead.letters(ports().store, me(), asked("after") or None, A_PAGE + 1)
    return show(
        "dead.html",
        ("未送达通知", "Dead letters"),
        letters=_named(letters[:A_PAGE]),
        more=letters[A_PAGE - 1]["id"] if len(letters) > A_PAGE else None,
        is_first=not asked("after"),
    )


@page("/admin/dead-letters/{letter}/resend", "POST", roles=ADMIN)
def resend(letter):
    dead.resend(ports(), me(), letter, ports().clock(), Once(who=me().id, key=None, asked=None))
    return redirect(way_back(posted().get("back"), "/admin/dead-letters"))


@page("/admin/dead-letters/{letter}/dismiss", roles=ADMIN)
def ask_dismiss(letter):
    return _dismissing(letter, None)


@page("/admin/dead-letters/{letter}/dismiss", "POST", roles=ADMIN)
def dismiss(letter):
    why = posted().get("why").strip()
    if not 0 < len(why) <= LONGEST_WHY:
        return _dismissing(letter, ("请写明不再发送的原因，它会记入台账", "say why; it is kept in the ledger"))
    dead.dismiss(ports(), me(), letter, why, ports().clock(), Once(who=me().id, key=None, asked=None))
    return redirect("/admin/dead-letters")


def _dismissing(letter: str, error):
    found = dead.letter(ports().store, me(), letter)
    (row,) = _named([found])
    title = ("不再发送这条通知", "Do not send this any more")
    return show("dismiss.html", title, status=422 if error else 200, letter=row, error=error)


# What rows are shown with


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the names of the party and the person, where they are still known."""
    people = {records.contact_key(row["party"], row["person"]) for row in rows}
    found = ports().store.get_many(people | {records.party_key(row["party"]) for row in rows})
    names = {key: item.value["name"] for key, item in found.items()}
    return [
        {
            **row,
            "party_name": names.get(records.party_key(row["party"]), row["party"]),
            "name": names.get(records.contact_key(row["party"], row["person"])),
        }
        for row in rows
    ]


def _with_letters(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the dead letter that each can be sent again by."""
    letters = {row["notice"]: dead.letter_id(row["notice"], row["at"]) for row in rows if row["state"] == "given up"}
    still = dead.still_dead(ports().store, me(), letters.values())
    return [{**row, "letter": letters[row["notice"]] if letters.get(row["notice"]) in still else None} for row in rows]
