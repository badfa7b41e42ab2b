"""Signing in by a one-time code or link, and signing out."""

import os
import threading
from functools import partial
from urllib.parse import urlencode

from chalice import Blueprint

from ...usecases.registry.parties import names
from ...usecases.signing_in import session as sessions
from ...usecases.signing_in import signin as door
from ...usecases.signing_in.signin import NotSignedIn
from . import browser
from .page import asked, here, pages_of, ports, posted, redirect, show

signin = Blueprint(__name__)
page = pages_of(signin)

ASIDE = "sign-in code"
ASK = ("登录", "Sign in")
ENTER = ("输入验证码", "Enter the code")


@page("/signin", roles=None)
def ask_who():
    back = browser.way_back(asked("next"))
    if here().session:
        return redirect(back)
    return show("signin.html", ASK, back=back, who="", error=None)


@page("/signin", "POST", roles=None)
def send_code():
    back, who = browser.way_back(posted().get("next")), posted().get("who").strip()
    if not who:
        error = ("请填写手机号、邮箱等联系方式，或“主体编号/联系人编号”", "enter your phone, e-mail or party/contact")
        return show("signin.html", ASK, status=422, back=back, who=who, error=error)
    _aside(partial(door.ask_code, ports(), who, here().token, ports().clock()))
    return show("code.html", ENTER, back=back, who=who, error=None)


@page("/signin/code", roles=None)
def start_again():
    """Where a reloaded page of the code leads."""
    return redirect("/signin")


@page("/signin/code", "POST", roles=None)
def use_code():
    back, who = browser.way_back(posted().get("next")), posted().get("who").strip()
    try:
        identities = door.use_code(ports(), who, posted().get("code"), here().token, ports().clock())
    except NotSignedIn as error:
        return show("code.html", ENTER, status=422, back=back, who=who, error=error.text)
    return _welcome(identities, back)


@page("/signin/link/{token}", roles=None)
def look_at_link(token):
    """Opening the link uses nothing up: a chat's preview opens it too."""
    identity = door.link_identity(ports().store, token, ports().clock())
    return show("link.html", ASK, identity=identity)


@page("/signin/link/{token}", "POST", roles=None)
def use_link(token):
    return _welcome(door.use_link(ports().store, token, ports().clock()), "/")


@page("/signout", "POST", roles=None)
def sign_out():
    session = here().session
    if session:
        sessions.end(ports().store, session)
    return redirect("/", browser.token_header(None))


def _aside(act) -> None:
    """Do it while the page is answered. A Lambda function stops with its answer: there it is done first."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        act()
    else:
        threading.Thread(target=act, name=ASIDE).start()


def settle(seconds: float = 10) -> None:
    """Wait until what is done aside is done: whoever closes the store does this first."""
    for thread in threading.enumerate():
        if thread.name == ASIDE:
            thread.join(seconds)


@page("/signin/as")
def ask_as_whom():
    """For whom somebody acts who is a contact of several parties."""
    session = here().session
    mine = sorted([(session.at, session.identity), *session.others], key=lambda each: each[0])
    called = names(ports(), {identity.party for _, identity in mine if identity.party})
    identities = [
        {"number": number, "role": identity.role, "party": called.get(identity.party, identity.party or "")}
        for number, identity in mine
    ]
    return show(
        "signin_as.html",
        ("以哪个单位的身份办理", "For whom you act"),
        identities=identities,
        back=browser.way_back(asked("next")),
    )


def _welcome(identities, back):
    """A session under a new token, whatever the browser held before."""
    before = here().session
    if before:
        sessions.end(ports().store, before)
    if len({identity.party for identity in identities}) > 1 and not back.startswith("/interrupted/"):
        back = "/signin/as?" + urlencode({"next": back})
    return redirect(back, browser.token_header(sessions.begin(ports().store, identities, ports().clock())))
