"""More time that would be none is refused, when it is asked for and when it is granted."""

import pytest

from chalicelib.core.errors import InvalidInput

COMPLETED = {"id": "m1", "event": "construction_completed", "on": "2026-01-15"}


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"until": "2026-06-30"}, "/until", "不晚于“提交竣工验收申请”现在的期限2026-07-15（周三）"),
        ({"until": "2026-07-15"}, "/until", "请填2026-07-15以后的日期"),
    ],
)
@pytest.mark.parametrize("form", ["extension-request", "extension-decision"])
def test_more_time_ends_later_than_the_duty_does(world, form, changes, field, why):
    world.completed()
    day = {"requested_on": "2026-01-20"} if form == "extension-request" else {"decided_on": "2026-01-20"}
    with pytest.raises(InvalidInput) as refused:
        world.submit(
            form, party="unit" if form == "extension-request" else "office", of="apply-for-acceptance", **day, **changes
        )
    (fault,) = refused.value.errors
    assert fault["field"] == field and why in fault["message"]["zh"]


def test_what_is_done_needs_no_more_time(world):
    world.completed()
    world.submit("acceptance-application", applied_on="2026-01-20")
    with pytest.raises(InvalidInput) as refused:
        world.submit("extension-request", of="apply-for-acceptance", requested_on="2026-01-20", until="2026-12-31")
    assert "已于2026-01-20（周二）办结，不需要延期" in refused.value.errors[0]["message"]["zh"]


def test_what_has_no_last_day_cannot_have_a_later_one(world):
    world.submit("serious-issue", step="delay_found", happened_on="2026-01-19")
    with pytest.raises(InvalidInput) as refused:
        world.submit("extension-request", of="report-serious-issue", requested_on="2026-01-20", until="2026-12-31")
    assert "没有期限，无从延期" in refused.value.errors[0]["message"]["zh"]


def test_more_time_is_granted_once_more(world):
    world.completed()
    for until in ("2026-09-30", "2026-12-31"):
        world.submit("extension-decision", party="office", of="apply-for-acceptance", decided_on="2026-01-20", until=until)
    assert world.row("apply-for-acceptance")["is"]["dates"][2] == "2026-12-31"


def heard_of_more_time(world, duty, until):
    """Who hears what, within two days, of more time that the office grants for a duty; who knew of the duty before."""
    world.tick_until_quiet()
    world.at("2026-01-21", "15:00")
    for _ in range(3):
        world.deliver()
    world.chat.sent.clear()
    world.submit("extension-decision", party="office", decided_on="2026-01-21", of=duty, until=until, news=True)
    for day in ("2026-01-21", "2026-01-22"):
        world.at(day, "15:30")
        world.tick_until_quiet()
        for _ in range(3):
            world.deliver()
    return {message.address.removeprefix("console:"): message.text for message in world.chat.sent}


def test_where_nobody_at_the_unit_can_be_reached_the_department_hears_that_the_date_moved(make_world):
    world = make_world()
    world.office("office")
    world.unit("department")
    world.contact("department")
    world.unit(parent="department")
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[COMPLETED])
    heard = heard_of_more_time(world, "apply-for-acceptance", "2026-12-31")
    assert "2026-12-31" in heard["department/clerk"] and "期限调整" in heard["department/clerk"]


def test_who_hears_it_with_the_decision_does_not_hear_it_twice(make_world):
    world = make_world()
    world.office("office")
    world.unit()
    world.contact()
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[COMPLETED])
    heard = heard_of_more_time(world, "apply-for-acceptance", "2026-12-31")
    assert list(heard) == ["unit/clerk"] and "期限调整" not in heard["unit/clerk"]


def test_an_office_hears_that_the_date_of_its_own_duty_moved(make_world):
    world = make_world("dazhou")
    world.office("office")
    world.contact("office")
    world.unit()
    world.contact()
    plan = {"id": "m1", "event": "technical_plan_submitted", "on": "2026-01-20"}
    world.project(facts={"total_investment": 6_000_000, "kind": "new"}, milestones=[plan])
    heard = heard_of_more_time(world, "technical-review", "2026-02-27")
    assert "期限调整" in heard["office/clerk"] and "2026-02-27" in heard["office/clerk"]
