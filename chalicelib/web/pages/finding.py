"""Finding: a project, a unit, a duty or a receipt, by a part of its name or by its number."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from chalice import Blueprint

from ...usecases.views.search import KINDS, LONGEST, exact, named
from .duties import seen, titles_of_forms
from .page import asked, me, pages_of, ports, show

finding = Blueprint(__name__)
page = pages_of(finding)

FEW = 10  # of each kind on the first page; more of one kind on pages of their own
TITLES = {"projects": ("项目", "Projects"), "units": ("单位", "Units")}


@page("/find")
def find():
    """Everything that fits, the exact first; with ?of=, a page of one kind."""
    words, of, now = asked("q").strip()[:LONGEST], asked("of"), ports().clock()
    if of in KINDS:
        after = asked("after") or None
        shown, known = [_page_of(of, words, now, after)], {"duties": [], "receipts": []}
    else:
        known = exact(ports(), me(), words, now)
        kinds = ("projects",) if me().role == "unit" else ("projects", "units")
        shown = [_page_of(kind, words, now, None, FEW, known[kind]) for kind in kinds]
    return show(
        "find.html",
        (f"查找：{words}", f"Find: {words}") if words else ("查找", "Find"),
        sought=words,
        groups=[group for group in shown if group["rows"] or group["next"]],
        duties_found=[seen(duty, now) for duty in known["duties"]],
        receipts=[
            {**each, "link": f"/sent/{each['kind']}/{quote(each['subject'])}/{each['id']}"} for each in known["receipts"]
        ],
        forms=titles_of_forms(),
    )


def _page_of(
    kind: str, words: str, now: datetime, after: str | None, limit: int = 30, first: list[dict[str, Any]] = ()
) -> dict[str, Any]:
    """A page of one kind; those called exactly so (`first`) stand above the others."""
    found = named(ports(), me(), kind, words, now, after, limit)
    ids = {row["id"] for row in first}
    following = found["next"] and f"/find?{urlencode({'q': words, 'of': kind, 'after': found['next']})}"
    rows = [*first, *(row for row in found["rows"] if row["id"] not in ids)]
    return {"kind": kind, "title": TITLES[kind], "rows": rows, "next": following}
