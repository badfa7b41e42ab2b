"""What the API takes and gives, as the schemas of its description."""

from collections.abc import Mapping
from typing import Any

from .. import bootstrap
from ..usecases.access import ROLES
from ..usecases.register import UNIT_KINDS
from ..usecases.submit import PATHS

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
MESSAGES = many(obj(obligation=TEXT, at=INSTANT, rung=TEXT, title=BOTH))

SHAPES: dict[str, Schema] = {
    "NewParty": taken(
        {
            "jurisdiction": IDENT,
            "kind": one_of(*UNIT_KINDS),
            "parent": IDENT,
            "authority": NAME,
            "is_unit": FLAG,
            "tracked_since": DAY,
            "defects": DEFECTS,
        },
        {"id": "yy-health", "name": "县卫生健康委", "kind": "department", "tracked_since": "2026-01-01"},
        id=IDENT,
        name=NAME,
    ),
    "Party": obj(
        id=IDENT, name=NAME, jurisdiction=TEXT, authority=maybe(TEXT), is_unit=FLAG, tracked_since=DAY, facts=OPEN, sample=FLAG
    ),
    "Parties": obj(parties=many(obj(id=IDENT, name=NAME, authority=maybe(TEXT)))),
    "NewContact": taken(
        {"channels": CHANNELS, "language": one_of("zh", "en"), "at_once": FLAG},
        {"id": "clerk", "name": "王芳", "channels": [{"channel": "telegram", "address": "123456789"}]},
        id=IDENT,
        name=NAME,
    ),
    "Contact": obj(id=IDENT, party=IDENT, name=NAME, channels=CHANNELS, language=one_of("zh", "en"), at_once=FLAG),
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
        form=TEXT,
        at=INSTANT,
        milestones=many(MILESTONE),
        findings=many(FINDING),
        obligations=many(SUMMARY),
        notes=many(BOTH),
        recorded=FLAG,
    ),
    "Submissions": obj(
        submissions=many(
            obj(id=TEXT, form=TEXT, by=obj(role=one_of(*ROLES), token=TEXT), at=INSTANT, body=OPEN, milestones=many(TEXT))
        )
    ),
    "Milestones": obj(milestones=many(MILESTONE)),
    "Future": obj(
        messages=many(
            obj(
                at={**TEXT, "pattern": "^[0-9-]{10} [0-9:]{5}$", "description": "北京时间 Asia/Shanghai"},
                rung=TEXT,
                kind=one_of("new", "opens", "before", "overdue", "nudge", "lawful"),
                obligation=TEXT,
                title=BOTH,
                article=TEXT,
                act_by=maybe(DAY),
                due_on=maybe(DAY),
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
    "NewPreview": taken({}, {"change": {"settings": {"nudge_days": 7}}}, change=CHANGE),
    "Preview": obj(
        version=WHOLE,
        counts=obj(
            appears=WHOLE,
            vanishes=WHOLE,
            moves=WHOLE,
            other=WHOLE,
            looked_at=WHOLE,
            overdue_at_once=WHOLE,
            messages_added=WHOLE,
            messages_dropped=WHOLE,
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
        messages=obj(added=MESSAGES, dropped=MESSAGES),
        left_off={**WHOLE, "description": "未列出的行数；counts 为全部。 Rows that are not listed; counts are of all."},
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
    "Job": obj(id=TEXT, state=one_of("running", "done"), done=WHOLE, started=INSTANT),
    "Health": obj(ok=FLAG, now=INSTANT, last_tick=maybe(INSTANT), notices_late=WHOLE),
    "Problem": obj(
        {
            "errors": many({"anyOf": [FAULT, FINDING, obj(article=TEXT, quote=TEXT)]}),
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
