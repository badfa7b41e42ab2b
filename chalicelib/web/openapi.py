"""The API described for programs, OpenAPI 3.1: a table of its operations and what their answers mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import bootstrap
from ..sheets import XLSX
from ..usecases.state.records import PATHS
from ..usecases.tables.exports import AT_ONCE, TABLES
from .shapes import DAY, NAME, OPEN, SUBJECTS, TEXT, Schema, all_shapes, forms_about, one_of, ref
from .sheets import FILES

JSON, PROBLEM = "application/json", "application/problem+json"
A_FILE = "a file"  # what an operation takes: a spreadsheet as it is
FILE: Schema = {kind: {"schema": {}} for kind in (XLSX, "text/csv")}  # what one gives


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
    "telegram_secret": {
        "name": "X-Telegram-Bot-Api-Secret-Token",
        "in": "header",
        "schema": TEXT,
        "description": "DUBAN_TELEGRAM_WEBHOOK_SECRET",
    },
    "tracked_since": _query(
        "tracked_since",
        "新登记的从哪天起督办，默认今天；此前到期的不提醒。 What fell due before is not reminded; today unless said.",
        DAY,
    ),
    "unit": _query("unit", "单位编号。 The id of a unit.", TEXT),
    "project": _query("project", "项目编号。 The id of a project.", TEXT),
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
    "200": "内容；试算、预览的结果不保存。 The content; the result of a what-if or a preview is not stored.",
    "201": "已保存。 Stored.",
    "202": "已接受；发布的随即生效，其余（重新排定、逐行导入、导出、预览）正在办理，进度见 job。 Accepted; planning anew, applying rows, an export or a preview goes on, see the job.",
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
    takes: str = ""  # the body: a shape's name, or A_FILE
    forms: Sequence[str] = ()  # those the path parameter `form` may name, whose examples show the body
    asks: tuple[str, ...] = ()  # of PARAMETERS
    is_open: bool = False  # needs no token

    def as_json(self) -> dict[str, Any]:
        named = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        at = [
            {"name": name, "in": "path", "required": True, "schema": one_of(*self.forms) if name == "form" else TEXT}
            for name in named
        ]
        shut = () if self.is_open else ("401",)
        refusals = sorted({*shut, *self.refusals.split(), *(("413", "415") if self.takes else ())})
        responses = {status: {"description": ANSWERS[status], "content": self.gives} for status in self.answers.split()}
        responses |= {status: ref(f"#/components/responses/{status}") for status in refusals}
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
        if self.takes == A_FILE:
            return {"required": True, "content": {kind: {"schema": {}} for kind in FILES}}
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
    zh, name = {"project": ("项目", "project"), "unit": ("主体", "party"), "jurisdiction": ("辖区", "jurisdiction")}[subject]
    called, missing = SUBJECTS[subject], "403" if subject == "jurisdiction" else "403 404"
    holder = f"{PATHS[subject]}/{{{name}}}"
    return [
        _post(
            f"{holder}/submissions/{{form}}",
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


CONTACT = "parties/{party}/contacts/{ident}"
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
    Operation(
        method="PATCH",
        path=f"/api/v1/{CONTACT}",
        name="changeContact",
        takes="ContactChange",
        gives=content(ref("Contact")),
        refusals="400 403 404",
        text=("修改联系人：渠道、提醒方式、外出代收、角色", "Change a contact; null sets a member back."),
    ),
    Operation(
        method="DELETE",
        path=f"/api/v1/{CONTACT}",
        name="removeContact",
        gives=content(ref("Removed")),
        refusals="403 404",
        text=("移除联系人，其个人信息一并清除", "Remove a contact and all personal data; ledgers hold only the id."),
    ),
    Operation(
        method="POST",
        path=f"/api/v1/{CONTACT}/codes",
        name="addCode",
        gives=content(ref("Code")),
        answers="201",
        refusals="403 404",
        text=(
            "生成绑定机器人的一次性代码，只显示一次",
            "Make a one-time code with which the contact binds a chat with the bot: /start CODE, or t.me/BOT?start=CODE.",
        ),
    ),
    _post(
        "jurisdictions/{jurisdiction}/broadcasts",
        "addBroadcast",
        "NewBroadcast",
        "Broadcast",
        "400 403 409",
        "向辖区联系人群发通知，或预览谁会收到（管理员）",
        "Send words to the contacts of the place, or with preview: true see who would get them (admin).",
        answers="201 200",
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
    _get(
        "projects/{project}/record",
        "showRecord",
        "Record",
        "403 404",
        "一个项目的全部记录，供审计：报送、事项及依据、每条提醒的结果、签收、台账及其哈希",
        "Everything recorded about a project, for an audit, with the ledger's hashes.",
    ),
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
        "PreviewOrJob",
        "400 403 409",
        "预览调整会影响什么（管理员）：单位、项目在300个以内的辖区立即答复，不保存；更多的答 202 和 job",
        "What a change would move and say, over every stored fact (admin): at once and not stored for up to 300 holders; else a job (202).",
        answers="200 202",
    ),
    _get(
        "rulebooks/{rulebook}/previews/{job}",
        "showPreview",
        "LongPreview",
        "403 404",
        "一次较长的预览：进度，办完后是结果，保留3天，只给发起预览的管理员",
        "A preview that was made by a job: its progress, then its result, for three days, for the admin who asked for it.",
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
    _post(
        "rulebooks/{rulebook}/texts",
        "previewTexts",
        "TextsPreview",
        "Texts",
        "400 403",
        "预览：改用这些文字后消息的样子（管理员）",
        "What messages would look like under a change of their texts (admin).",
        answers="200",
        asks=(),
    ),
    _get(
        "dead-letters",
        "listDeadLetters",
        "DeadLetters",
        "403",
        "未送达的通知（管理员）",
        "Notices that no channel took (admin).",
    ),
    _post(
        "dead-letters/{letter}/resend",
        "resendDeadLetter",
        None,
        "DeadLetterSettled",
        "403 404 409",
        "重发一条未送达的通知（管理员）",
        "Put a dead letter back into the outbox (admin).",
        answers="202",
    ),
    _post(
        "dead-letters/{letter}/dismiss",
        "dismissDeadLetter",
        "Dismissal",
        "DeadLetterSettled",
        "400 403 404 409",
        "了结一条未送达的通知，写明原因（管理员）",
        "Lay a dead letter aside, saying why (admin).",
        answers="202",
    ),
    _get(
        "deliveries/{day}",
        "listDeliveries",
        "Deliveries",
        "400 403",
        "某日各条通知的结果（管理员）",
        "What became of the notices of a day (admin).",
    ),
    Operation(
        method="GET",
        path="/api/v1/templates/{template}",
        name="showTemplate",
        gives=FILE,
        refusals="404",
        text=(
            "导入模板：units.xlsx、contacts.xlsx、projects.xlsx、form:<表单编号>.xlsx（或 .csv）",
            "A table to fill in: units, contacts, projects or form:ID, as .xlsx or .csv.",
        ),
    ),
    Operation(
        method="POST",
        path="/api/v1/imports/{kind}/check",
        name="checkImport",
        takes=A_FILE,
        gives=content(ref("ImportCheck")),
        refusals="400 403 404",
        asks=("tracked_since", "unit", "project"),
        text=(
            "检查要导入的表格：逐格列出问题、会有什么变化、会引起多少提醒；不保存",
            "Check a spreadsheet, the body as it is: every fault by its cell, what would change, what it would start; nothing stored.",
        ),
    ),
    Operation(
        method="POST",
        path="/api/v1/imports/{kind}",
        name="beginImport",
        takes=A_FILE,
        gives=content(ref("ImportBegun")),
        answers="202 200",
        refusals="400 403 404 409",
        asks=("once", "tracked_since", "unit", "project"),
        text=(
            "导入表格：有一处不对就都不导入；否则逐行办理，进度见 job，没有变化时 job 为 null",
            "Import a spreadsheet: with a fault anywhere nothing; else row by row, see the job; it is null where nothing changes.",
        ),
    ),
    Operation(
        method="GET",
        path="/api/v1/exports/{table}",
        name="showExport",
        gives=FILE,
        refusals="403 404 409",
        asks=("unit", "project"),
        text=(
            f"导出：{'、'.join(TABLES)} 加 .xlsx 或 .csv；可限于一个单位或项目；超过{AT_ONCE}行的答 409，请改用 POST",
            f"What the token may see as a table: {', '.join(TABLES)} as .xlsx or .csv, of one unit or project if named; 409 "
            f"for more than {AT_ONCE} rows: POST instead.",
        ),
    ),
    Operation(
        method="POST",
        path="/api/v1/exports/{table}",
        name="beginExport",
        gives=content(ref("JobBegun")),
        answers="202",
        refusals="403 404 409",
        asks=("once", "unit", "project"),
        text=(
            "导出同样的表格，多长都可以：在后台生成，进度见 job，完成后从 job 的 files 下载，保留3天",
            "The same table however long: made by a job; when that is done fetch its files, which are kept for three days.",
        ),
    ),
    _get(
        "jobs/{job}/files",
        "listJobFiles",
        "ExportFiles",
        "403 404 409",
        "导出的文件和下载地址（导出的本人和管理员），地址一小时内有效",
        "The files of an export, for whoever began it and admins; an address is good for an hour.",
    ),
    Operation(
        method="POST",
        path="/api/v1/feeds",
        name="addFeed",
        takes="NewFeed",
        gives=content(ref("NewFeedAddress")),
        answers="201",
        refusals="400 403 404 409",
        text=("取一个日历订阅地址，只显示一次", "Make the address of a calendar feed; it is shown once."),
    ),
    _get(
        "feeds",
        "listFeeds",
        "Feeds",
        "",
        "已发出的日历订阅地址",
        "The calendar feeds that were given out, without their addresses.",
    ),
    Operation(
        method="DELETE",
        path="/api/v1/feeds/{feed}",
        name="removeFeed",
        gives=content(ref("Removed")),
        refusals="404",
        text=("收回一个日历订阅地址", "Take a calendar feed's address back."),
    ),
    Operation(
        method="GET",
        path="/calendar/{file}",
        name="showCalendar",
        gives=content(TEXT, "text/calendar"),
        refusals="404",
        text=("日历（RFC 5545）；未变时答 304", "A calendar feed, RFC 5545; 304 where it is unchanged (If-None-Match)."),
        is_open=True,
    ),
    _get(
        "jobs/{job}",
        "showJob",
        "Job",
        "403 404",
        "一项工作的进度（开始它的人和管理员）",
        "How far a job is (whoever began it, admin).",
    ),
    Operation(
        method="POST",
        path="/hooks/telegram",
        name="hearTelegram",
        takes="TelegramUpdate",
        gives=content(OPEN),
        refusals="400 404 409",
        asks=("telegram_secret",),
        text=(
            "Telegram 投递机器人收到的消息；没有设置或密钥不对时答 404",
            "Where Telegram posts what the bot was told; 404 where no webhook is set up or the secret is wrong.",
        ),
        is_open=True,
    ),
    Operation(
        method="POST",
        path="/hooks/aliyun/{key}",
        name="hearAliyun",
        takes="AliyunReports",
        gives=content(OPEN),
        refusals="400 404",
        text=(
            "阿里云短信回执（SmsReport）；地址中的密钥不对时答 404",
            "Where Aliyun posts what became of SMS; 404 where the key in the address is wrong.",
        ),
        is_open=True,
    ),
    _meta("/health", "health", content(ref("Health")), "运行状况", "When the last tick ran.", answers="200 503"),
    _meta("/openapi.json", "openapi", content(OPEN), "本说明", "This description."),
)

ABOUT = """政务信息化项目管理办法的期限、依据与提醒。报送表单即记录节点，答复写明由此产生的事项。
出错时答复为 application/problem+json（RFC 9457），title、detail 为中文，detail_en 为英文；方法不适用时为 405，并附 Allow。

Deadlines of government IT project regulations, with the article each rests on. Errors are RFC 9457 problems in Chinese and
English; another method on a path gives 405 with Allow. Answers may gain members: ignore those you do not know."""
