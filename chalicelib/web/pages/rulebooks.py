"""The rulebooks: what each says, rule by rule, for everybody; for the admin of a place also its versions and what changed."""

from typing import Any

from chalice import Blueprint

from ...core.errors import NotFound
from ...core.rulebook import FINDINGS, Rule, Rulebook
from ...core.spoken import KINDS, Words, condition_of, dates_of_rule, modality_of, named
from ...usecases.rulebooks import changes
from ...usecases.rulebooks.publish import versions
from ...usecases.rulebooks.seed import proposal
from ...usecases.views import overview
from .page import asked, me, pages_of, ports, show

rulebooks = Blueprint(__name__)
page = pages_of(rulebooks)

VERSIONS = ("版本记录", "Versions")


@page("/rulebooks")
def list_rulebooks():
    mine = me().jurisdiction
    listed = sorted(overview.rulebooks(ports().rules), key=lambda book: (book["id"] != mine, book["id"]))
    return show("rulebooks.html", ("规则册", "Rulebooks"), books=listed, mine=mine, is_admin=me().role == "admin")


@page("/rulebooks/{rulebook}")
def show_rulebook(rulebook):
    editions = ports().rules.editions(rulebook)
    wanted = asked("edition")
    found = [each for each in editions if each.edition == wanted] if wanted else editions[-1:]
    if not found:
        raise NotFound(f"没有“{wanted}”这个版本", f"there is no edition {wanted!r}")
    (book,) = found
    words = Words(book, changes.called(ports().forms))
    return show(
        "rulebook.html",
        (book.document["title"], book.name.en),
        book=book,
        editions=[each.edition for each in editions],
        rules=[_told(rule, words) for rule in book.rules],
        readings=_readings(book),
        can_tune=me().role == "admin" and me().jurisdiction == book.id,
    )


def _told(rule: Rule, words: Words) -> dict[str, Any]:
    """A rule as people read it."""
    form = rule.form and ports().forms.get(rule.form)
    return {
        "rule": rule,
        "kind": KINDS[rule.kind],
        "modality": modality_of(rule),
        "is_finding": rule.kind in FINDINGS,
        "dates": dates_of_rule(rule, words),
        "when": condition_of(rule.when, words),
        "owed_by": named(rule.owed_by, words),
        "submit_to": named(rule.submit_to, words),
        "copy_to": named(rule.copy_to, words),
        "materials": named(rule.materials, words),
        "rows": [{"row": row, "when": condition_of(row.when, words)} for row in rule.rows],
        "form": form and (form["title"], form["x-duban"]["en"]),
    }


def _readings(book: Rulebook) -> list[dict[str, Any]]:
    """The contested wordings and the option each is read by."""
    return [
        {**entry, "option": next(option for option in entry["options"] if option["id"] == entry["chosen"])}
        for entry in book.raw.get("readings", {}).values()
    ]


@page("/admin/versions", roles=("admin",))
def list_versions():
    place = me().jurisdiction
    return show(
        "versions.html",
        VERSIONS,
        place=place,
        name=ports().rules.editions(place)[-1].name,
        versions=versions(ports(), place),
        current=ports().rules.version(place)["number"],
        proposal=proposal(ports(), place),
    )


@page("/admin/versions/{number}", roles=("admin",))
def show_version(number):
    """What it changed, against the version before it or another one."""
    place = me().jurisdiction
    known = {0: ports().rules.seed_version(place)} | {each["number"]: each for each in versions(ports(), place)}
    this = _number(number, known)
    other = _number(asked("from", str(max(this - 1, 0))), known)
    return show(
        "version.html",
        (f"第{this}版", f"Version {this}"),
        this=known[this],
        other=known[other],
        numbers=sorted(known, reverse=True),
        current=ports().rules.version(place)["number"],
        told=changes.in_words(ports(), place, known[other], known[this]),
    )


def _number(text: str, known: dict[int, Any]) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:7]) in known):
        raise NotFound(f"没有第{text}版，请从版本记录中选择", f"there is no version {text!r}")
    return int(text)


@page("/admin/proposal", roles=("admin",))
def show_proposal():
    place = me().jurisdiction
    offered = proposal(ports(), place)
    told = []
    if offered:
        version = ports().rules.version(place)
        books = [book for book in ports().rules.books(place, version) if book["edition"] != offered["rulebook"]["edition"]] + [
            offered["rulebook"]
        ]
        told = changes.in_words(ports(), place, version, {**version, "books": books})
    return show("proposal.html", ("随升级带来的规则册", "What an upgrade brought"), proposal=offered, told=told)
