"""Handing over to a queue, and what a worker makes of its messages."""

from dataclasses import replace

import pytest

from chalicelib.usecases.clockwork.jobs import progress
from chalicelib.usecases.clockwork.receive import receive_job, receive_notice
from chalicelib.usecases.clockwork.sweep import sweep
from chalicelib.usecases.rulebooks import previewing
from chalicelib.usecases.rulebooks.publish import publish
from chalicelib.usecases.state.job import start_changes
from chalicelib.usecases.tables import exporting, exports
from tests.usecases.doubles import at_once
from tests.usecases.filling import admin, csv_of
from tests.usecases.filling import begin as begin_import
from tests.usecases.world import NOBODY


class Heap:
    """A queue that keeps what it is handed."""

    def __init__(self):
        self.messages, self.delays = [], []

    def put(self, messages, delay=0):
        messages = list(messages)
        self.messages += messages
        self.delays += [delay] * len(messages)


class Broken:
    """A queue that cannot be reached."""

    def put(self, messages, delay=0):
        raise OSError("no route to the queue")


@pytest.fixture
def queued(planned):
    """A notice may leave, and there is a queue."""
    planned.ports = replace(planned.ports, queue=Heap())
    return planned


def handed(world):
    """The messages since last time."""
    messages, world.ports.queue.messages = world.ports.queue.messages, []
    return messages


def test_what_may_leave_is_handed_over_with_its_row(queued):
    assert sweep(queued.ports, queued.now) == 1
    assert handed(queued) == [{"notice": list(key)} for key in queued.outbox()]


def test_a_message_makes_its_notice_leave_once(queued):
    sweep(queued.ports, queued.now)
    (message,) = handed(queued)
    states = [receive_notice(queued.ports, message["notice"], queued.now, queued.url) for _ in range(3)]
    assert states == ["accepted", None, None]
    assert len(queued.chat.sent) == 1


def test_what_does_not_leave_is_handed_over_for_two_minutes_and_then_every_ten(queued):
    counts = [sweep(queued.ports, queued.later(minutes=1)) for _ in range(12)]
    assert counts == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0]  # all, twice the window, all again


def test_what_becomes_due_later_is_handed_over_then(queued):
    sweep(queued.ports, queued.later(minutes=-30))
    assert handed(queued) == []
    sweep(queued.ports, queued.later(minutes=30))
    assert len(handed(queued)) == 1


def test_what_becomes_due_before_the_next_sweep_is_handed_over_with_the_wait(queued):
    sweep(queued.ports, queued.later(seconds=-40))
    assert queued.ports.queue.delays == [40]


def test_a_job_is_handed_over_by_each_tick_until_it_is_done(queued):
    queued.store.write(start_changes("j1", {"jurisdictions": [queued.place]}, queued.now))
    for _ in range(2):
        queued.tick()
        assert handed(queued) == [{"job": "j1"}]
    receive_job(queued.ports, "j1", queued.now)
    assert progress(queued.store, "j1")["state"] == "done"
    queued.tick()
    assert handed(queued) == []


def test_whatever_begins_a_job_hands_it_over_without_waiting_for_a_tick(queued):
    publish(queued.ports, queued.place, {"settings": {"nudge_days": 7}}, by="x", why="试", expects=None, now=queued.now)
    assert handed(queued) == [{"job": "publish-yunyang-1"}]
    job = begin_import(queued, "units", csv_of(["单位编号", "单位名称", "单位类别"], [["a", "甲", "学校"]], "utf-8"))["job"]
    assert handed(queued) == [{"job": job}]
    asked = {"change": {"settings": {"nudge_days": 9}}}
    previewing.begin(queued.ports, admin(), queued.place, asked, queued.now, once=NOBODY, job="preview-1")
    assert handed(queued) == [{"job": "preview-1"}]
    units = exports.asked(queued.ports, admin(), "units", queued.now)
    exporting.begin(queued.ports, units, "csv", once=NOBODY, job="export-1")
    assert handed(queued) == [{"job": "export-1"}]


def test_what_the_queue_does_not_take_is_begun_all_the_same_and_handed_over_by_the_next_tick(queued, caplog):
    heap = queued.ports.queue
    queued.ports = replace(queued.ports, queue=Broken())
    units = exports.asked(queued.ports, admin(), "units", queued.now)
    assert exporting.begin(queued.ports, units, "csv", once=NOBODY, job="export-1") == {"job": "export-1"}
    assert "did not take export-1" in caplog.text
    queued.ports = replace(queued.ports, queue=heap)
    queued.tick()
    assert {"job": "export-1"} in handed(queued)


def test_the_loser_of_two_workers_at_a_job_leaves_it_to_the_other(queued):
    queued.store.write(start_changes("j1", {"jurisdictions": [queued.place]}, queued.now))
    at_once(*[lambda: receive_job(queued.ports, "j1", queued.now)] * 2)
    assert progress(queued.store, "j1")["state"] == "done"
    assert handed(queued) == []
