"""A project's dossier: all that is known of it, what it owes, what happened, and what is not known and matters.

Reads the holder whole, once, and evaluates it once; costs what the project has.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ...core.answer import answer_json, text_json
from ...core.errors import Text
from ...core.evaluate import Answer
from ...core.facts import PASSED, standing
from ...ports import Item, Ports
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.holder import PER, Holder, assess, load, settings_of
from ..state.references import reference
from ..telling.news import RESULTS
from .future import messages, recipients_of
from .queued import of_submissions
from .returned import of_holder
from .told import told_of

WITHDRAWN = "withdrawn"
RETURNED = "returned"  # an event, and a result
NO_STAGE = (  # what acts on duties and applications, and brings a project no further
    RETURNED,
    "waived",
    "fulfilled",
    "extension_requested",
    "extension_granted",
    "project_changed",
)


def dossier(ports: Ports, bearer: Bearer, project: str, now: datetime) -> dict[str, Any]:
    """{profile, unit, facts, duties, findings, unknown, not_computed, milestones, submissions, told, planned}. NotFound and
    Forbidden as may_see says."""
    partition = f"project#{project}"
    profile = may_see(ports, bearer, partition)
    holder = load(ports.store, partition)
    answer = assess(holder, ports, now)
    told = answer_json(answer)
    submissions = [item.value for item in ports.store.query(partition, prefix="submission#")]
    named = _names(ports, [*holder.milestones, *submissions])
    settings = settings_of(ports, holder.jurisdiction)
    recipients = recipients_of(ports, partition, settings, now)
    return {
        "profile": profile,
        "unit": ports.store.get(records.party_key(profile["unit"])).value,
        "facts": _facts(ports, answer, profile["facts"]),
        "duties": [*_duties(told["obligations"], holder), *_withdrawn(told["obligations"], holder, now)],
        "findings": told["findings"],
        "not_computed": told["not_computed"],
        "unknown": _unknown(ports, bearer, answer),
        "milestones": _milestones(holder, answer, named, _titles(ports, submissions)),
        "returned": of_holder(ports.store, partition),
        "submissions": [
            {
                **{name: each[name] for name in ("id", "form", "at")},
                "by": named[each["by"]["token"]],
                "role": each["by"]["role"],
            }
            for each in sorted(submissions, key=lambda each: each["at"], reverse=True)
        ],
        "told": told_of(ports, holder, {each["id"] for each in submissions}),
        "planned": [
            *of_submissions(ports, partition, submissions),
            *messages(answer, settings, now, holder.tracked_since, recipients),
        ],
    }


def _duties(obligations: list[dict[str, Any]], holder: Holder) -> Iterator[dict[str, Any]]:
    """The project's own duties as they are evaluated now, with what only the store knows of them."""
    since = holder.tracked_since and holder.tracked_since.isoformat()
    for duty in obligations:
        if duty["per"] in PER[holder.kind]:
            row = holder.rows.get(duty["id"])
            fell = duty["due_on"] or duty["opens_on"]
            yield {
                **duty,
                "reference": reference(duty["id"]),
                "acknowledged": row.value.get("acknowledged") if row else None,
                "begins_on": row.value["is"]["begins_on"] if row else None,
                "done_on": row.value["is"]["done_on"] if row else None,
                "before_tracking": bool(since and fell and fell < since),
            }


def _withdrawn(obligations: list[dict[str, Any]], holder: Holder, now: datetime) -> Iterator[dict[str, Any]]:
    """What was owed once, and is not any more because what it rested on was corrected or withdrawn."""
    standing_now = {duty["id"] for duty in obligations}
    for ident, item in holder.rows.items():
        if ident not in standing_now:
            is_ = item.value["is"]
            kept = ("id", "rule", "article", "title", "kind", "for", "form", "submit_to", "owed_by", "before_tracking")
            dates = dict(
                zip(("opens_on", "literal_due_on", "due_on", "act_by", "earliest_next_on"), is_["dates"], strict=False)
            )
            yield {
                **{name: is_[name] for name in kept},
                **dates,
                "state": WITHDRAWN,
                "anchor": None,
                "begins_on": None,
                "done_on": None,
                "provisional": is_["dates"][5],
                "reference": reference(ident),
                "acknowledged": item.value.get("acknowledged"),
            }


def _facts(ports: Ports, answer: Answer, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """What is known of the project, in the vocabulary's words: {name, type, value}; a choice's value as its form words it."""
    vocabulary = answer.book.vocabulary.facts
    form = ports.forms.get("project-change")
    fields = {fact: form["properties"][field] for fact, field in form["x-duban"]["sets"].items()}
    found = []
    for key, value in facts.items():
        known = vocabulary.get(f"project.{key}")
        labels = fields.get(f"project.{key}", {}).get("x-labels", {})
        found.append(
            {
                "name": text_json((known.zh, known.en)) if known else text_json((key, key)),
                "type": known.type if known else "text",
                "value": labels.get(value, value) if isinstance(value, str) else value,
            }
        )
    return found


def _unknown(ports: Ports, bearer: Bearer, answer: Answer) -> list[dict[str, Any]]:
    """What has to be known before something can be told: {need, name, matters (titles), form}."""
    needed: dict[str, dict[str, Any]] = {}
    for obligation in answer.obligations:
        for need in obligation.needs:
            found = needed.setdefault(need, {"need": need, "name": text_json(obligation.book.called(need)), "matters": []})
            found["matters"].append(text_json(obligation.rule.title))
    rules = {rule.id: rule.title for book in answer.editions for rule in book.rules}
    for finding in answer.findings:
        for need in finding.needs if finding.outcome == "undetermined" else ():
            found = needed.setdefault(need, {"need": need, "name": text_json(answer.book.called(need)), "matters": []})
            if finding.rule in rules:
                found["matters"].append(text_json(rules[finding.rule]))
    for found in needed.values():
        found["matters"] = list({title["zh"]: title for title in found["matters"]}.values())
        found["form"] = _form_for(ports, bearer, found["need"])
    return list(needed.values())


def _form_for(ports: Ports, bearer: Bearer, need: str) -> dict[str, str] | None:
    """Where a missing fact can be stated: the form made for that, else the first that asks for it."""
    fitting = []
    for form in ports.forms.ids():
        about = ports.forms.get(form)["x-duban"]
        if need in about["sets"] and (bearer.role == "admin" or bearer.role in about["filled_by"]):
            fitting.append((len(about["articles"]), form, about["subject"]))
    return {"form": min(fitting)[1], "kind": min(fitting)[2]} if fitting else None


def _titles(ports: Ports, submissions: list[dict[str, Any]]) -> dict[str, Text]:
    """What the form of each submission is called."""
    schemas = {form: ports.forms.get(form) for form in {each["form"] for each in submissions} & set(ports.forms.ids())}
    return {
        each["id"]: Text(schemas[each["form"]]["title"], schemas[each["form"]]["x-duban"]["en"])
        for each in submissions
        if each["form"] in schemas
    }


def _milestones(holder: Holder, answer: Answer, named: dict[str, str], titles: dict[str, Text]) -> list[dict[str, Any]]:
    """What happened, the latest day first, corrected and withdrawn ones with it: {id, event, name, on, at, by, role, stands,
    is_stage}. A return that a decision brings with it is told by the decision."""
    kept = {milestone.id for milestone in standing(holder.as_facts().milestones)}
    vocabulary = answer.book.vocabulary.events
    sent_by = {each["id"]: each.get("submission") for each in holder.milestones}
    decisions = {each.get("submission") for each in holder.milestones if each.get("result") == RETURNED}
    told = []
    for each in holder.milestones:
        if each.get("void") or each["event"] == RETURNED and each.get("submission") in decisions:
            continue  # what it takes back is shown as taken back
        stands, result = each["id"] in kept, each.get("result")
        told.append(
            {
                **{key: each.get(key) for key in ("id", "event", "on", "result", "amount", "for", "submission", "at")},
                "planned": bool(each.get("planned")),
                "name": text_json(_called(each, vocabulary.get(each["event"]), titles, sent_by)),
                "by": named.get(each["by"]["token"], ""),
                "role": each["by"]["role"],
                "stands": stands,
                "is_stage": stands and not each.get("planned") and result in PASSED and each["event"] not in NO_STAGE,
            }
        )
    return sorted(reversed(told), key=lambda each: (each["on"], each["at"] or ""), reverse=True)


def _called(milestone: dict[str, Any], event: Text | None, titles: dict[str, Text], sent_by: dict[str, str | None]) -> Text:
    """An event by its name; a return with the form that it sends back. What did not pass has not come about: it is called as
    its form is, with what became of it."""
    name, more = event or Text(milestone["event"], milestone["event"]), None
    if milestone.get("result") not in PASSED:
        name, more = titles.get(milestone.get("submission"), name), RESULTS[milestone["result"]]
    elif milestone["event"] == RETURNED:
        more = titles.get(sent_by.get(milestone.get("of")))
    return Text(f"{name.zh}：{more.zh}", f"{name.en}: {more.en}") if more else Text(name.zh, name.en)


def _names(ports: Ports, told: Iterable[dict[str, Any]]) -> dict[str, str]:
    """What the people are called who reported: a program's token has no name."""
    who = {each["by"]["token"] for each in told}
    keys = {ident: records.contact_key(*ident.split("/", 1)) for ident in who if "/" in ident}
    found: dict[Any, Item] = ports.store.get_many(keys.values())
    return {ident: found[keys[ident]].value["name"] if keys.get(ident) in found else "" for ident in who}
