"""The log's lines, in Lambda and elsewhere."""

import json
import logging
from datetime import UTC, datetime

import pytest

from chalicelib.web.telemetry import JsonLines, about, figures, told

NOW = datetime(2026, 8, 31, 2, 0, tzinfo=UTC)


def line(message="Sent.", error=None, **extra):
    """What a log call with these fields writes."""
    exc_info = error and (type(error), error, None)
    record = logging.getLogger("chalicelib.test").makeRecord("n", logging.INFO, "f", 1, message, (), exc_info, extra=extra)
    written = JsonLines().format(record)
    assert "\n" not in written
    return json.loads(written)


def test_a_line_has_the_fields_it_was_given():
    told = line("两项已发。", action="sent", count=2)
    assert (told["message"], told["action"], told["count"], told["level"]) == ("两项已发。", "sent", 2, "INFO")
    assert datetime.fromisoformat(told["at"]).tzinfo


def test_an_exception_stands_in_its_line():
    assert "ValueError: broken" in line(error=ValueError("broken"))["exception"]


def test_lines_name_what_they_are_about_while_it_is_handled():
    with about(request_id="r1", trace=None):
        with about(message_id="m1"):
            inner = line()
        outer = line()
    assert (inner["request_id"], inner["message_id"]) == ("r1", "m1")
    assert outer["request_id"] == "r1" and not {"message_id", "trace"} & set(outer)
    assert "request_id" not in line()


def test_embedded_there_are_no_figures_and_requests_are_not_logged(capsys, monkeypatch, caplog):
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    with caplog.at_level(logging.INFO):
        figures(NOW, NoticesAccepted=1)
        assert told(object(), lambda event: "answered") == "answered"
    assert capsys.readouterr().out == "" and caplog.text == ""


@pytest.mark.parametrize(("unit", "expected"), [("Count", "Count"), ("Seconds", "Seconds")])
def test_figures_are_one_line_of_cloudwatchs_embedded_metric_format(unit, expected, capsys, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "duban-tick")
    figures(NOW, unit, TickLag=1.5)
    written = json.loads(capsys.readouterr().out)
    (metrics,) = written["_aws"]["CloudWatchMetrics"]
    assert metrics == {
        "Namespace": "Duban",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "TickLag", "Unit": expected}],
    }
    assert written["_aws"]["Timestamp"] == NOW.timestamp() * 1000
    assert (written["FunctionName"], written["TickLag"]) == ("duban-tick", 1.5)
