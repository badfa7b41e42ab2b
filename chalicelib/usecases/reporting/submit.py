"""Submit a form: check it, judge it, and record it with everything that follows from it in one transaction."""

from datetime import datetime
from typing import Any

from ...core.answer import finding_json, text_json
from ...core.errors import Forbidden, InvalidInput, NotFound, Refused, counted
from ...core.evaluate import Answer
from ...core.facts import standing
from ...core.ladder import local_day
from ...ports import Change, Key, Ports, Put
from ..registry.register import check_parent, classified
from ..signing_in.access import ZH_ROLES, Bearer, may_see
from ..state import records, references
from ..state.account import entries
from ..state.holder import Holder, assess, load, milestone_key
from ..state.once import Once, retrying
from ..state.plan import CASCADE, TALLY, commit, plan_changes
from ..telling import news
from . import checking, documents, extending, inbox, returning


def submit(
    ports: Ports,
    bearer: Bearer,
    *,
    form: str,
    kind: str,
    subject: str,
    body: Any,
    once: Once,
    ident: str,
    now: datetime,
    record: bool = True,
    is_news: bool = True,
) -> dict[str, Any]:
    """Submit `body` as `form` about `subject`, the id of a `kind`: project, unit or jurisdiction.

    Gives the receipt: {submission, number (as people call it), form, at, milestones, findings, obligations (those that
    changed), missing_documents (which the text asks for; it is no reason to refuse)}. Raises InvalidInput with every fault at
    once, ClassifiedRefused, Forbidden, NotFound, Refused (a request before its gate); nothing is stored then. With `record`
    False the answer is the same and nothing is stored: what-if. Without `is_news` nobody is told that it came in.
    """
    schema = _form(ports, form)
    about = schema["x-duban"]
    if about["subject"] != kind:
        raise InvalidInput(
            f"“{schema['title']}”是关于{records.SUBJECTS[about['subject']]}的表单，请提交到 /api/v1/{records.PATHS[about['subject']]}/…/submissions/{form}",
            f"this form is about a {about['subject']}: send it to /api/v1/{records.PATHS[about['subject']]}/…/submissions/{form}",
        )
    partition = f"{records.PARTITIONS[kind]}#{subject}"
    may_see(ports, bearer, partition)
    if ports.forms.is_classified(body):
        raise classified(ports, bearer.jurisdiction)
    if bearer.role != "admin" and bearer.role not in about["filled_by"]:
        raise Forbidden(
            f"“{schema['title']}”由{'、'.join(ZH_ROLES[role] for role in about['filled_by'])}填报",
            f"this form is filled by: {', '.join(about['filled_by'])}",
        )
    faults = ports.forms.check(form, body)
    if faults:
        raise InvalidInput(
            f"表单有{len(faults)}处需要修改，未保存任何内容",
            f"{counted(len(faults), 'fault')}; nothing was stored",
            errors=tuple(fault.as_json() for fault in faults),
        )

    def attempt() -> dict[str, Any]:
        return _record(ports, bearer, schema, partition, body, once, ident, now, record, is_news)

    return retrying(once, ports.store, attempt) if record else attempt()


def _form(ports: Ports, form: str) -> dict[str, Any]:
    if form not in ports.forms.ids():
        raise NotFound(
            f"没有“{form}”这张表单，全部表单见 /api/v1/forms", f"there is no form {form!r}; /api/v1/forms lists them all"
        )
    return ports.forms.get(form)


def _record(
    ports: Ports,
    bearer: Bearer,
    schema: dict,
    partition: str,
    body: dict,
    once: Once,
    ident: str,
    now: datetime,
    record: bool,
    is_news: bool,
) -> dict[str, Any]:
    about = schema["x-duban"]
    before = load(ports.store, partition)
    by = {"role": bearer.role, "token": bearer.id}
    milestones = [
        {"id": f"{ident}-{place}", **milestone, "by": by, "at": records.stamp(now), "submission": ident}
        for place, milestone in enumerate(ports.forms.milestones(about["id"], body), 1)
    ]
    milestones = returning.with_targets(ports, before, schema, body, milestones, now)
    facts = ports.forms.facts(about["id"], body)
    check_parent(ports, before.jurisdiction, facts.get("unit", {}).get("parent"))
    checking.check_days(ports, before, milestones, now)
    checking.check_targets(before, milestones, bearer)
    if extending.is_about_time(schema):
        extending.check(assess(before, ports, now), milestones)
    after = before.with_facts(milestones, facts.get("project", {}), facts.get("unit", {}))
    answer = assess(after, ports, now)
    findings = _findings_on(answer, milestones)
    if about["nature"] == "request":
        in_the_way = [finding for finding in findings if finding["outcome"] == "block"]
        today = [{**milestone, "on": local_day(now).isoformat()} for milestone in milestones]
        if today != milestones:  # dating a request back opens no gate
            dated_today = before.with_facts(today, facts.get("project", {}), facts.get("unit", {}))
            told = {finding["rule"] for finding in in_the_way}
            in_the_way += [
                finding
                for finding in _findings_on(assess(dated_today, ports, now), today)
                if finding["outcome"] == "block" and finding["rule"] not in told
            ]
        if in_the_way:
            raise Refused(
                "现在还不能申请：" + "；".join(finding["message"]["zh"] for finding in in_the_way),
                "not yet: " + "; ".join(finding["message"]["en"] for finding in in_the_way),
                errors=tuple(in_the_way),
            )
    said = extending.told_with_news(ports, after, answer, milestones, now) if is_news else set()
    groups, different = plan_changes(after, answer, ports, now, said)
    missing = documents.missing(ports, answer, schema, body, {milestone["id"] for milestone in milestones})
    receipt = {
        "submission": ident,
        "number": references.receipt_number(ident),
        "form": about["id"],
        "at": records.stamp(now),
        "milestones": [records.public(m) for m in milestones],
        "recorded": record,
        "findings": findings,
        "missing_documents": missing,
        "notes": _notes(before, answer, milestones),
        "obligations": [records.summary(is_, now) for is_ in different],
    }
    if record:
        told = {"what": "submitted", "form": about["id"], "submission": ident, "by": bearer.id, "at": records.stamp(now)}
        submission = {
            "id": ident,
            "form": about["id"],
            "by": by,
            "at": records.stamp(now),
            "body": body,
            "milestones": [milestone["id"] for milestone in milestones],
            "missing_documents": missing,
        }
        closed = [is_ for is_ in different if is_["done_on"] and not _was_done(before, is_["id"])]
        first: list[Change] = [
            Put(Key(partition, f"submission#{ident}"), submission, 0),
            *(Put(milestone_key(partition, before.count + 1, milestone), milestone, 0) for milestone in milestones),
            references.remember_receipt(partition, ident),
            *_fact_changes(ports, before, facts, partition, now),
            *_renamed(facts, different, partition, now),
            *(news.changes(partition, submission, schema, closed, _owed(before, different), now) if is_news else []),
            *inbox.changes(ports.store, before, schema, submission, milestones),
            *returning.changes(ports.store, before, schema, submission, milestones),
            *once.remember(receipt),
            *entries(ports.store, before.owner(), [told]),
        ]
        commit(ports.store, before, first, groups, now)
    return receipt


def _was_done(holder: Holder, obligation: str) -> bool:
    row = holder.rows.get(obligation)
    return bool(row and row.value["is"]["done_on"])


def _owed(holder: Holder, different: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The unit's duties that are new, owed again or due on another day, the nearest first."""
    found = []
    for is_ in different:
        row = holder.rows.get(is_["id"])
        was = row and row.value["is"]
        is_news = was is None or was["dates"][:3] != is_["dates"][:3] or bool(was["done_on"])
        is_theirs = not is_["owed_by"] or bool({"unit", "parent"} & {*is_["owed_by"]})
        if is_news and is_theirs and is_["dates"][2] and is_["kind"] != "at_least" and records.needs_reminding(is_):
            found.append(is_)
    return sorted(found, key=lambda is_: is_["dates"][2])


def _notes(before: Holder, answer: Answer, milestones: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What somebody who expected a duty to follow, and sees none, has to know."""
    days = {milestone["on"] for milestone in milestones}
    notes = [text_json((item.zh, item.en)) for day, item in answer.outside.items() if day.isoformat() in days]
    starts = {
        ref.event for rule in answer.book.duties if rule.anchor and rule.anchor.form == "first" for ref in rule.anchor.events
    }
    rules = {obligation.rule.id for obligation in answer.obligations}
    known = rules | {obligation.id for obligation in answer.obligations} | {m["id"] for m in before.milestones}
    for milestone in milestones:
        named = milestone.get("of")
        if named and named not in known:
            notes.append(
                {
                    "zh": f"“{named}”不是这里的事项或节点，此次填报没有作用于任何事项；可用的如：{'、'.join(sorted(rules)) or '（暂无事项）'}",
                    "en": f"{named!r} is no duty or milestone here: what you reported acts on nothing; there are: {', '.join(sorted(rules))}",
                }
            )
        earlier = [m.on for m in standing(before.as_facts().milestones) if m.event == milestone["event"] and not m.planned]
        if earlier and milestone["event"] in starts and not (milestone.get("replaces") or milestone.get("void")):
            name = answer.book.vocabulary.events[milestone["event"]]
            notes.append(
                text_json(
                    (
                        f"“{name.zh}”此前已报送（{min(earlier)}），期限从最早的一次起算；前次有误的，请用“更正”或“撤回”表",
                        f"{name.en} was reported before ({min(earlier)}); terms run from the earliest. Correct or withdraw it if it was wrong",
                    )
                )
            )
    return notes


def _findings_on(answer: Answer, milestones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the text says about the milestones just reported."""
    ids = {milestone["id"] for milestone in milestones}
    return [
        finding_json(finding)
        for finding in answer.findings
        if finding.judged and finding.judged.id in ids or finding.kind == "classified"
    ]


def _fact_changes(ports: Ports, holder: Holder, facts: dict[str, dict], partition: str, now: datetime) -> list[Change]:
    """Facts go to the profile they belong to; what concerns more than this holder is passed on to those below."""
    changes: list[Change] = []
    if facts.get("project"):
        item = ports.store.get(Key(partition, "profile"))
        changes.append(Put(item.key, _stated(item.value, facts["project"]), item.version))
    if facts.get("unit"):
        item = ports.store.get(records.party_key(holder.party))
        changes.append(Put(item.key, _stated(item.value, facts["unit"]), item.version))
        changes.append(Put(records.due_key(records.stamp(now), f"party#{holder.party}", CASCADE), {}))
    if holder.kind == "jurisdiction":
        changes.append(Put(records.due_key(records.stamp(now), partition, CASCADE), {}))
    return changes


def _renamed(facts: dict[str, dict], different: list[dict[str, Any]], partition: str, now: datetime) -> list[Change]:
    """What has another name is counted anew, for the lists that show it; where its plan changes too, it is anyway."""
    is_named = any("name" in stated for stated in facts.values())
    return [Put(records.due_key(records.stamp(now), partition, TALLY), {})] if is_named and not different else []


def _stated(profile: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """The profile with what a form stated: its name and the day it is tracked from are its own, the rest are facts."""
    own = {name: value for name, value in facts.items() if name in ("name", "tracked_since")}
    return {
        **profile,
        **own,
        "facts": {**profile["facts"], **{name: value for name, value in facts.items() if name not in own}},
    }
