"""What a bearer may read: profiles, obligations, submissions, forms, rulebooks - and a holder's whole future."""

from datetime import date, datetime
from typing import Any

from ...core.answer import answer_json, text_json
from ...core.errors import InvalidInput, NotFound
from ...core.evaluate import evaluate
from ...core.facts import Facts
from ...core.ladder import local_day
from ...ports import Forms, Ports, Rules, Store
from ..registry.contact import masked
from ..signing_in.access import Bearer, may_see
from ..state.holder import PER, Holder, load, settings_of
from ..state.records import public
from .future import messages, recipients_of

TEXTS = ("id", "event", "for", "of", "result", "list", "vendor", "replaces", "void")  # of a milestone


def profile(ports: Ports, bearer: Bearer, partition: str) -> dict[str, Any]:
    """A party's or project's own data. NotFound or Forbidden as may_see says."""
    return may_see(ports, bearer, partition)


def parties(store: Store, bearer: Bearer) -> list[dict[str, Any]]:
    items = store.query(f"jurisdiction#{bearer.jurisdiction}", prefix="party#")
    listed = [{"id": item.key.sort.removeprefix("party#"), **item.value} for item in items]
    return [party for party in listed if bearer.role != "unit" or party["id"] == bearer.party]


def projects(store: Store, bearer: Bearer) -> list[dict[str, Any]]:
    units = [bearer.party] if bearer.role == "unit" else [party["id"] for party in parties(store, bearer)]
    return [
        {"id": item.key.sort.removeprefix("project#"), "unit": unit, **item.value}
        for unit in units
        for item in store.query(f"party#{unit}", prefix="project#")
    ]


def contacts(store: Store, party: str) -> list[dict[str, Any]]:
    return [masked(item.value) for item in store.query(f"party#{party}", prefix="contact#")]


def obligations(
    ports: Ports, bearer: Bearer, partition: str, now: datetime, *, on: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """The holder's obligations and findings, evaluated from its facts at this moment."""
    holder = _holder_of_duties(ports, bearer, partition)
    answer = evaluate(
        ports.rules.editions(holder.jurisdiction),
        ports.rules.calendar(),
        holder.as_facts(),
        on=on or local_day(now),
        until=until,
        per=PER[holder.kind],
    )
    return answer_json(answer)


def _holder_of_duties(ports: Ports, bearer: Bearer, partition: str) -> Holder:
    profile = may_see(ports, bearer, partition)
    if partition.startswith("party#") and not profile["is_unit"]:
        raise NotFound(
            "该主体不是项目建设单位，没有自己的事项；主管部门的事项见 /api/v1/jurisdictions/…/obligations",
            "this party is not a unit; an authority's duties are at /api/v1/jurisdictions/…/obligations",
        )
    return load(ports.store, partition)


def submissions(ports: Ports, bearer: Bearer, partition: str) -> dict[str, Any]:
    """The forms as they were sent in. What the offices of a jurisdiction sent in is for the offices."""
    may_see(ports, bearer, partition)
    if partition.startswith("jurisdiction#"):
        bearer.must_be("authority", "admin")
    return {"submissions": [item.value for item in ports.store.query(partition, prefix="submission#")]}


def milestones(ports: Ports, bearer: Bearer, partition: str) -> dict[str, Any]:
    may_see(ports, bearer, partition)
    return {"milestones": [public(item.value) for item in ports.store.query(partition, prefix="milestone#")]}


def future(ports: Ports, bearer: Bearer, partition: str, now: datetime) -> dict[str, Any]:
    """Every message that would go out in the next 24 months if nothing more happened."""
    holder = _holder_of_duties(ports, bearer, partition)
    answer = evaluate(
        ports.rules.editions(holder.jurisdiction),
        ports.rules.calendar(),
        holder.as_facts(),
        on=local_day(now),
        per=PER[holder.kind],
    )
    settings = settings_of(ports, holder.jurisdiction)
    told = recipients_of(ports, partition, settings, now)
    return {"messages": messages(answer, settings, now, holder.tracked_since, told)}


def evaluated(rules: Rules, facts: dict[str, Any], now: datetime, *, on: date | None, until: date | None) -> dict[str, Any]:
    """Any facts, judged; nothing stored."""
    malformed = InvalidInput(
        "事实的格式不对，请对照 /openapi.json 中的 Facts", "the facts are malformed; see Facts in /openapi.json"
    )
    try:
        given = Facts.of_json(facts)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise malformed from None
    if not all(isinstance(item.get(name), str | None) for item in facts["milestones"] for name in TEXTS):
        raise malformed
    editions = rules.editions(given.jurisdiction)
    try:
        return answer_json(evaluate(editions, rules.calendar(), given, on=on or local_day(now), until=until))
    except (TypeError, ValueError, OverflowError):  # a fact of the wrong sort, or a day beyond the calendar
        raise malformed from None


def forms(all_forms: Forms) -> list[dict[str, Any]]:
    return [
        {
            "id": form,
            "title": {"zh": schema["title"], "en": schema["x-duban"]["en"]},
            "nature": schema["x-duban"]["nature"],
            "filled_by": schema["x-duban"]["filled_by"],
            "subject": schema["x-duban"]["subject"],
        }
        for form in all_forms.ids()
        for schema in [all_forms.get(form)]
    ]


def form(all_forms: Forms, ident: str) -> dict[str, Any]:
    if ident not in all_forms.ids():
        raise NotFound(
            f"没有“{ident}”这张表单，全部表单见 /api/v1/forms", f"there is no form {ident!r}; /api/v1/forms lists them all"
        )
    return all_forms.get(ident)


def rulebooks(rules: Rules) -> list[dict[str, Any]]:
    return [
        {
            **book.ref,
            "name": text_json(book.name),
            "title": book.document["title"],
            "valid_from": book.valid_from and book.valid_from.isoformat(),
        }
        for place in rules.jurisdictions()
        for book in rules.editions(place)
    ]


def rulebook(rules: Rules, ident: str) -> dict[str, Any]:
    """The rulebook's own words: every rule with article, quote and kind."""
    book = rules.editions(ident)[-1]
    return {
        **book.ref,
        "name": text_json(book.name),
        "document": {**book.document, "issued_on": str(book.document.get("issued_on") or "")},
        "authorities": {key: text_json(name) for key, name in book.authorities.items()},
        "rules": [
            {
                "id": rule.id,
                "article": rule.article,
                "title": text_json(rule.title),
                "quote": rule.quote,
                "kind": rule.kind,
                "modality": rule.modality,
                "per": rule.per,
                "form": rule.form,
            }
            for rule in book.rules
        ],
        "not_computed": [
            {"article": article, "excerpt": excerpt, "reason": text_json(reason)}
            for article, excerpt, reason in book.untranslatable
        ],
    }
