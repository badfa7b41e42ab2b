"""A store that is moved stands still, and its copy says nothing before somebody has decided what becomes of the steps between."""

import io
import threading

import pytest

from chalicelib.core.errors import Refused, Unavailable
from chalicelib.ports import ABSENT, Key, Put, StoreConflict
from chalicelib.store.sqlite import SqliteStore
from chalicelib.usecases.moving.doubt import RESEND, SKIP, being_sent, in_doubt, resume
from chalicelib.usecases.moving.dump import dump, items
from chalicelib.usecases.moving.load import inspect, load
from chalicelib.usecases.state import epoch, gate
from chalicelib.usecases.state.gate import Gated
from tests.usecases.doubles import PowerCut, Watched
from tests.usecases.world import SECRET

A = Key("p", "a")


@pytest.fixture
def store():
    made = SqliteStore(":memory:")
    yield made
    made.close()


def freeze(store, now):
    """As `duban dump --freeze` does while nothing is being sent."""
    word = epoch.announce_freeze(store, now)
    gate.shut(store)
    return word


class TestTheGate:
    def test_an_open_gate_lets_writes_pass_and_tells_conflicts(self, store):
        gated = Gated(store)
        gated.write([Put(A, {"n": 1}, ABSENT)])
        with pytest.raises(StoreConflict):
            gated.write([Put(A, {"n": 2}, ABSENT)])
        assert gated.get(A).value == {"n": 1}
        gated.write([])

    def test_a_shut_gate_lets_nothing_pass_and_everything_be_read(self, store):
        gated, keys = Gated(store), [Key(f"p{n}", "x") for n in range(300)]
        gated.write([Put(A, {"n": 1})])
        gate.shut(store)
        for key in keys:
            with pytest.raises(Unavailable, match="nothing was written"):
                gated.write([Put(key, {})])
        assert gated.get(A).value == {"n": 1}
        assert gated.get_many(keys) == {}
        gate.reopen(store)
        gated.write([Put(key, {}) for key in keys[:99]])
        assert len(gated.get_many(keys)) == 99

    def test_a_write_that_was_under_way_when_it_was_shut_does_not_land(self, store):
        class Slow(Watched):
            def write(self, changes):
                gate.shut(self.inner)  # the write has left, and is not there yet
                super().write(changes)

        with pytest.raises(Unavailable):
            Gated(Slow(store)).write([Put(A, {})])
        assert store.get(A) is None

    def test_nothing_changes_from_the_moment_it_is_shut_however_many_write(self, store):
        gated, stopped = Gated(store), []

        def work(who):
            for n in range(100_000):
                try:
                    gated.write([Put(Key(f"p{who}-{n % 50}", "x"), {"n": n})])
                except Unavailable:
                    stopped.append(who)
                    break

        threads = [threading.Thread(target=work, args=(who,)) for who in range(6)]
        for thread in threads:
            thread.start()
        gate.shut(store)
        seen = {item.key: item for item in items(store)}
        for thread in threads:
            thread.join()
        assert {item.key: item for item in items(store)} == seen
        assert sorted(stopped) == list(range(6))


class TestFreezing:
    def test_a_frozen_store_refuses_every_use_case_and_sends_nothing(self, planned):
        before = {item.key: item for item in items(planned.store)}
        freeze(planned.store, planned.now)
        with pytest.raises(Unavailable):
            planned.submit("serious-issue", happened_on="2026-01-20")
        with pytest.raises(Unavailable):
            planned.unit("another")
        planned.tick()
        planned.deliver()
        assert planned.chat.sent == planned.sms.sent == []
        assert {item.key: item for item in items(planned.store)} == before

    def test_thawed_it_goes_on_as_before(self, planned):
        freeze(planned.store, planned.now)
        assert not epoch.may_send(planned.store)
        epoch.thaw(planned.store, planned.now)
        assert epoch.may_send(planned.store)
        planned.deliver()
        assert len(planned.chat.sent) == 1

    def test_a_paused_store_that_is_frozen_and_thawed_is_paused(self, make_world, planned):
        copy = copied(planned, make_world())
        freeze(copy.store, copy.now)
        epoch.thaw(copy.store, copy.now)
        assert epoch.epoch_of(copy.store).value["state"] == "paused"

    @pytest.mark.parametrize("writes", range(18))
    def test_a_freeze_or_a_thaw_that_is_cut_off_is_done_again(self, planned, writes):
        watched = planned.store
        watched.dies_after(writes)
        with pytest.raises(PowerCut) if writes < 17 else nothing():
            freeze(watched, planned.now)
        watched.revives()
        word = freeze(watched, planned.now)
        assert word == freeze(watched, planned.now)
        watched.dies_after(writes)
        with pytest.raises(PowerCut) if writes < 17 else nothing():
            epoch.thaw(watched, planned.now)
        watched.revives()
        epoch.thaw(watched, planned.now)
        planned.deliver()
        assert len(planned.chat.sent) == 1

    def test_a_message_that_is_with_its_channel_is_waited_for(self, planned):
        counted = []

        def send(message, inner=planned.chat.send):
            epoch.announce_freeze(planned.store, planned.now)
            counted.append(being_sent(planned.store, planned.now))
            return inner(message)

        planned.chat.send = send
        planned.deliver()
        counted.append(being_sent(planned.store, planned.now))
        assert counted == [1, 0]
        assert planned.ledger(what="accepted")

    def test_where_the_freeze_falls_into_a_delivery_all_the_same_nothing_is_lost(self, planned):
        def send(message, inner=planned.chat.send):
            freeze(planned.store, planned.now)
            return inner(message)

        planned.chat.send, inner = send, planned.chat.send
        planned.deliver()
        assert planned.ledger(what="accepted") == []  # it could not be recorded any more
        planned.chat.send = inner
        epoch.thaw(planned.store, planned.now)
        planned.later(minutes=3)
        planned.deliver()
        (accepted,) = planned.ledger(what="accepted")
        assert accepted["possible_duplicate"]


class nothing:  # noqa: N801 — reads as a word
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def copied(world, into, word=None):
    """A world whose store was loaded from a copy of another's."""
    file = io.BytesIO()
    dump(world.store, None, SECRET, file, world.now, word=word, say=lambda count: None)
    file.seek(0)
    found = inspect(file)
    file.seek(0)
    into.now = world.now
    load(into.store.inner, None, file, found, into.now, lambda count: None)
    into.store.written = [[Put(item.key, item.value)] for item in items(into.store)]
    return into


class TestOneOfTwo:
    """A store that was frozen for a copy, and the copy: never do both send."""

    @pytest.fixture
    def copy(self, planned, make_world):
        return copied(planned, make_world(), freeze(planned.store, planned.now))

    def test_the_copy_asks_for_the_word_that_ends_the_source(self, planned, copy):
        for word in (None, "", "wrong"):
            with pytest.raises(Refused, match="duban retire"):
                resume(copy.ports, RESEND, copy.now, word=word)
        word = epoch.retire(planned.store, planned.now)
        assert epoch.retire(planned.store, planned.now) == word
        resume(copy.ports, RESEND, copy.now, word=word)
        copy.deliver()
        assert len(copy.chat.sent) == 1

    def test_a_retired_source_never_wakes(self, planned):
        freeze(planned.store, planned.now)
        epoch.retire(planned.store, planned.now)
        with pytest.raises(Refused, match="retired"):
            epoch.thaw(planned.store, planned.now)
        with pytest.raises(Unavailable):
            planned.submit("serious-issue", happened_on="2026-01-20")

    def test_the_word_of_a_thawed_source_is_gone(self, planned, copy):
        epoch.thaw(planned.store, planned.now)
        freeze(planned.store, planned.now)
        word = epoch.retire(planned.store, planned.now)
        with pytest.raises(Refused):
            resume(copy.ports, RESEND, copy.now, word=word)

    def test_the_word_is_not_in_the_copy(self, planned, copy):
        word = epoch.epoch_of(planned.store).value["word"]
        assert word not in str([item for item in copy.store.scan()[0]])

    def test_a_source_that_burnt_down_can_be_done_without(self, copy):
        resume(copy.ports, RESEND, copy.now, source_is_gone=True)
        assert epoch.may_send(copy.store)

    def test_nothing_of_a_frozen_source_is_in_doubt(self, planned, copy):
        resume(copy.ports, RESEND, copy.now, word=epoch.retire(planned.store, planned.now))
        copy.deliver()
        (accepted,) = copy.ledger(what="accepted")
        assert not accepted["possible_duplicate"]
        assert copy.ledger(what="unknown") == []


class TestInDoubt:
    """A copy of Tuesday 2026-01-20: one notice waits. It is loaded months later, when the reminders before the deadline and the
    first after it should have gone out."""

    @pytest.fixture
    def copy(self, planned, make_world):
        made = copied(planned, make_world())
        made.at("2026-07-21")
        return made

    def test_it_says_nothing_by_itself(self, copy):
        copy.tick()
        copy.deliver()
        assert copy.chat.sent == copy.sms.sent == []
        told = in_doubt(copy.store, copy.now)
        assert (told["state"], told["epoch"], told["notices"], told["asks_word"]) == ("paused", 2, 1, False)
        assert told["duties"] >= 1

    def test_sent_all_the_same_it_is_marked(self, copy):
        resume(copy.ports, RESEND, copy.now)
        copy.deliver()
        (accepted,) = copy.ledger(what="accepted")
        assert accepted["possible_duplicate"]
        (unknown, *_) = copy.ledger(copy.place, "unknown")
        assert "2026-01-20" in unknown["why"] and unknown["obligation"] and unknown["rung"]
        copy.tick_until_quiet()
        copy.deliver()
        assert len(copy.chat.sent) > 1
        copy.assert_ledgers_whole()

    def test_left_unsaid_it_is_told_in_the_ledger_and_what_comes_after_is_said(self, copy):
        done = resume(copy.ports, SKIP, copy.now)
        assert done["notices"] == 1 and done["duties"] >= 1
        copy.tick()
        copy.deliver()
        assert copy.chat.sent == copy.sms.sent == []
        withheld = copy.ledger("unit", "withheld") + copy.ledger(copy.place, "withheld")
        assert len(withheld) == done["notices"] + done["duties"]
        assert all("2026-01-20" in entry["why"] and entry["obligation"] and entry["rung"] for entry in withheld)
        copy.at("2026-12-30")
        copy.tick_until_quiet()
        copy.deliver()
        assert copy.chat.sent
        copy.assert_ledgers_whole()

    @pytest.mark.parametrize("choice", [RESEND, SKIP])
    def test_a_choice_that_is_cut_off_is_made_again(self, copy, choice):
        copy.store.dies_after(1)
        with pytest.raises(PowerCut):
            resume(copy.ports, choice, copy.now)
        copy.store.revives()
        resume(copy.ports, choice, copy.now)
        entries = [
            entry for owner in ("unit", copy.place) for entry in copy.ledger(owner) if "since the copy" in entry.get("why", "")
        ]
        steps = [(entry["obligation"], entry["rung"]) for entry in entries]
        assert len(steps) == len(set(steps))
        assert epoch.may_send(copy.store)
        with pytest.raises(Refused, match="open"):
            resume(copy.ports, choice, copy.now)

    def test_somebody_who_writes_meanwhile_is_no_hindrance(self, copy):
        copy.store.is_beaten_at(0)
        resume(copy.ports, SKIP, copy.now)
        assert epoch.may_send(copy.store)

    def test_people_go_on_reporting_while_it_is_paused(self, copy):
        copy.submit("serious-issue", happened_on="2026-07-20")
        assert copy.ledger()
