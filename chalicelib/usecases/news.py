"""News: what a submission brought about, told to those it concerns - received, decided (with the reasons), done.

The news is written with the submission itself; tick finds its mark and plans a step for each person.
"""

from datetime import datetime
from typing import Any

from ..core.dates import Dates
from ..core.errors import Text
from ..core.notice import Line
from ..ports import Change, Delete, Item, Key, Ports, Put
from . import records
from .holder import settings_of, split_due
from .notices import Step, queue
from .people import AUDIENCES, audiences
from .references import reference

NEWS = "@news/"
ANSWER, DECISION, FILED = "answer", "decision", "filed"  # what a step of news is about: kinds that no rung has
KINDS = (ANSWER, DECISION, FILED)
REASONS = ("reasons", "reason", "remarks")  # fields of a decision's form that say why
RESULTS = {"passed": Text("通过", "passed"), "failed": Text("未通过", "not passed"), "returned": Text("退回", "returned")}
PEOPLE_A_WRITE = 12
LONGEST_REASON = 300


def changes(
    partition: str, submission: dict[str, Any], schema: dict[str, Any], done: list[dict], now: datetime
) -> list[Change]:
    """To be written with a submission: what is to be told of it, and a mark for tick. `done`: the projections it closed."""
    about = schema["x-duban"]
    news = {
        "submission": submission["id"],
        "title": {"zh": schema["title"], "en": about["en"]},
        "role": submission["by"]["role"],
        "nature": about["nature"],
        "done": [is_["title"] for is_ in done],
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
    if item is None or profile is None:
        return None
    submission = ports.store.get(Key(partition, f"submission#{item.value['submission']}"))
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
        said=_said(item.value, submission.value["body"] if submission else {}, kind),
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


def _said(news: dict[str, Any], body: dict[str, Any], kind: str) -> Text:
    if kind == FILED:
        return Text("单位已报送，请办理", "was handed in by the unit: please decide")
    done = [Text(**title) for title in news["done"]]
    zh = f"已办结：{'、'.join(title.zh for title in done)}" if done else ""
    en = f"done: {', '.join(title.en for title in done)}" if done else ""
    if kind == ANSWER:
        return Text("；".join(filter(None, ("已收到", zh))), "; ".join(filter(None, ("received", en))))
    result = RESULTS.get(body.get("result"))
    given = next((body[name] for name in REASONS if body.get(name)), "")
    why = (given if isinstance(given, str) else "；".join(given))[:LONGEST_REASON]
    in_zh = (result and f"结果：{result.zh}", why and f"说明：{why}", zh)
    in_en = (result and f"result: {result.en}", why and f"because: {why}", en)
    return Text("；".join(filter(None, in_zh)) or "已办理", "; ".join(filter(None, in_en)) or "has been dealt with")
