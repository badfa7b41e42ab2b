"""One contract, several stores: the ids of the tests show which.

DUBAN_DYNAMODB_URL adds one more, a DynamoDB that listens there.
"""

import os
import threading
import uuid

import pytest
from moto import mock_aws

from chalicelib.store.dynamodb import DynamoStore
from chalicelib.store.sqlite import SqliteStore

REGION = "cn-north-1"


class OneAtATime:
    """A client whose calls take turns: DynamoDB sees to that itself, the one in this process does not."""

    def __init__(self, client):
        self._client, self._turn = client, threading.Lock()

    def __getattr__(self, name):
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*args, **kwargs):
            with self._turn:
                return found(*args, **kwargs)

        return call


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
    request.getfixturevalue("aws")
    store = DynamoStore(f"duban-{uuid.uuid4()}", endpoint_url=os.environ["DUBAN_DYNAMODB_URL"], region=REGION)
    store.create_table()
    return store


STORES = {"sqlite-memory": sqlite_memory, "sqlite-file": sqlite_file, "dynamodb": dynamodb_here}
if "DUBAN_DYNAMODB_URL" in os.environ:
    STORES["dynamodb-url"] = dynamodb_at_url


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def store(request):
    return request.param(request)
