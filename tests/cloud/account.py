"""An account of AWS with the stack in it: what the template describes is made from the template, by moto."""

import base64
import json
import os
import re
import uuid
from copy import deepcopy
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3

from chalicelib.store.dynamodb import DynamoStore

from .between import Between
from .packed import Function, Package

REGION = "cn-north-1"
HOOK = "a-secret-that-only-telegram-has-0123"  # of its webhook
EVENTS = Path(__file__).with_name("events")


def recorded(name: str) -> dict[str, Any]:
    """An event as AWS sends it."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


class Answer(NamedTuple):
    status: int
    headers: dict[str, list[str]]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Account:
    """`now`: what time it is for the functions; None: as on this machine."""

    def __init__(self, package: Package, moto: str):
        self.package, self.stack, self.now = package, f"duban-{uuid.uuid4().hex[:8]}", None
        self.sqs, self.secrets, self.s3 = boto3.client("sqs"), boto3.client("secretsmanager"), boto3.client("s3")
        self.functions: dict[str, Function] = {}
        table = self._properties("Table")
        names = ("BillingMode", "KeySchema", "AttributeDefinitions")
        boto3.client("dynamodb").create_table(TableName=self.stack, **{name: table[name] for name in names})
        self.made = {
            "Table": self.stack,
            "Secret": self._make_secret(),
            **{name: self._make_bucket(name) for name in ("Files", "Checkpoints")},
            "PublicUrl": "https://duban.example",
            **{name: self._make_queue(name) for name in ("DeadNotices", "DeadJobs")},
        }
        self.made |= {name: self._make_queue(name) for name in ("Notices", "Jobs")}
        self.between = Between(moto, package.resources, self.made)
        self.store = DynamoStore(self.stack, endpoint_url=self.between.url)

    def _properties(self, name: str) -> dict[str, Any]:
        return self.package.resources[name]["Properties"]

    def _make_queue(self, name: str) -> str:
        properties = self._properties(name)
        attributes = {key: str(properties[key]) for key in ("VisibilityTimeout", "MessageRetentionPeriod") if key in properties}
        if redrive := properties.get("RedrivePolicy"):
            dead = self.arn_of(redrive["deadLetterTargetArn"]["Fn::GetAtt"][0])
            attributes["RedrivePolicy"] = json.dumps({**redrive, "deadLetterTargetArn": dead})
        return self.sqs.create_queue(QueueName=f"{self.stack}-{name}", Attributes=attributes)["QueueUrl"]

    def arn_of(self, queue: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=self.made[queue], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def _make_bucket(self, name: str) -> str:
        bucket, where = f"{self.stack}-{name.lower()}", {"LocationConstraint": self.s3.meta.region_name}
        is_locked = self._properties(name).get("ObjectLockEnabled", False)
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=is_locked)
        return bucket

    def _make_secret(self) -> str:
        said = self._properties("Secret")["GenerateSecretString"]
        rules = {name: said[name] for name in ("PasswordLength", "ExcludePunctuation", "ExcludeUppercase", "ExcludeCharacters")}
        drawn = self.secrets.get_random_password(**rules)["RandomPassword"]
        held = json.loads(said["SecretStringTemplate"]) | {said["GenerateStringKey"]: drawn}
        return self.secrets.create_secret(Name=self.stack, SecretString=json.dumps(held))["ARN"]

    def keep_secret(self, **more: str) -> None:
        """What an admin does to switch a channel on."""
        held = json.loads(self.secrets.get_secret_value(SecretId=self.made["Secret"])["SecretString"])
        self.secrets.put_secret_value(SecretId=self.made["Secret"], SecretString=json.dumps(held | more))

    # --- functions

    def function(self, name: str, again: bool = False) -> Function:
        """The packed function; `again`: another process of it."""
        if again or name not in self.functions:
            here = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
            here |= {"AWS_ENDPOINT_URL": self.between.url, "AWS_ACCESS_KEY_ID": name}
            said = self._properties(name)["Environment"]["Variables"]
            environment = {**here, **{key: self._resolved(value) for key, value in said.items()}}
            self.functions[name + "-again" * again] = self.package.function(name, environment, lambda: self.now)
        return self.functions[name + "-again" * again]

    def _resolved(self, value: Any) -> str:
        """A value of the template where no parameter is given beside PublicUrl."""
        match value:
            case {"Ref": name}:
                return self.made[name]
            case {"Fn::If": ["UsesAnotherTable" | "HasDomain", _, otherwise]}:
                return self._resolved(otherwise)
            case {"Fn::Sub": "s3://${Checkpoints}"}:
                return f"s3://{self.made['Checkpoints']}"
        assert isinstance(value, str), value
        return value

    def close(self) -> None:
        for function in self.functions.values():
            function.close()
        self.between.stop()

    # --- what people and AWS do

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Status and body that the API answers with."""
        answer = self.asked(method, path, body, token)
        return answer.status, answer.json()

    def asked(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Answer:
        """What the API answers, through API Gateway's event; of a header's name _ stands for -."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        return self.answered(self.request("api", method, path, None if body is None else json.dumps(body).encode(), headers))

    def visit(self, method: str, path: str, cookie: str = "", **fields: str) -> Answer:
        """What a browser is shown."""
        headers = {"Cookie": cookie} if cookie else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        return self.answered(self.request("page", method, path, urlencode(fields).encode() if fields else None, headers))

    def posted(self, update: dict[str, Any]) -> Answer:
        """What Telegram is answered that posts an update of the bot."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": HOOK}
        return self.answered(self.request("api", "POST", "/hooks/telegram", json.dumps(update).encode(), headers))

    def request(self, kind: str, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        """API Gateway's event of a request like a recorded one."""
        event, (resource, parameters) = recorded(kind), self._matched(method, path)
        event |= {"resource": resource, "path": path, "httpMethod": method, "pathParameters": parameters or None}
        event["headers"] |= headers
        event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
        event["requestContext"] |= {"resourcePath": resource, "httpMethod": method, "path": f"/dev{path}"}
        if content is not None:  # binary media types are */*: API Gateway hands every body over in base64
            event |= {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
        return event

    def answered(self, event: dict[str, Any]) -> Answer:
        answer = self.function("APIHandler")(event)
        content = answer["body"]
        text = base64.b64decode(content).decode() if answer["isBase64Encoded"] else content
        headers = {name: [value] for name, value in answer["headers"].items()} | answer.get("multiValueHeaders", {})
        return Answer(answer["statusCode"], {name.lower(): values for name, values in headers.items()}, text)

    def make(self, path: str, body: Any, token: str) -> Any:
        """What the API made of this."""
        status, answer = self.ask("POST", f"/api/v1/{path}", body, token)
        assert status == 201, answer
        return answer

    def _matched(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        """The path of the template's API that is meant, and its parameters."""
        for pattern, methods in self._properties("RestAPI")["DefinitionBody"]["paths"].items():
            found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern), path)
            if found and method.lower() in methods:
                return pattern, found.groupdict()
        raise AssertionError(f"the API has no {method} {path}")

    def tick(self) -> None:
        event = recorded("tick")
        self.function("Tick")(
            event if self.now is None else event | {"time": self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        )

    def received(self, queue: str, most: int = 10) -> list[dict[str, Any]]:
        """Messages as Lambda's poller takes them from a queue: they stay there, out of sight."""
        asked = {"QueueUrl": self.made[queue], "MaxNumberOfMessages": most, "MessageSystemAttributeNames": ["All"]}
        records = []
        for message in self.sqs.receive_message(**asked).get("Messages", []):
            record = deepcopy(recorded("message"))
            record |= {"messageId": message["MessageId"], "body": message["Body"], "md5OfBody": message["MD5OfBody"]}
            record |= {"receiptHandle": message["ReceiptHandle"]}
            record["attributes"] |= message.get("Attributes", {})
            records.append(record)
        return records

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """All messages in a queue, taken out."""
        records = []
        while got := self.received(queue):
            records += got
            for record in got:
                self.sqs.delete_message(QueueUrl=self.made[queue], ReceiptHandle=record["receiptHandle"])
        return records

    def serve(self, queue: str, name: str) -> list[dict[str, Any]]:
        """What Lambda's poller does until the queue looks empty: what a function has handled is deleted, what it reports as
        failed stays, out of sight until it comes back. Gives the messages that failed."""
        (source,) = self._properties(name)["Events"].values()
        failed = []
        while records := self.received(queue, source["Properties"]["BatchSize"]):
            reported = {each["itemIdentifier"] for each in self.function(name)({"Records": records})["batchItemFailures"]}
            failed += [record for record in records if record["messageId"] in reported]
            for record in records:
                if record["messageId"] not in reported:
                    self.sqs.delete_message(QueueUrl=self.made[queue], ReceiptHandle=record["receiptHandle"])
        return failed

    def comes_back(self, queue: str, message: dict[str, Any]) -> None:
        """Its time out of sight is over."""
        where = {"QueueUrl": self.made[queue], "ReceiptHandle": message["receiptHandle"]}
        self.sqs.change_message_visibility(**where, VisibilityTimeout=0)
