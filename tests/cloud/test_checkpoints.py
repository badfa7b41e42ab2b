"""The bucket of checkpoints, as the template describes it: what is in it stays."""

from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib import bootstrap, config
from infrastructure.package import surroundings

KEY = "checkpoints/0001/000000000001.json"


@pytest.fixture
def bucket(aws):
    name, said = f"proof-{uuid4().hex}", surroundings("prod")["Resources"]["Checkpoints"]["Properties"]
    s3 = boto3.client("s3")
    where = {"LocationConstraint": s3.meta.region_name}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=said["ObjectLockEnabled"])
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=said["ObjectLockConfiguration"])
    return name


def test_a_checkpoint_in_its_bucket_is_neither_written_again_nor_removed(bucket):
    outside = bootstrap.open_checkpoints(config.read({"DUBAN_CHECKPOINTS": f"s3://{bucket}", "DUBAN_BLOB_BUCKET": "files"}))
    outside.put(KEY, b'{"number": 1}', "application/json")
    outside.put(KEY, b'{"number": 2}', "application/json")
    assert (outside.keys(), outside.read(KEY)) == ([KEY], b'{"number": 1}')
    s3 = boto3.client("s3")
    (version,) = s3.list_object_versions(Bucket=bucket)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=KEY, VersionId=version["VersionId"], BypassGovernanceRetention=True)
