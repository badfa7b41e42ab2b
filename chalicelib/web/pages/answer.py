"""The page behind an answer link: what a message was about, and a button to sign for it. Nobody has to be signed in."""

from datetime import datetime

from chalice import Blueprint

from ...core.ladder import local_day
from ...usecases import records
from ...usecases.answer_link import redeem, shown
from ...usecases.references import SHORT, reference
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
    duties = [
        {
            "reference": reference(duty["obligation"])[:SHORT],
            "name": duty["name"],
            "title": duty["is"]["title"],
            "state": records.state_of_row(duty["is"], local_day(now)),
            "due_on": duty["is"]["dates"][2],
        }
        for duty in link["duties"]
    ]
    return show("answer.html", TITLE, duties=duties, used=link["used"], tells=link["level"] != "reference")
