"""The front door: the start page, the language, static files, as whom one acts."""

from chalice import Blueprint, Response

from ...core.errors import NotFound
from ...usecases.signing_in import session as sessions
from ..problems import stock
from . import browser, render
from .duties import home_of_unit
from .page import asked, here, pages_of, ports, posted, redirect, show

home = Blueprint(__name__)
page = pages_of(home)


@page("/", roles=None)
def front():
    if here().session is None:
        return show("front.html", ("政务信息化项目，期限不再错过", "No deadline of a government IT project missed"))
    return home_of_unit() if here().session.identity.role == "unit" else redirect("/board")


@page("/help", roles=None)
def show_help():
    return show("help.html", ("使用说明", "Help"))


@page("/language/{language}", roles=None)
def choose_language(language):
    if language not in browser.LANGUAGES:
        raise NotFound("页面语言可选 zh（中文）或 en（英文）", "the languages are zh and en")
    return redirect(browser.way_back(asked("back")), browser.language_header(language))


@page("/identity", "POST")
def act_as():
    number = posted().get("to")
    if number.isdecimal():
        sessions.switch(ports().store, here().session, int(number[:3]))
    return redirect(browser.way_back(posted().get("next")))


@home.route("/static/{name}", methods=["GET"], content_types=["*/*"])
def show_static(name):
    """A file of static/: for ever under the address that says its content, else asked for again each time."""
    if name not in render.static_files():
        return stock(404)
    digest, content = render.static_files()[name]
    headers = home.current_request.headers
    given = (home.current_request.query_params or {}).get("v")
    answer = {
        "Content-Type": render.TYPES["." + name.rpartition(".")[2]],
        "Cache-Control": "public, max-age=31536000, immutable" if given == digest else "no-cache",
        "ETag": f'"{digest}"',
        "X-Content-Type-Options": "nosniff",
    }
    if headers.get("if-none-match") == f'"{digest}"':
        return Response(body=b"", status_code=304, headers=answer)
    return Response(body=content, headers=answer)
