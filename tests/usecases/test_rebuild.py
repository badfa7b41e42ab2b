"""What is stored of obligations is what the facts give, whatever was reported in whatever order."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import DubanError
from chalicelib.core.ladder import local_day
from tests.usecases.doubles import PowerCut
from tests.usecases.world import PLACES, World

SPECIAL = ("correction", "withdrawal", "extension-decision", "suspension", "waiver", "fulfilment")
SPECIAL_WEIGHT = 4
PARTITIONS = {"project": "project#p1", "unit": "party#unit", "jurisdiction": "jurisdiction#{place}"}

# What one person does: which form, which of its examples, how many days ago it happened, about which of
# what is there, how many days pass afterwards.
ACTS = st.lists(
    st.tuples(*[st.integers(0, 10_000)] * 2, st.integers(0, 900), st.integers(0, 10_000), st.integers(0, 60)),
    min_size=1,
    max_size=14,
)


def forms_of(world):
    """The forms that this place's text asks for, those that change facts several times over."""
    named = [form for form in world.ports.forms.ids() if world.place in world.ports.forms.get(form)["x-duban"]["articles"]]
    return named + list(SPECIAL) * SPECIAL_WEIGHT


def filled(world, form, example, ago, about):
    """A body as somebody could fill it in on this day: days of the past, names of what is there."""
    schema = world.ports.forms.get(form)
    body = dict(schema["examples"][example % len(schema["examples"])])
    happened = local_day(world.now) - timedelta(days=ago)
    for record in schema["x-duban"]["records"]:
        if record["on"] in body:
            body[record["on"]] = happened.isoformat()
    for field in ("due_on", "until"):
        if field in body:
            body[field] = (happened + timedelta(days=ago % 400)).isoformat()
    milestones = [item.value for item in world.store.query("project#p1", prefix="milestone#")]
    duties = sorted(world.rows())
    if form in ("correction", "withdrawal"):
        if not milestones:
            return None
        target = milestones[about % len(milestones)]
        body["replaces" if form == "correction" else "void"] = target["id"]
        body["event"] = target["event"]
    if "of" in body:
        names = [*duties, *(milestone["id"] for milestone in milestones), "apply-for-acceptance"]
        body["of"] = names[about % len(names)]
    return body


def report(world, form, example, ago, about):
    """Hand in one form; what is refused is refused whole."""
    body = filled(world, form, example, ago, about)
    if body is None:
        return False
    kind = world.ports.forms.get(form)["x-duban"]["subject"]
    subject = {"project": "p1", "unit": "unit", "jurisdiction": world.place}[kind]
    before = world.store.everything()
    try:
        world.submit(form, subject, body=body, role="admin")
    except DubanError:
        assert world.store.everything() == before
        return False
    world.assert_as_rebuilt(PARTITIONS[kind].format(place=world.place))
    return True


@pytest.mark.parametrize("place", PLACES)
def test_stored_obligations_are_those_the_facts_give(folder, place):
    landed = []

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(acts=ACTS)
    def holds(acts):
        world = World(folder, place)
        world.unit(tracked_since="2025-01-01")
        world.contact()
        world.project(tracked_since="2024-01-01", facts={"total_investment": 6_000_000, "kind": "new"})
        forms = forms_of(world)
        for which, example, ago, about, passes in acts:
            landed.append(report(world, forms[which % len(forms)], example, ago, about))
            world.later(days=passes)
            world.tick()
            world.deliver()
        world.tick_until_quiet()
        world.assert_wakes_match("project#p1", "party#unit", f"jurisdiction#{place}")
        world.assert_ledgers_whole()
        world.store.inner.close()

    holds()
    assert sum(landed) > 40, "too few of the random reports were taken to prove anything"


# A plan that one transaction cannot hold: a project under construction since 1965 owes a report each year

LONG_PROJECT = {"tracked_since": "1965-01-01", "facts": {"total_investment": 6_000_000}}
CONTRACT = {"signed_on": "1965-03-01", "warranty_ends_on": None, "om_contract_ends_on": None}


@pytest.fixture
def long_world(make_world):
    world = make_world("chongqing")
    world.unit()
    world.contact()
    world.project(**LONG_PROJECT)
    return world


def writes_of_the_contract(world):
    before = len(world.store.written)
    world.submit("contract", key="k", **CONTRACT)
    return world.store.written[before:]


def test_a_large_plan_takes_several_writes_and_is_whole(long_world):
    writes = writes_of_the_contract(long_world)
    assert len(writes) > 1
    assert len(long_world.rows()) == date(2026, 1, 20).year + 2 - 1965
    long_world.assert_as_rebuilt("project#p1")
    long_world.assert_wakes_match("project#p1", "party#unit", "jurisdiction#chongqing")


@pytest.mark.parametrize("landed", range(4))
def test_a_large_plan_cut_short_is_finished_by_tick(long_world, landed):
    """The machine dies after so many of the plan's writes, and again while they are being finished."""
    long_world.store.dies_after(landed)
    try:
        long_world.submit("contract", key="k", **CONTRACT)
    except PowerCut:
        assert landed < 3
    long_world.store.revives()
    if landed == 0:
        assert not long_world.store.query("project#p1", prefix="milestone#")
        long_world.submit("contract", key="k", **CONTRACT)
    long_world.later(seconds=30)
    long_world.store.dies_after(1)
    try:
        long_world.tick()
    except PowerCut:
        long_world.store.revives()
    long_world.store.revives()
    long_world.later(seconds=30)
    long_world.tick_until_quiet()
    long_world.assert_as_rebuilt("project#p1")
    long_world.assert_wakes_match("project#p1", "party#unit", "jurisdiction#chongqing")
    assert long_world.submit("contract", key="k", **CONTRACT)["milestones"]  # asked again, answered as if nothing was
    assert len(long_world.store.query("project#p1", prefix="submission#")) == 1
    long_world.assert_ledgers_whole()


@pytest.mark.parametrize("key", ["k", None])
def test_who_is_overtaken_in_the_middle_of_a_large_plan_has_still_been_heard(long_world, key):
    """The facts are in; that somebody wrote before the plan was finished is no reason to deny it."""
    long_world.store.is_beaten_at(1)
    receipt = long_world.submit("contract", key=key, **CONTRACT)
    assert receipt["milestones"][0]["event"] == "contract_signed"
    long_world.later(seconds=30)
    long_world.tick_until_quiet()
    long_world.assert_as_rebuilt("project#p1")
    assert len(long_world.store.query("project#p1", prefix="submission#")) == 1


def test_a_registration_overtaken_in_the_middle_of_its_plan_has_still_been_made(make_world):
    world = make_world("chongqing")
    world.unit()
    contract = {"id": "m1", "event": "contract_signed", "on": CONTRACT["signed_on"]}
    world.store.is_beaten_at(1)
    assert world.project(milestones=[contract], **LONG_PROJECT)["id"] == "p1"
    world.later(seconds=30)
    world.tick_until_quiet()
    world.assert_as_rebuilt("project#p1")
