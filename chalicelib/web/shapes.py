"""What the API takes and gives, as the schemas of its description."""

from collections.abc import Mapping
from typing import Any

from .. import bootstrap
from ..core.ladder import RUNGS
from ..usecases.registry.register import UNIT_KINDS
from ..usecases.signing_in.access import ROLES
from ..usecases.signing_in.feeds import OF as FEEDS
from ..usecases.state.records import PATHS
from ..usecases.telling.people import AUDIENCES

Schema = Mapping[str, Any]
SCHEMAS = "#/components/schemas/"
ANSWER = f"{SCHEMAS}Answer/properties/"
SUBJECTS = {"project": "Project", "unit": "Party", "jurisdiction": "Jurisdiction"}  # what a form is about, and its name here


def all_shapes(forms: bootstrap.Forms) -> dict[str, Schema]:
    """Every schema by name; a form's is its id. Those of a subject cannot be `oneOf`: what fills one may fit another."""
    return {
        "Answer": _embedded(bootstrap.answer_schema()),
        "Facts": _facts(),
        **SHAPES,
        **{
            f"{called}Form": {"anyOf": [ref(form) for form in forms_about(subject, forms)]}
            for subject, called in SUBJECTS.items()
        },
        **{form: _embedded(forms.get(form)) for form in forms.ids()},
    }


def forms_about(subject: str, forms: bootstrap.Forms) -> list[str]:
    return [form for form in forms.ids() if forms.get(form)["x-duban"]["subject"] == subject]


def _embedded(schema: Schema) -> dict[str, Any]:
    """A schema as a component: without an address of its own, so that references start from this document."""
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _facts() -> dict[str, Any]:
    """The facts of /evaluate. A rulebook may bring a place and events of its own: what is listed is shown, not all there is."""

    def at_home(node: Any) -> Any:
        if isinstance(node, list):
            return [at_home(item) for item in node]
        if not isinstance(node, dict):
            return node.replace("#/$defs/", f"{SCHEMAS}Facts/$defs/") if isinstance(node, str) else node
        return {key: at_home(value) for key, value in node.items()}

    facts = {**at_home(_embedded(bootstrap.facts_schema())), "examples": [FACTS], "additionalProperties": False}
    for open_list in (facts["properties"]["jurisdiction"], facts["$defs"]["event"]):
        open_list.update(type="string", examples=open_list.pop("enum"))
    return facts


FACTS = {
    "jurisdiction": "yunyang",
    "unit": {"kind": "department"},
    "project": {"total_investment": 6800000, "kind": "new"},
    "milestones": [{"event": "construction_completed", "on": "2026-03-31"}],
}

# The words of a schema


def ref(name: str) -> Schema:
    return {"$ref": name if name.startswith("#") else SCHEMAS + name}


def obj(more: Schema | None = None, **needed: Schema) -> Schema:
    """An object that has all of `needed` and may have `more`."""
    return {"type": "object", "required": list(needed), "properties": {**needed, **(more or {})}}


def many(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    return {**schema, "type": [schema["type"], "null"]}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
IDENT: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
OPEN: Schema = {"type": "object"}
BOTH = obj(zh=TEXT, en=TEXT)
FINDING = ref(f"{ANSWER}findings/items")
BOOK = {
    "id": TEXT,
    "edition": TEXT,
    "revision": WHOLE,
    "status": one_of("draft", "in_force", "repealed"),
    "sha256": TEXT,
    "name": BOTH,
}
RULE = obj(
    id=TEXT,
    article=TEXT,
    title=BOTH,
    quote=TEXT,
    kind=TEXT,
    modality=one_of("must", "in_principle", "may"),
    per=one_of("project", "unit", "jurisdiction", "vendor"),
    form=maybe(TEXT),
)
PROJECT_FACTS: Schema = {
    **OPEN,
    "description": "项目的事实，名称同 Facts 的 project。 What is known of it, named as in the project of Facts.",
}
DEFECTS = ref("Facts/$defs/defects")
CHANNELS = many(
    {
        **obj(channel={**TEXT, "examples": ["telegram", "console"]}, address={**TEXT, "minLength": 1}),
        "additionalProperties": False,
    }
)
CLOCK: Schema = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["08:40"]}
MANNERS: dict[str, Schema] = {  # how a contact wishes to be reminded
    "channels": CHANNELS,
    "language": one_of("zh", "en"),
    "at_once": {**FLAG, "description": "逐条即时提醒，不并入晨报。 Each at once, no digest."},
    "prefers": {
        **obj({"quiet_from": CLOCK, "quiet_to": CLOCK, "digest_at": CLOCK}),
        "additionalProperties": False,
        "description": "代替本地区的免打扰和晨报时间。 In place of the place's own.",
    },
    "away": {
        **maybe(obj(**{"from": DAY, "until": DAY}, to=IDENT)),
        "additionalProperties": False,
        "description": "外出（含首尾两天），由同一主体的 to 代收。 Away, both days included; `to` stands in.",
    },
    "roles": {**many(NAME), "description": "leader 为单位负责人，逐级上报的对象。 leader: who an escalation goes to."},
}
MILESTONE = obj(
    {
        "for": TEXT,
        "of": TEXT,
        "amount": ref("Facts/$defs/money"),
        "due_on": DAY,
        "until": DAY,
        "result": one_of("passed", "failed", "returned"),
        "list": TEXT,
        "vendor": TEXT,
        "attached": many(TEXT),
        "planned": FLAG,
        "replaces": TEXT,
        "void": TEXT,
    },
    id=TEXT,
    event=TEXT,
    on=DAY,
    at=INSTANT,
)
SUMMARY = obj(
    id=TEXT,
    rule=TEXT,
    article=TEXT,
    title=BOTH,
    **{"for": maybe(TEXT)},
    state=ref(f"{ANSWER}obligations/items/properties/state"),
    opens_on=maybe(DAY),
    due_on=maybe(DAY),
    act_by=maybe(DAY),
    earliest_next_on=maybe(DAY),
    provisional=FLAG,
    form=maybe(TEXT),
    submit_to=many(TEXT),
)
FAULT = obj({"value": {}, "expected": BOTH, "example": {}}, field={**TEXT, "description": "JSON Pointer"}, message=BOTH)


CELL_FAULT = obj(
    field={**TEXT, "description": "工作表!格子，如 项目!C12。 Sheet!cell."},
    sheet=TEXT,
    row=WHOLE,
    column=TEXT,
    value=maybe(TEXT),
    message=BOTH,
    accepted={**many(TEXT), "description": "可填的值。 What would do."},
)
FEED = {
    "id": TEXT,
    "of": one_of(*FEEDS),
    "jurisdiction": TEXT,
    "party": maybe(TEXT),
    "contact": maybe(TEXT),
    "by": TEXT,
    "issued": INSTANT,
}


def taken(more: Schema, example: Schema, **needed: Schema) -> Schema:
    """What a request's body must be: nothing else is let in."""
    return {**obj(more, **needed), "additionalProperties": False, "examples": [example]}


WHY: Schema = {"type": "string", "minLength": 1, "maxLength": 2000}
OFFICE = {**obj(name=NAME, en=NAME), "additionalProperties": False}
ENTRIES: Schema = {"type": "object", "description": "null 恢复为规则册的值。 null sets an entry back to the rulebook's value."}
CHANGE: Schema = {
    **obj(
        {
            "settings": ENTRIES,
            "readings": {**ENTRIES, "additionalProperties": {"type": ["string", "null"]}},
            "authorities": {**ENTRIES, "additionalProperties": {"anyOf": [OFFICE, {"type": "null"}]}},
            "rulebook": {
                "type": "object",
                "additionalProperties": True,
                "description": "整本规则册，写法见 schemas/rulebook.schema.json。 A whole rulebook.",
            },
            "version": {**WHOLE, "description": "从以前的版本改起。 Start from an earlier version."},
        }
    ),
    "additionalProperties": False,
}
NOTICE: Schema = {
    **OPEN,
    "additionalProperties": True,
    "description": "写法见 schemas/calendar.schema.json。 As the files of schedules/calendars.",
}
TUNED = {"value": {}, "default": {}, "tuned": FLAG}
HOLIDAYS = {
    "year": 2027,
    "revision": 1,
    "notice": {"title": "国务院办公厅关于2027年部分节假日安排的通知", "number": None, "issued_on": "2026-11-04"},
    "rest": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03"}],
    "work": [],
}
MISSING = {
    **many(obj(obligation=TEXT, milestone=TEXT, article=TEXT, title=BOTH, documents=many(TEXT), until=maybe(DAY), how=BOTH)),
    "description": "条文要求而未列明的材料，及补交的期限和办法；不影响收件。 Documents the text asks for that the form does not "
    "name, until when and how to add them; no reason to refuse it.",
}
PERHAPS = {**FLAG, "description": "可能已送达：有一次发送不知结果。 It may have arrived: nobody knows the end of an attempt."}
MESSAGE = {
    "obligation": TEXT,
    "at": {**INSTANT, "description": "排定的时间。 When it is planned."},
    "leaves": {**maybe(INSTANT), "description": "最早一人收到的时间；无人可通知的为 null。 When the first person gets it."},
    "rung": TEXT,
    "to": TEXT,
    "people": WHOLE,
    "title": BOTH,
}

SHAPES: dict[str, Schema] = {
    "NewParty": taken(
        {
            "jurisdiction": IDENT,
            "kind": one_of(*UNIT_KINDS),
            "parent": IDENT,
            "authority": NAME,
            "uscc": {**TEXT, "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$", "description": "统一社会信用代码。 GB 32100-2015."},
            "is_unit": FLAG,
            "tracked_since": DAY,
            "defects": DEFECTS,
        },
        {"id": "yy-health", "name": "县卫生健康委", "kind": "department", "tracked_since": "2026-01-01"},
        id=IDENT,
        name=NAME,
    ),
    "Party": obj(
        {"uscc": maybe(TEXT)},
        id=IDENT,
        name=NAME,
        jurisdiction=TEXT,
        authority=maybe(TEXT),
        is_unit=FLAG,
        tracked_since=DAY,
        facts=OPEN,
        sample=FLAG,
    ),
    "Parties": obj(parties=many(obj(id=IDENT, name=NAME, authority=maybe(TEXT)))),
    "NewContact": taken(
        MANNERS,
        {"id": "clerk", "name": "王芳", "channels": [{"channel": "telegram", "address": "123456789"}]},
        id=IDENT,
        name=NAME,
    ),
    "ContactChange": taken(
        {"name": NAME, **{name: nullable(schema) for name, schema in MANNERS.items()}},
        {"roles": ["leader"], "prefers": {"digest_at": "09:15"}, "away": None},
    ),
    "Contact": obj(id=IDENT, party=IDENT, name=NAME, **MANNERS),
    "Removed": obj(removed=IDENT),
    "Code": obj(code={**TEXT, "examples": ["ABCD-2345"]}, expires=INSTANT),
    "NewBroadcast": taken(
        {
            "roles": {**many(NAME), "description": "只发给有其中一种角色的联系人。 Only to contacts with one of these roles."},
            "parties": {**many(IDENT), "description": "只发给这些主体。 Only to these parties."},
            "preview": {**FLAG, "description": "true 只看谁会收到，不发送。 true: see who gets it, send nothing."},
        },
        {"text": "请各单位于周五前核对本单位的项目清单。", "roles": ["leader"], "preview": True},
        text={"type": "string", "minLength": 1, "maxLength": 500},
    ),
    "Broadcast": obj(
        {
            "broadcast": {**TEXT, "description": "发送的编号；预览没有。 Of what was sent."},
            "text": TEXT,
            "recipients": many(obj(party=IDENT, contact=IDENT, name=NAME, channel=maybe(TEXT))),
        },
        count={**WHOLE, "description": "会收到的人数。 How many get it."},
        unreachable={**WHOLE, "description": "没有可用渠道的人数。 How many have no channel that is set up."},
    ),
    "TelegramUpdate": {
        **obj(update_id={"type": "integer"}),
        "additionalProperties": True,
        "examples": [{"update_id": 1}],
        "description": "https://core.telegram.org/bots/api#update",
    },
    "AliyunReports": {
        **many({**obj(biz_id=TEXT, success=FLAG, report_time=TEXT), "additionalProperties": True}),
        "examples": [[{"biz_id": "900619746936498440^0", "success": True, "report_time": "2026-08-31 10:00:05"}]],
        "description": "help.aliyun.com → 短信服务 SmsReport",
    },
    "Contacts": obj(contacts=many(ref("Contact"))),
    "NewProject": taken(
        {"unit": IDENT, "code": NAME, "facts": PROJECT_FACTS, "tracked_since": DAY},
        {"id": "yy-health-2026-01", "name": "县域医共体信息平台", "facts": {"total_investment": 6800000, "kind": "new"}},
        id=IDENT,
        name=NAME,
    ),
    "Project": obj(
        id=IDENT, name=NAME, unit=IDENT, jurisdiction=TEXT, code=maybe(TEXT), facts=OPEN, tracked_since=DAY, sample=FLAG
    ),
    "Projects": obj(projects=many(obj(id=IDENT, unit=IDENT, name=NAME))),
    "Receipt": obj(
        submission=TEXT,
        number=TEXT,
        form=TEXT,
        at=INSTANT,
        milestones=many(MILESTONE),
        findings=many(FINDING),
        obligations=many(SUMMARY),
        missing_documents=MISSING,
        notes=many(BOTH),
        recorded=FLAG,
    ),
    "Submissions": obj(
        submissions=many(
            obj(
                {"missing_documents": MISSING, "documents": one_of("removing", "removed")},
                id=TEXT,
                form=TEXT,
                by=obj(role=one_of(*ROLES), token=TEXT),
                at=INSTANT,
                body=OPEN,
                milestones=many(TEXT),
            )
        )
    ),
    "Milestones": obj(milestones=many(MILESTONE)),
    "Record": obj(
        format=TEXT,
        at=INSTANT,
        project=ref("Project"),
        milestones=many(OPEN),
        submissions=many(OPEN),
        answer=ref("Answer"),
        obligations=many(OPEN),
        messages=many(
            obj(
                about=TEXT,
                rung=TEXT,
                to=maybe(TEXT),
                instead_of=many(TEXT),
                late=maybe(FLAG),
                person=TEXT,
                planned=INSTANT,
                notice=TEXT,
                leaves=maybe(INSTANT),
                state=maybe(TEXT),
                told=many(OPEN),
            )
        ),
        coming=many(OPEN),
        acknowledgements=many(obj(obligation=TEXT, person=TEXT, how=TEXT, at=INSTANT)),
        ledgers=many(
            obj(
                owner=TEXT,
                whole=FLAG,
                entries=many(OPEN),
                covered=nullable(obj(length=WHOLE, hash=TEXT, checkpoint=WHOLE, epoch=WHOLE, at=INSTANT)),
            )
        ),
        how=BOTH,
    ),
    "Future": obj(
        messages=many(
            obj(
                at={**TEXT, "pattern": "^[0-9-]{10} [0-9:]{5}$", "description": "北京时间 Asia/Shanghai"},
                rung=TEXT,
                kind=one_of(*RUNGS),
                to=one_of(*AUDIENCES),
                obligation=TEXT,
                title=BOTH,
                article=TEXT,
                act_by=maybe(DAY),
                due_on=maybe(DAY),
                recipients=many(obj(person=TEXT, name=TEXT, channel=TEXT, leaves=TEXT)),
            )
        )
    ),
    "FormList": obj(
        forms=many(
            obj(id=TEXT, title=BOTH, nature=one_of("event", "request"), filled_by=many(one_of(*ROLES)), subject=one_of(*PATHS))
        )
    ),
    "Form": {
        **obj(title=TEXT, properties=OPEN, examples=many(OPEN), **{"x-duban": OPEN}),
        "description": "JSON Schema 2020-12",
        "additionalProperties": True,
    },
    "Rulebooks": obj(rulebooks=many(obj(**BOOK, title=TEXT, valid_from=maybe(DAY)))),
    "Rulebook": obj(
        **BOOK,
        document=OPEN,
        authorities={"type": "object", "additionalProperties": BOTH},
        rules=many(RULE),
        not_computed=ref(f"{ANSWER}not_computed"),
    ),
    "NewToken": taken({"party": IDENT}, {"role": "unit", "party": "yy-health"}, role=one_of(*ROLES)),
    "Token": obj(token=TEXT, role=one_of(*ROLES), party=maybe(TEXT)),
    "Versions": obj(
        current=WHOLE, versions=many(obj(number=WHOLE, by=TEXT, why=TEXT, at=INSTANT, tuning=OPEN, rulebooks=many(TEXT)))
    ),
    "Tuning": obj(
        version=WHOLE,
        settings=many(obj(key=TEXT, name=BOTH, **TUNED, choices=maybe(many({})), note=maybe(BOTH))),
        readings=many(
            obj(key=TEXT, article=TEXT, quote=TEXT, about=BOTH, why=BOTH, options=many(obj(id=TEXT, zh=TEXT, en=TEXT)), **TUNED)
        ),
        authorities=many(obj(key=TEXT, **TUNED)),
    ),
    "Proposal": obj(
        rulebook={**maybe(OPEN), "additionalProperties": True},
        at=maybe(INSTANT),
        differences=many(obj(what=TEXT, was={}, becomes={})),
    ),
    "NewPreview": taken(
        {"until": {**DAY, "description": "提醒比对到哪一天，不填为30天内，最远到明年底。 Compare messages through this day."}},
        {"change": {"settings": {"nudge_days": 7}}},
        change=CHANGE,
    ),
    "Preview": obj(
        version=WHOLE,
        until={**DAY, "description": "提醒比对到哪一天。 Through which day messages were compared."},
        counts=obj(
            appears=WHOLE,
            vanishes=WHOLE,
            moves=WHOLE,
            other=WHOLE,
            looked_at=WHOLE,
            overdue_at_once=WHOLE,
            messages_added=WHOLE,
            messages_dropped=WHOLE,
            messages_shifted=WHOLE,
        ),
        changes=many(
            obj(
                holder=TEXT,
                obligation=TEXT,
                change=one_of("appears", "vanishes", "moves", "other"),
                article=TEXT,
                title=BOTH,
                was=maybe(DAY),
                becomes=maybe(DAY),
                overdue_at_once=FLAG,
            )
        ),
        messages=obj(
            added=many(obj(**MESSAGE)), dropped=many(obj(**MESSAGE)), shifted=many(obj(**MESSAGE, was=maybe(INSTANT)))
        ),
        left_off={**WHOLE, "description": "未列出的行数；counts 为全部。 Rows that are not listed; counts are of all."},
    ),
    "PreviewOrJob": {"anyOf": [ref("Preview"), obj(job=TEXT)]},
    "LongPreview": obj(
        id=TEXT,
        state={
            **one_of("running", "done", "stale"),
            "description": "stale：其间发布过规则或放假安排，请重新预览。 Other rules are in force since: preview again.",
        },
        started=INSTANT,
        done={**WHOLE, "description": "已比对的单位、项目数。 Holders that were compared."},
        unread={**WHOLE, "description": "无法读取、未计入的单位、项目数。 Holders that could not be read and are not counted."},
        version={**WHOLE, "description": "以哪一版规则为准。 The version it was made on."},
        preview=nullable(ref("Preview")),
    ),
    "NewVersion": taken(
        {},
        {"change": {"readings": {"construction_ends": "completion"}}, "why": "县局确认读法", "expects": 1},
        change=CHANGE,
        why=WHY,
        expects={**WHOLE, "description": "预览时的 version。 The version that was previewed."},
    ),
    "NewRollback": taken(
        {"expects": WHOLE}, {"to": 1, "why": "恢复"}, to={**WHOLE, "description": "0 为规则册文件。 0: the files."}, why=WHY
    ),
    "NewCalendar": taken({}, {"notice": HOLIDAYS, "why": "国务院办公厅通知已发布"}, notice=NOTICE, why=WHY),
    "Published": obj(number=WHOLE, job=TEXT),
    "TextsPreview": taken({}, {"change": {"settings": {}}}, change=CHANGE),
    "Texts": obj(
        texts=many(obj(channel=maybe(TEXT), language=TEXT, level=TEXT, one=TEXT, several=TEXT, size=WHOLE, parts=WHOLE)),
    ),
    "DeadLetters": obj(
        letters=many(obj({"perhaps_sent": PERHAPS}, id=TEXT, notice=TEXT, party=TEXT, person=TEXT, why=TEXT, at=INSTANT)),
    ),
    "DeadLetterSettled": obj(id=TEXT, state=one_of("queued", "dismissed")),
    "Dismissal": taken({}, {"why": "已电话告知"}, why=WHY),
    "Deliveries": obj(
        notices=many(
            obj(
                {"perhaps_sent": PERHAPS, "delivered": INSTANT, "read": INSTANT, "not delivered": INSTANT},
                notice=TEXT,
                party=TEXT,
                person=TEXT,
                state=one_of("accepted", "withheld", "given up"),
                steps=WHOLE,
                channel=maybe(TEXT),
                possible_duplicate=FLAG,
                why=maybe(TEXT),
                at=INSTANT,
            )
        ),
        next=maybe(TEXT),
    ),
    "Job": obj(
        {
            "what": {**TEXT, "description": "导入、导出的是什么。 Of an import or export: what."},
            "total": {
                **WHOLE,
                "description": "导入的行数；导出的段数，已过 passed 段。 Rows of an import; stages of an export.",
            },
            "passed": WHOLE,
            "form": TEXT,
            "is_read": {**FLAG, "description": "导出：已读完，正在写成文件。 Of an export: all is read, files are written."},
            "counts": obj(new=WHOLE, changed=WHOLE),
            "conflicts": many(obj(row=WHOLE, name=TEXT, message=BOTH)),
            "conflicts_count": WHOLE,
        },
        id=TEXT,
        kind=TEXT,
        state=one_of("running", "done", "stale"),
        done=WHOLE,
        started=INSTANT,
    ),
    "JobBegun": obj(job=TEXT),
    "ExportFiles": obj(files=many(obj(name=TEXT, rows=WHOLE, size=WHOLE, url=TEXT))),
    "ImportCheck": obj(
        kind=TEXT,
        rows=WHOLE,
        counts=obj(new=WHOLE, changed=WHOLE, unchanged=WHOLE),
        faults_count=WHOLE,
        faults=many(CELL_FAULT),
        changes=many(obj(row=WHOLE, name=TEXT, differences=many(obj(column=TEXT, was={}, becomes={})))),
        left_off={**WHOLE, "description": "未列出的问题和变化。 Faults and changes that are not listed."},
        notes=many(TEXT),
        preview=nullable(
            obj(
                holders=WHOLE,
                duties=WHOLE,
                before_tracking=WHOLE,
                reminders=obj(next_30_days=WHOLE, all=WHOLE, until=DAY),
            )
        ),
    ),
    "ImportBegun": obj(job=maybe(TEXT), counts=obj(new=WHOLE, changed=WHOLE, unchanged=WHOLE)),
    "NewFeed": taken({"party": IDENT, "contact": IDENT}, {"of": "unit", "party": "yy-health"}, of=one_of(*FEEDS)),
    "NewFeedAddress": obj(**FEED, url={**TEXT, "format": "uri"}),
    "Feeds": obj(feeds=many(obj(**FEED))),
    "Health": obj(
        ok=FLAG,
        state=one_of("open", "frozen", "retired", "loading", "paused"),
        now=INSTANT,
        last_tick=maybe(INSTANT),
        notices_late=WHOLE,
        reconciliation=maybe(obj(at=INSTANT, looked_at=WHOLE, gaps=WHOLE, mended=WHOLE)),
        rounds=obj(checkpoint=maybe(INSTANT), reconcile=maybe(INSTANT), retain=maybe(INSTANT)),
    ),
    "Problem": obj(
        {
            "errors": many({"anyOf": [FAULT, CELL_FAULT, FINDING, obj(article=TEXT, quote=TEXT)]}),
            "limit_bytes": WHOLE,
            "content_type": TEXT,
            "accepted": many(TEXT),
            "method": TEXT,
            "allowed": many(TEXT),
            "request_id": TEXT,
        },
        type={**TEXT, "format": "uri"},
        title=TEXT,
        status=WHOLE,
        detail=TEXT,
        detail_en=TEXT,
        instance={**TEXT, "format": "uri-reference"},
    ),
}
