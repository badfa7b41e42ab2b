"""A document is uploaded: a page with its slot, and the way back to the form."""

from urllib.parse import urlencode, urlsplit

from chalice import Blueprint

from ... import bootstrap
from ...core.errors import InvalidInput, NotFound, Text
from ...usecases.reporting import documents, unsent
from ...usecases.reporting.formats import FORMATS
from ...usecases.views import overview
from . import browser
from .page import asked, me, pages_of, ports, redirect, show

uploading = Blueprint(__name__)
page = pages_of(uploading)


@page("/unsent/{ident}/files/{name}/{at}")
def show_slot(ident, name, at):
    return _slot(ident, name, at)


@page("/unsent/{ident}/files/{name}/{at}/done")
def attach(ident, name, at):
    _, schema = _draft(ident)
    try:
        documents.attach(ports(), me(), ident, schema, name, _number(at), asked("file"), ports().clock())
    except InvalidInput as error:
        return _slot(ident, name, at, error=error.text, status=error.status)
    return redirect(_back(ident, name))


def _slot(ident: str, name: str, at: str, *, error: Text | None = None, status: int = 200):
    draft, schema = _draft(ident)
    document = documents.document(draft, schema, name, _number(at))
    public = bootstrap.settings()["DUBAN_PUBLIC_URL"]
    done = f"{public}/unsent/{ident}/files/{name}/{at}/done?{urlencode({'file': '{key}'}, safe='{}')}"
    slot = documents.slot(ports(), draft, done, ports().clock())
    here, there = urlsplit(public), urlsplit(slot.url)
    is_ours = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    title = document.get("name") or f"第{_number(at) + 1}项材料"
    return show(
        "upload.html",
        (f"上传：{title}", f"Upload: {title}"),
        status=status,
        form_action="" if is_ours else f"{there.scheme}://{there.netloc}",
        draft=draft,
        slot={"url": browser.url("/uploads") if is_ours else slot.url, "fields": slot.fields},
        formats=FORMATS,
        most=documents.MOST_BYTES,
        error=error,
        back=_back(ident, name),
    )


def _back(ident: str, name: str) -> str:
    return f"/unsent/{ident}#{name.replace('.', '-')}"


def _draft(ident: str) -> tuple[dict, dict]:
    draft = unsent.unsent(ports().store, me(), ident)
    return draft, overview.form(ports().forms, draft["form"])


def _number(at: str) -> int:
    if not at.isdecimal() or len(at) > 5:
        raise NotFound("表单里没有这项材料，请返回表单核对", "the form has no such document")
    return int(at)
