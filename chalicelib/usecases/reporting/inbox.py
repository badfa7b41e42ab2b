"""The inbox: what units have asked for and an office has yet to decide.

A request stands in it from the moment it is sent until a form that answers such requests (`answers` of its x-duban) is sent
about the same holder, until it is withdrawn, or until an officer lays it aside. Both rows go with the submission itself.
"""

from collections.abc import Iterator, Set
from datetime import datetime
from typing import Any

from ...core.errors import NotFound
from ...core.ladder import local_day
from ...ports import Change, Delete, Forms, Key, Ports, Put, Store
from ..signing_in.access import Bearer
from ..state import records
from ..state.account import entries
from ..state.holder import Holder
from ..state.once import Once, retrying

PAGE = 50
MOST_ANSWERED = 12  # requests by one decision: it has to fit into the transaction of its submission
OWN = ("classified", "attachments", "remarks", "reason", "filler")  # fields whose words are the applicant's own


def changes(store: Store, holder: Holder, schema: dict[str, Any], submission: dict[str, Any], reported: list) -> list[Change]:
    """To be written with a submission: it joins the inbox, or takes out what it answers. `reported`: its milestones."""
    about = schema["x-duban"]
    voided = {milestone["void"] for milestone in reported if milestone.get("void")}
    rows = answered(store, holder.partition, schema, submission["body"], voided)
    found: list[Change] = [Delete(key) for row in rows for key in _keys(holder.jurisdiction, holder.partition, row)]
    if about["nature"] == "request" and submission["by"]["role"] == "unit":
        found += waits(holder, submission)
    return found


def waits(holder: Holder, submission: dict[str, Any]) -> list[Change]:
    """A request joins the inbox, in the place of the day on which it was sent."""
    row = {
        "submission": submission["id"],
        "form": submission["form"],
        "of": submission["body"].get("of"),
        "milestones": submission["milestones"],
        "at": submission["at"],
    }
    return [Put(key, row) for key in _keys(holder.jurisdiction, holder.partition, row)]


def answered(
    store: Store, partition: str, schema: dict[str, Any], body: dict[str, Any], voided: Set[str] = frozenset()
) -> list[dict[str, Any]]:
    """The requests about a holder that a submission of this form and body decides, or takes back: of these milestones."""
    rows = (item.value for item in store.query(partition, prefix="awaiting#"))
    found = [row for row in rows if voided & {*row["milestones"]} or is_answered(row, schema["x-duban"], body.get("of"))]
    return found[:MOST_ANSWERED]


def is_answered(row: dict[str, Any], about: dict[str, Any], of: str | None) -> bool:
    """A decision that names what it is about answers that alone; one that names nothing answers all of its sort."""
    return row["form"] in about.get("answers", ()) and of in (None, row["of"], row["submission"], *row["milestones"])


def _keys(jurisdiction: str, partition: str, row: dict[str, Any]) -> tuple[Key, Key]:
    """At the holder, so that an answer finds it; at the place, in the order in which they came."""
    ident = row["submission"]
    return Key(partition, f"awaiting#{ident}"), Key(f"inbox#{jurisdiction}", f"{row['at']}#{partition}#{ident}")


def waiting(ports: Ports, bearer: Bearer, now: datetime, after: str | None = None, limit: int = PAGE) -> dict[str, Any]:
    """What awaits a decision in the bearer's place, the longest waiting first: {rows, next}. A row has submission, form, of,
    at, days (since then), kind, subject, name, unit, unit_name, and the ids of the forms that answer it. Costs a page."""
    bearer.must_be("authority", "admin")
    found = ports.store.query(f"inbox#{bearer.jurisdiction}", after=after, limit=limit + 1)
    page = found[:limit]
    holders = {_holder_of(item.key) for item in page}
    profiles = ports.store.get_many(Key(holder, "profile") for holder in holders)
    units = {profile.value["unit"] for profile in profiles.values() if "unit" in profile.value}
    parties = ports.store.get_many(map(records.party_key, units))
    rows = []
    for item in page:
        holder = _holder_of(item.key)
        profile = profiles[Key(holder, "profile")].value
        unit = profile.get("unit", profile["id"])
        owner = parties[records.party_key(unit)].value if "unit" in profile else profile
        kind, _, subject = holder.partition("#")
        rows.append(
            {
                **item.value,
                "holder": holder,
                "days": (local_day(now) - local_day(records.instant_of(item.value["at"]))).days,
                "kind": "project" if kind == "project" else "unit",
                "subject": subject,
                "name": profile["name"],
                "unit": unit,
                "unit_name": owner["name"],
                "about": about_of(item.value),
                "answers": answering(ports.forms, item.value["form"]),
            }
        )
    return {"rows": rows, "next": page[-1].key.sort if len(found) > limit else None}


def about_of(row: dict[str, Any]) -> str:
    """What a decision on the request names: what that was about, else its milestone."""
    return row["of"] or next(iter(row["milestones"]), "")


def answering(forms: Forms, request: str) -> list[str]:
    """The forms that answer a request, those made for it before those for many."""
    fitting = {form: forms.get(form)["x-duban"].get("answers", ()) for form in forms.ids()}
    return sorted((form for form, answers in fitting.items() if request in answers), key=lambda form: len(fitting[form]))


def lay_aside(ports: Ports, bearer: Bearer, holder: str, submission: str, now: datetime, once: Once) -> None:
    """It was settled elsewhere, or needs no form: out of the inbox, and the ledger says who did it. NotFound where it is not
    in the inbox any more."""
    bearer.must_be("authority", "admin")

    def attempt() -> dict[str, Any]:
        item = ports.store.get(Key(holder, f"awaiting#{submission}"))
        keys = _keys(bearer.jurisdiction, holder, item.value) if item else ()
        if not item or ports.store.get(keys[1]) is None:  # the second: it is of the bearer's own place
            raise NotFound("这份申请已不在待办之列", "this request is no longer waiting")
        told = {"what": "laid aside", "submission": submission, "by": bearer.id, "at": records.stamp(now)}
        told_by = bearer.party or bearer.jurisdiction
        answer = {"submission": submission}
        ports.store.write(
            [
                Delete(keys[0], item.version),
                Delete(keys[1]),
                *entries(ports.store, told_by, [told]),
                *once.remember(answer),
            ]
        )
        return answer

    retrying(once, ports.store, attempt)


def request_about(store: Store, partition: str, schema: dict[str, Any], of: str) -> dict[str, Any] | None:
    """The submission of the request that a decision is about to answer, the newest where there are several; None for none."""
    about = schema["x-duban"]
    rows = [item.value for item in store.query(partition, prefix="awaiting#")] if "answers" in about else []
    fitting = [row for row in rows if is_answered(row, about, of or None)]
    if not fitting:
        return None
    newest = max(fitting, key=lambda row: row["at"])
    return store.get(Key(partition, f"submission#{newest['submission']}")).value


def asked_for(store: Store, partition: str, schema: dict[str, Any], of: str) -> dict[str, Any]:
    """What the request said that a decision is about to answer: the fields that the decision has too."""
    request, fields = request_about(store, partition, schema, of), schema["properties"]
    body = request["body"] if request else {}
    return {name: value for name, value in body.items() if name in fields and name not in OWN}


def rows_of(store: Store, jurisdiction: str, partition: str) -> Iterator[Key]:
    """The inbox's entries of one holder, for who removes the holder."""
    for item in store.query(partition, prefix="awaiting#"):
        yield _keys(jurisdiction, partition, item.value)[1]


def _holder_of(key: Key) -> str:
    _, kind, rest = key.sort.split("#", 2)
    return f"{kind}#{rest.rpartition('#')[0]}"
