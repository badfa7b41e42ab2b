"""An account of AWS with the stack in it: what the template describes is made from the template, by moto."""

import base64
import json
import os
import re
import uuid
from copy import deepcopy
from pathlib import Path
from typing import Any

import boto3

from chalicelib.store.dynamodb import DynamoStore

from .packed import Function, Package

REGION = "cn-north-1"
EVENTS = Path(__file__).with_name("events")


def recorded(name: str) -> dict[str, Any]:
    """An event as AWS sends it."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


class Account:
    def __init__(self, package: Package):
        self.package, self.stack = package, f"duban-{uuid.uuid4().hex[:8]}"
        self.sqs, self.secrets = boto3.client("sqs"), boto3.client("secretsmanager")
        self.functions: dict[str, Function] = {}
        table = self._properties("Table")
        names = ("BillingMode", "KeySchema", "AttributeDefinitions")
        boto3.client("dynamodb").create_table(TableName=self.stack, **{name: table[name] for name in names})
        self.made = {
            "Table": self.stack,
            "Secret": self._make_secret(),
            "Files": f"{self.stack}-files",
            "Checkpoints": f"{self.stack}-checkpoints",
            "PublicUrl": "https://duban.example",
            **{name: self._make_queue(name) for name in ("Notices", "Jobs")},
        }
        self.store = DynamoStore(self.stack)

    def _properties(self, name: str) -> dict[str, Any]:
        return self.package.resources[name]["Properties"]

    def _make_queue(self, name: str) -> str:
        properties = self._properties(name)
        attributes = {key: str(properties[key]) for key in ("VisibilityTimeout", "MessageRetentionPeriod")}
        return self.sqs.create_queue(QueueName=f"{self.stack}-{name}", Attributes=attributes)["QueueUrl"]

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
            said = self._properties(name)["Environment"]["Variables"]
            environment = {**here, **{key: self._resolved(value) for key, value in said.items()}}
            self.functions[name + "-again" * again] = self.package.function(name, environment)
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

    # --- what people and AWS do

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Status and body that the API answers with, through API Gateway's event."""
        event, (resource, parameters) = recorded("api"), self._matched(method, path)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        event |= {"resource": resource, "path": path, "httpMethod": method, "pathParameters": parameters or None}
        event["headers"] |= headers
        event["multiValueHeaders"] |= {name: [value] for name, value in headers.items()}
        event["requestContext"] |= {"resourcePath": resource, "httpMethod": method, "path": f"/dev{path}"}
        if body is not None:  # binary media types are */*: API Gateway hands every body over in base64
            event |= {"body": base64.b64encode(json.dumps(body).encode()).decode(), "isBase64Encoded": True}
        answer = self.function("APIHandler")(event)
        content = answer["body"]
        return answer["statusCode"], json.loads(base64.b64decode(content) if answer["isBase64Encoded"] else content)

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

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """The messages in a queue, taken out and as Lambda gives them to a function."""
        records = []
        while got := self.sqs.receive_message(
            QueueUrl=self.made[queue], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            for message in got:
                record = deepcopy(recorded("message"))
                record |= {"messageId": message["MessageId"], "body": message["Body"], "md5OfBody": message["MD5OfBody"]}
                record["attributes"] |= message.get("Attributes", {})
                records.append(record)
                self.sqs.delete_message(QueueUrl=self.made[queue], ReceiptHandle=message["ReceiptHandle"])
        return records
