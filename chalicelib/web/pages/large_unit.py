"""The home of a unit with many projects: read a page at a time, from what the tally has counted."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from chalice import Response

from ...core.ladder import local_day
from ...usecases.signing_in.access import Bearer
from ...usecases.state.unit_projects import projects_page
from ...usecases.views.board import SOON, figures_of
from ...usecases.views.duty import explained, may_sign
from ...usecases.views.owed import NOW_DUE, listed
from .page import asked, path, ports, show

FULL = 8  # duties shown with all they need
PAGE = 50  # duties, and projects
FOLDED = 20  # of what comes later, and of what is awaited
LISTS = {  # name -> its title, the list it is of, and the last lawful days
    "now": (("30天内到期和已逾期的", "Overdue, or due within 30 days"), "open", lambda last: (None, last)),
    "later": (("以后要办", "Coming later"), "open", lambda last: (last + timedelta(days=1), None)),
    "awaited": (("等主管部门办理", "Awaited from an authority"), "awaited", lambda last: (None, None)),
}

Worded = Callable[[dict[str, Any], datetime], dict[str, Any]]


def show_large(
    of: Bearer,
    unit: dict[str, Any],
    title: tuple[str, str],
    seen: Worded,
    *,
    signs: bool,
    returned: list[dict[str, Any]],
) -> Response:
    """The first page, or that of one list (?list=, ?after=), or of the projects (?name=, ?project=). `seen` words a duty."""
    now = ports().clock()
    known = {"unit": unit, "signs": signs, "lists": {name: words for name, (words, *_) in LISTS.items()}}
    if asked("list") in LISTS:
        chosen = asked("list")
        duties, following = _page_of(of, chosen, asked("after"), now, seen, PAGE)
        return show("unit_list.html", LISTS[chosen][0], duties_listed=duties, next=_link(list=chosen, after=following), **known)
    projects = projects_page(ports().store, of.party, now, asked("name")[:100], asked("project") or None, limit=PAGE)
    known |= {"sought": asked("name")[:100], "projects": projects["projects"]}
    known["more_projects"] = _link(name=asked("name")[:100], project=projects["next"])
    if asked("name") or asked("project"):
        return show("unit_projects.html", ("项目", "Projects"), **known)
    duties, following = _page_of(of, "now", "", now, seen, PAGE)
    current = [duty for duty in duties if duty["state"] in NOW_DUE]
    nearest = explained(ports(), current[:FULL], now)
    cards = {duty["id"] for duty in nearest}
    later, more_later = _page_of(of, "later", "", now, seen, FOLDED)
    awaited, more_awaited = _page_of(of, "awaited", "", now, seen, FOLDED)
    return show(
        "unit_large.html",
        title,
        returned=returned,
        figures=figures_of(ports().store, of, of.party, now),
        nearest=[{**duty, "signs": signs and may_sign(ports(), of, duty)} for duty in nearest],
        others=[duty for duty in duties if duty["id"] not in cards],
        next=_link(list="now", after=following),
        later=later,
        more_later=_link(list="later", after=more_later),
        awaited=awaited,
        more_awaited=_link(list="awaited", after=more_awaited),
        **known,
    )


def _page_of(
    of: Bearer, name: str, after: str, now: datetime, seen: Worded, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The duties of a page of one list, and the cursor of the next."""
    _, stored, days = LISTS[name]
    since, until = days(_last_of_now(now))
    begin = after if after.startswith(f"{stored}#") else None
    found = listed(ports(), of, now, stored, begin, since=since, until=until, limit=limit)
    return [seen(duty, now) for duty in found["duties"]], found["next"]


def _last_of_now(now: datetime) -> date:
    return local_day(now) + timedelta(days=SOON)


def _link(**parameters: str | None) -> str | None:
    """The address of a following page; None where its cursor is None."""
    return None if None in parameters.values() else f"{path()}?{urlencode(parameters)}"
