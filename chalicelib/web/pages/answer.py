"""The page behind an answer link: what a message was about, and a button to sign for it. Nobody has to be signed in."""

from datetime import date, datetime

from chalice import Blueprint

from ...core.calendar import Calendar
from ...core.dates import Dates
from ...core.ladder import local_day
from ...usecases.reminding.answer_link import redeem, shown
from ...usecases.state import records
from ...usecases.state.references import SHORT, reference
from .page import pages_of, ports, show

answer = Blueprint(__name__)
page = pages_of(answer)
TITLE = ("签收提醒事项", "Acknowledge")


@page("/a/{token}", roles=None)
def show_answer(token):
    return _page(shown(ports(), token, ports().clock()), ports().clock())


@page("/a/{token}", "POST", roles=None)
def sign(token):
    return _page(redeem(ports(), token, "link", ports().clock()), ports().clock())


def _page(link: dict, now: datetime):
    today, calendar = local_day(now), ports().rules.calendar()
    duties = [
        {
            "reference": reference(duty["obligation"])[:SHORT],
            "name": duty["name"],
            "title": duty["is"]["title"],
            "article": duty["is"]["article"],
            "state": records.state_of_row(duty["is"], today),
            "left": _working_days_left(dates, today, calendar),
            **{name: getattr(dates, name) for name in ("act_by", "due_on", "earliest_next_on")},
        }
        for duty in link["duties"]
        for dates in [records.dates_of_row(duty["is"])]
    ]
    idents = [duty["obligation"] for duty in link["duties"]]
    way = f"/o/{reference(idents[0])}" if len(idents) == 1 else "/"
    return show("answer.html", TITLE, duties=duties, way=way, used=link["used"], tells=link["level"] != "reference")


def _working_days_left(dates: Dates, today: date, calendar: Calendar) -> int | None:
    """As the message counts them; None where the day has passed or there is none."""
    last = dates.act_by if dates.act_by and today <= dates.act_by else dates.due_on
    return calendar.working_days_between(today, last) if last and today <= last else None
