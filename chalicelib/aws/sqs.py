"""The queue on Amazon SQS."""

import json
import logging
import os
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

log = logging.getLogger(__name__)

A_BATCH = 10  # messages in one SendMessageBatch, at most
ATTEMPTS = 4
FIRST_PAUSE = 0.1  # seconds, then twice as long each time
TRACE = "_X_AMZN_TRACE_ID"  # where Lambda says which request is being handled


class SqsQueue:
    """A Queue (see ports). `urls`: the queue for each kind of message, by the name of its first member. Calls that fail as a
    whole are repeated by the library and then raise its error; single messages that SQS does not take are tried again."""

    def __init__(self, urls: Mapping[str, str], client: Any = None):
        self._urls, self._given = dict(urls), client

    @cached_property
    def _client(self) -> Any:
        return self._given or _new_client()

    def put(self, messages: Iterable[dict[str, Any]], delay: int = 0) -> None:
        by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in self._urls}
        for message in messages:
            by_kind[next(iter(message))].append(message)
        for kind, alike in by_kind.items():
            for batch in _batches(alike):
                self._send(self._urls[kind], batch, delay)

    def _send(self, url: str, batch: list[dict[str, Any]], delay: int) -> None:
        entries = [
            {"Id": str(place), "MessageBody": json.dumps(message, ensure_ascii=False), "DelaySeconds": delay, **_trace()}
            for place, message in enumerate(batch)
        ]
        for attempt in range(ATTEMPTS):
            failed = self._client.send_message_batch(QueueUrl=url, Entries=entries).get("Failed", [])
            if not failed:
                return
            again = {one["Id"] for one in failed}
            entries = [entry for entry in entries if entry["Id"] in again]
            time.sleep(random.uniform(0.5, 1) * FIRST_PAUSE * 2**attempt)
        log.error(
            "SQS did not take %d messages: %s; a sweep will find what they are about",
            len(entries),
            ", ".join(sorted({one["Code"] for one in failed})),
            extra={"action": "queue-refused"},
        )


def _new_client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=5, read_timeout=10)
    return boto3.session.Session().client("sqs", config=config)


def _batches(messages: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(messages)
    while batch := list(islice(rest, A_BATCH)):
        yield batch


def _trace() -> dict[str, Any]:
    """The trace of the request that sends, so that the log of whoever receives can name it."""
    header = os.environ.get(TRACE)
    return {"MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}} if header else {}
