"""What was sent when the session had ended, shown to the same person after they have signed in again: sent on, or given up."""

from chalice import Blueprint

from ...core.errors import NotFound
from ...usecases.signing_in import interrupted, session
from .page import here, pages_of, ports, redirect, show

interrupted_pages = Blueprint(__name__)
page = pages_of(interrupted_pages)


@page("/interrupted/{ident}")
def show_kept(ident):
    found, mine = interrupted.kept(ports().store, ident, ports().clock()), here().session
    if found["identity"] != mine.identity:
        number = next((number for number, other in mine.others if other == found["identity"]), None)
        if number is None:
            raise NotFound(
                "这是另一个人填写的内容，请由本人登录后继续", "somebody else typed this; they have to sign in themselves"
            )
        session.switch(ports().store, mine, number)
        return redirect(f"/interrupted/{ident}")
    return show(
        "interrupted.html",
        ("继续刚才的操作", "Go on where you were"),
        ident=ident,
        kept_path=found["path"],
        pairs=found["pairs"],
    )


@page("/interrupted/{ident}/forget", "POST")
def forget(ident):
    found = interrupted.kept(ports().store, ident, ports().clock())
    if found["identity"] == here().session.identity:
        interrupted.forget(ports().store, ident)
    return redirect("/")
