"""News: what a submission brought about, told to those it concerns - received, decided (with the reasons), done.

The news is written with the submission itself; tick finds its mark and plans a step for each person.
"""

from datetime import date, datetime
from typing import Any

from ...core.dates import Dates, en_day, zh_day
from ...core.errors import Text
from ...core.ladder import local_day
from ...core.notice import Line, on_one_line
from ...ports import Change, Delete, Item, Key, Ports, Put, Store
from ..state import records
from ..state.holder import milestones_of, settings_of
from ..state.plan import split_due
from ..state.references import receipt_number, reference
from .notices import Step, queue
from .people import AUDIENCES, audiences

NEWS = "@news/"
ANSWER, DECISION, FILED = "answer", "decision", "filed"  # what a step of news is about: kinds that no rung has
KINDS = (ANSWER, DECISION, FILED)
REFERENCES = ("of", "replaces", "void")  # fields of a decision's form that say what it is about,
CHOICES = ("stage", "step")  # which step,
DAYS = ("due_on", "until")  # by when,
WORDS = ("content", "reasons", "reason", "remarks")  # what is asked, and why
RESULTS = {"passed": Text("通过", "passed"), "failed": Text("未通过", "not passed"), "returned": Text("退回", "returned")}
PEOPLE_A_WRITE = 12
NOTHING = (None, "", [], "无")
MOST_OWED = 3
LONGEST_REASON = 120  # the rest is to be read where it was sent


def changes(
    partition: str, submission: dict[str, Any], schema: dict[str, Any], done: list[dict], owed: list[dict], now: datetime
) -> list[Change]:
    """To be written with a submission: what is to be told of it, and a mark for tick. `done`: the projections it closed;
    `owed`: those that begin with it or whose days it moves, of which the nearest are told."""
    about = schema["x-duban"]
    news = {
        "submission": submission["id"],
        "title": {"zh": schema["title"], "en": about["en"]},
        "role": submission["by"]["role"],
        "nature": about["nature"],
        "done": [is_["title"] for is_ in done],
        "owed": [{"title": is_["title"], "dates": is_["dates"]} for is_ in owed[:MOST_OWED]],
        "at": records.stamp(now),
    }
    ident = f"{NEWS}{submission['id']}"
    return [Put(news_key(partition, ident), news), Put(records.due_key(records.stamp(now), partition, ident), {})]


def news_key(partition: str, ident: str) -> Key:
    return Key(partition, f"news#{ident}")


def spread(ports: Ports, partition: str, mark: Item, now: datetime) -> None:
    """Plan the steps of one piece of news; the mark falls with the last write."""
    _, ident = split_due(mark.key)
    item = ports.store.get(news_key(partition, ident))
    groups = _groups(ports, partition, ident, item.value, now) if item else []
    for start in range(0, max(len(groups), 1), PEOPLE_A_WRITE):
        part = [change for group in groups[start : start + PEOPLE_A_WRITE] for change in group]
        is_last = start + PEOPLE_A_WRITE >= len(groups)
        ports.store.write([*part, *([Delete(mark.key, mark.version)] if is_last else [])])


def line(ports: Ports, partition: str, ident: str, kind: str) -> Line | None:
    """The news as a line of a notice."""
    item = ports.store.get(news_key(partition, ident))
    profile = ports.store.get(Key(partition, "profile"))
    submission = item and ports.store.get(Key(partition, f"submission#{item.value['submission']}"))
    if submission is None or profile is None:
        return None
    return Line(
        reference=reference(ident)[:6],
        subject=profile.value.get("name", ""),
        title=Text(**item.value["title"]),
        article="",
        place=Text("", ""),
        dates=Dates(None),
        submit_to=(),
        form=None,
        kind=kind,
        late=False,
        sample=bool(profile.value.get("sample")),
        said=_said(ports, partition, item.value, submission.value, kind),
        asks=kind == FILED,
    )


def _groups(ports: Ports, partition: str, ident: str, news: dict[str, Any], now: datetime) -> list[list[Change]]:
    """The writes for each person: those responsible at the unit are told of what they sent and of what was decided; the
    office is told, in its digest, of what it is asked to decide."""
    if partition.startswith("jurisdiction#"):
        return []  # what the offices send in concerns every unit: duties that follow speak for themselves
    profile = ports.store.get(Key(partition, "profile")).value
    jurisdiction = profile["jurisdiction"]
    settings = settings_of(ports, jurisdiction)
    found = dict(audiences(ports, partition, {"jurisdiction": jurisdiction, "owed_by": ["unit"]}, now))
    by_unit = news["role"] == "unit"
    told = [(each, ANSWER if by_unit else DECISION) for each in found[AUDIENCES[0]]]
    if by_unit and news["nature"] == "request":
        told += [(each, FILED) for each in found["authority"]]
    groups = []
    for person, kind in told:
        step = Step(holder=partition, about=ident, rung=kind, kind=kind, urgent=kind != FILED)
        groups.append(queue(ports, person, step, settings, jurisdiction, now))
    return groups


def offices(ports: Ports, partition: str, now: datetime) -> list[str]:
    """The names of the offices whose people are told of a holder's requests."""
    jurisdiction = ports.store.get(Key(partition, "profile")).value["jurisdiction"]
    found = dict(audiences(ports, partition, {"jurisdiction": jurisdiction, "owed_by": ["unit"]}, now))
    parties = dict.fromkeys(person.party for person in found["authority"])
    return [ports.store.get(records.party_key(party)).value["name"] for party in parties]


def _said(ports: Ports, partition: str, news: dict[str, Any], submission: dict[str, Any], kind: str) -> Text:
    """What happened, as its form has it; both languages are put together in step."""
    body, parts = submission["body"], []
    if kind == FILED:
        parts.append(_handed_in(ports.store, partition))
    if kind == ANSWER:
        number = receipt_number(submission["id"])
        parts.append(Text(f"已收到，回执编号{number}", f"received, your reference is {number}"))
    else:
        about = next((body[name] for name in REFERENCES if body.get(name)), None)
        title = _returned(ports, partition, submission) or about and called(ports, partition, about)
        parts += [Text(f"关于：{title.zh}", f"about: {title.en}")] if title else []
        if result := RESULTS.get(body.get("result")):
            parts.append(Text(f"结果：{result.zh}", f"result: {result.en}"))
        parts += _fields(ports.forms.get(submission["form"])["properties"], body, () if kind == FILED else WORDS)
    if news["done"] and kind != FILED:
        done = [Text(**title) for title in news["done"]]
        parts.append(Text(f"已办结：{'、'.join(title.zh for title in done)}", f"done: {', '.join(title.en for title in done)}"))
    said = {body.get(name) for name in DAYS}
    owed = [is_ for is_ in news.get("owed", ()) if is_["dates"][2] not in said]
    if owed and kind != FILED:
        parts += _next(owed)
    parts = parts or [Text("主管部门已登记", "was recorded by the authority")]
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _next(owed: list[dict[str, Any]]) -> list[Text]:
    """What is to be done next, each with its last lawful day."""
    zh, en = [], []
    for is_ in owed:
        due = records.dates_of_row(is_).due_on
        zh.append(f"{is_['title']['zh']}，法定期限{zh_day(due)}")
        en.append(f"{is_['title']['en']}, due {en_day(due)}")
    return [Text(f"接下来：{'、'.join(zh)}", f"next: {'; '.join(en)}")]


def _handed_in(store: Store, partition: str) -> Text:
    profile = store.get(Key(partition, "profile")).value
    unit = store.get(records.party_key(profile["unit"])).value if "unit" in profile else profile
    name = on_one_line(unit["name"])
    return Text(f"{name}已报送，请办理", f"was handed in by {name}: please decide")


def _returned(ports: Ports, partition: str, submission: dict[str, Any]) -> Text | None:
    """What it sends back: a request for more time, say, and not the duty that it was about."""
    rows = (item.value for item in ports.store.query(partition, prefix="returned#"))
    row = next((row for row in rows if row["decision"] == submission["id"]), None)
    sent = row and ports.store.get(Key(partition, f"submission#{row['submission']}"))
    if not sent:
        return None
    schema, day = ports.forms.get(row["form"]), local_day(records.instant_of(sent.value["at"]))
    return Text(f"{schema['title']}（{day}）", f"{schema['x-duban']['en']} ({day})")


def called(ports: Ports, partition: str, named: str) -> Text | None:
    """What a decision is about: the form by which a milestone was reported, else its event; or a duty. None where it is not
    known here."""
    if found := next((each for each in milestones_of(ports.store, partition) if each["id"] == named), None):
        reported = ports.store.get(Key(partition, f"submission#{found.get('submission')}"))
        if reported:
            schema = ports.forms.get(reported.value["form"])
            return Text(f"{schema['title']}（{found['on']}）", f"{schema['x-duban']['en']} ({found['on']})")
        jurisdiction = ports.store.get(Key(partition, "profile")).value["jurisdiction"]
        return ports.rules.editions(jurisdiction)[-1].vocabulary.events.get(found["event"])
    rows = (item.value["is"] for item in ports.store.query(partition, prefix="obligation#"))
    return next((Text(**is_["title"]) for is_ in rows if named in (is_["id"], is_["rule"])), None)


def _fields(fields: dict[str, Any], body: dict[str, Any], words: tuple[str, ...]) -> list[Text]:
    """What a form says that its reader has to know: the step it is about, the days it sets, the first of these `words`."""
    told = []
    for name in CHOICES:
        if labels := fields.get(name, {}).get("x-labels", {}).get(body.get(name)):
            told.append((name, Text(**labels)))
    for name in DAYS:
        if body.get(name):
            day = date.fromisoformat(body[name])
            told.append((name, Text(zh_day(day), en_day(day))))
    if name := next((name for name in words if body.get(name) not in NOTHING), None):
        given = on_one_line(body[name] if isinstance(body[name], str) else "；".join(body[name]))
        given = given if len(given) <= LONGEST_REASON else f"{given[: LONGEST_REASON - 1]}…"
        told.append((name, Text(given, given)))
    return [Text(f"{fields[name]['title']}：{is_.zh}", f"{fields[name]['x-en']['title']}: {is_.en}") for name, is_ in told]
