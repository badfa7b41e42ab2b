"""Where an admin begins: whether everything runs, what waits to be done, and the places of work. And sending again after a copy."""

from chalice import Blueprint

from ...core.errors import InvalidInput
from ...usecases.clockwork.health import health
from ...usecases.moving import doubt
from ...usecases.reminding import dead
from ...usecases.rulebooks.seed import proposal
from ...usecases.state.unheard import unheard
from .health import MOST_LETTERS
from .page import me, pages_of, ports, posted, redirect, show

admin = Blueprint(__name__)
page = pages_of(admin)


@page("/admin", roles=("admin",))
def show_admin():
    bearer = me()
    return show(
        "admin.html",
        ("管理", "Administration"),
        health=health(ports().store, ports().clock()),
        letters=len(dead.letters(ports().store, bearer, limit=MOST_LETTERS)),
        most=MOST_LETTERS,
        unheard=unheard(ports().store, bearer.jurisdiction),
        version=ports().rules.version(bearer.jurisdiction),
        proposal=proposal(ports(), bearer.jurisdiction),
        place=ports().rules.editions(bearer.jurisdiction)[-1].name,
        provisional=min(set(range(ports().clock().year, 2100)) - ports().rules.calendar().known),
    )


@page("/admin/resume", roles=("admin",))
def ask_resume():
    found = doubt.in_doubt(ports().store, ports().clock())
    return show("resume.html", ("恢复发送", "Send again"), doubt=found, error=None)


@page("/admin/resume", "POST", roles=("admin",))
def resume():
    choice, word = posted().get("choice"), posted().get("word").strip()
    if choice not in (doubt.RESEND, doubt.SKIP):
        error = ("请选择如何处理可能已发过的提醒", "choose what becomes of what may have been sent")
        found = doubt.in_doubt(ports().store, ports().clock())
        return show("resume.html", ("恢复发送", "Send again"), status=422, doubt=found, error=error)
    if len(word) > 200:
        raise InvalidInput("口令过长", "the word is too long")
    doubt.resume(ports(), choice, ports().clock(), word=word or None, source_is_gone=posted().get("gone") == "yes")
    return redirect("/admin/health")
