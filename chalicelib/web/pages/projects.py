"""A project's page: its timeline, what it owes, what happened, who was told."""

from datetime import datetime
from typing import Any

from chalice import Blueprint

from ...core.ladder import local_day
from ...usecases.views.dossier import dossier
from .duties import seen, seen_returned, titles_of_forms
from .page import me, pages_of, ports, show
from .timeline import in_words, timeline

projects = Blueprint(__name__)
page = pages_of(projects)

# how duties are grouped, in this order; the last ones are folded
GROUPS: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = (
    (("已逾期", "Overdue"), ("overdue",)),
    (("办理中", "To be done"), ("open",)),
    (("待定", "Undetermined"), ("undetermined",)),
    (("中止", "Suspended"), ("suspended",)),
    (("以后", "Later"), ("upcoming", "waiting")),
    (("已办结", "Done"), ("done", "done_late")),
    (("不再需要", "Not owed any more"), ("waived", "lapsed", "withdrawn")),
)
FOLDED = ("upcoming", "done", "waived")  # the first state of a group that is folded
PLANNED = 60  # messages
TOLD = 100


@page("/projects/{ident}")
def show_project(ident):
    now = ports().clock()
    known = dossier(ports(), me(), ident, now)
    duties = [_shown(duty, ident, known, now) for duty in known["duties"]]
    ahead, behind = in_words(known["milestones"], duties, local_day(now))
    sent = {each["id"] for each in known["submissions"]}
    last = next((each for each in known["milestones"] if each["is_stage"]), None)
    return show(
        "dossier.html",
        (known["profile"]["name"], known["profile"]["name"]),
        project=known["profile"],
        known=known,
        last=last,
        returned=seen_returned(known["returned"]),
        groups=[(title, states[0] in FOLDED, _of(duties, states)) for title, states in GROUPS],
        findings=[each for each in known["findings"] if each["outcome"] not in ("pass", "undetermined")],
        passed=sum(each["outcome"] == "pass" for each in known["findings"]),
        chart=timeline(known["milestones"], duties, local_day(now)),
        ahead=ahead,
        behind=behind,
        today=local_day(now),
        forms=titles_of_forms(),
        planned=known["planned"][:PLANNED],
        told=known["told"][:TOLD],
        sent=sent,
        has_sent=any(each["submission"] in sent for each in known["milestones"]),
        has_mendable=any(_may_mend(each) for each in known["milestones"]),
        may_mend=_may_mend,
    )


def _may_mend(milestone: dict[str, Any]) -> bool:
    """Whether whoever looks may correct or withdraw it: a unit what a unit reported."""
    role = me().role
    return milestone["stands"] and (milestone["role"] == role or role != "unit")


def _shown(duty: dict[str, Any], project: str, known: dict[str, Any], now: datetime) -> dict[str, Any]:
    more = {"holder": f"project#{project}", "subject": known["profile"]["name"], "sample": False}
    return seen({**duty, **more}, now)


def _of(duties: list[dict[str, Any]], states: tuple[str, ...]) -> list[dict[str, Any]]:
    mine = [duty for duty in duties if duty["state"] in states]
    return sorted(mine, key=lambda duty: (duty["before_tracking"], duty["act_by"] or duty["due_on"] or "9", duty["id"]))
