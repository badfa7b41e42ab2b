"""One duty in full: who may see it, what it needs, why it is owed, who was told, what can be done about it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ...core.answer import obligation_json, text_json
from ...core.errors import Forbidden, NotFound
from ...core.evaluate import Answer
from ...core.obligation import Obligation
from ...ports import Ports, Store
from ..signing_in.access import Bearer, may_see
from ..state import references
from ..state.holder import assess, load
from .owed import duty_of

MAY_BE_EXTENDED = ("open", "overdue", "upcoming")
MAY_BE_SIGNED = ("open", "overdue", "upcoming", "waiting")


def find(ports: Ports, bearer: Bearer, reference: str, holder: str | None, now: datetime) -> dict[str, Any]:
    """The duty of a reference, as owed.duty_of words it: of `holder` where that is given, else one that somebody was shown.
    NotFound for one that the bearer may not see, whether it is there or not."""
    found = _of_holder(ports.store, holder, reference) if holder else references.find(ports.store, reference)
    if found is None or not may_see_duty(ports, bearer, *found):
        raise nothing_here()
    return duty_of(ports, bearer, *found, now)


def may_see_duty(ports: Ports, bearer: Bearer, holder: str, obligation: str) -> bool:
    """The holder is one that the bearer may see; or the person was told of the duty: who is escalated to answers for another's."""
    try:
        may_see(ports, bearer, holder)
        return True
    except (Forbidden, NotFound):
        return was_told(ports.store, bearer, obligation)


def may_sign(ports: Ports, bearer: Bearer, duty: dict[str, Any]) -> bool:
    """Whether the person may acknowledge it: their party owes it or they were told of it, and it is still to be done."""
    is_asked = "/" in bearer.id and duty["state"] in MAY_BE_SIGNED
    return is_asked and (duty["mine"] or was_told(ports.store, bearer, duty["id"]))


def was_told(store: Store, bearer: Bearer, obligation: str) -> bool:
    return any(step.key.sort.endswith(f"#{bearer.id}") for step in store.query(f"step#{obligation}"))


def nothing_here() -> NotFound:
    return NotFound("没有找到这个事项，可能已随项目撤销", "there is no such duty; its project may have been withdrawn")


def explained(ports: Ports, duties: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The duties, each with `why`: what it needs and what it rests on; None where it no longer stands. Each holder is read and
    evaluated once."""
    duties = list(duties)
    answers = {holder: assess(load(ports.store, holder), ports, now) for holder in {duty["holder"] for duty in duties}}
    return [{**duty, "why": why_of(answers[duty["holder"]], duty["id"])} for duty in duties]


def why_of(answer: Answer, ident: str) -> dict[str, Any] | None:
    """{quote, because, materials, copy_to, consequence, document, modality, extension, needs}."""
    found = next((obligation for obligation in answer.obligations if obligation.id == ident), None)
    if found is None:
        return None
    told = obligation_json(found, answer)
    kept = ("quote", "because", "materials", "copy_to", "consequence", "modality", "needs", "anchor")
    return {
        **{name: told[name] for name in kept},
        "document": found.book.document["title"],
        "is_draft": found.book.status == "draft",
        "extension": extension_of(found),
    }


def extension_of(obligation: Obligation) -> dict[str, Any] | None:
    """Who may extend it and by how much: {article, quote, to, cap}; None where the text allows none."""
    extension = obligation.rule.extension
    if extension is None:
        return None
    cap = extension.cap and text_json((extension.cap.zh(), extension.cap.en()))
    to = text_json(obligation.book.authorities[extension.to])
    return {"article": extension.article, "quote": extension.quote, "to": to, "cap": cap}


def _of_holder(store: Store, holder: str, reference: str) -> tuple[str, str] | None:
    idents = (item.value["is"]["id"] for item in store.query(holder, prefix="obligation#"))
    return next(((holder, ident) for ident in idents if references.reference(ident) == reference), None)
