"""What a sent form says, as fields to be read: on its receipt, for the seal, and beside the decision about it."""

from itertools import count
from typing import Any

from ...usecases.reporting import unsent
from ...usecases.reporting.typed import typed_of
from ...usecases.state.records import PARTITIONS
from ...usecases.telling.news import called
from ...usecases.views import overview
from . import fields
from .page import me, ports

FEW, ALL = 50, 10**6  # rows of a list


def answers_of(submission: dict[str, Any], rows: int = FEW) -> list[fields.Field]:
    """The fields that were answered; documents with the address at which they are fetched, references by what they name."""
    schema, body = overview.form(ports().forms, submission["form"]), submission["body"]
    about = f"{submission['kind']}/{submission['subject']}"
    typed, numbers = typed_of(schema, body), count()
    for name in unsent.documents_of(schema):
        sent_at = f"/sent/{about}/{submission['id']}/files"
        typed[name] = [
            {**each, "paper": "" if each.get("file") else "true", "address": f"{sent_at}/{next(numbers)}"}
            for each in body.get(name, ())
        ]
    partition = f"{PARTITIONS[submission['kind']]}#{submission['subject']}"
    named = {name: body[name] for name in unsent.REFERENCES if body.get(name)}
    found = {name: (ident, called(ports(), partition, ident)) for name, ident in named.items()}
    references = {name: (known,) for name, known in found.items() if known[1]}
    showing = fields.Showing(place=me().jurisdiction, errors={}, references=references, pages={}, rows=rows)
    return list(fields.answers(fields.fields_of(schema, typed, showing)))
