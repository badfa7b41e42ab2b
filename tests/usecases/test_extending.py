"""More time that would be none is refused, when it is asked for and when it is granted."""

import pytest

from chalicelib.core.errors import InvalidInput


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
