"""Where a fault run keeps its state: SQLite, moto's DynamoDB in this process, or a DynamoDB that listens somewhere."""

import copy
import os
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, Table, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from chalicelib.ports import Store
from chalicelib.store.dynamodb import DynamoStore
from chalicelib.store.sqlite import SqliteStore
from tests.contract.one_at_a_time import OneAtATime

REGION = "cn-north-1"
OPENS_NOTHING = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}


class Engine(NamedTuple):
    """A store, and where the trouble of a DynamoDB begins: the events of botocore's client."""

    store: Store
    events: Any = None
    has_tokens: bool = False  # carries out the write of a token once, as DynamoDB does and moto does not


@contextmanager
def sqlite(path: Path | str = ":memory:") -> Iterator[Engine]:
    store = SqliteStore(path)
    yield Engine(store)
    store.close()


@contextmanager
def moto() -> Iterator[Engine]:
    with patch.dict(os.environ, OPENS_NOTHING), mock_aws():
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION] = OfParts(REGION, DEFAULT_ACCOUNT_ID)
        client = OneAtATime(boto3.client("dynamodb", REGION, config=Config(retries={"total_max_attempts": 1})))
        store = DynamoStore("duban", client=client)
        store.create_table()
        yield Engine(store, client.meta.events)


@contextmanager
def dynamodb(url: str) -> Iterator[Engine]:
    """In a table of its own, which is removed at the end. AWS's own needs keys in the environment."""
    keys = {} if "AWS_ACCESS_KEY_ID" in os.environ or "AWS_PROFILE" in os.environ else OPENS_NOTHING
    with patch.dict(os.environ, keys):
        store = DynamoStore(f"duban-faults-{uuid.uuid4()}", endpoint_url=url, region=REGION)
        store.create_table()
        try:
            yield Engine(store, store._client.meta.events, has_tokens=True)
        finally:
            store._client.delete_table(TableName=store._table)


class OfParts(DynamoDBBackend):
    """moto's DynamoDB, which copies the whole table before each transaction, to be able to go back, and looks at every item of
    it for each query: among 2,000 items both take twenty times as long as here. It is shown the part of the table that a
    request is about; what becomes of that part is moto's doing throughout."""

    def query(self, table_name: str, hash_key_dict: dict[str, Any], *args: Any, **how: Any) -> Any:
        partition = DynamoType(hash_key_dict)
        whole = self.tables[table_name]
        items = dict(whole.items.get(partition, {}))
        with self._shown({table_name: _part(whole, {partition: items} if items else {})}):
            return super().query(table_name, hash_key_dict, *args, **how)

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        (name,) = {action["TableName"] for item in transact_items for action in item.values()}
        keys = [action["Key"] for item in transact_items for action in item.values()]
        touched = {(DynamoType(key["pk"]), DynamoType(key["sk"])) for key in keys}
        whole, items = self.tables[name], defaultdict(dict)
        for partition, sort in touched:
            if sort in whole.items.get(partition, {}):
                items[partition][sort] = copy.deepcopy(whole.items[partition][sort])
        part = _part(whole, items)
        with self._shown({name: part}):
            super().transact_write_items(transact_items)
        for partition, sort in touched:
            if sort in part.items.get(partition, {}):
                whole.items[partition][sort] = part.items[partition][sort]
            else:
                whole.items[partition].pop(sort, None)

    @contextmanager
    def _shown(self, parts: dict[str, Table]) -> Iterator[None]:
        whole, self.tables = self.tables, parts
        try:
            yield
        finally:
            self.tables = whole


def _part(table: Table, items: dict[DynamoType, dict[DynamoType, Any]]) -> Table:
    part = copy.copy(table)
    part.items = defaultdict(dict, items)
    return part
