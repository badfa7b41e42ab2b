"""Import of spreadsheets: a template, an upload, the report of the check, and - without a fault - the import itself."""

from hashlib import sha256
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from chalice import Blueprint

from ... import bootstrap, sheets
from ...core.errors import DubanError, Forbidden, InvalidInput, NotFound, Text
from ...usecases.reporting import uploads
from ...usecases.signing_in.access import Bearer
from ...usecases.state.once import Once
from ...usecases.tables import exporting, exports, importing
from ...usecases.tables import imports as usecase
from ...usecases.views import overview
from ..sheets import file_of, named_file
from ..views import is_day
from . import browser
from .page import asked, me, pages_of, path, ports, posted, redirect, show

import_pages = Blueprint(__name__)
page = pages_of(import_pages)

TITLE = ("导入与导出", "Import and export")
PLAIN = {  # kind -> the roles that may import it, and what it is for
    "units": (("admin",), ("单位与主管部门", "Units and offices")),
    "contacts": (("admin", "unit"), ("联系人", "Contacts")),
    "projects": (("admin", "unit"), ("项目及已发生的节点", "Projects and what has happened")),
}
TRACKED = ("units", "projects")  # kinds that ask since when new ones are tracked


@page("/imports")
def list_kinds():
    role = me().role
    plain = [(kind, name) for kind, (roles, name) in PLAIN.items() if role in roles]
    forms = [each for each in overview.forms(ports().forms) if role == "admin" or role in each["filled_by"]]
    named = [each for each in forms if me().jurisdiction in ports().forms.get(each["id"])["x-duban"]["articles"]]
    return show(
        "imports.html",
        TITLE,
        plain=plain,
        forms=named,
        others=[each for each in forms if each not in named],
        tables=[(name, entry[0]) for name, entry in exports.TABLES.items()],
        begun=exporting.begun(ports(), me()),
    )


@page("/templates/{template}")
def show_template(template):
    kind, form = named_file(template)
    return file_of(usecase.template(ports(), _importer(kind), kind), form)


@page("/imports/{kind}")
def show_upload(kind):
    return _upload(kind)


def _upload(kind: str, *, error: Text | None = None, status: int = 200):
    bearer = _importer(kind)
    here = bootstrap.settings()["DUBAN_PUBLIC_URL"]
    slot = uploads.slot(ports(), bearer, f"{here}/imports/{quote(kind)}/{{file}}", sheets.MAX_BYTES, ports().clock())
    there, ours = urlsplit(slot.url), urlsplit(here)
    is_ours = (there.scheme, there.netloc) == (ours.scheme, ours.netloc)
    return show(
        "import.html",
        _title(kind),
        status=status,
        error=error,
        form_action="" if is_ours else f"{there.scheme}://{there.netloc}",
        kind=kind,
        slot={"url": browser.url("/uploads") if is_ours else slot.url, "fields": slot.fields},
        most=sheets.MAX_BYTES,
    )


@page("/imports/{kind}/{file}")
def show_check(kind, file):
    """The report. Nothing is changed, however often it is looked at."""
    bearer, since = _importer(kind), asked("tracked_since")
    try:
        content = uploads.content(ports(), bearer, file)
    except NotFound as error:
        return _upload(kind, error=error.text, status=404)
    try:
        given = _given(kind, bearer, since)
        checked = usecase.check(ports(), bearer, kind, sheets.read(content), given, ports().clock())
    except DubanError as error:
        return show("import_unread.html", _title(kind), status=422, kind=kind, file=file, text=error.text, errors=error.errors)
    return show(
        "import_check.html",
        _title(kind),
        status=422 if checked.faults else 200,
        kind=kind,
        file=file,
        checked=checked.as_json(),
        shown=usecase.SHOWN,
        asks_since=kind in TRACKED and checked.counts["new"] > 0,
        since=since,
    )


@page("/imports/{kind}/{file}", "POST")
def apply(kind, file):
    bearer, since = _importer(kind), posted().get("tracked_since").strip()
    if posted().get("do") == "forget":
        uploads.forget(ports(), bearer, file)
        return redirect(f"/imports/{quote(kind)}")
    once = Once(who=bearer.id, key=file, asked=kind)
    try:
        begun = once.earlier(ports().store) or _begin(bearer, kind, file, since, once)
    except InvalidInput:  # somebody changed what the file rests on since it was checked: the report says what
        return redirect(f"{path()}?{urlencode({'tracked_since': since})}")
    if begun["job"] is None:
        return show("import_nothing.html", _title(kind), kind=kind, counts=begun["counts"])
    return redirect(f"/jobs/{begun['job']}")


def _begin(bearer: Bearer, kind: str, file: str, since: str, once: Once) -> dict:
    """Begin the import; from then on the file is not needed any more."""
    content = uploads.content(ports(), bearer, file)
    begun = usecase.begin(
        ports(),
        bearer,
        kind,
        sheets.read(content),
        _given(kind, bearer, since),
        ports().clock(),
        digest=sha256(content).hexdigest(),
        once=once,
        job=f"{usecase.IMPORT}-{uuid4()}",
    )
    uploads.forget(ports(), bearer, file)
    return begun


def _importer(kind: str) -> Bearer:
    """Who asks, if they may import this kind at all. What is in the file is judged row by row."""
    bearer = me()
    if kind in PLAIN:
        bearer.must_be(*PLAIN[kind][0])
        return bearer
    importing.kind_of(ports(), kind)
    filled_by = ports().forms.get(kind.partition(":")[2])["x-duban"]["filled_by"]
    if bearer.role != "admin" and bearer.role not in filled_by:
        raise Forbidden("这张表不由您填报，因此不能导入", "this form is not yours to fill in")
    return bearer


def _given(kind: str, bearer: Bearer, since: str) -> dict[str, str]:
    """What is known beside the file: a unit imports its own."""
    if since and not is_day(since):
        raise InvalidInput("日期应如 2026-01-01", "a day is like 2026-01-01")
    asks_unit = kind in ("contacts", "projects") or (
        kind not in PLAIN and ports().forms.get(kind.partition(":")[2])["x-duban"]["subject"] == "unit"
    )
    mine = {"unit": bearer.party} if bearer.role == "unit" and asks_unit else {}
    return mine | ({"tracked_since": since} if since and kind in TRACKED else {})


def _title(kind: str) -> tuple[str, str]:
    if kind in PLAIN:
        return f"导入：{PLAIN[kind][1][0]}", f"Import: {PLAIN[kind][1][1]}"
    schema = ports().forms.get(kind.partition(":")[2])
    return f"导入：{schema['title']}", f"Import: {schema['x-duban']['en']}"
