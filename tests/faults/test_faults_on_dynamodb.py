"""Two days of the same faults with a queue between the functions, on DynamoDB: moto's, or the one at DUBAN_DYNAMODB_URL
(`make test-dynamodb`). A minute each of conflicts on every write and of throttling; `python -m bench.faults --store dynamodb`
is the same at length."""

import logging
import os
from datetime import date

import pytest

from tests.faults import engines
from tests.faults.checker import Checker
from tests.faults.place import Place
from tests.faults.run import Run
from tests.faults.weather import ANSWER, CONFLICT, THROTTLED, WORK

PROJECTS, LAST_DAY, FEWEST_STEPS = 24, date(2026, 9, 15), 60
HASTE = 20  # a minute of refusals takes three seconds
URL = "DUBAN_DYNAMODB_URL"


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.ERROR, "chalicelib")
    return caplog


def test_every_promise_is_kept_on_dynamodb_too(tmp_path, log):
    with engines.dynamodb(os.environ[URL]) if URL in os.environ else engines.moto() as engine:
        run = Run(Place(tmp_path, 3, PROJECTS, engine, HASTE))
        run.run(LAST_DAY)
        checker = Checker(run)
        assert checker.faults() == {}
        assert len(checker.steps) > FEWEST_STEPS
        happened = checker.faults_injected()
    minutes = (f"a minute of {CONFLICT}, at {ANSWER}", f"a minute of {THROTTLED}, at {WORK}")
    for fault in (*minutes, CONFLICT, THROTTLED, "poisoned message", "death after a vendor's answer"):
        assert happened[fault], fault
    assert {record.getMessage() for record in log.records} == {"a message could not be handled"}
