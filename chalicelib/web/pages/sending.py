"""What was filled in is read again, with what would follow from it, and sent."""

import json
from dataclasses import replace
from typing import Any

from chalice import Blueprint, Response

from ...core.errors import DubanError, InvalidInput
from ...usecases.reporting import documents, unsent
from ...usecases.reporting.submit import submit
from ...usecases.reporting.typed import body_of, is_there, typed_of, without_blank_rows
from ...usecases.state.once import Once
from ...usecases.state.records import PARTITIONS
from ...usecases.views import overview
from . import fields
from .filling import faults_of, showing_of, title_of
from .page import me, pages_of, ports, redirect, show

sending = Blueprint(__name__)
page = pages_of(sending)

MOST_BYTES = 350_000  # of a submission: the store keeps it as one item
ROWS_CHECKED = 50  # of a list


@page("/unsent/{ident}/check")
def check_answers(ident):
    draft = unsent.unsent(ports().store, me(), ident)
    schema = overview.form(ports().forms, draft["form"])
    if faults_of(schema, draft["typed"]):
        return redirect(f"/unsent/{ident}?checked=1")
    told = None
    try:
        foreseen = _submit(draft, schema, record=False)
    except DubanError as error:
        foreseen, told = None, error
    return _check_page(draft, schema, foreseen, told)


@page("/unsent/{ident}/check", "POST")
def send(ident):
    draft = unsent.unsent(ports().store, me(), ident)
    schema = overview.form(ports().forms, draft["form"])
    try:
        _submit(draft, schema, record=True)
    except DubanError as error:
        return _check_page(draft, schema, None, error, status=error.status)
    unsent.discard(ports(), me(), ident, documents.files_of(schema, body_of(schema, draft["typed"])))
    return redirect(f"/sent/{draft['kind']}/{draft['subject']}/{ident}?new=1")


def _check_page(draft: dict, schema: dict, foreseen: dict | None, told: DubanError | None, *, status: int = 200) -> Response:
    typed = _understood(schema, without_blank_rows(schema, draft["typed"]))
    partition = f"{PARTITIONS[draft['kind']]}#{draft['subject']}"
    shown = fields.fields_of(schema, typed, replace(showing_of(draft, schema, partition, {}, {}), rows=ROWS_CHECKED))
    lists = unsent.documents_of(schema)
    empty = [each["name"] for name in lists for each in typed.get(name, []) if each.get("name") and not is_there(each)]
    # A form that lists no documents cannot take them: its receipt says how else.
    absent = foreseen["missing_documents"] if foreseen and lists else ()
    wanted = dict.fromkeys(name for duty in absent for name in duty["documents"])
    left_out = [name for name in wanted if name not in empty]
    zh, en = title_of(draft["form"])
    return show(
        "check.html",
        (f"核对：{zh}", f"Check: {en}"),
        status=status,
        draft={**draft, "typed": typed},
        about=schema,
        fields_=list(fields.answers(shown)),
        missing=[*empty, *left_out],
        left_out=left_out,
        foreseen=foreseen,
        told=told,
    )


def _understood(schema: dict, typed: dict) -> dict:
    """What was typed as it is read: 120万 is 1200000. Documents stay, those that are missing too."""
    documents_typed = {name: typed[name] for name in unsent.documents_of(schema) if name in typed}
    return {**typed_of(schema, body_of(schema, typed)), **documents_typed}


def _submit(draft: dict, schema: dict, *, record: bool) -> dict[str, Any]:
    """The number of the draft names the submission: sent twice, it is there once."""
    bearer = me()
    body = {"classified": False, **body_of(schema, without_blank_rows(schema, draft["typed"]))}
    if len(json.dumps(body, ensure_ascii=False).encode()) > MOST_BYTES:
        raise InvalidInput(
            "内容太多，一次报送不下。请分成几份填报", "it is too long to be sent at once; report it in several parts"
        )
    return submit(
        ports(),
        bearer,
        form=draft["form"],
        kind=draft["kind"],
        subject=draft["subject"],
        body=body,
        once=Once(who=unsent.owner_of(bearer), key=draft["id"], asked=[draft["form"], draft["subject"], body]),
        ident=draft["id"],
        now=ports().clock(),
        record=record,
    )
