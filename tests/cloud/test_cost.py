"""What each operation asks AWS for, so that none becomes dearer unseen; and that the pages tell it."""

import pytest

from bench import china, cost
from bench._counted import A_DIGEST, counted
from bench._meter import Bill, Meter, read_units, size_of, write_units
from bench._morning import Day, Setup, Speed, by_minute, done_at, meets, part_of, play
from bench._year import Year, average
from chalicelib.ports import Delete, Key, Put
from chalicelib.store.dynamodb import DynamoStore

DIGEST = f"deliver a digest of {A_DIGEST}"
MOST = {  # operation -> the most requests, read units, write units, and why it asks for these
    "register a project": (
        14,
        19,
        19,
        "its unit, its place and their milestones are read; its duties, wake-ups, a ledger entry, a mark to count it",
    ),
    "submit a form": (21, 25, 28, "one read pass over the holder, one transaction: milestone, duty, wake-ups, receipt, ledger"),
    "tick: a receipt": (15, 16, 12, "who is told and what they wait for; a step, its notice, its row of the outbox"),
    "tick: count for the board": (
        12,
        12,
        30,
        "the holder anew; a month, a unit, an entry of the list; once, a piece of its name each",
    ),
    "tick: the first rung of a digest": (14, 16, 18, "the duty, its people; a step, a notice with its row, the next wake-up"),
    "tick: each further rung": (14, 16, 16, "the same into a notice that waits already"),
    f"hand over {A_DIGEST} notices": (70, 70, 4, "64 shards are looked at, whatever is in them"),
    DIGEST: (
        40,
        40,
        46,
        "each duty and its project are read again; one claim and one settlement, an entry of the ledger for each",
    ),
    "deliver a receipt": (18, 17, 30, "the same of a message that is waited for"),
    "deliver one duty": (17, 17, 30, "row, head, person, duty again; a claim with two slots of pace, a settlement, a thread"),
    "acknowledge": (5, 4, 12, "the duty, whether it was signed before; signature, duty, ledger"),
    "a minute with nothing due": (
        210,
        210,
        12,
        "the due index, and the outbox to hand over and to be watched: three times 64 shards",
    ),
    "a page of the board": (5, 7, 0, "months, units, a page: never the duties"),
    "an hour's checkpoint of one ledger": (90, 80, 36, "64 shards of marks; the chain, what it covers, the progress of a job"),
    "each further ledger of it": (0.5, 1.5, 4, "its head, that it is covered, its mark taken away"),
    "publish a rulebook": (7, 17, 110, "the rulebook itself, some 20 KB of it"),
    "preview, each project": (14, 14, 0, "the holder read whole, and who would hear; nothing written"),
    "publish, each project": (12, 13, 12, "the holder read whole, rules and calendar once; what moves is written"),
    "compare once a day, each project": (40, 60, 0, "the plan made anew and compared, its wake-ups, steps and words"),
    "look at a project in the new year": (16, 19, 9, "the holder read whole; what came into view, and the next look"),
}


@pytest.mark.parametrize("operation", MOST)
def test_no_operation_becomes_dearer(operation):
    requests, read, written, why = MOST[operation]
    bill = counted().bills[operation]
    assert bill.requests <= requests and bill.read_units <= read and bill.write_units <= written, why


def test_every_operation_is_guarded():
    assert set(counted().bills) == set(MOST)


def test_a_delivery_reads_the_rules_and_the_calendar_once():
    """All workers read the same item of the calendar, which takes 3,000 reads a second."""
    for operation in ("deliver one duty", DIGEST):
        assert counted().reads[operation]["calendar"] == 1
        assert counted().reads[operation]["rules"] <= 2


def test_sending_a_digest_costs_less_than_half_of_sending_its_duties_one_by_one():
    costs = cost.Costs(counted())
    assert costs.sent(DIGEST) < costs.sent("deliver one duty") * A_DIGEST / 2


def test_the_page_of_costs_tells_what_is_counted():
    assert cost.PAGE.read_text("utf-8") == cost.run(), "make it anew: python -m bench.cost --write"


def test_the_page_of_scale_tells_what_is_counted():
    anew = "make it anew: python -m bench.china --write"
    assert (china.DOCS / "scale.md").read_text("utf-8") == china.run(), anew
    assert (china.DOCS / "scale.svg").read_text("utf-8") == china.picture(), anew


# The meter


def test_an_items_size_is_that_of_its_names_and_values():
    # pk+1, sk+1, "version" and a number of two digits (1+1), "body" and six bytes of two characters
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "version": {"N": "12"}, "body": {"S": "督办"}}
    assert size_of(item) == 3 + 3 + 7 + 2 + 4 + 6


@pytest.mark.parametrize(("size", "read", "written"), [(0, 1, 1), (1024, 1, 1), (1025, 1, 2), (4096, 1, 4), (4097, 2, 5)])
def test_units_are_rounded_up(size, read, written):
    assert (read_units(size), write_units(size)) == (read, written)


@pytest.fixture
def store():
    """A store in this process and the meter of its client."""
    import boto3
    from moto import mock_aws

    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        store = DynamoStore("metered", client=client)
        store.create_table()
        meter = Meter()
        meter.attach(client)
        yield store, meter


def test_a_write_costs_twice_its_larger_side(store):
    store, meter = store
    large, small = {"text": "x" * 2500}, {}
    key = Key("p", "s")
    assert meter.of(lambda: store.write([Put(key, large)]))[:6] == (0, 1, 0, 6, 0, 1)  # 2.5 KB are three units, doubled
    assert meter.of(lambda: store.write([Put(key, small)])).write_units == 6  # what was there is larger
    assert meter.of(lambda: store.write([Delete(key), Put(Key("p", "t"), small)])).write_units == 4
    assert set(meter.stored) == {Key("p", "t")}


def test_a_read_costs_what_it_gives_back(store):
    store, meter = store
    store.write([Put(Key("p", str(number)), {"text": "x" * 1500}) for number in range(4)])
    assert meter.of(lambda: store.query("p"))[:5] == (1, 0, 2, 0, 4)  # 6.2 KB together
    assert meter.of(lambda: store.get(Key("p", "0"))).read_units == 1
    assert meter.of(lambda: store.get_many([Key("p", "0"), Key("p", "1"), Key("p", "none")])).read_units == 3  # each by itself
    assert meter.of(lambda: store.get(Key("p", "none"))).read_units == 1
    assert meter.of(lambda: store.query("nothing")).read_units == 1


# What follows from the counts


def test_dollars_are_of_units_and_of_waiting():
    bill = Bill(reads=1_000_000, writes=1_000_000, read_units=2_000_000, write_units=4_000_000)
    waited = 1_000_000 * (cost.READ_MS + cost.WRITE_MS) / 1000  # seconds, of one GB
    assert cost.dollars(bill, 1.0) == pytest.approx(2 * 0.125 + 4 * 0.625 + waited * 16.6667 / 1_000_000)


def test_a_year_is_of_the_size_that_the_rulebooks_give():
    year = average()
    assert isinstance(year, Year) and year.reminders > year.messages > year.duties / 2


# The country's day, in small


SPEED = Speed(plan=1.0, hand_over=0.1, send=0.5, a_bot=3)
SMALL = Setup("small", share=1, planners=2, workers=2, bots=None, shards=1)
TWENTY = Day(wakes=20, leaves={0: 20}, seconds=60)


def test_two_planners_of_a_second_each_plan_twenty_in_ten():
    morning = play(TWENTY, SMALL, SPEED)
    assert morning.planned[:11] == [2] * 10 + [0]
    assert done_at(morning.planned, 20) == 9


def test_two_workers_of_half_a_second_send_four_a_second():
    at_once = play(TWENTY, SMALL._replace(planners=20), SPEED)
    assert at_once.sent[:6] == [4, 4, 4, 4, 4, 0]
    assert at_once.working[:6] == [2, 2, 2, 2, 2, 0]


def test_no_message_leaves_before_its_plan():
    morning = play(TWENTY, SMALL, SPEED)
    assert morning.sent[:10] == pytest.approx([2] * 10)  # as fast as they are planned
    assert done_at(morning.sent, 20) == 9


def test_a_bot_sends_no_faster_than_its_vendor_allows():
    morning = play(TWENTY, SMALL._replace(planners=20, bots=1), SPEED)
    assert morning.sent[:8] == [3, 3, 3, 3, 3, 3, 2, 0]


def test_no_message_leaves_before_its_time():
    morning = play(Day(wakes=20, leaves={30: 10, 31: 10}, seconds=60), SMALL._replace(planners=20, workers=100), SPEED)
    assert sum(morning.sent[:30]) == 0
    assert morning.sent[30:33] == [10, 10, 0]  # five workers at once, of which each sends two


def test_workers_grow_by_three_hundred_a_minute():
    crowd = Day(wakes=1, leaves={0: 1e9}, seconds=120)
    morning = play(crowd, SMALL._replace(planners=1e9, workers=1000), SPEED)
    assert morning.working[0] == 5
    assert morning.working[60] == pytest.approx(305)


def test_a_share_of_the_country_is_a_share_of_each_second():
    assert part_of(TWENTY, 0.25) == Day(wakes=5, leaves={0: 5}, seconds=60)


def test_minutes_are_sums_of_seconds():
    assert by_minute([1.0] * 60 + [2.0] * 60 + [3.0]) == [60, 120, 3]


def test_transactions_meet_where_many_are_under_way():
    assert meets(0, 0.015) == 0
    assert meets(256 / 0.015, 0.015) == pytest.approx(1 - 1 / 2.718281828)  # one under way at each gate on average


def test_the_country_leaves_between_half_past_eight_and_eight_to_nine():
    day = china.morning_of_30_september()
    assert sum(day.leaves.values()) == 2 * china.UNITS
    first, last = min(day.leaves) // 60, max(day.leaves) // 60  # minutes after 06:00
    assert (first, last) == (151, 171)


def test_a_province_is_done_in_time_as_it_is_packaged():
    day = part_of(china.morning_of_30_september(), china.PROVINCE.share)
    morning = china.played(china.PROVINCE)
    assert done_at(morning.planned, day.wakes) < 151 * 60  # before the first may leave
    assert done_at(morning.sent, sum(day.leaves.values())) < 175 * 60
    assert [
        part.name for part in china.parts(counted(), china.LARGER, china.played(china.LARGER)) if part.load > part.quota
    ] == []


def test_the_cures_of_the_whole_country_leave_what_the_page_names():
    over = [part for part in china.parts(counted(), china.CURED, china.played(china.CURED)) if part.load > part.quota]
    assert {part.name for part in over} <= {"new table, reads", "new table, writes"}
    assert all(part.cure for part in over)
