"""One contract, several stores: the ids of the tests show which.

DUBAN_DYNAMODB_URL adds one more, a DynamoDB that listens there: DynamoDB Local (`make test-dynamodb`), or AWS's own, where the
keys of the environment are used and one table is made for the whole run, emptied before each test and removed at the end.
"""

import os
import uuid

import pytest
from moto import mock_aws

from chalicelib.ports import Delete
from chalicelib.store import MAX_ACTIONS
from chalicelib.store.dynamodb import DynamoStore
from chalicelib.store.sqlite import SqliteStore
from tests.contract.one_at_a_time import OneAtATime

REGION = "cn-north-1"


@pytest.fixture
def aws(monkeypatch):
    """Keys that open nothing, and no setting of this machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def dynamodb(aws):
    """A client of a DynamoDB in this process, with the table `duban`."""
    import boto3

    with mock_aws():
        client = OneAtATime(boto3.client("dynamodb", region_name=REGION))
        DynamoStore("duban", client=client).create_table()
        yield client


@pytest.fixture(scope="session")
def at_url():
    """The store in a table of its own at DUBAN_DYNAMODB_URL."""
    with pytest.MonkeyPatch.context() as keys:
        if "AWS_ACCESS_KEY_ID" not in os.environ and "AWS_PROFILE" not in os.environ:
            keys.setenv("AWS_ACCESS_KEY_ID", "testing")  # DynamoDB Local asks for some, and takes any
            keys.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        name, region = f"duban-test-{uuid.uuid4()}", os.environ.get("AWS_DEFAULT_REGION", REGION)
        store = DynamoStore(name, endpoint_url=os.environ["DUBAN_DYNAMODB_URL"], region=region)
        store.create_table()
        yield store
        store._client.delete_table(TableName=name)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "duban.db"


def sqlite_memory(request):
    store = SqliteStore(":memory:")
    request.addfinalizer(store.close)
    return store


def sqlite_file(request):
    store = SqliteStore(request.getfixturevalue("path"))
    request.addfinalizer(store.close)
    return store


def dynamodb_here(request):
    return DynamoStore("duban", client=request.getfixturevalue("dynamodb"))


def dynamodb_at_url(request):
    store, cursor, left = request.getfixturevalue("at_url"), None, True
    while left:
        items, cursor = store.scan(cursor)
        for start in range(0, len(items), MAX_ACTIONS):
            store.write([Delete(item.key) for item in items[start : start + MAX_ACTIONS]])
        left = cursor is not None
    return store


STORES = {"sqlite-memory": sqlite_memory, "sqlite-file": sqlite_file, "dynamodb": dynamodb_here}
if "DUBAN_DYNAMODB_URL" in os.environ:
    STORES["dynamodb-url"] = dynamodb_at_url


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def store(request):
    return request.param(request)
