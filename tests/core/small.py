"""Small rulebooks written in the test as data, and questions to them. Days are ISO strings, as in facts."""

from datetime import date

from hypothesis import settings

from chalicelib import loaders
from chalicelib.core.answer import answer_json
from chalicelib.core.calendar import Calendar
from chalicelib.core.evaluate import evaluate
from chalicelib.core.facts import Facts
from chalicelib.core.reader import rulebook
from chalicelib.core.rulebook import Rulebook

settings.register_profile("core", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("core")

PROJECT = {"id": "p1"}
LAST_NOTICE = 2026


def day(text: str) -> date:
    return date.fromisoformat(text)


def known_in_2026() -> Calendar:
    """The calendar as it stood when 2026 was the last year with a notice: later years have weekends only."""
    whole = loaders.calendar()
    return Calendar(
        revision="known-in-2026",
        known=frozenset(year for year in whole.known if year <= LAST_NOTICE),
        rest={off: name for off, name in whole.rest.items() if off.year <= LAST_NOTICE},
        work=frozenset(extra for extra in whole.work if extra.year <= LAST_NOTICE),
        notices={year: title for year, title in whole.notices.items() if year <= LAST_NOTICE},
    )


CALENDAR = known_in_2026()


def duty(kind: str, id: str = "duty", **fields) -> dict:
    """A rule as data. Keys that are Python's words carry an underscore: from_, for_, while_."""
    return {
        "id": id,
        "article": "1",
        "quote": "应当办理",
        "title": {"zh": f"办理{id}", "en": f"Do {id}"},
        "kind": kind,
        "modality": "must",
        "per": "project",
        "owed_by": ["unit"],
        **{key.removesuffix("_"): value for key, value in fields.items()},
    }


def book(*rules: dict, tuned: dict | None = None, **head) -> Rulebook:
    """A rulebook of these rules, a draft without dates unless the head says otherwise."""
    data = {
        "id": "smallville",
        "name": {"zh": "小城", "en": "Smallville"},
        "document": {"title": "小城办法"},
        "edition": "1",
        "revision": 1,
        "status": "draft",
        "valid_from": None,
        "valid_to": None,
        "counting": {
            "convention": "civil_code",
            "assumption": {"zh": "类推民法典", "en": "Civil Code by analogy"},
        },
        "classified": {"article": "9", "route": {"zh": "线下办理", "en": "offline"}},
        "authorities": {
            "bureau": {"name": "小城大数据局", "en": "Data Bureau"},
            "finance": {"name": "小城财政局", "en": "Finance"},
        },
        "rules": list(rules),
        **head,
    }
    return rulebook(data, loaders.vocabulary(), loaders.default_settings(), tuned)


def in_force(first: str | None, last: str | None = None, *, edition: str = "1", **head) -> dict:
    """The head of an edition in force from one day to another."""
    return {
        "edition": edition,
        "status": "in_force",
        "valid_from": {"on": day(first), "article": "30", "quote": "自该日起施行"} if first else None,
        "valid_to": {"on": day(last), "article": "31", "quote": "至该日废止"} if last else None,
        **head,
    }


def happened(event: str, on: str, id: str | None = None, **fields) -> dict:
    """A milestone as data; `for_` stands for its `for`."""
    return {
        "event": event,
        "on": on,
        **({"id": id} if id else {}),
        **{key.removesuffix("_"): value for key, value in fields.items()},
    }


def ask(
    books: Rulebook | list[Rulebook],
    *milestones: dict,
    on: str,
    until: str | None = None,
    project: dict | None = PROJECT,
    unit: dict | None = None,
) -> dict:
    """The answer, as the JSON that outside programs see."""
    facts = {"jurisdiction": "smallville", "unit": unit or {}, "milestones": list(milestones)}
    if project is not None:
        facts["project"] = project
    answer = evaluate(
        books if isinstance(books, list) else [books],
        CALENDAR,
        Facts.of_json(facts),
        on=day(on),
        until=until and day(until),
    )
    return answer_json(answer)


def of(answer: dict, rule: str = "duty") -> list[dict]:
    """All obligations under a rule."""
    return [obligation for obligation in answer["obligations"] if obligation["rule"] == rule]


def the(answer: dict, rule: str = "duty") -> dict:
    """The one obligation under a rule."""
    (found,) = of(answer, rule)
    return found


def states(answer: dict, rule: str = "duty") -> list[str]:
    return [obligation["state"] for obligation in of(answer, rule)]


def findings(answer: dict, rule: str = "duty") -> list[tuple[str, str]]:
    return [(finding["kind"], finding["outcome"]) for finding in answer["findings"] if finding["rule"] == rule]
