"""The documents of a form (材料): a slot for each, and what may be put in it."""

import secrets
from datetime import date, datetime
from typing import Any

from ...core.answer import chosen, iso, names, text_json
from ...core.errors import InvalidInput, NotFound, Text
from ...core.evaluate import Answer
from ...core.obligation import Obligation
from ...ports import Ports, Slot
from ..signing_in.access import Bearer
from .formats import FORMATS, format_of
from .lists import at_path, schema_at
from .typed import kind_of
from .unsent import documents_of, files_folder, save, unsent

MOST_BYTES = 30 * 1024 * 1024
SENT_AS = "application/octet-stream"  # what it is, is seen when it has come


def document(draft: dict[str, Any], schema: dict[str, Any], name: str, at: int) -> dict[str, Any]:
    """One document of an unsent form. NotFound where it has none of that number."""
    found = schema_at(schema, name)
    rows = at_path(draft["typed"], name) if found and kind_of(found) == "documents" else []
    if at >= len(rows):
        raise NotFound("表单里没有这项材料，请返回表单核对", "the form has no such document")
    return rows[at]


def slot(ports: Ports, draft: dict[str, Any], back: str, now: datetime) -> Slot:
    """Leave to upload one file; the browser then goes to `back`, with `{key}` in it replaced."""
    if ports.blob is None:
        raise NotFound("本系统没有开通文件上传，请另交纸质件", "files cannot be uploaded here; hand it in on paper")
    file = secrets.token_hex(8)
    return ports.blob.slot(files_folder(draft["id"]) + file, SENT_AS, MOST_BYTES, back.replace("{key}", file), now)


def attach(
    ports: Ports, bearer: Bearer, ident: str, schema: dict[str, Any], name: str, at: int, file: str, now: datetime
) -> None:
    """The file has been uploaded: it is the document's from now on, under a name that tells its format and that nobody has
    leave to write to. InvalidInput, and the file is removed, where it is of none that is taken. Doing it again changes
    nothing."""
    draft = unsent(ports.store, bearer, ident)
    row = document(draft, schema, name, at)
    key = files_folder(ident) + file
    if row.get("file", "").startswith(f"{key}."):
        return
    stored = ports.blob.head(key) if ports.blob and file.isalnum() else None
    if stored is None:
        raise InvalidInput(
            f"文件没有传到：没有选文件、文件是空的，或超过 {MOST_BYTES // 1_048_576} MB。请再选一次",
            "the file did not arrive: none was chosen, or it is empty or too large; choose it again",
        )
    content = ports.blob.read(key)
    found = format_of(content)
    if found is None:
        ports.blob.delete(key)
        zh, en = ("、".join(each.name[lang] for each in FORMATS.values()) for lang in (0, 1))
        raise InvalidInput(
            f"这个文件的内容不是可以上传的格式，没有保存。可以上传：{zh}；请另存为 PDF 再传",
            f"the file is of no format that is taken, and was not kept; upload one of {en}",
        )
    ports.blob.put(f"{key}.{found}", content, FORMATS[found].content_type)
    row |= {"file": f"{key}.{found}", "size": stored.size, "paper": "", "name": row.get("name") or f"材料{at + 1}"}
    save(ports.store, bearer, ident, draft["typed"], draft["version"], now)
    ports.blob.delete(key)


def missing(ports: Ports, answer: Answer, schema: dict[str, Any], body: dict[str, Any], ids: set[str]) -> list[dict[str, Any]]:
    """Of each duty that these milestones fulfil: the documents its rule asks for and the body does not name, as {obligation,
    article, milestone, title, documents, until, how}. Until its last lawful day, None where that has none, they can be added."""
    named = {"".join(each["name"].split()) for name in documents_of(schema) for each in body.get(name, ())}
    found = []
    for obligation in answer.obligations:
        if obligation.done is None or obligation.done.id not in ids:
            continue
        view = answer.view.at(obligation.anchor.milestone) if obligation.anchor and obligation.anchor.milestone else answer.view
        absent = [each for each in chosen(obligation.rule.materials, view) if "".join(each.split()) not in named]
        if absent:
            rule = obligation.rule
            told = {
                "obligation": obligation.id,
                "milestone": obligation.done.id,
                "article": rule.article,
                "title": text_json(rule.title),
            }
            until = iso(obligation.dates.due_on)
            how = _how_to_add(
                obligation, answer.on, names(obligation.rule.submit_to, view, obligation.book), ports.forms.get("correction")
            )
            found.append({**told, "documents": absent, "until": until, "how": text_json(how)})
    return found


def _how_to_add(obligation: Obligation, today: date, offices: list[str], correction: dict[str, Any]) -> Text:
    day, to = obligation.dates.due_on, "、".join(offices) or "受理部门"
    zh, en = (f"请在{day}前补交", f"add them by {day}") if day and day >= today else ("请尽快补交", "add them soon")
    on_paper = f"向{to}另交纸质件", "hand them in on paper"
    if obligation.rule.per != correction["x-duban"]["subject"]:
        return Text(f"{zh}：{on_paper[0]}", f"{en}: {on_paper[1]}")
    by_form = f"用“{correction['title']}”表（correction）写明节点 {obligation.done.id}、日期照填，在附件中列出全部材料"
    in_english = f"send a correction of milestone {obligation.done.id} with the same day and all documents"
    return Text(f"{zh}：{by_form}；或{on_paper[0]}", f"{en}: {in_english}, or {on_paper[1]}")


def files_of(schema: dict[str, Any], body: dict[str, Any]) -> set[str]:
    """The files that a body names."""
    return {each["file"] for name in documents_of(schema) for each in body.get(name, ()) if each.get("file")}
