"""What Lambda's log says: one JSON object a line, each naming the request it belongs to, and figures that CloudWatch turns
into metrics. Embedded, the log keeps its plain lines and no figures are written.

A line is a sentence with fields: what is given to a log call as `extra` stands beside it. No names, addresses, texts of
messages or secrets belong in either; of a path only the pattern is told, as a path may hold a secret.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from chalice.app import Request

log = logging.getLogger(__name__)

FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"  # these two are set by Lambda
TRACE = "_X_AMZN_TRACE_ID"
NAMESPACE = "Duban"
STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime"}

_about: ContextVar[Mapping[str, str]] = ContextVar("duban_log_about", default=MappingProxyType({}))


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: at (UTC), level, logger, message, the request's ids, the fields given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_about.get(),
            **{name: value for name, value in vars(record).items() if name not in STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def told(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Middleware of every handler: the log's lines name the request while it is handled, and one line says how it went."""
    if FUNCTION not in os.environ or event is None:  # Chalice calls it with None for what is no request
        return get_response(event)
    write_json_lines()
    with about(**_ids(event)):
        began = time.perf_counter()
        try:
            answer = get_response(event)
        except Exception:
            log.exception("Not handled: %s", _subject(event), extra={"action": "failed", "ms": _since(began)})
            raise
        status = {"status": answer.status_code} if isinstance(event, Request) else {}
        log.info("Handled: %s", _subject(event), extra={"action": "handled", "ms": _since(began), **status})
        return answer


@contextmanager
def about(**ids: str | None) -> Iterator[None]:
    """The lines of the log written meanwhile name these as well."""
    given = _about.set({**_about.get(), **{name: value for name, value in ids.items() if value}})
    try:
        yield
    finally:
        _about.reset(given)


@cache
def write_json_lines() -> None:
    """From now on this process logs JSON, by the handlers that Lambda has set up or else on standard output."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        handler.setFormatter(JsonLines())
    logging.getLogger("chalicelib").setLevel(logging.INFO)  # not the root: libraries tell addresses they call, with tokens


def figures(now: datetime, unit: str = "Count", **values: float) -> None:
    """Metrics of this function at this moment, in the namespace Duban with the dimension FunctionName. In Lambda only.
    CloudWatch embedded metric format, docs.aws.amazon.com/AmazonCloudWatch → Embedded Metric Format Specification."""
    if FUNCTION not in os.environ:
        return
    metrics = [{"Name": name, "Unit": unit} for name in values]
    about = {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics}
    line = {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [about]},
        "FunctionName": os.environ[FUNCTION],
        **values,
    }
    print(json.dumps(line), flush=True)


def _ids(event: Any) -> dict[str, str | None]:
    """API Gateway's request, which a problem tells the reader, or Lambda's; and the trace, which goes on through the queue."""
    is_http = isinstance(event, Request)
    request = event.context.get("requestId") if is_http else event.context.aws_request_id
    return {"request_id": request, "trace": os.environ.get(TRACE)}


def _subject(event: Any) -> str:
    return f"{event.method} {event.path}" if isinstance(event, Request) else os.environ[FUNCTION]


def _since(began: float) -> int:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000)
