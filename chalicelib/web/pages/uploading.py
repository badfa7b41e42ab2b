"""A document is uploaded: a page with its slot, and the way back to the form."""

from urllib.parse import urlencode, urlsplit

from chalice import Blueprint

from ... import bootstrap
from ...core.errors import NotFound
from ...usecases.reporting import documents, unsent
from ...usecases.views import overview
from . import browser
from .page import asked, me, pages_of, path, ports, redirect, show

uploading = Blueprint(__name__)
page = pages_of(uploading)


@page("/unsent/{ident}/files/{name}/{at}")
def show_slot(ident, name, at):
    draft, schema = _draft(ident)
    document = documents.document(draft, schema, name, _number(at))
    extension = asked("type", "pdf")
    back = f"{bootstrap.settings()['DUBAN_PUBLIC_URL']}{path()}/done?{urlencode({'file': '{key}'}, safe='{}')}"
    slot = documents.slot(ports(), draft, extension, back, ports().clock())
    here = urlsplit(bootstrap.settings()["DUBAN_PUBLIC_URL"])
    there = urlsplit(slot.url)
    is_ours = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    title = document.get("name") or f"第{_number(at) + 1}项材料"
    return show(
        "upload.html",
        (f"上传：{title}", f"Upload: {title}"),
        form_action="" if is_ours else f"{there.scheme}://{there.netloc}",
        draft=draft,
        slot={"url": browser.url("/uploads") if is_ours else slot.url, "fields": slot.fields},
        formats=documents.FORMATS,
        extension=extension,
        most=documents.MOST_BYTES,
        back=f"/unsent/{ident}#{name.replace('.', '-')}",
    )


@page("/unsent/{ident}/files/{name}/{at}/done")
def attach(ident, name, at):
    _, schema = _draft(ident)
    documents.attach(ports(), me(), ident, schema, name, _number(at), asked("file"), ports().clock())
    return redirect(f"/unsent/{ident}#{name.replace('.', '-')}")


def _draft(ident: str) -> tuple[dict, dict]:
    draft = unsent.unsent(ports().store, me(), ident)
    return draft, overview.form(ports().forms, draft["form"])


def _number(at: str) -> int:
    if not at.isdecimal() or len(at) > 5:
        raise NotFound("表单里没有这项材料，请返回表单核对", "the form has no such document")
    return int(at)
