"""Files in a bucket of Amazon S3 (ports.Blob): browsers send to it and fetch from it directly, by presigned forms and links.

S3 itself holds a slot to its key, type and size: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from datetime import datetime
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import quote

from botocore.exceptions import ClientError

from ..core.errors import NotFound
from ..ports import Slot, Stored

GOOD_FOR = 3600  # seconds


class S3Blob:
    """`client` is made when it is not given and first needed, from the environment's keys and region."""

    def __init__(self, bucket: str, client: Any = None) -> None:
        self._bucket, self._given = bucket, client

    @cached_property
    def _client(self) -> Any:
        return self._given or _new_client()

    def slot(self, key: str, content_type: str, most_bytes: int, back: str, now: datetime) -> Slot:
        fields = {"Content-Type": content_type, "success_action_redirect": back}
        conditions = [{name: value} for name, value in fields.items()] + [["content-length-range", 1, most_bytes]]
        made = self._client.generate_presigned_post(self._bucket, key, Fields=fields, Conditions=conditions, ExpiresIn=GOOD_FOR)
        return Slot(made["url"], made["fields"])

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> None:
        told = {"ContentType": content_type, "ChecksumAlgorithm": "SHA256"}  # a bucket with object lock asks for a checksum
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content, IfNoneMatch="*", **told)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":  # what is there never changes
                raise

    def head(self, key: str) -> Stored | None:
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        return Stored(found["ContentLength"], found["ContentType"])

    def read(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                raise NotFound("没有这个文件", "there is no such file") from None
            raise

    def link(self, key: str, filename: str, now: datetime) -> str:
        shown = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"  # RFC 6266
        asked = {"Bucket": self._bucket, "Key": key, "ResponseContentDisposition": shown}
        return self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=GOOD_FOR)

    def keys(self, after: str | None = None, limit: int = 1000) -> list[str]:
        found: list[str] = []
        asked = {"Bucket": self._bucket, **({"StartAfter": after} if after else {})}
        for page in self._client.get_paginator("list_objects_v2").paginate(**asked, PaginationConfig={"MaxItems": limit}):
            found += [each["Key"] for each in page.get("Contents", ())]
        return found

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)


def _new_client() -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
