"""What is asked of AWS, counted and weighed as AWS does: requests, items, request units, bytes.

Moto does not compute request units, so that they are computed here, from the sizes of items.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html (units, rounding, transactions)
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html (the size of an item)
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.ports import Key

READ_UNIT, WRITE_UNIT = 4096, 1024  # bytes
TRANSACTION = 2  # a transaction prepares and commits: twice the units
READS = ("GetItem", "BatchGetItem", "Query")


class Bill(NamedTuple):
    """What an operation asked for. Fractions are averages."""

    reads: float = 0  # requests to DynamoDB
    writes: float = 0  # transactions
    read_units: float = 0  # all reads are strongly consistent
    write_units: float = 0
    items: float = 0  # that reads gave back
    changes: float = 0  # of transactions, the check of the gate included
    sent: float = 0  # bytes to DynamoDB
    received: float = 0  # bytes from it
    queue: float = 0  # requests to SQS
    files: float = 0  # objects put into S3

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __sub__(self, other: "Bill") -> "Bill":
        return self + other * -1

    def __mul__(self, times: float) -> "Bill":
        return Bill(*(each * times for each in self))

    @property
    def requests(self) -> float:
        """To DynamoDB."""
        return self.reads + self.writes


class Meter:
    """Hears the calls of the clients it is attached to. It knows the sizes of what is stored from what was written."""

    def __init__(self) -> None:
        self.total = Bill()
        self.read_of, self.written_of = Counter(), Counter()  # units by the first word of the key: rules, pace, outbox…
        self.stored: dict[Key, int] = {}  # the versions of what is stored
        self._sizes: dict[Key, int] = {}

    def attach(self, client: Any) -> Any:
        service = client.meta.service_model.service_name
        client.meta.events.register(f"before-call.{service}", self._asked)
        client.meta.events.register(f"after-call.{service}", self._answered)
        return client

    def of(self, work: Callable[[], Any]) -> Bill:
        """What some work asks for."""
        before = self.total
        work()
        return self.total - before

    @property
    def bytes_stored(self) -> int:
        return sum(self._sizes.values())

    def _asked(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params["body"]

    def _answered(self, http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        service, name = model.service_model.service_name, model.name
        if service == "sqs":
            self.total += Bill(queue=1)
        elif service == "s3":
            self.total += Bill(files=name == "PutObject")
        elif name in READS:
            self.total += self._read(name, json.loads(context["asked"]), parsed)
            self.total += Bill(sent=len(context["asked"]), received=len(http_response.content))
        elif name == "TransactWriteItems":
            actions = json.loads(context["asked"])["TransactItems"]
            self.total += self._written(actions, is_done=http_response.status_code < 300)
            self.total += Bill(sent=len(context["asked"]), received=len(http_response.content))
        else:
            raise ValueError(f"{service} {name} is not among the calls whose cost is known")

    def _read(self, name: str, asked: dict[str, Any], parsed: dict[str, Any]) -> Bill:
        if name == "BatchGetItem":  # rounded item by item
            items = [item for found in parsed["Responses"].values() for item in found]
            keys = [key["pk"]["S"] for table in asked["RequestItems"].values() for key in table["Keys"]]
            units = sum(read_units(size_of(item)) for item in items) + len(keys) - len(items)
        else:
            items = [parsed["Item"]] if "Item" in parsed else parsed.get("Items", [])
            keys = [asked["Key"]["pk"]["S"] if name == "GetItem" else asked["ExpressionAttributeValues"][":pk"]["S"]]
            units = read_units(sum(map(size_of, items)))
        for partition in keys:
            self.read_of[partition.partition("#")[0]] += units / len(keys)
        return Bill(reads=1, read_units=units, items=len(items))

    def _written(self, actions: list[dict[str, Any]], is_done: bool) -> Bill:
        """An update or delete costs by the larger of the item before and after; a check by the item. Cancelled ones cost too."""
        units = 0
        for kind, action in (pair for each in actions for pair in each.items()):
            key = Key(action["Key"]["pk"]["S"], action["Key"]["sk"]["S"])
            version, before = self.stored.get(key, 0), self._sizes.get(key, 0)
            values = action.get("ExpressionAttributeValues", {})
            after = 0
            if kind == "Update":
                after = size_of({**action["Key"], "version": {"N": str(version + 1)}, "body": values[":body"]})
            weight = TRANSACTION * write_units(max(before, after))
            units += weight
            self.written_of[key.partition.partition("#")[0]] += weight
            if is_done and kind == "Update":
                self.stored[key], self._sizes[key] = version + 1, after
            elif is_done and kind == "Delete":
                self.stored.pop(key, None)
                self._sizes.pop(key, None)
        return Bill(writes=1, write_units=units, changes=len(actions))


def read_units(size: int) -> int:
    """Of a strongly consistent read; nothing found costs one."""
    return max(1, -(-size // READ_UNIT))


def write_units(size: int) -> int:
    """Of a write outside a transaction."""
    return max(1, -(-size // WRITE_UNIT))


def size_of(item: dict[str, dict[str, str]]) -> int:
    """Bytes of an item: its attributes' names and values. A number takes a byte for two digits, and one more."""
    return sum(
        len(name.encode()) + (len(value["S"].encode()) if "S" in value else (len(value["N"]) + 1) // 2 + 1)
        for name, value in item.items()
    )
