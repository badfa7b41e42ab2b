"""A form begun and not sent yet: kept on the server, so that its author, or a colleague, can go on at another machine.

Nothing is kept before the form was said not to be 涉密. What was typed is kept as typed (see typed.py). The number of an
unsent form becomes its submission's: the reference number of the receipt.
"""

import json
import secrets
from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from typing import Any

from ...core.errors import Conflict, InvalidInput, NotFound
from ...core.ladder import local_day
from ...ports import Change, Delete, Item, Key, Ports, Put, Store, StoreConflict
from ..signing_in.access import Bearer, may_see
from ..state import records
from ..state.pieces import MOST_PIECES, piece_key, pieces_of, whole
from ..state.records import PARTITIONS
from ..state.references import ALPHABET, NUMBER
from ..views import overview
from . import carried, inbox
from .typed import kind_of, typed_of

KEPT = timedelta(days=180)  # after it was last saved
MOST = 200  # of one party
REFERENCES = ("of", "replaces", "void")
WORDS = ("reason", "reasons")  # of one decision or request, and not of the next


def owner_of(bearer: Bearer) -> str:
    """Whose unsent forms they are: colleagues of a unit share theirs, so do those of an office."""
    return f"{bearer.role}:{bearer.party if bearer.role == 'unit' else bearer.jurisdiction}"


def begin(ports: Ports, bearer: Bearer, *, form: str, kind: str, subject: str, now: datetime, of: str = "") -> str:
    """A new unsent form, filled with what is known and what was said last time; gives its number. The caller has asked first
    whether it is classified. `of`: the obligation or milestone it is about."""
    schema = overview.form(ports.forms, form)
    partition = f"{PARTITIONS[kind]}#{subject}"
    profile = may_see(ports, bearer, partition)
    if len(ports.store.query(_partition(bearer), limit=MOST)) >= MOST:
        raise Conflict(f"草稿已有{MOST}份，请先提交或删除一些", f"there are {MOST} drafts; send or discard some first")
    ident = f"{local_day(now):%Y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(NUMBER))
    head = {
        "id": ident,
        "form": form,
        "kind": kind,
        "subject": subject,
        "name": profile.get("name", subject),
        "of": of,
        "by": bearer.id,
        "begun": records.stamp(now),
    }
    typed = _prefilled(ports, bearer, schema, kind, partition, profile, of, now)
    bare = {name: carried.without_files(typed[name]) for name in documents_of(schema)}
    _write(ports.store, bearer, head, {**typed, **bare}, None, now)  # first: files that lie in its folder go with it
    copies = {name: carried.copied(ports.blob, typed[name], files_folder(ident)) for name in bare}
    if copies != bare:
        save(ports.store, bearer, ident, {**typed, **copies}, 1, now)
    return ident


def unsent(store: Store, bearer: Bearer, ident: str) -> dict[str, Any]:
    """{id, form, kind, subject, name, of, by, begun, saved, version, typed}. NotFound where it was sent or discarded."""
    item = _head(store, bearer, ident)
    return {**item.value, "version": item.version, "typed": json.loads(whole(store, _pieces(bearer, ident)))}


def all_unsent(ports: Ports, bearer: Bearer, now: datetime) -> list[dict[str, Any]]:
    """Without what was typed, last saved first. What nobody has touched for half a year is removed."""
    heads = [item.value for item in ports.store.query(_partition(bearer), limit=MOST)]
    old = [head for head in heads if records.instant_of(head["saved"]) + KEPT <= now]
    for head in old:
        discard(ports, bearer, head["id"])
    return sorted((head for head in heads if head not in old), key=lambda head: head["saved"], reverse=True)


def save(store: Store, bearer: Bearer, ident: str, typed: dict[str, Any], version: int, now: datetime) -> int:
    """Keep what was typed; gives the new version. Conflict where it was saved elsewhere since `version`."""
    item = _head(store, bearer, ident)
    if item.version != version:
        raise _elsewhere()
    try:
        _write(store, bearer, item.value, typed, item, now)
    except StoreConflict:
        raise _elsewhere() from None
    return version + 1


def discard(ports: Ports, bearer: Bearer, ident: str, kept: Set[str] = frozenset()) -> None:
    """Remove it, with its files but those that are `kept` because they were sent. NotFound where it is gone."""
    _head(ports.store, bearer, ident)
    pieces = ports.store.query(_pieces(bearer, ident))
    ports.store.write([Delete(_key(bearer, ident)), *(Delete(piece.key) for piece in pieces)])
    folder = files_folder(ident)
    for key in ports.blob.keys(folder) if ports.blob else ():
        if not key.startswith(folder):
            break
        if key not in kept:
            ports.blob.delete(key)


def files_folder(ident: str) -> str:
    """What the keys of its files begin with."""
    return f"attachments/{ident}/"


def _elsewhere() -> Conflict:
    return Conflict(
        "这份草稿刚在另一处保存过（另一台电脑，或一位同事）。请核对后再保存，以免覆盖",
        "this draft was saved elsewhere meanwhile; compare before you save over it",
    )


def _head(store: Store, bearer: Bearer, ident: str) -> Item:
    item = store.get(_key(bearer, ident))
    if item is None:
        raise NotFound("没有这份草稿：可能已提交或已删除", "there is no such draft; it may have been sent or discarded")
    return item


def _write(
    store: Store, bearer: Bearer, head: dict[str, Any], typed: dict[str, Any], before: Item | None, now: datetime
) -> None:
    ident = head["id"]
    partition = _pieces(bearer, ident)
    pieces = pieces_of(partition, json.dumps(typed, ensure_ascii=False, separators=(",", ":")))
    if len(pieces) > MOST_PIECES:
        raise InvalidInput("内容太多，保存不下。请分成几份填报", "it is too long to be kept; report it in several parts")
    numbers = range(len(pieces), before.value["pieces"] if before else 0)
    changes: list[Change] = [
        Put(_key(bearer, ident), {**head, "saved": records.stamp(now), "pieces": len(pieces)}, before.version if before else 0),
        *pieces,
        *(Delete(piece_key(partition, number)) for number in numbers),
    ]
    store.write(changes)


def _partition(bearer: Bearer) -> str:
    return f"unsent#{owner_of(bearer)}"


def _pieces(bearer: Bearer, ident: str) -> str:
    return f"{_partition(bearer)}#{ident}"


def _key(bearer: Bearer, ident: str) -> Key:
    return Key(_partition(bearer), ident)


# What is known already


def _prefilled(
    ports: Ports, bearer: Bearer, schema: dict, kind: str, partition: str, profile: dict, of: str, now: datetime
) -> dict[str, Any]:
    """What was said last time, under what is known today."""
    asked = typed_of(schema, inbox.asked_for(ports.store, partition, schema, of))
    asked = {name: value for name, value in asked.items() if name not in _of_one_answer(schema)}
    typed = {**_last_time(ports, schema, partition), **_known(ports, bearer, schema, kind, profile), **asked}
    duty = duty_of(ports, bearer, partition, schema["x-duban"]["id"], of, now)
    is_its_form = (
        duty is not None and duty["form"] == schema["x-duban"]["id"]
    )  # more time for a duty needs none of its documents
    for name in documents_of(schema):
        typed[name] = carried.slots(duty["materials"] if is_its_form else [], typed.get(name, []))
    fields, about = schema["properties"], schema["x-duban"]
    dated = {record["on"] for record in about["records"]}
    if about["nature"] == "request" or about.get("answers"):  # made today; what happened has a day of its own
        typed |= {name: local_day(now).isoformat() for name in dated if name in fields}
    for name in REFERENCES:
        if of and name in fields:
            typed[name] = of
            break
    return typed


def _of_one_answer(schema: dict[str, Any]) -> set[str]:
    """Fields that must be empty where the decision is another one: filled in ahead they would be in its way."""
    conditions = (each.get("then", {}).get("properties", {}) for each in schema.get("allOf", ()))
    return {name for fields in conditions for name, field in fields.items() if field.get("not") == {}}


def _known(ports: Ports, bearer: Bearer, schema: dict, kind: str, profile: dict[str, Any]) -> dict[str, Any]:
    fields = schema["properties"]
    unit = profile if kind == "unit" else {}
    if kind == "project":
        item = ports.store.get(records.party_key(profile["unit"]))
        unit = item.value if item else {}
    facts = {"project": profile.get("facts", {}) if kind == "project" else {}, "unit": unit.get("facts", {})}
    body = {}
    for fact, field in schema["x-duban"]["sets"].items():
        holder, name = fact.split(".")
        own = unit if holder == "unit" else profile
        value = facts[holder].get(name, own.get(name) if name == "name" else None)
        if value is not None:
            body[field] = value
    parent = facts["unit"].get("parent") and ports.store.get(records.party_key(facts["unit"]["parent"]))
    named = {
        "project_name": profile.get("name") if kind == "project" else None,
        "declaring_unit": unit.get("name"),
        "owner": unit.get("name"),
        "department_in_charge": parent.value["name"] if parent else None,
    }
    body |= {name: value for name, value in named.items() if value and name in fields}
    typed = typed_of(schema, body)
    if "filler" in fields:
        typed["filler"] = _filler(ports, bearer)
    return typed


def _filler(ports: Ports, bearer: Bearer) -> dict[str, str]:
    """Who fills in the form: the contact who is signed in."""
    item = ports.store.get(records.contact_key(*bearer.id.split("/", 1))) if "/" in bearer.id else None
    if item is None:
        return {}
    phones = (each["address"] for each in item.value["channels"] if each["address"].lstrip("+").isdecimal())
    return {"name": item.value["name"], "phone": next(phones, "").removeprefix("+86")}


def _last_time(ports: Ports, schema: dict, partition: str) -> dict[str, Any]:
    """The newest submission of the same form: as it is where it was returned, with its documents, else without its days and
    references, with its years one on."""
    sent = [item.value for item in ports.store.query(partition, prefix="submission#")]
    same = [each for each in sent if each["form"] == schema["x-duban"]["id"]]
    if not same:
        return {}
    newest = max(same, key=lambda each: each["at"])
    if ports.store.get(Key(partition, f"returned#{newest['id']}")):
        body, folder = newest["body"], files_folder(newest["id"])  # returned: to be mended
        sent_with = {name: carried.as_sent(body[name], folder) for name in documents_of(schema) if name in body}
        return {**typed_of(schema, body), **sent_with}
    return _renewed(schema, newest["body"])


def _renewed(schema: dict, body: dict[str, Any]) -> dict[str, Any]:
    typed = typed_of(schema, body)
    deciding = {word for record in schema["x-duban"]["records"] for word in _deciding(record)}
    for name, field in schema["properties"].items():
        if (
            name in ("classified", *REFERENCES, *WORDS)
            or kind_of(field) == "day"
            or (kind_of(field) == "choice" and name in deciding)
        ):
            typed.pop(name, None)
        elif kind_of(field) == "year" and name in body:
            typed[name] = str(body[name] + 1)
    return typed


def _deciding(record: dict[str, Any]) -> Iterator[str]:
    """The fields that decide what a form records: which step, which result. They are answered anew each time."""
    yield from record.get("when", {})
    yield from (name for name in record.values() if isinstance(name, str))
    if isinstance(record["event"], dict):
        yield record["event"]["field"]


# What the form is about


def duty_of(ports: Ports, bearer: Bearer, partition: str, form: str, of: str, now: datetime) -> dict[str, Any] | None:
    """The obligation that the form would fulfil: the one named, else the nearest open one that asks for this form."""
    mine = [each for each in duties(ports, bearer, partition, now) if each["form"] == form or each["id"] == of]
    named = [each for each in mine if each["id"] == of]
    waiting = [each for each in mine if each["state"] in ("open", "overdue", "upcoming", "undetermined")]
    return next(iter([*named, *sorted(waiting, key=lambda each: each["act_by"] or each["due_on"] or "9")]), None)


def duties(ports: Ports, bearer: Bearer, partition: str, now: datetime) -> list[dict[str, Any]]:
    """The holder's obligations; none of a party that is no unit."""
    try:
        return overview.obligations(ports, bearer, partition, now)["obligations"]
    except NotFound:
        return []


def documents_of(schema: dict[str, Any]) -> list[str]:
    """The fields of a form that list documents."""
    return [name for name, field in schema["properties"].items() if kind_of(field) == "documents"]
