"""The store in one DynamoDB table, for the cloud.

The table's key is the strings `pk` and `sk`; beside them stand the number `version` and the JSON text `body`.
"""

import logging
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from ..core.errors import Unavailable
from ..ports import ABSENT, ANY, Change, Check, Delete, Item, Key, Put, StoreConflict
from . import Step, cursor_of, decode, sound_key, sound_scan, sound_span, sound_steps

log = logging.getLogger(__name__)

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.025, 1.0  # seconds; all the pauses of one call take five at most
MEETINGS = 4  # with other writers at one item, within one call: whoever writes then reads anew, several times, before giving up
MAX_KEYS = 100  # of one BatchGetItem

# The version is counted by DynamoDB itself, so that a write without a condition need not read.
WRITE_BODY_AND_COUNT = "SET body = :body ADD version :one"
NOTHING_IS_THERE = "attribute_not_exists(pk)"
VERSION_IS_AS_READ = "version = :expected"

# By whether the range has a low end and a high end: DynamoDB takes at most one condition on the sort key.
RANGES = {
    (False, False): "pk = :pk",
    (True, False): "pk = :pk AND sk >= :low",
    (False, True): "pk = :pk AND sk <= :high",
    (True, True): "pk = :pk AND sk BETWEEN :low AND :high",
}

# What DynamoDB says, as an error and as a reason for cancelling a transaction.
CONDITION_CODES = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}
RIVAL_CODES = {"TransactionConflict", "TransactionConflictException"}
BUSY_CODES = {
    "ThrottlingError",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
}


class Trouble(Enum):
    """What a failed call means for the one who made it."""

    CONDITION = auto()  # a condition does not hold: nothing was done, asking again is no use
    RIVAL = auto()  # another writer has the item in hand: nothing was done
    BUSY = auto()  # DynamoDB takes no more just now or cannot be reached, or its answer was lost: it may have been done
    FATAL = auto()  # the request or the rights are wrong


PASSING = {Trouble.RIVAL, Trouble.BUSY}


class DynamoStore:
    """A Store (see ports) in the table `table_name`, which `create_table` makes.

    A `client` that is handed in must not repeat calls by itself: the store does, and paces them. Every write is a
    transaction with a token, also one of a single change: DynamoDB carries out a token once, so that a write whose
    answer was lost can be asked for again, and its own success is never taken for a rival's. (A plain UpdateItem
    costs half as much and cannot be asked for twice.) Raises Unavailable where DynamoDB stays busy or silent.
    """

    def __init__(self, table_name: str, *, endpoint_url: str | None = None, region: str | None = None, client: Any = None):
        self._table = table_name
        self._client = client or _client(endpoint_url, region)

    def get(self, key: Key) -> Item | None:
        where = _address(sound_key(key))
        answer = self._call("get_item", TableName=self._table, Key=where, ConsistentRead=True)
        return _item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = [_address(key) for key in {sound_key(key) for key in keys}]
        found: dict[Key, Item] = {}
        pauses = _pauses()
        while wanted:
            batch, wanted = wanted[:MAX_KEYS], wanted[MAX_KEYS:]
            request = {self._table: {"Keys": batch, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=request)
            left = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
            found |= {item.key: item for item in map(_item, answer["Responses"].get(self._table, []))}
            wanted += left
            if len(left) < len(batch):
                pauses = _pauses()
            elif (pause := next(pauses, None)) is not None:
                time.sleep(pause)
            else:
                raise _unavailable("batch_get_item", f"{len(left)} keys were left unread")
        return found

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        after: str | None = None,
        upto: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Item]:
        span = sound_span(partition, prefix, after, upto, limit, newest_first)
        if span is None:
            return []
        ends = {":pk": partition, ":low": span.low, ":high": span.high}
        request = {
            "TableName": self._table,
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
            "KeyConditionExpression": RANGES[span.low is not None, span.high is not None],
            "ExpressionAttributeValues": {name: {"S": end} for name, end in ends.items() if end is not None},
        }
        if limit is not None:
            request["Limit"] = limit + 2  # the ranges include their ends; those not asked for are dropped
        items: list[Item] = []
        while True:
            page = self._call("query", **request)
            items += [_item(row) for row in page["Items"] if row["sk"]["S"] in span]
            if "LastEvaluatedKey" not in page or (limit is not None and len(items) >= limit):
                return items[:limit]
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def scan(self, cursor: str | None = None, limit: int = 1000) -> tuple[list[Item], str | None]:
        after = sound_scan(cursor, limit)
        begin = {"ExclusiveStartKey": _address(after)} if after else {}
        page = self._call("scan", TableName=self._table, ConsistentRead=True, Limit=limit, **begin)
        last = page.get("LastEvaluatedKey")
        return [_item(row) for row in page["Items"]], last and cursor_of(Key(last["pk"]["S"], last["sk"]["S"]))

    def write(self, changes: Iterable[Change]) -> None:
        actions = [self._action(step) for step in sound_steps(changes)]
        if actions:
            self._call("transact_write_items", TransactItems=actions, ClientRequestToken=str(uuid.uuid4()))

    def create_table(self) -> None:
        """Make the table, paid for by use, and wait until it can be used. Fine if it is there."""
        with suppress(self._client.exceptions.ResourceInUseException):
            self._client.create_table(
                TableName=self._table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            )
        waiter = self._client.get_waiter("table_exists")
        waiter.wait(TableName=self._table, WaiterConfig={"Delay": 2, "MaxAttempts": 60})

    def _action(self, step: Step) -> dict[str, Any]:
        """A change in the words of a transaction."""
        change, body = step
        request: dict[str, Any] = {"TableName": self._table, "Key": _address(change.key)}
        values: dict[str, Any] = {}
        if isinstance(change, Put):
            request["UpdateExpression"] = WRITE_BODY_AND_COUNT
            values |= {":body": {"S": body}, ":one": {"N": "1"}}
        if change.expects == ABSENT:
            request["ConditionExpression"] = NOTHING_IS_THERE
        elif change.expects is not ANY:
            request["ConditionExpression"] = VERSION_IS_AS_READ
            values[":expected"] = {"N": str(change.expects)}
        if values:
            request["ExpressionAttributeValues"] = values
        return {{Put: "Update", Delete: "Delete", Check: "ConditionCheck"}[type(change)]: request}

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        """DynamoDB's answer, asked for again for a while where that can help. No call does harm when it is repeated."""
        from botocore.exceptions import BotoCoreError, ClientError

        pauses, met = _pauses(), 0
        while True:
            try:
                return getattr(self._client, operation)(**request)
            except (BotoCoreError, ClientError) as error:
                trouble = _trouble(error)
                met += trouble is Trouble.RIVAL
                pause = next(pauses, None) if trouble in PASSING and met < MEETINGS else None
                if pause is None and trouble in (Trouble.CONDITION, Trouble.RIVAL):
                    raise StoreConflict(str(error)) from error
                if pause is None and trouble in PASSING:
                    raise _unavailable(operation, str(error)) from error
                if pause is None:
                    raise
            time.sleep(pause)


def _unavailable(operation: str, why: str) -> Unavailable:
    log.warning("%s was tried %d times: %s", operation, ATTEMPTS, why, extra={"action": "store-unavailable"})
    return Unavailable("数据库繁忙或无法连接，请稍后再试", "the database is busy or cannot be reached; try again shortly")


def _client(endpoint_url: str | None, region: str | None) -> Any:
    import boto3
    from botocore.config import Config

    once = {"total_max_attempts": 1}
    config = Config(retries=once, connect_timeout=5, read_timeout=10, max_pool_connections=50)
    session = boto3.session.Session(region_name=region)
    return session.client("dynamodb", endpoint_url=endpoint_url, config=config)


def _address(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _item(row: dict[str, Any]) -> Item:
    return decode(row["pk"]["S"], row["sk"]["S"], int(row["version"]["N"]), row["body"]["S"])


def _pauses() -> Iterator[float]:
    """The seconds to wait before each further attempt: longer and longer, at random so that rivals part."""
    return (random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**turn)) for turn in range(ATTEMPTS - 1))


def _trouble(error: Exception) -> Trouble:
    from botocore import exceptions as boto

    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError)):
        return Trouble.BUSY
    if not isinstance(error, boto.ClientError):
        return Trouble.FATAL
    answer = error.response
    reasons = {reason["Code"] for reason in answer.get("CancellationReasons", ())} - {"None"}
    codes = reasons or {answer["Error"]["Code"]}
    if codes & CONDITION_CODES:
        return Trouble.CONDITION
    if codes <= RIVAL_CODES | BUSY_CODES:
        return Trouble.RIVAL if codes & RIVAL_CODES else Trouble.BUSY
    return Trouble.BUSY if answer["ResponseMetadata"]["HTTPStatusCode"] >= 500 else Trouble.FATAL
