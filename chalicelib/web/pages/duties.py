"""A unit's home, the page of one duty, and what officers see of a unit: the same duties in the same words."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from chalice import Blueprint, Response

from ...core.calendar import Calendar
from ...core.errors import Forbidden
from ...core.ladder import local_day
from ...usecases.reminding.acknowledge import acknowledge
from ...usecases.signing_in.access import Bearer, may_see
from ...usecases.state.holder import load
from ...usecases.state.records import PARTITIONS
from ...usecases.views import duty as duties
from ...usecases.views import overview
from ...usecases.views.owed import NOW_DUE, is_small, owed
from ...usecases.views.returned import of_unit
from ...usecases.views.told import told_of
from .browser import way_back
from .large_unit import FULL, show_large
from .page import asked, here, me, pages_of, ports, posted, redirect, show

duty_pages = Blueprint(__name__)
page = pages_of(duty_pages)

SUBJECT_OF = {partition: kind for kind, partition in PARTITIONS.items()}  # party -> unit
AMBER = 14  # days before act_by
LATER = 60  # rows of what is coming


def home_of_unit() -> Response:
    bearer = me()
    unit = overview.profile(ports(), bearer, f"party#{bearer.party}")
    return _unit_page(bearer, unit, ("要办的事项", "What you owe"), signs=True)


@page("/units/{ident}", roles=("authority", "admin"))
def show_unit(ident):
    unit = may_see(ports(), me(), f"party#{ident}")
    as_unit = Bearer(id=me().id, role="unit", jurisdiction=unit["jurisdiction"], party=ident)
    return _unit_page(as_unit, unit, (unit["name"], unit["name"]), signs=False)


def _unit_page(of: Bearer, unit: dict[str, Any], title: tuple[str, str], *, signs: bool) -> Response:
    """What the unit owes, as it sees it. `signs`: whoever looks may acknowledge; officers only read."""
    if not is_small(ports().store, of):
        return show_large(of, unit, title, seen, signs=signs, returned=seen_returned(of_unit(ports().store, of.party)))
    now = ports().clock()
    every = [seen(duty, now) for duty in owed(ports(), of, now, until=date.max)]
    current = [duty for duty in every if duty["state"] in NOW_DUE and duty["mine"]]
    nearest = duties.explained(ports(), current[:FULL], now)
    return show(
        "unit.html",
        title,
        unit=unit,
        signs=signs,
        figures={level: sum(duty["level"] == level for duty in current) for level in ("late", "soon", "calm")},
        nearest=[{**duty, "signs": signs and duties.may_sign(ports(), of, duty)} for duty in nearest],
        others=current[FULL:],
        awaited=[duty for duty in every if duty["state"] in NOW_DUE and not duty["mine"]],
        later=[duty for duty in every if duty["state"] not in NOW_DUE][:LATER],
        projects=_projects(of, every),
        returned=seen_returned(of_unit(ports().store, of.party)),
    )


def _projects(of: Bearer, every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The unit's projects, those with something late first, with how much each has to do."""
    found = []
    for project in overview.projects(ports().store, of):
        theirs = [duty for duty in every if duty["holder"] == f"project#{project['id']}" and duty["mine"]]
        current = [duty for duty in theirs if duty["state"] in NOW_DUE]
        found.append(
            {
                **project,
                "overdue": sum(duty["state"] == "overdue" for duty in current),
                "current": len(current),
                "next": next((duty["act_by"] or duty["due_on"] for duty in theirs if duty["act_by"] or duty["due_on"]), None),
            }
        )
    return sorted(found, key=lambda each: (-each["overdue"], -each["current"], each["name"]))


# One duty


@page("/o/{reference}")
def show_referred(reference):
    """Where messages lead: by a reference that somebody was shown."""
    return _duty_page(reference, None)


@page("/o/{reference}/{kind}/{subject}")
def show_duty(reference, kind, subject):
    """Where pages lead: by the reference and whose duty it is."""
    return _duty_page(reference, f"{PARTITIONS.get(kind, kind)}#{subject}")


def _duty_page(reference: str, holder: str | None) -> Response:
    bearer, now = me(), ports().clock()
    duty = seen(duties.find(ports(), bearer, reference, holder, now), now)
    (whole,) = duties.explained(ports(), [duty], now)
    return show(
        "duty.html",
        (duty["title"]["zh"], duty["title"]["en"] or duty["title"]["zh"]),
        duty={**whole, "signs": duties.may_sign(ports(), bearer, duty)},
        told=told_of(ports(), load(ports().store, duty["holder"]), of=duty["id"]),
        signed=asked("signed"),
    )


@page("/o/{reference}/acknowledge", "POST")
def sign(reference):
    bearer, now = me(), ports().clock()
    duty = duties.find(ports(), bearer, reference, posted().get("holder"), now)
    if not duties.may_sign(ports(), bearer, duty):
        raise Forbidden("这一事项不需要您签收", "this duty is not yours to acknowledge, or is done")
    acknowledge(ports(), bearer.id, duty["holder"], duty["id"], "page", now)
    return redirect(way_back(posted().get("back"), link_of(duty) + "?signed=1"))


# How a duty is shown


def seen(duty: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The duty with how near it is - a level and words for it - and where its links lead: itself, its project, its forms."""
    level, words = nearness(duty, local_day(now), here().calendar)
    kind, _, subject = duty["holder"].partition("#")
    about = SUBJECT_OF[kind]
    return {
        **duty,
        "level": level,
        "near": words,
        "kind_of_holder": about,
        "link": link_of(duty),
        "subject_link": {"project": f"/projects/{quote(subject)}"}.get(kind),
        "fill": fill_link(about, subject, duty["form"], duty["id"]),
        "extend": fill_link(about, subject, "extension-request", duty["id"]),
    }


def seen_returned(returned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was returned, as views/returned.py tells it: each with the title of its form, whether its day has passed, and where
    its links lead: the decision, its project, and the same form once more for who fills it in."""
    today, titles, found = local_day(ports().clock()).isoformat(), titles_of_forms(), []
    for each in returned:
        partition, _, subject = each["holder"].partition("#")
        kind = SUBJECT_OF[partition]
        links = {
            "decision_link": f"/sent/{kind}/{quote(subject)}/{quote(each['decision'])}",
            "subject_link": f"/projects/{quote(subject)}" if kind == "project" else None,
            "fill": fill_link(kind, subject, each["form"], each["of"] or ""),
        }
        is_late = bool(each["due_on"] and each["due_on"] < today)
        found.append({**each, "title": titles[each["form"]], "is_late": is_late, **links})
    return found


def nearness(duty: dict[str, Any], today: date, calendar: Calendar) -> tuple[str, tuple[str, str]]:
    """late, soon or calm by act_by, and the words that say so: the colour only repeats them. What is left is counted in
    working days, as messages count it."""
    if duty.get("before_tracking") and duty["state"] in ("overdue", "open"):
        return "calm", ("纳入督办以前到期，不催办", "due before it was tracked here: nobody is reminded")
    if duty["state"] == "overdue":
        days = (today - date.fromisoformat(duty["due_on"])).days
        return "late", (f"已逾期{days}天", f"{days} days overdue")
    last = duty["act_by"] or duty["due_on"]
    if last is None:
        return "calm", ("未定期限，及时办理", "no fixed day")
    last_on = date.fromisoformat(last)
    days = (last_on - today).days
    if days < 0:
        return "late", (f"已过建议日{-days}天", f"{-days} days past the day to act by")
    if days == 0:
        return "soon", ("今天办结", "today")
    working = calendar.working_days_between(today, last_on)
    words = (f"还有{working}个工作日", f"{working} working days left") if working else ("最后几天", "the last days")
    return "soon" if days <= AMBER else "calm", words


def link_of(duty: dict[str, Any]) -> str:
    kind, _, subject = duty["holder"].partition("#")
    return f"/o/{duty['reference']}/{SUBJECT_OF[kind]}/{quote(subject)}"


def fill_link(about: str, subject: str, form: str | None, of: str) -> str | None:
    """Where a form is begun, if it is one that whoever looks fills in."""
    if form is None or form not in ports().forms.ids():
        return None
    schema = ports().forms.get(form)["x-duban"]
    role = here().session.identity.role
    if schema["subject"] != about or not (role == "admin" or role in schema["filled_by"]):
        return None
    return f"/fill/{about}/{quote(subject)}/{form}?" + urlencode({"of": of})


def titles_of_forms() -> dict[str, dict[str, str]]:
    return {form["id"]: form["title"] for form in overview.forms(ports().forms)}
