"""The API described for programs, OpenAPI 3.1: a table of its operations and what their answers mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import bootstrap
from ..usecases.submit import PATHS
from .shapes import DAY, NAME, OPEN, SUBJECTS, TEXT, Schema, all_shapes, forms_about, one_of, ref

JSON, PROBLEM = "application/json", "application/problem+json"


def describe(forms: bootstrap.Forms, public_url: str) -> dict[str, Any]:
    """The document for this installation: its forms, at its address."""
    paths: dict[str, Any] = {}
    for operation in _operations(forms):
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.as_json()
    return {
        "openapi": "3.1.0",
        "info": {"title": "督办 Duban", "version": "1", "description": ABOUT},
        "servers": [{"url": public_url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "令牌，由管理员发给。 A token that an admin made."}
            },
            "parameters": PARAMETERS,
            "responses": {
                **{status: _refusal(status) for status in REFUSALS},
                "default": {
                    "description": "其他情形，如 405、500。 Anything else, such as 405 or 500.",
                    "content": content(ref("Problem"), PROBLEM),
                },
            },
            "examples": {
                form: {"summary": forms.get(form)["title"], "value": forms.get(form)["examples"][0]} for form in forms.ids()
            },
            "schemas": all_shapes(forms),
        },
    }


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


PARAMETERS: dict[str, Schema] = {
    "once": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": NAME,
        "description": "同一请求重发时用同一个键：只办理一次，答复相同。 Send the same key again and it is done once and answered the same.",
    },
    "on": _query("on", "判断哪一天的情况，默认今天（北京时间）。 The day of judging; today in Asia/Shanghai unless said.", DAY),
    "until": _query(
        "until", "周期性事项算到哪一天，默认此后24个月。 How far recurring duties are given; 24 months on unless said.", DAY
    ),
    "record": _query(
        "record",
        "false 为试算：答复相同，不保存。 false is what-if: the same answer, nothing stored.",
        {**one_of("true", "false"), "default": "true"},
    ),
}


def content(schema: Schema, kind: str = JSON) -> Schema:
    return {kind: {"schema": schema}}


# What a status means here; the problems of a refusal are told apart by their type.
ANSWERS = {
    "200": "内容，或试算的结果（未保存）。 The content, or the result of a what-if, which is not stored.",
    "201": "已保存。 Stored.",
    "202": "已发布，随即生效；各单位和项目正在重新排定，进度见 job。 Published and in force; plans are being made anew, see the job.",
    "503": "时钟停走，或有通知未按时发出。 The clock stands still, or notices are late.",
}
REFUSALS: dict[str, tuple[tuple[str, ...], str]] = {
    "400": (
        ("bad-request", "invalid-input"),
        "内容有误，errors 逐项列出；未保存。 Malformed; errors lists every fault; nothing stored.",
    ),
    "401": (("unauthorized",), "没有有效令牌。 No valid token."),
    "403": (("forbidden",), "令牌的身份无权。 Not for this token's role, unit or jurisdiction."),
    "404": (("not-found",), "没有，或不属于本辖区。 Not there, or of another jurisdiction."),
    "409": (
        ("conflict",),
        "编号已被使用，或 Idempotency-Key 已用于另一份内容，或规则已有新版本。 The id is taken, the key was used for another request, or a newer version was published.",
    ),
    "413": (("body-too-large",), "正文超过上限 limit_bytes。 The body exceeds limit_bytes."),
    "415": (("unsupported-media-type",), "正文不是 application/json。 The body is not application/json."),
    "422": (
        ("refused", "classified"),
        "不符合办法规定的条件，或涉密；依据见 errors；未保存。 Barred by an article, or classified; nothing stored.",
    ),
}


def _refusal(status: str) -> dict[str, Any]:
    slugs, text = REFUSALS[status]
    told = {"properties": {"status": {"const": int(status)}, "type": {"enum": [f"urn:duban:problem:{slug}" for slug in slugs]}}}
    headers = {"WWW-Authenticate": {"schema": TEXT}} if status == "401" else {}
    return {"description": text, "headers": headers, "content": content({"allOf": [ref("Problem"), told]}, PROBLEM)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    method: str
    path: str
    name: str
    text: tuple[str, str]  # zh, en
    gives: Schema  # what answers hold, by media type
    answers: str = "200"
    refusals: str = ""  # beside 401, 413 and 415
    takes: str = ""  # the body: a shape's name
    forms: Sequence[str] = ()  # those the path parameter `form` may name, whose examples show the body
    asks: tuple[str, ...] = ()  # of PARAMETERS
    is_open: bool = False  # needs no token

    def as_json(self) -> dict[str, Any]:
        named = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        at = [
            {"name": name, "in": "path", "required": True, "schema": one_of(*self.forms) if name == "form" else TEXT}
            for name in named
        ]
        refusals = sorted({"401", *self.refusals.split(), *(("413", "415") if self.takes else ())})
        responses = {status: {"description": ANSWERS[status], "content": self.gives} for status in self.answers.split()}
        responses |= {status: ref(f"#/components/responses/{status}") for status in ([] if self.is_open else refusals)}
        return {
            "operationId": self.name,
            "summary": self.text[0],
            "description": "。 ".join(self.text),
            "parameters": [*at, *(ref(f"#/components/parameters/{name}") for name in self.asks)],
            **({"requestBody": self._body()} if self.takes else {}),
            "responses": {**responses, "default": ref("#/components/responses/default")},
            **({"security": []} if self.is_open else {}),
        }

    def _body(self) -> Schema:
        examples = {"examples": {form: ref(f"#/components/examples/{form}") for form in self.forms}} if self.forms else {}
        return {"required": True, "content": {JSON: {"schema": ref(self.takes), **examples}}}


def _get(path: str, name: str, gives: str, refusals: str, *text: str, **more: Any) -> Operation:
    return Operation(
        method="GET", path=f"/api/v1/{path}", name=name, gives=content(ref(gives)), refusals=refusals, text=text, **more
    )


def _post(path: str, name: str, takes: str, gives: str, refusals: str, *text: str, **more: Any) -> Operation:
    more = {"answers": "201", "asks": ("once",), **more}
    return Operation(
        method="POST",
        path=f"/api/v1/{path}",
        name=name,
        takes=takes,
        gives=content(ref(gives)),
        refusals=refusals,
        text=text,
        **more,
    )


def _meta(path: str, name: str, gives: Schema, *text: str, answers: str = "200") -> Operation:
    return Operation(method="GET", path=path, name=name, gives=gives, text=text, answers=answers, is_open=True)


def _operations(forms: bootstrap.Forms) -> list[Operation]:
    form = _get(
        "forms/{form}", "showForm", "Form", "404", "一张表单的 JSON Schema", "The JSON Schema of one form.", forms=forms.ids()
    )
    return [
        *OPERATIONS,
        form,
        *(operation for subject in SUBJECTS for operation in _of_holder(subject, forms_about(subject, forms))),
    ]


def _of_holder(subject: str, forms: list[str]) -> list[Operation]:
    """The same for a project, a unit and a jurisdiction."""
    zh, called = {"project": "项目", "unit": "主体", "jurisdiction": "辖区"}[subject], SUBJECTS[subject]
    holder, missing = f"{PATHS[subject]}/{{holder}}", "403" if subject == "jurisdiction" else "403 404"
    return [
        _post(
            f"{PATHS[subject]}/{{subject}}/submissions/{{form}}",
            f"submitFor{called}",
            f"{called}Form",
            "Receipt",
            "400 403 404 409 422",
            f"报送关于{zh}的表单",
            f"Submit a form about the {subject}: the body is what the form named in the path asks for.",
            answers="201 200",
            asks=("once", "record"),
            forms=forms,
        ),
        _get(
            f"{holder}/obligations",
            f"obligationsOf{called}",
            "Answer",
            f"400 {missing}",
            f"{zh}的事项和核查结果",
            "Obligations and findings, evaluated at this moment.",
            asks=("on", "until"),
        ),
        _get(f"{holder}/submissions", f"submissionsOf{called}", "Submissions", missing, f"{zh}的报送", "What was submitted."),
        _get(f"{holder}/milestones", f"milestonesOf{called}", "Milestones", missing, f"{zh}的节点", "What happened."),
        _get(
            f"{holder}/future",
            f"futureOf{called}",
            "Future",
            missing,
            f"{zh}今后24个月的提醒",
            "Every message of the next 24 months, if nothing more happens.",
        ),
    ]


OPERATIONS = (
    _post(
        "parties",
        "addParty",
        "NewParty",
        "Party",
        "400 403 409",
        "登记主体（管理员）",
        "Register a unit or an authority (admin).",
    ),
    _get("parties", "listParties", "Parties", "", "可见的主体", "The parties this token may see."),
    _get("parties/{party}", "showParty", "Party", "403 404", "一个主体", "One party."),
    _post(
        "parties/{party}/contacts",
        "addContact",
        "NewContact",
        "Contact",
        "400 403 404 409",
        "登记联系人",
        "Add a contact; the answer masks addresses.",
    ),
    _get(
        "parties/{party}/contacts",
        "listContacts",
        "Contacts",
        "403 404",
        "联系人，地址部分遮盖",
        "Contacts, their addresses masked.",
    ),
    _post(
        "projects",
        "addProject",
        "NewProject",
        "Project",
        "400 403 404 409 422",
        "登记项目（建设单位或管理员）",
        "Register a project (unit or admin).",
    ),
    _get("projects", "listProjects", "Projects", "", "可见的项目", "The projects this token may see."),
    _get("projects/{project}", "showProject", "Project", "403 404", "一个项目", "One project."),
    _get("forms", "listForms", "FormList", "", "全部表单", "All forms."),
    _get("rulebooks", "listRulebooks", "Rulebooks", "", "全部规则册", "All rulebooks."),
    _get(
        "rulebooks/{rulebook}",
        "showRulebook",
        "Rulebook",
        "404",
        "一本规则册：逐条依据",
        "One rulebook: every rule with its article.",
    ),
    _post(
        "evaluate",
        "evaluate",
        "Facts",
        "Answer",
        "400 404",
        "由事实推算事项，不保存",
        "Facts in, obligations and findings out; nothing stored.",
        answers="200",
        asks=("on", "until"),
    ),
    _post(
        "tokens",
        "addToken",
        "NewToken",
        "Token",
        "400 403",
        "发令牌（管理员），只显示一次",
        "Make a token (admin); it is shown once.",
        asks=(),
    ),
    _get(
        "rulebooks/{rulebook}/versions",
        "listVersions",
        "Versions",
        "403",
        "已发布的版本：谁、何时、为何（管理员）",
        "Published versions, newest first: who, when, why (admin).",
    ),
    _get(
        "rulebooks/{rulebook}/tuning",
        "showTuning",
        "Tuning",
        "403",
        "可调整的设置、读法和部门名称（管理员）",
        "Settings, readings and names of offices, with the values in force (admin).",
    ),
    _get(
        "rulebooks/{rulebook}/proposal",
        "showProposal",
        "Proposal",
        "403",
        "升级带来、尚未发布的规则册（管理员）",
        "The rulebook that an upgrade brought and nobody has published (admin).",
    ),
    _post(
        "rulebooks/{rulebook}/preview",
        "previewChange",
        "NewPreview",
        "Preview",
        "400 403",
        "预览调整会影响什么，不保存（管理员）",
        "What a change would move and say, over every stored fact; nothing stored (admin).",
        answers="200",
        asks=(),
    ),
    _post(
        "rulebooks/{rulebook}/versions",
        "publishChange",
        "NewVersion",
        "Published",
        "400 403 409",
        "发布调整（管理员）",
        "Publish a change as a new version (admin).",
        answers="202",
    ),
    _post(
        "rulebooks/{rulebook}/rollback",
        "rollBack",
        "NewRollback",
        "Published",
        "400 403 409",
        "恢复到以前的版本（管理员）",
        "Publish an earlier version again, as a new one (admin).",
        answers="202",
    ),
    _post(
        "calendars/{year}",
        "publishCalendar",
        "NewCalendar",
        "Published",
        "400 403 404 409",
        "发布某年的放假安排（管理员）",
        "Publish a year's holiday notice (admin).",
        answers="202",
    ),
    _get("jobs/{job}", "showJob", "Job", "403 404", "一项工作的进度（管理员）", "How far a job is (admin)."),
    _meta("/health", "health", content(ref("Health")), "运行状况", "When the last tick ran.", answers="200 503"),
    _meta("/openapi.json", "openapi", content(OPEN), "本说明", "This description."),
    _meta("/", "front", content(TEXT, "text/html"), "首页", "The front page."),
)

ABOUT = """政务信息化项目管理办法的期限、依据与提醒。报送表单即记录节点，答复写明由此产生的事项。
出错时答复为 application/problem+json（RFC 9457），title、detail 为中文，detail_en 为英文；方法不适用时为 405，并附 Allow。

Deadlines of government IT project regulations, with the article each rests on. Errors are RFC 9457 problems in Chinese and
English; another method on a path gives 405 with Allow. Answers may gain members: ignore those you do not know."""
