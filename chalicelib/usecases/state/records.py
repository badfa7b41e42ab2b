"""What is stored, under which keys. The access patterns of the whole product stand here.

partition                    sort                        holds
party#<id>                   profile                     a unit or an authority
                             contact#<id>                a person there, with the channels they read
                             code#<contact>              the hash of the code that the contact may bind a chat with
                             signin#<contact>            hashes of the sign-in codes of the last hour (signin.py)
                             project#<id>                a project of the unit (name only)
                             token#<hash>                a token that was issued to it
                             feed#<contact>#<id>         the calendar addresses of a contact
jurisdiction#<id>            party#<id>                  the parties of the place (name, role)
                             token#<hash>                a token of its admins
                             admin#<party>/<contact>     there for a contact who is an admin of the place
                             uscc#<code> | code#<code>   which party, which project is called so outside (natural.py)
project#<id>                 profile                     name, unit, place, facts, tracked_since
project# | party# | jurisdiction#<id> (the holder of duties)
                             milestone#<number>#<id>     what happened, in the order it was reported
                             obligation#<id>             a duty: its projection and where its reminders stand
                             submission#<id>             a form as it was sent in
                             awaiting#<submission>       a request of it that no office has decided yet
                             returned#<submission>       what of it was returned and is to be handed in again
                             decided#<submission>        the requests that a decision took out of the inbox
returned#<unit>              <holder>#<submission>       the same, for the unit it belongs to (returning.py)
inbox#<jurisdiction>         <instant>#<holder>#<submission>   the same, in the order in which they came
unsent#<role>:<owner>        <number>                    a form begun and not sent yet (unsent.py)
unsent#<role>:<owner>#<number>  <piece>                  what was typed into it
unheard#<jurisdiction>       <party>                     nobody could be told of what it owes (unheard.py)
due#<shard>                  <instant>#<holder>#<id>     when an obligation next has something to say
notice#<id>                  head | step#<obligation>…   one message to one person on one channel, and what it carries
outbox#<shard>               <instant>#<notice>          notices to send, by when they may leave
step#<obligation>            <rung>#<person>             a rung that was planned: unique, so that none is said twice
ledger#<party>               <number>                    the hash-chained account
ledger-head#<party>          head                        its length and last hash
                             covered                     how far the latest checkpoint covers it
grown#<shard>                <party>                     its ledger grew since the last checkpoint
checkpoint                   <number>                    the hash-chained heads of ledgers, an hour's
checkpoint-head              head | exported             its length and last hash; up to which number it stands outside
token#<hash>                 token                       a bearer
session#<shard>              <end>#<hash>                who is signed in at a browser (session.py)
interrupted                  <end>-<random>              what was sent after a session's end (interrupted.py)
interrupted#<id>             <number>                    a piece of its fields
signin-links                 <hash>                      a one-time sign-in link from the console
signin                       codes                       how many sign-in codes were sent in this hour
signin                       wrong                       when a guess was last wrong that there was no code for
address#<keyed hash>         <party>/<contact>           who reads that address (addresses.py)
code#<keyed hash>            code                        whose chat it binds, until when
chat#<keyed hash>            contact                     who speaks in that chat, e.g. telegram:4242
                             tries                       wrong codes that were tried from it
update#<channel>             <number>                    what a chat's vendor handed over: begun, or answered
broadcast#<id>               broadcast                   an admin's words, and who is still to get them
idempotency#<who>            <key>                       an answer already given
answered#<day>#<shard>       <hash>                      which answers were given on that day
rounds                       clock                       the hour and the day whose regular work was begun
reconciliation               last                        what the last reconciliation found
gaps                         <hash>                      a gap it found, and what was done
retention                    <what>                      the day through which what is old was removed
kept#<jurisdiction>#<day>    <notice>                    old, its obligation open: to be looked at on that day
receipt#<channel>            <reference>                 the notice a vendor's receipt is about
job#<id>                     job                         long work: its kind, how far it is (jobs.py)
                             rows#<number>               of an import: rows that are still to be applied (imports.py)
                             asked | found#<number>      of a preview: of what, and what it found (previewing.py)
previews#<jurisdiction>      <instant>#<job>             the previews of the place, kept for some days
exports#<jurisdiction>       <instant>#<job>             the exports of the place, kept for some days (exporting.py)
feed#<hash>                  feed                        what a calendar address shows (feeds.py)
feeds#<jurisdiction>         <id>                        the calendar addresses of a place
heartbeat                    tick | late                 when the clock last beat; how much was late then
epoch                        epoch                       which life of the data this is, and whether it writes and sends
board#<jurisdiction>         month# | unit# | open# | own#   counters and lists that boards read (tally.py)
unit-board#<party>           open# | awaited#            the lists of one unit (tally.py)
names#<jurisdiction>         party# | project#           pieces of names, codes and ids, to be found by (lookup.py)
reference#<short name>       <reference> | <submission>  which duty or receipt is called so (references.py)
gate#<n>                     shut                        there while nobody may write; every write checks that it is not
"""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from ...core.answer import iso, names, text_json
from ...core.condition import View
from ...core.dates import Dates, Stop
from ...core.ladder import Course, local_day
from ...core.obligation import Obligation, state_of
from ...ports import Key

SHARDS = 64
NEW_ROW = {  # of an obligation of which nothing has been said
    "upto": None,  # through which instant its rungs have been handled
    "moved": None,  # when its dates were last found to be other than they had been
    "moved_from": None,  # the last lawful day before that, as those who are told know it
    "said": {},  # to each audience, the last rung that was planned
    "acknowledged": None,  # by whom and when, first of all
    "snoozed": {},  # by whom, until which day
    "changes": 0,  # how often what it says has changed since it appeared
    "changed": None,  # when it last did, its appearance included
}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PARTITIONS = {"project": "project", "unit": "party", "jurisdiction": "jurisdiction"}
PATHS = {"project": "projects", "unit": "parties", "jurisdiction": "jurisdictions"}
SUBJECTS = {"project": "项目", "unit": "单位", "jurisdiction": "辖区"}


def party_key(party: str) -> Key:
    return Key(f"party#{party}", "profile")


def contact_key(party: str, contact: str) -> Key:
    return Key(f"party#{party}", f"contact#{contact}")


def ledger_head_key(owner: str) -> Key:
    return Key(f"ledger-head#{owner}", "head")


def project_key(project: str) -> Key:
    return Key(f"project#{project}", "profile")


def shard(name: str) -> int:
    return sha256(name.encode()).digest()[0] % SHARDS


def stamp(instant: datetime) -> str:
    """An instant as text whose order is the order of time."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_of(text: str) -> datetime:
    if len(text) != len("2026-08-31T01:00:00Z") or text[-1] != "Z":
        raise ValueError(f"not an instant: {text!r}")
    return datetime.fromisoformat(text)


def due_key(wake: str, holder: str, obligation: str) -> Key:
    return Key(f"due#{shard(obligation)}", f"{wake}#{holder}#{obligation}")


def obligation_key(holder: str, obligation: str) -> Key:
    """`holder` is the partition of the facts it rests on: project#…, party#… or jurisdiction#…"""
    return Key(holder, f"obligation#{obligation}")


def projection(obligation: Obligation, view: View, tracked_since: date | None) -> dict[str, Any]:
    """What evaluate says of an obligation, as stored: dates and facts, never a state. Rebuilt from facts it is the same."""
    rule, dates, point = obligation.rule, obligation.dates, obligation.anchor
    view = view.at(point.milestone) if point and point.milestone else view
    fell = dates.due_on or dates.opens_on
    return {
        "id": obligation.id,
        "rule": rule.id,
        "article": rule.article,
        "title": text_json(rule.title),
        "kind": rule.kind,
        "per": rule.per,
        "owed_by": [choice.name for choice in rule.owed_by if choice.when is None or choice.when.test(view, set())],
        "period": obligation.period,
        "for": obligation.about,
        "form": rule.form,
        "nudge": rule.nudge,
        "submit_to": names(rule.submit_to, view, obligation.book),
        "anchor": [point.event, iso(point.on)] if point else None,
        "dates": [*map(iso, dates[:5]), dates.provisional],
        "needs": list(obligation.needs),
        "done_on": obligation.done and iso(obligation.done.on),
        "closed": obligation.closed,
        "suspended": obligation.suspended and [*map(iso, obligation.suspended)],
        "begins_on": iso(obligation.begins_on),
        "may_be_overdue": obligation.may_be_overdue,
        "before_tracking": bool(tracked_since and fell and fell < tracked_since),
        "jurisdiction": obligation.book.id,
    }


def _day(text: str | None) -> date | None:
    return text and date.fromisoformat(text)


def dates_of_row(is_: dict[str, Any]) -> Dates:
    return Dates(*map(_day, is_["dates"][:5]), is_["dates"][5])


def state_of_row(is_: dict[str, Any], on: date) -> str:
    return state_of(
        dates_of_row(is_),
        on,
        done_on=_day(is_["done_on"]),
        closed=is_["closed"],
        undetermined=bool(is_["needs"]),
        suspended=is_["suspended"] and Stop(*map(_day, is_["suspended"])),
        begins_on=_day(is_["begins_on"]),
        may_be_overdue=is_["may_be_overdue"],
    )


def handled_upto(row: dict[str, Any]) -> datetime:
    """Through which instant an obligation's rungs have been handled."""
    return instant_of(row["upto"]) if row["upto"] else LONG_AGO


def course_of_row(row: dict[str, Any]) -> Course:
    """A stored obligation as the ladder sees it."""
    moved = instant_of(row["moved"]) if row["moved"] else None
    return course_of(row["is"], instant_of(row["born"]), moved, row.get("escalation"))


def course_of(
    is_: dict[str, Any], born: datetime, moved: datetime | None = None, escalation: dict[str, Any] | None = None
) -> Course:
    dates = dates_of_row(is_)
    return Course(
        kind=is_["kind"],
        opens_on=dates.opens_on,
        due_on=dates.due_on,
        act_by=dates.act_by,
        earliest_next_on=dates.earliest_next_on,
        anchored=is_["anchor"] is not None and is_["kind"] != "recurring",
        overdue=is_["may_be_overdue"],
        born=born,
        nudge=is_["nudge"],
        moved=moved,
        escalation=escalation and tuple(escalation["levels"]),
    )


def needs_reminding(is_: dict[str, Any]) -> bool:
    """Somebody still has to do it, it can be told when, and it did not fall due before it was tracked here."""
    is_halted = is_["suspended"] and is_["suspended"][1] is None
    return not (is_["done_on"] or is_["closed"] or is_halted or is_["before_tracking"] or is_["per"] == "vendor")


def public(milestone: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in milestone.items() if key not in ("by", "submission")}


def summary(is_: dict[str, Any], now: datetime) -> dict[str, Any]:
    """An obligation in a few words, for receipts and lists."""
    dates = dates_of_row(is_)
    return {
        "id": is_["id"],
        "rule": is_["rule"],
        "article": is_["article"],
        "title": is_["title"],
        "for": is_["for"],
        "state": state_of_row(is_, local_day(now)),
        "opens_on": iso(dates.opens_on),
        "due_on": iso(dates.due_on),
        "act_by": iso(dates.act_by),
        "earliest_next_on": iso(dates.earliest_next_on),
        "provisional": dates.provisional,
        "form": is_["form"],
        "submit_to": is_["submit_to"],
    }
