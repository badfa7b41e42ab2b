"""What was sent: the receipt, what is owed next, and the view for the seal (盖章)."""

from chalice import Blueprint, Response

from ...core.errors import NotFound
from ...usecases.reporting import sent as sent_form
from ...usecases.reporting import unsent
from ...usecases.state.references import reference
from ...usecases.telling.news import DECISION
from ...usecases.views import overview
from .answers import ALL, answers_of
from .board import decisions
from .duties import seen, seen_returned, titles_of_forms
from .filling import title_of
from .page import asked, me, pages_of, ports, show

sent = Blueprint(__name__)
page = pages_of(sent)

NEXT = ("overdue", "open", "upcoming", "waiting", "undetermined")
SHOWN = 8  # duties of a receipt
DECLARING = "declare"  # the stage of forms that decide which way a project goes


@page("/sent/{kind}/{subject}/{ident}")
def show_receipt(kind, subject, ident):
    """To who sent it the receipt, to others what was sent; to an officer with what it can be decided with."""
    now, role = ports().clock(), me().role
    submission = sent_form.submission(ports(), me(), kind, subject, ident)
    progress = sent_form.progress(ports(), submission, now)
    answer = _answer(submission["holder"])
    duties = _duties(submission, answer["obligations"])
    title, is_own = title_of(submission["form"]), submission["by"]["role"] == role
    awaits = progress["awaits"]
    return show(
        "receipt.html",
        title if not is_own else ("已收到", "Received") if role == "unit" else ("已登记", "Recorded"),
        submission=submission,
        form=title,
        is_own=is_own,
        decide=decisions(kind, subject, awaits["answers"], awaits["about"]) if awaits and role != "unit" else [],
        titles=titles_of_forms(),
        awaits=awaits,
        asked_of=progress["offices"],
        notices=[each for each in progress["notices"] if role != "unit" and each["rung"] == DECISION],
        returned=seen_returned([progress["returned"]] if progress["returned"] else []),
        findings=_findings(submission, answer["findings"]),
        duties=duties[:SHOWN],
        more=max(0, len(duties) - SHOWN),
        is_new=bool(asked("new")),
        fields_=answers_of(submission),
    )


def _findings(submission: dict, findings: list[dict]) -> list[dict]:
    """What the text says of the steps that were reported; and which way the project goes, where that is being decided."""
    mine, stage = set(submission["milestones"]), overview.form(ports().forms, submission["form"])["x-duban"]["stage"]
    of_steps = [
        each for each in findings if each["judged"] and each["judged"]["milestone"] in mine and each["outcome"] != "pass"
    ]
    routes = [each for each in findings if not each["judged"] and each["outcome"] == "route" and stage == DECLARING]
    return [*of_steps, *routes]


def _duties(submission: dict, duties: list[dict]) -> list[dict]:
    """What is still to be done about the project or unit by the unit itself, the nearest first, with why in a few words."""
    more = {"holder": submission["holder"], "subject": submission["name"], "sample": False}
    found = [
        seen({**each, **more, "reference": reference(each["id"]), "why": each["because"][1:-2][:2]}, ports().clock())
        for each in duties
        if each["state"] in NEXT
        and (submission["kind"] == "jurisdiction" or {"unit", "parent"} & {*(each["owed_by"] or ["unit"])})
    ]
    return sorted(found, key=lambda each: each["act_by"] or each["due_on"] or each["opens_on"] or "9")


@page("/sent/{kind}/{subject}/{ident}/print")
def show_for_seal(kind, subject, ident):
    submission = sent_form.submission(ports(), me(), kind, subject, ident)
    return show(
        "seal.html",
        title_of(submission["form"]),
        submission=submission,
        schema=overview.form(ports().forms, submission["form"]),
        fields_=answers_of(submission, ALL),
    )


@page("/sent/{kind}/{subject}/{ident}/files/{at}")
def fetch_file(kind, subject, ident, at):
    """A document that was sent: whoever may see the submission is led to it."""
    submission = sent_form.submission(ports(), me(), kind, subject, ident)
    documents = _documents(submission)
    document = documents[int(at)] if at.isdecimal() and len(at) < 5 and int(at) < len(documents) else {}
    # Through the API a body can name any file: only those of this very submission are given out.
    if ports().blob is None or not document.get("file", "").startswith(unsent.files_folder(ident)):
        raise NotFound("这项材料没有上传文件", "no file was uploaded for this document")
    if submission.get("documents"):
        raise NotFound(
            "这项材料已超过保留期限，文件已清理，台账中保留其指纹", "it was kept long enough; its digest stays in the ledger"
        )
    name = f"{document['name']}.{document['file'].rpartition('.')[2]}"
    location = ports().blob.link(document["file"], name, ports().clock())
    return Response(body=b"", status_code=303, headers={"Location": location, "Cache-Control": "no-store"})


def _documents(submission: dict) -> list[dict]:
    schema = overview.form(ports().forms, submission["form"])
    return [each for name in unsent.documents_of(schema) for each in submission["body"].get(name, ())]


def _answer(partition: str) -> dict:
    try:
        return overview.obligations(ports(), me(), partition, ports().clock())
    except NotFound:  # a party that is no unit owes nothing
        return {"obligations": [], "findings": []}
