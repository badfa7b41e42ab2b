"""Which form: the list of forms for a project, a unit or the jurisdiction; a new project; the drafts."""

import secrets

from chalice import Blueprint

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...usecases.registry.register import classified, register_project
from ...usecases.reporting import unsent
from ...usecases.signing_in.access import Bearer, may_see
from ...usecases.state.once import Once
from ...usecases.state.records import PARTITIONS
from ...usecases.views import overview
from .page import asked, me, pages_of, ports, posted, redirect, show
from .words import LIFE

choosing = Blueprint(__name__)
page = pages_of(choosing)

NEW_PROJECT = ("新建项目", "New project")
MOST_PROJECTS = 200


@page("/forms")
def choose():
    """First what about, then which form."""
    about, bearer = asked("about"), me()
    if about:
        kind, _, subject = about.partition(":")
        return _forms_about(bearer, kind, subject)
    projects = overview.projects(ports().store, bearer)[:MOST_PROJECTS] if bearer.role == "unit" else []
    place = ports().rules.editions(bearer.jurisdiction)[-1].name
    return show("subjects.html", ("填报：选择对象", "What is it about?"), projects=projects, bearer=bearer, place=place)


def _forms_about(bearer: Bearer, kind: str, subject: str):
    if kind not in PARTITIONS:
        raise NotFound("填报的对象应为项目、单位或辖区", "a form is about a project, a unit or the jurisdiction")
    partition = f"{PARTITIONS[kind]}#{subject}"
    profile = may_see(ports(), bearer, partition)
    fitting = [form for form in overview.forms(ports().forms) if form["subject"] == kind and _may_fill(bearer, form)]
    named = [form for form in fitting if bearer.jurisdiction in ports().forms.get(form["id"])["x-duban"]["articles"]]
    duties = unsent.duties(ports(), bearer, partition, ports().clock())
    fillable = {form["id"] for form in fitting}
    waiting = [each for each in duties if each["form"] in fillable and each["state"] in ("open", "overdue", "upcoming")]
    sent = (
        []
        if kind == "jurisdiction" and bearer.role == "unit"
        else overview.submissions(ports(), bearer, partition)["submissions"]
    )
    return show(
        "forms.html",
        ("填报：选择表单", "Which form?"),
        about={"kind": kind, "subject": subject, "name": profile.get("name") or ports().rules.editions(subject)[-1].name},
        waiting=sorted(waiting, key=lambda each: each["act_by"] or each["due_on"] or "9"),
        named=_by_stage(named),
        others=_by_stage([form for form in fitting if form not in named]),
        sent=sorted(sent, key=lambda each: each["at"], reverse=True),
        titles={form["id"]: form["title"] for form in overview.forms(ports().forms)},
    )


def _by_stage(listed: list[dict]) -> list[tuple[tuple[str, str], list[dict]]]:
    """Forms in the order of a project's life: (the name of a stage, its forms with what each is for)."""
    schemas = {form["id"]: ports().forms.get(form["id"]) for form in listed}
    places = {ident: schema["x-duban"] for ident, schema in schemas.items()}
    told = [{**form, "description": schemas[form["id"]]["description"]} for form in listed]
    told.sort(key=lambda form: places[form["id"]]["step"])
    groups = [(name, [form for form in told if places[form["id"]]["stage"] == stage]) for stage, name in LIFE.items()]
    return [(name, forms) for name, forms in groups if forms]


def _may_fill(bearer: Bearer, form: dict) -> bool:
    return bearer.role == "admin" or bearer.role in form["filled_by"]


@page("/unsent")
def list_unsent():
    drafts = unsent.all_unsent(ports(), me(), ports().clock())
    titles = {form["id"]: form["title"] for form in overview.forms(ports().forms)}
    return show("drafts.html", ("草稿", "Drafts"), drafts=drafts, titles=titles, discarded=asked("discarded"))


# A new project: 涉密 is asked first and alone, because a name can be classified too


@page("/projects/new", roles=("unit",))
def ask_before_project():
    return show("classified.html", NEW_PROJECT, error=None, target="/projects/new")


@page("/projects/new", "POST", roles=("unit",))
def answer_before_project():
    answer = posted().get("classified")
    if answer == "true":
        raise classified(ports(), me().jurisdiction)
    if answer != "false":
        return show("classified.html", NEW_PROJECT, status=422, error=UNANSWERED, target="/projects/new")
    return show("project.html", NEW_PROJECT, name="", code="", error=None)


@page("/projects/new/name", "POST", roles=("unit",))
def add_project():
    bearer, now = me(), ports().clock()
    name, code = posted().get("name").strip(), posted().get("code").strip()
    if not 0 < len(name) <= 200:
        error = ("请填写项目名称，200字以内", "give the project's name, up to 200 characters")
        return show("project.html", NEW_PROJECT, status=422, name=name, code=code, error=error)
    ident = f"p-{local_day(now):%Y%m%d}-{''.join(secrets.choice(unsent.ALPHABET) for _ in range(6)).lower()}"
    project = {"id": ident, "name": name, "unit": bearer.party, "code": code or None}
    register_project(ports(), project, now, Once(who=bearer.id, key=None, asked=None))
    return redirect(f"/forms?about=project:{ident}")


UNANSWERED = ("请先回答是否涉密", "say first whether it is classified")
