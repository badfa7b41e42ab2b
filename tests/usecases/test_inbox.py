"""What units ask for waits in the inbox of their place until it is decided, withdrawn or laid aside."""

import pytest

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.usecases.reporting.inbox import lay_aside, waiting
from chalicelib.usecases.signing_in.access import Bearer
from chalicelib.usecases.state.once import Once
from tests.test_forms import FORMS

OFFICER = Bearer(id="office/zhao", role="authority", jurisdiction="yunyang", party="office")
OF = "organise-acceptance"


def inbox(world, bearer=OFFICER):
    return waiting(world.ports, bearer, world.now)["rows"]


def asked(world, subject="p1", **more):
    return world.submit("extension-request", subject, **{"of": OF, "requested_on": "2026-01-20", "until": "2026-09-30", **more})


def decided(world, **more):
    body = {"of": OF, "decided_on": "2026-01-20", "result": "passed", "until": "2026-09-30", **more}
    return world.submit("extension-decision", role="authority", party="office", **body)


def test_a_request_waits_with_who_asked_since_when_and_which_form_answers_it(world):
    asked(world)
    world.later(days=3)
    (row,) = inbox(world)
    assert (row["form"], row["name"], row["unit_name"], row["days"]) == ("extension-request", "项目p1", "单位unit", 3)
    assert (row["about"], row["answers"]) == (OF, ["extension-decision", "return"])


def test_what_only_happened_does_not_wait(world):
    world.completed()
    assert inbox(world) == []


@pytest.mark.parametrize("result", ["passed", "failed", "returned"])
def test_a_decision_takes_its_request_out_whatever_it_is(world, result):
    asked(world)
    is_passed = result == "passed"
    decided(world, result=result, until="2026-09-30" if is_passed else None, reason=None if is_passed else "材料不全")
    assert inbox(world) == []
    assert not [key for key in world.store.everything() if key.sort.startswith("awaiting#")]


def test_a_decision_about_one_duty_leaves_the_request_about_another(world):
    asked(world)
    asked(world, of="apply-for-acceptance")
    decided(world)
    assert [row["of"] for row in inbox(world)] == ["apply-for-acceptance"]


def test_a_decision_about_one_project_leaves_the_request_of_another(world):
    world.project("p2")
    asked(world, "p2")
    decided(world)
    assert [row["subject"] for row in inbox(world)] == ["p2"]


def test_a_request_that_is_withdrawn_no_longer_waits(world):
    asked(world)
    (milestone,) = [each for each in world.milestones() if each["event"] == "extension_requested"]
    world.submit("withdrawal", void=milestone["id"], event="extension_requested", on="2026-01-20")
    assert inbox(world) == []


def test_what_an_officer_lays_aside_is_told_in_the_ledger(world):
    receipt = asked(world)
    once = Once(who=OFFICER.id, key=None, asked=None)
    lay_aside(world.ports, OFFICER, "project#p1", receipt["submission"], world.now, once)
    assert inbox(world) == []
    (told,) = world.ledger("office", "laid aside")
    assert (told["submission"], told["by"]) == (receipt["submission"], "office/zhao")
    with pytest.raises(NotFound):
        lay_aside(world.ports, OFFICER, "project#p1", receipt["submission"], world.now, once)


def test_the_inbox_is_the_office_s_own_place_s(world):
    receipt = asked(world)
    far = Bearer(id="x", role="authority", jurisdiction="dazhou", party="y")
    assert inbox(world, far) == []
    with pytest.raises(NotFound):
        lay_aside(world.ports, far, "project#p1", receipt["submission"], world.now, Once(who="x", key=None, asked=None))
    with pytest.raises(Forbidden):
        inbox(world, Bearer(id="u", role="unit", jurisdiction="yunyang", party="unit"))


def test_a_page_of_the_inbox_goes_on_where_the_last_one_ended(world):
    for minute in range(5):
        world.later(minutes=minute)
        asked(world, of=f"duty-{minute}")
    first = waiting(world.ports, OFFICER, world.now, limit=3)
    second = waiting(world.ports, OFFICER, world.now, after=first["next"], limit=3)
    assert [row["of"] for row in first["rows"] + second["rows"]] == [f"duty-{n}" for n in range(5)]
    assert second["next"] is None


def test_a_form_answers_requests_that_there_are_about_the_same_sort_of_thing():
    for form in FORMS.ids():
        about = FORMS.get(form)["x-duban"]
        for request in about.get("answers", ()):
            other = FORMS.get(request)["x-duban"]
            assert (other["nature"], other["subject"]) == ("request", about["subject"]), (form, request)
            assert "authority" in about["filled_by"]
