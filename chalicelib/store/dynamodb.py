"""The store in one DynamoDB table, for the cloud.

The table's key is the strings `pk` and `sk`; beside them stand the number `version` and the JSON text `body`.
"""

import random
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from ..ports import ABSENT, ANY, Change, Check, Delete, Item, Key, Put, StoreConflict
from . import Step, decode, sound_key, sound_span, sound_steps

ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.025, 1.0  # seconds; all the pauses of one call take five at most
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
    BUSY = auto()  # DynamoDB takes no more just now, or cannot be reached: nothing was done
    UNKNOWN = auto()  # the answer was lost: it may have been done
    FATAL = auto()  # the request or the rights are wrong


NOTHING_DONE_YET = {Trouble.RIVAL, Trouble.BUSY}


class DynamoStore:
    """A Store (see ports) in the table `table_name`, which `create_table` makes.

    A `client` that is handed in must not repeat calls by itself: only the store knows which may be repeated.
    A write of one change whose answer is lost raises the client's own error, as it may or may not have been
    done; a write of several is repeated under its token, which DynamoDB carries out once.
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
                raise TimeoutError(f"DynamoDB left {len(left)} keys unread {ATTEMPTS} times; try again later")
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

    def write(self, changes: Iterable[Change]) -> None:
        steps = [self._operation(step) for step in sound_steps(changes)]
        match steps:
            case []:
                return
            case [("Update", request)]:
                self._call("update_item", repeatable=False, **request)
            case [("Delete", request)]:
                self._call("delete_item", repeatable=False, **request)
            case _:
                self._call(
                    "transact_write_items",
                    TransactItems=[{name: request} for name, request in steps],
                    ClientRequestToken=str(uuid.uuid4()),
                )

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

    def _operation(self, step: Step) -> tuple[str, dict[str, Any]]:
        """A change in DynamoDB's words: the name of its operation in a transaction, and the request."""
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
        return {Put: "Update", Delete: "Delete", Check: "ConditionCheck"}[type(change)], request

    def _call(self, operation: str, *, repeatable: bool = True, **request: Any) -> dict[str, Any]:
        """DynamoDB's answer, asked for again for a while where that can help and cannot do harm."""
        from botocore.exceptions import BotoCoreError, ClientError

        pauses = _pauses()
        while True:
            try:
                return getattr(self._client, operation)(**request)
            except (BotoCoreError, ClientError) as error:
                trouble = _trouble(error)
                again = trouble in NOTHING_DONE_YET or (trouble is Trouble.UNKNOWN and repeatable)
                pause = next(pauses, None) if again else None
                if pause is None and trouble in (Trouble.CONDITION, Trouble.RIVAL):
                    raise StoreConflict(str(error)) from error
                if pause is None:
                    raise
            time.sleep(pause)


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

    if isinstance(error, (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError)):
        return Trouble.BUSY  # the request never left
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError)):
        return Trouble.UNKNOWN
    if not isinstance(error, boto.ClientError):
        return Trouble.FATAL
    answer = error.response
    reasons = {reason["Code"] for reason in answer.get("CancellationReasons", ())} - {"None"}
    codes = reasons or {answer["Error"]["Code"]}
    if codes & CONDITION_CODES:
        return Trouble.CONDITION
    if codes <= RIVAL_CODES | BUSY_CODES:
        return Trouble.RIVAL if codes & RIVAL_CODES else Trouble.BUSY
    return Trouble.UNKNOWN if answer["ResponseMetadata"]["HTTPStatusCode"] >= 500 else Trouble.FATAL
