"""The bucket of checkpoints, as the template describes it: what is in it stays."""

from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib import bootstrap, config
from infrastructure.package import surroundings

KEY = "checkpoints/0001/000000000001.json"


def bucket_of(mode):
    """A bucket as the template describes it, for this CheckpointLock."""
    said = surroundings("prod")
    bucket, rule = (
        said["Resources"]["Checkpoints"]["Properties"],
        {"Mode": mode, "Days": said["Parameters"]["CheckpointDays"]["Default"]},
    )
    name, s3 = f"proof-{uuid4().hex}", boto3.client("s3")
    where = {"LocationConstraint": s3.meta.region_name}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=bucket["ObjectLockEnabled"])
    lock = {**bucket["ObjectLockConfiguration"], "Rule": {"DefaultRetention": rule}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    outside = bootstrap.open_checkpoints(config.read({"DUBAN_CHECKPOINTS": f"s3://{name}", "DUBAN_BLOB_BUCKET": "files"}))
    outside.put(KEY, b'{"number": 1}', "application/json")
    outside.put(KEY, b'{"number": 2}', "application/json")
    assert (outside.keys(), outside.read(KEY)) == ([KEY], b'{"number": 1}')
    (version,) = s3.list_object_versions(Bucket=name)["Versions"]
    return s3, {"Bucket": name, "Key": KEY, "VersionId": version["VersionId"]}


def test_a_checkpoint_locked_for_compliance_is_neither_written_again_nor_removed(aws):
    s3, version = bucket_of("COMPLIANCE")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**version, BypassGovernanceRetention=True)


def test_one_locked_for_governance_can_be_removed_by_whoever_has_that_right(aws):
    """So that a mistaken deployment can be undone, and in no other way."""
    s3, version = bucket_of("GOVERNANCE")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**version)
    s3.delete_object(**version, BypassGovernanceRetention=True)
    assert "Versions" not in s3.list_object_versions(Bucket=version["Bucket"])
