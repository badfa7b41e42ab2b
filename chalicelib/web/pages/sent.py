"""What was sent: the receipt, what is owed next, and the view for the seal (盖章)."""

from itertools import count

from chalice import Blueprint, Response

from ...core.errors import NotFound
from ...usecases.reporting import sent as sent_form
from ...usecases.reporting import unsent
from ...usecases.reporting.typed import typed_of
from ...usecases.state.records import PARTITIONS
from ...usecases.views import overview
from . import fields
from .filling import title_of
from .page import asked, me, pages_of, ports, show

sent = Blueprint(__name__)
page = pages_of(sent)

NEXT = ("overdue", "open", "upcoming", "waiting", "undetermined")
SHOWN = 8  # duties of a receipt
FEW, ALL = 50, 10**6  # rows of a list


@page("/sent/{kind}/{subject}/{ident}")
def show_receipt(kind, subject, ident):
    submission = sent_form.submission(ports(), me(), kind, subject, ident)
    answer = _answer(f"{PARTITIONS[kind]}#{subject}")
    mine = set(submission["milestones"])
    findings = [each for each in answer["findings"] if each["judged"] and each["judged"]["milestone"] in mine]
    duties = [each for each in answer["obligations"] if each["state"] in NEXT]
    duties.sort(key=lambda each: each["act_by"] or each["due_on"] or each["opens_on"] or "9")
    return show(
        "receipt.html",
        ("已收到", "Received"),
        submission=submission,
        form=title_of(submission["form"]),
        findings=[each for each in findings if each["outcome"] != "pass"],
        duties=duties[:SHOWN],
        more=max(0, len(duties) - SHOWN),
        is_new=bool(asked("new")),
        fields_=list(fields.answers(_fields(submission, FEW))),
    )


@page("/sent/{kind}/{subject}/{ident}/print")
def show_for_seal(kind, subject, ident):
    submission = sent_form.submission(ports(), me(), kind, subject, ident)
    return show(
        "seal.html",
        title_of(submission["form"]),
        submission=submission,
        schema=overview.form(ports().forms, submission["form"]),
        fields_=list(fields.answers(_fields(submission, ALL))),
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


def _fields(submission: dict, rows: int) -> tuple[fields.Field, ...]:
    schema, body = overview.form(ports().forms, submission["form"]), submission["body"]
    typed = typed_of(schema, body)
    numbers = count()
    for name in unsent.documents_of(schema):
        sent_at = f"/sent/{submission['kind']}/{submission['subject']}/{submission['id']}/files"
        typed[name] = [
            {**each, "paper": "" if each.get("file") else "true", "address": f"{sent_at}/{next(numbers)}"}
            for each in body.get(name, ())
        ]
    showing = fields.Showing(place=me().jurisdiction, errors={}, references={}, pages={}, rows=rows)
    return fields.fields_of(schema, typed, showing)
