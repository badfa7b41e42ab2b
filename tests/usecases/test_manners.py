"""Who is told, and how: somebody who is there, in one message where that will do, and never at night."""

import pytest

from chalicelib.core.ladder import SHANGHAI
from chalicelib.usecases.state import records


def local(stamp: str) -> str:
    return records.instant_of(stamp).astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def leaves(world, *, of) -> list[str]:
    """When the notices leave that carry a rung of this kind, in Shanghai."""
    carried = {
        key.partition.removeprefix("notice#")
        for key, item in world.store.everything().items()
        if key.partition.startswith("notice#") and item.value.get("kind") == of
    }
    return sorted(local(head["leaves"]) for notice, head in world.notices().items() if notice in carried)


def test_that_there_is_nobody_to_tell_is_in_the_ledger(make_world):
    world = make_world()
    world.unit()
    world.contact(channels=())  # somebody is there, but reads nothing
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    (entry,) = world.ledger("yunyang", what="nobody to tell")
    assert (entry["obligation"], entry["rung"]) == (world.row("apply-for-acceptance")["is"]["id"], "new")
    world.assert_ledgers_whole()


@pytest.mark.parametrize(
    ("reads", "told"),
    [(("unit", "dept", "office"), "unit"), (("dept", "office"), "dept"), (("office",), "office")],
)
def test_who_is_told_is_the_unit_else_its_department_else_the_authority(make_world, reads, told):
    world = make_world()
    world.unit("dept")
    world.unit(parent="dept")
    world.office()
    for party in reads:
        world.contact(party)
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    assert [key.sort for key in world.steps()] == [f"new#{told}/clerk"]


@pytest.mark.parametrize("reads", [("data_bureau",), ("cyber", "data_bureau")])
def test_of_several_offices_the_first_of_the_rulebook_that_can_be_reached_is_told(make_world, reads):
    world = make_world()
    world.unit()
    for authority in ("cyber", "data_bureau"):
        world.office(f"office-{authority}", authority)
    for authority in reads:
        world.contact(f"office-{authority}")
    world.project(facts={"total_investment": 6_000_000})
    world.completed()
    world.tick()
    assert [key.sort for key in world.steps()] == ["new#office-data_bureau/clerk"]


def test_a_digest_gathers_the_steps_of_a_person_in_one_message(world):
    world.contact(ident="chief")
    for number in (2, 3):
        world.project(f"p{number}", facts={"total_investment": 6_000_000})
    for number in (1, 2, 3):
        world.completed(f"p{number}")
    world.tick()
    assert all("01-21 08:40" < at < "01-21 08:55" for at in leaves(world, of="new"))
    world.at("2026-01-21", "09:00")
    world.deliver()
    assert sorted(message.address for message in world.chat.sent) == [
        "console:unit/chief",
        "console:unit/clerk",
    ]
    for text in world.chat.texts:
        assert all(f"项目p{number}" in text for number in (1, 2, 3))


def test_what_is_urgent_goes_out_as_a_single_message(world):
    world.project("p2", facts={"total_investment": 6_000_000})
    for number in (1, 2):
        world.completed(f"p{number}")
    world.tick()
    world.at("2026-01-21")
    world.deliver()
    world.at("2026-07-14", "06:00")  # a day before: late ones of the outage collapse, then both are urgent
    world.tick()
    before = len(world.chat.sent)
    world.at("2026-07-14", "09:00")
    world.deliver()
    texts = world.chat.texts[before:]
    assert len(texts) == 2 and not any("项目p1" in text and "项目p2" in text for text in texts)


def test_a_project_that_was_renamed_is_called_so_from_then_on(world):
    world.contact(ident="guard", at_once=True)
    body = {"classified": False, "changed_on": "2026-01-19", "project_name": "智慧城管平台"}
    form = world.ports.forms.get("project-change")
    world.submit(
        "project-change",
        body={
            **body,
            **{name: world.example("project-change")[name] for name in form["required"] if name not in body},
        },
    )
    world.completed()
    world.tick()
    world.deliver()
    assert "智慧城管平台" in world.chat.texts[0]


def test_quiet_hours_and_rest_days_defer_and_never_drop(due):
    due.at("2026-07-12", "06:00")  # Sunday, 3 days before: urgent
    due.tick()
    assert "before-3@2026-07-15" in due.rungs()
    due.at("2026-07-12", "20:00")
    sent = len(due.chat.sent)
    due.deliver()
    assert len(due.chat.sent) == sent
    (at,) = leaves(due, of="before")
    assert "07-13 08:30" < at < "07-13 08:45"  # Monday, when the quiet hours are over
    due.at("2026-07-13", "08:45")
    due.deliver()
    assert len(due.chat.sent) == sent + 1


def test_news_late_in_the_evening_waits_for_the_morning(world):
    world.at("2026-01-23", "21:30")  # Friday
    world.completed(on="2025-07-25")  # due Sun 2026-01-25, moved to Mon 01-26; act_by Fri 01-23: urgent
    world.tick()
    (at,) = leaves(world, of="new")
    assert "01-26 08:30" < at < "01-26 08:45"


def test_who_asked_to_be_told_at_once_is(world):
    world.contact(ident="guard", at_once=True)
    world.at("2026-01-24", "23:30")  # Saturday night
    world.completed()
    world.tick()
    world.deliver()
    assert [message.address for message in world.chat.sent] == ["console:unit/guard"]


def test_what_a_holiday_holds_back_leaves_as_one_message(world):
    world.at("2026-04-10")
    world.completed(on="2026-04-08")  # to be done by Thu 2026-10-08, the first working day after the holiday of 10-01 to 10-07
    for day in ("2026-10-01", "2026-10-05", "2026-10-07", "2026-10-08"):  # 7, 3, 1 and 0 days before
        world.at(day, "06:00:05")
        world.tick()
    said = len(world.ledger(what="accepted"))
    world.at("2026-10-08", "09:10")
    world.deliver()
    texts = [text for text in world.chat.texts if "项目p1" in text]
    assert len(texts) == 1
    accounted = [entry for entry in world.ledger()[said:] if entry.get("obligation", "").startswith("p1/apply")]
    assert {"before-7@2026-10-08", "before-0@2026-10-08"} <= {
        rung for entry in accounted for rung in (entry["rung"], *entry["instead_of"])
    }
