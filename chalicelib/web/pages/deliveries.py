"""What became of notices: the delivery log by day, and those that no channel took."""

from datetime import date, timedelta
from urllib.parse import urlencode

from chalice import Blueprint

from ...core.ladder import local_day
from ...usecases.reminding import dead, delivery_log
from ...usecases.state import records
from ...usecases.state.once import Once
from ..views import is_day
from .effect import LONGEST_WHY
from .page import asked, me, pages_of, ports, posted, redirect, show

deliveries = Blueprint(__name__)
page = pages_of(deliveries)

ADMIN = ("admin",)
A_PAGE = 50


@page("/admin/deliveries", roles=ADMIN)
def show_day():
    """A day's notices, newest first."""
    today = local_day(ports().clock())
    day = date.fromisoformat(asked("day")) if is_day(asked("day")) else today
    found = delivery_log.delivery_log(ports().store, me(), day, asked("after") or None, A_PAGE)
    return show(
        "deliveries.html",
        ("发送记录", "Delivery log"),
        day=day,
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1) if day < today else None,
        rows=_named(found["notices"]),
        more=found["next"] and "?" + urlencode({"day": day.isoformat(), "after": found["next"]}),
        is_first=not asked("after"),
    )


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
    return redirect("/admin/dead-letters")


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


def _named(rows: list[dict]) -> list[dict]:
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
