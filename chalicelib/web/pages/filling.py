"""Filling in a form: asked whether it is classified, filled in, kept."""

from typing import Any
from urllib.parse import quote, urlencode

from chalice import Blueprint, Response

from ...core.errors import Conflict, NotFound, Text
from ...usecases.registry.register import classified
from ...usecases.reporting import extending, inbox, lists, unsent
from ...usecases.reporting.typed import body_of, merged, without_blank_rows
from ...usecases.signing_in.access import may_see
from ...usecases.state.records import PARTITIONS
from ...usecases.telling.news import called
from ...usecases.views import overview
from ...usecases.views.returned import of_holder
from . import fields
from .answers import answers_of
from .choosing import UNANSWERED
from .duties import seen_returned
from .page import asked, me, pages_of, path, ports, posted, redirect, show

filling = Blueprint(__name__)
page = pages_of(filling)


def title_of(form: str) -> tuple[str, str]:
    schema = overview.form(ports().forms, form)
    return schema["title"], schema["x-duban"]["en"]


# Before a draft can exist


@page("/fill/{kind}/{subject}/{form}")
def ask_classified(kind, subject, form):
    _may_begin(kind, subject, form)
    return show("classified.html", title_of(form), error=None, target=_with_of())


@page("/fill/{kind}/{subject}/{form}", "POST")
def begin(kind, subject, form):
    _may_begin(kind, subject, form)
    answer = posted().get("classified")
    if answer == "true":
        raise classified(ports(), me().jurisdiction)
    if answer != "false":
        return show("classified.html", title_of(form), status=422, error=UNANSWERED, target=_with_of())
    of = asked("of")[:200]
    ident = unsent.begin(ports(), me(), form=form, kind=kind, subject=subject, now=ports().clock(), of=of)
    return redirect(f"/unsent/{ident}")


def _may_begin(kind: str, subject: str, form: str) -> None:
    about = overview.form(ports().forms, form)["x-duban"]
    if kind not in PARTITIONS or about["subject"] != kind:
        raise NotFound("这张表单不是关于这一对象的", "this form is not about that")
    may_see(ports(), me(), f"{PARTITIONS[kind]}#{subject}")
    if me().role != "admin":
        me().must_be(*about["filled_by"])


def _with_of() -> str:
    return path() + ("?" + urlencode({"of": asked("of")}) if asked("of") else "")


# The draft


@page("/unsent/{ident}")
def show_draft(ident):
    draft = unsent.unsent(ports().store, me(), ident)
    return _form_page(draft, is_checked=bool(asked("checked")), saved=asked("saved"))


@page("/unsent/{ident}", "POST")
def change_draft(ident):
    """Whatever button was pressed, what was typed is kept first."""
    bearer, store, sent = me(), ports().store, posted()
    draft = unsent.unsent(store, bearer, ident)
    schema = overview.form(ports().forms, draft["form"])
    typed = merged(schema, draft["typed"], sent.pairs)
    act, _, target = sent.get("do").partition(":")
    done = lists.act(schema, typed, act, target, sent.get(f"{target}.paste"))
    version = sent.get("version")
    try:
        unsent.save(store, bearer, ident, typed, int(version) if version.isdecimal() else 0, ports().clock())
    except Conflict as conflict:
        return _form_page({**draft, "typed": typed}, status=409, told=conflict.text)
    if done.notes:
        notes = [(target.replace(".", "-"), note) for note in done.notes]
        return _form_page({**draft, "typed": typed, "version": draft["version"] + 1}, status=422, notes=notes)
    return redirect(_next(ident, schema, typed, act, done.look_at))


def _next(ident: str, schema: dict, typed: dict, act: str, where: str) -> str:
    """Where a button leads once what was typed is kept."""
    here = f"/unsent/{ident}"
    if act == "check":
        return here + ("?checked=1" if faults_of(schema, typed) else "/check")
    if act == "upload":
        name, _, at = where.rpartition(".")
        return f"{here}/files/{name}/{at}"
    if act in ("add", "remove", "paste", "unfile", "page") and where:
        name, _, at = where.rpartition(".")
        seen = where if act == "add" else name  # a new row is looked at, else the list
        return f"{here}?at={name}:{at}#{seen.replace('.', '-')}"
    return f"{here}?saved=1"


@page("/unsent/{ident}/discard")
def ask_before_discarding(ident):
    draft = unsent.unsent(ports().store, me(), ident)
    return show("discard.html", ("删除草稿", "Discard a draft"), draft=draft, form=title_of(draft["form"]))


@page("/unsent/{ident}/discard", "POST")
def discard_draft(ident):
    unsent.discard(ports(), me(), ident)
    return redirect("/unsent?discarded=1")


def faults_of(schema: dict, typed: dict) -> dict[str, Text]:
    """By field; what concerns the form as a whole is under ""."""
    body = {"classified": False, **body_of(schema, without_blank_rows(schema, typed))}
    found = ports().forms.check(schema["x-duban"]["id"], body)
    return {fields.name_of(fault.field): Text(fault.message_zh, fault.message_en) for fault in found}


def _form_page(
    draft: dict[str, Any],
    *,
    status: int = 200,
    is_checked: bool = False,
    saved: str = "",
    told: Text | None = None,
    notes: list[tuple[str, Text]] = (),
) -> Response:
    schema = overview.form(ports().forms, draft["form"])
    if is_checked:
        draft = {**draft, "typed": without_blank_rows(schema, draft["typed"])}
    errors = faults_of(schema, draft["typed"]) if is_checked else {}
    partition = f"{PARTITIONS[draft['kind']]}#{draft['subject']}"
    name, _, at = asked("at").rpartition(":")
    shown = fields.fields_of(
        schema, draft["typed"], showing_of(draft, schema, partition, errors, {name: int(at)} if at.isdecimal() else {})
    )
    duty = unsent.duty_of(ports(), me(), partition, draft["form"], draft["of"], ports().clock())
    zh, en = title_of(draft["form"])
    summary = [*notes, *_linked(errors, shown, draft["id"])]
    return show(
        "form.html",
        (f"需要修改：{zh}", f"To correct: {en}") if summary else (zh, en),
        status=status,
        draft=draft,
        about=schema,
        fields_=shown,
        duty=duty,
        request=_request(draft, schema, partition),
        returned=_returned(draft, partition),
        summary=summary,
        told=told,
        saved=saved,
    )


def _returned(draft: dict[str, Any], partition: str) -> list[dict[str, Any]]:
    """What this form hands in again, with the reasons: who mends it has them in sight."""
    found = [each for each in of_holder(ports().store, partition) if each["form"] == draft["form"]]
    same = [each for each in found if (each["of"] or "") == draft["typed"].get("of", "")]
    return [{**each, "fill": None} for each in seen_returned(same or found)]  # it is this very form


def _request(draft: dict[str, Any], schema: dict[str, Any], partition: str) -> dict[str, Any] | None:
    """What was asked, where the form decides on a request: who decides reads it beside the form."""
    found = inbox.request_about(ports().store, partition, schema, draft["of"])
    if found is None:
        return None
    request = {**found, "kind": draft["kind"], "subject": draft["subject"]}
    link = f"/sent/{draft['kind']}/{quote(draft['subject'])}/{found['id']}"
    return {**request, "title": title_of(found["form"]), "fields": answers_of(request), "link": link}


def showing_of(draft: dict, schema: dict, partition: str, errors: dict[str, Text], pages: dict[str, int]) -> fields.Showing:
    for name in errors:  # a wrong row is shown, whichever page it is on
        parts = name.split(".")
        if len(parts) > 1 and parts[1].isdecimal() and not pages:
            pages = {parts[0]: int(parts[1])}
    return fields.Showing(place=me().jurisdiction, errors=errors, references=_references(draft, schema, partition), pages=pages)


def _references(draft: dict, schema: dict, partition: str) -> dict[str, tuple[tuple[str, Text], ...]]:
    """What `of`, `replaces` and `void` may name: nobody has to know an id."""
    wanted = [name for name in unsent.REFERENCES if name in schema["properties"]]
    if not wanted:
        return {}
    milestones = overview.milestones(ports(), me(), partition)["milestones"]
    vocabulary = ports().rules.editions(me().jurisdiction)[-1].vocabulary.events
    happened = tuple(
        (each["id"], Text(f"{each['on']} {vocabulary[each['event']].zh}", f"{each['on']} {vocabulary[each['event']].en}"))
        for each in milestones
        if each["event"] in vocabulary
    )
    duties = tuple(
        (
            each["id"],
            Text(
                f"{each['title']['zh']}（{each['due_on'] or '无固定期限'}）",
                f"{each['title']['en'] or each['title']['zh']} ({each['due_on'] or 'no fixed day'})",
            ),
        )
        for each in unsent.duties(ports(), me(), partition, ports().clock())
        if each["state"] not in ("withdrawn", "lapsed")
    )
    if extending.is_about_time(schema):
        movable = extending.ids(ports(), partition, ports().clock())
        happened, duties = (), tuple(each for each in duties if each[0] in movable)
    choices = {name: duties + happened if name == "of" else happened for name in wanted}
    for name, known in choices.items():  # a rule's id, as programs may send it, is shown by its name too
        given = draft["typed"].get(name)
        if given and given not in dict(known) and (title := called(ports(), partition, given)):
            choices[name] = ((given, title), *known)
    return choices


def _linked(errors: dict[str, Text], shown: tuple[fields.Field, ...], ident: str) -> list[tuple[str, Text]]:
    """Each fault with the id of its field, or "" where that is not on this page."""
    there = set(_ids(shown))
    return [(name.replace(".", "-") if name in there else "", text) for name, text in errors.items()]


def _ids(shown: tuple[fields.Field, ...]):
    for field in shown:
        yield field.name
        yield from _ids(field.fields)
        for row in field.rows:
            yield from _ids(row)
