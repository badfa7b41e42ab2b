"""The thread that goes on with long work in the embedded server."""

import time
from dataclasses import replace

import pytest

from chalicelib.ports import Put
from chalicelib.usecases.clockwork import jobs
from chalicelib.usecases.state import epoch
from chalicelib.usecases.state.job import job_key
from chalicelib.usecases.tables import exporting, exports
from chalicelib.worker import Worker
from tests.usecases.filling import admin
from tests.usecases.world import NOBODY


@pytest.fixture
def worker(world):
    """The worker of this world, which has begun."""
    made = Worker()
    world.ports = replace(world.ports, queue=made)
    made.start(world.ports)
    yield made
    if made:
        made.stop()


def begun(world, job):
    asked = exports.asked(world.ports, admin(), "units", world.now)
    return exporting.begin(world.ports, asked, "csv", once=NOBODY, job=job)["job"]


def state(world, job):
    return jobs.progress(world.store, job)["state"]


def until(is_so):
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "after ten seconds it is not so"
        time.sleep(0.01)


def test_a_job_goes_on_at_once_without_a_tick(world, worker):
    job = begun(world, "export-1")
    until(lambda: state(world, job) == "done")


def test_before_it_is_started_a_tick_goes_on_with_jobs(world):
    world.ports = replace(world.ports, queue=Worker())
    job = begun(world, "export-1")
    assert state(world, job) == "running"
    world.tick()
    assert state(world, job) == "done"


def test_a_job_that_fails_keeps_no_other_waiting(world, worker, caplog):
    world.store.write([Put(job_key("broken"), {"kind": "unheard of", "state": "running"})])
    worker.put([{"job": "broken"}])
    job = begun(world, "export-1")
    until(lambda: state(world, job) == "done")
    assert "could not go on with broken" in caplog.text


def test_in_a_store_that_is_being_moved_it_does_nothing_until_that_is_over(world, worker):
    epoch.announce_freeze(world.store, world.now)
    job = begun(world, "export-1")
    time.sleep(0.3)
    assert state(world, job) == "running"
    epoch.thaw(world.store, world.now)
    world.tick()
    until(lambda: state(world, job) == "done")


def test_told_to_stop_it_takes_no_more_and_the_next_start_goes_on(world, worker):
    worker.stop()
    job = begun(world, "export-1")
    assert state(world, job) == "running"
    worker.start(world.ports)
    world.tick()
    until(lambda: state(world, job) == "done")
