"""Tuning: an admin says what is to change, by form or as YAML, sees what would move, and publishes it or goes back.

Nothing is stored before it is published: what is to change is carried from page to page (`carried`), and nothing typed is lost.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from chalice import Blueprint

from ... import bootstrap
from ...core.errors import Conflict, InvalidInput
from ...core.notice import FIELDS, LANGUAGES, LEVELS
from ...usecases.reminding import texts
from ...usecases.rulebooks import changes
from ...usecases.rulebooks.preview import preview
from ...usecases.rulebooks.publish import proposed, publish
from ...usecases.rulebooks.tuning import tuning
from ...usecases.state.once import Once
from ...usecases.telling.people import AUDIENCES
from . import tuning_fields as fields
from .effect import LONGEST_WHY, as_shown, by_job, made_before, new_once, until_asked
from .page import me, pages_of, ports, posted, redirect, show

tuning_pages = Blueprint(__name__)
page = pages_of(tuning_pages)

ADMIN = ("admin",)
TITLES = {
    "settings": ("调整设置", "Tune settings"),
    "texts": ("消息文字", "Texts of messages"),
    "yaml": ("用 YAML 编辑", "Edit as YAML"),
    "preview": ("预览：发布后会怎样", "Preview: what publishing would do"),
}


# The form of the common settings


@page("/admin/tuning", roles=ADMIN)
def show_settings():
    return _settings({})


@page("/admin/tuning", "POST", roles=ADMIN)
def settings_typed():
    return _typed("settings")


@page("/admin/tuning/texts", roles=ADMIN)
def show_texts():
    return _texts({})


@page("/admin/tuning/texts", "POST", roles=ADMIN)
def texts_typed():
    return _typed("texts")


def _typed(part: str):
    base, typed = _carried_change(), fields.typed_in(posted())
    form = {"settings": _settings, "texts": _texts}[part]
    change, faults = fields.change_of(tuning(ports().rules, me().jurisdiction), typed, base)
    if not faults:
        try:
            proposed(ports(), me().jurisdiction, change)
        except InvalidInput as error:
            faults = [(_id_of(each["field"], typed), _both(each["message"])) for each in error.errors] or [("", error.text)]
    if faults:
        return form(base, typed=typed, faults=faults, status=422)
    if posted().get("do") == "look":
        return form(base, typed=typed, change=change)
    if posted().get("do") == "texts":
        return _texts(change)
    if posted().get("do") == "settings":
        return _settings(change)
    if not change:
        nothing = ("没有改动任何一项，请先修改再预览", "nothing was changed")
        return form(base, typed=typed, faults=[("", nothing)], status=422)
    return show_preview({"part": part, "change": _json(change)}, change)


def _id_of(field: str, typed: Mapping[str, str]) -> str:
    """The field that a fault of a change is about: /settings/ladder is s.ladder."""
    part, _, key = field.strip("/").partition("/")
    name = f"{part[:1]}.{key}"
    return next((each for each in typed if each == name or each.startswith(f"{name}.")), "")


def _both(message: Mapping[str, str]) -> tuple[str, str]:
    return message["zh"], message["en"]


def _settings(base: dict[str, Any], *, typed=None, change=None, faults: Iterable[Any] = (), status: int = 200):
    known = tuning(ports().rules, me().jurisdiction)
    return show(
        "tuning.html",
        TITLES["settings"],
        status=status,
        **_form(known, base, typed, faults),
        readings=known["readings"],
        authorities=known["authorities"],
        levels=LEVELS,
        audiences=AUDIENCES[1:],
    )


def _texts(base: dict[str, Any], *, typed=None, change=None, faults: Iterable[Any] = (), status: int = 200):
    known = tuning(ports().rules, me().jurisdiction)
    faults = list(faults)
    url = bootstrap.settings()["DUBAN_PUBLIC_URL"]
    examples = [] if faults else texts.shown_texts(ports(), me(), base if change is None else change, ports().clock(), url)
    return show(
        "texts.html",
        TITLES["texts"],
        status=status,
        **_form(known, base, typed, faults),
        languages=LANGUAGES,
        levels=LEVELS,
        words=FIELDS,
        examples={f"text_{each['language']}_{each['level']}": each for each in examples if not each["channel"]},
        of_channels=[each for each in examples if each["channel"]],
    )


def _form(known: dict[str, Any], base: dict[str, Any], typed, faults: Iterable[Any]) -> dict[str, Any]:
    """What both forms are shown with."""
    faults = list(faults)
    values = fields.typed_of(known, base, ports().channels) | (typed or {})
    return {
        "sections": fields.sections(known),
        "typed": values,
        "faults": faults,
        "errors": dict(faults),
        "default_of": fields.default_in_words,
        "carried": {"change": _json(base)},
        "version": known["version"],
        "place": ports().rules.editions(me().jurisdiction)[-1].name,
    }


# A whole rulebook, or a change, as YAML


@page("/admin/tuning/yaml", roles=ADMIN)
def show_yaml():
    place = me().jurisdiction
    data = ports().rules.books(place, ports().rules.version(place))[-1]
    raised = re.sub(r"(?m)^revision: \d+", f"revision: {data['revision'] + 1}", bootstrap.rulebook_file(data), count=1)
    return _yaml("rulebook", raised)


@page("/admin/tuning/yaml", "POST", roles=ADMIN)
def yaml_typed():
    text, of = posted().get("text"), "change" if posted().get("of") == "change" else "rulebook"
    change, faults = _read_yaml(of, text)
    if faults:
        return _yaml(of, text, faults=faults, status=422)
    try:
        return show_preview({"part": "yaml", "of": of, "text": text}, change)
    except InvalidInput as error:
        return _yaml(of, text, faults=_at_lines(of, text, error), status=422)


def _read_yaml(of: str, text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The change that was typed, and its faults: {line, text, where}."""
    if of == "rulebook":
        data, found = bootstrap.read_rulebook(text)
        told = [
            {"line": fault.line, "text": (f"{fault.zh}。{fault.remedy}", fault.en), "where": fault.where} for fault in found
        ]
        return {"rulebook": data}, told
    try:
        change = bootstrap.read_yaml(text)
        return (change if isinstance(change, dict) else {"": change}), []
    except InvalidInput as error:
        return {}, [{"line": None, "text": error.text, "where": ""}]


def _at_lines(of: str, text: str, error: InvalidInput) -> list[dict[str, Any]]:
    """What publishing would refuse, at the lines that say it."""
    if not error.errors:
        where = "revision" if "修订" in error.text.zh else ""
        return [{"line": bootstrap.yaml_line(text, where) if where else None, "text": error.text, "where": where}]
    return [
        {
            "line": bootstrap.yaml_line(text, each["field"]) if of == "change" else None,
            "text": _both(each["message"]),
            "where": each["field"],
        }
        for each in error.errors
    ]


def _yaml(of: str, text: str, *, faults: Iterable[dict[str, Any]] = (), status: int = 200):
    faults, lines = list(faults), text.split("\n")
    for fault in faults:
        at = fault["line"]
        fault["around"] = [(n, lines[n - 1]) for n in range(max(1, at - 1), min(len(lines), at + 1) + 1)] if at else []
    data = ports().rules.books(me().jurisdiction, ports().rules.version(me().jurisdiction))[-1]
    return show("yaml.html", TITLES["yaml"], status=status, of=of, text=text, faults=faults, revision=data["revision"])


# Preview, back to editing, publish


@page("/admin/tuning/edit", "POST", roles=ADMIN)
def edit_again():
    """Back to where the change came from, with everything that was typed."""
    part = posted().get("part")
    if part == "yaml":
        return _yaml(posted().get("of"), posted().get("text"))
    return (_texts if part == "texts" else _settings)(_carried_change())


@page("/admin/tuning/preview", "POST", roles=ADMIN)
def look_again():
    """The preview of a change that is carried, or of an earlier version."""
    carried, change = _carried()
    return show_preview(carried, change)


@page("/admin/tuning/publish", "POST", roles=ADMIN)
def publish_it():
    carried, change = _carried()
    why, expects = posted().get("why").strip(), posted().get("expects")
    if not why or len(why) > LONGEST_WHY:
        error = (f"请写明调整的原因（{LONGEST_WHY}字以内），它会记入台账", "say why; it is kept in the ledger")
        return show_preview(carried, change, why=why, error=error)
    once = Once(who=me().id, key=posted().get("once")[:64] or None, asked=[change, why, expects])
    try:
        done = publish(
            ports(),
            me().jurisdiction,
            change,
            by=me().id,
            why=why,
            expects=int(expects) if expects.isdecimal() else -1,
            now=ports().clock(),
            once=once,
        )
    except Conflict as error:
        return show("conflict.html", ("有人先发布了", "Somebody published first"), status=409, carried=carried, text=error.text)
    return redirect(f"/jobs/{done['job']}")


def show_preview(carried: dict[str, str], change: dict[str, Any], *, why: str = "", error=None):
    """What a change would do; of a large place by a job, whose progress is shown first."""
    done = made_before() if error else None
    if done:
        return show_found(carried, change, done, why=why, error=error)
    asked = {"change": change, "carried": carried, "until": until_asked()}
    job = by_job(asked)
    if job:
        return job
    until = asked["until"] and date.fromisoformat(asked["until"])
    found = preview(ports(), me().jurisdiction, change, ports().clock(), until)
    return show_found(carried, change, found, why=why, error=error)


def show_found(carried: dict[str, str], change: dict[str, Any], found: dict[str, Any], *, why: str = "", error=None):
    place = me().jurisdiction
    version = ports().rules.version(place)
    new, _ = proposed(ports(), place, change)
    return show(
        "preview.html",
        TITLES["preview"],
        status=422 if error else 200,
        told=changes.in_words(ports(), place, version, new),
        preview=as_shown(found),
        carried=carried,
        why=why,
        error=error,
        once=new_once(),
        place=ports().rules.editions(place)[-1].name,
        back=carried.get("part"),
    )


def _carried() -> tuple[dict[str, str], dict[str, Any]]:
    """What is carried, to be carried on, and the change it says."""
    part = posted().get("part")
    if part == "yaml":
        of, text = posted().get("of"), posted().get("text")
        change, faults = _read_yaml(of, text)
        if faults:
            raise InvalidInput(*faults[0]["text"])
        return {"part": part, "of": of, "text": text}, change
    change = _carried_change()
    return {"part": part, "change": _json(change)}, change


def _carried_change() -> dict[str, Any]:
    try:
        change = json.loads(posted().get("change") or "{}")
    except (ValueError, RecursionError):
        change = None
    if not isinstance(change, dict):
        raise InvalidInput("页面上的调整内容不完整，请回到调整页面重做", "the change did not arrive whole; begin again")
    return change


def _json(change: Mapping[str, Any]) -> str:
    return json.dumps(change, ensure_ascii=False)
