"""The package as somebody who knows AWS reads it: nothing missing, no wildcard, no secret, nothing that need not be there."""

import json
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from importlib.util import cache_from_source
from pathlib import Path

import pytest
import yaml

from infrastructure.package import ROOT, STAGES, surroundings

FUNCTIONS = ("APIHandler", "Tick", "Deliver", "Work")
ROLES = ("APIRole", "TickRole", "DeliverRole", "WorkRole")
KEPT = ("Table", "Files", "Secret")
A_FOLDER = r'{"Fn::Sub": "\${Files.Arn}/\w+/\*"}'  # of a bucket of ours
NOT_NEEDED = {"boto3", "botocore", "apscheduler", "waitress", "pip", "setuptools", "wheel", "click", "moto", "pytest", "tests"}
MOST_MEGABYTES = 12  # 8.3 of them today, half of it compiled code; python-telegram-bot is a quarter of all


def of_type(packed, kind):
    return {name: one["Properties"] for name, one in packed.resources.items() if one["Type"] == kind}


def statements(packed, role):
    (policy,) = packed.resources[role]["Properties"]["Policies"]
    return policy["PolicyDocument"]["Statement"]


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- the template


def test_the_linter_of_cloudformation_finds_nothing(packed):
    done = subprocess.run([Path(sys.executable).with_name("cfn-lint"), packed.template_file], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_named_things_to_named_resources(packed, role):
    for statement in statements(packed, role):
        assert not any("*" in action for action in as_list(statement["Action"])), statement
        assert all(isinstance(resource, dict) for resource in as_list(statement["Resource"])), "name it by reference"
        said = json.dumps(statement["Resource"])
        assert "*" not in said or re.fullmatch(A_FOLDER, said)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_and_a_log_of_its_own(packed, function):
    properties = packed.resources[function]["Properties"]
    role = properties["Role"]["Fn::GetAtt"][0]
    assert [name for name in FUNCTIONS if packed.resources[name]["Properties"]["Role"] == properties["Role"]] == [function]
    (log,) = {one["Resource"]["Fn::GetAtt"][0] for one in statements(packed, role) if "logs:PutLogEvents" in one["Action"]}
    group = packed.resources[log]["Properties"]
    assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"
    assert group["RetentionInDays"] <= 400


@pytest.mark.parametrize(("function", "queue"), [("Deliver", "Notices"), ("Work", "Jobs")])
def test_a_queue_gives_a_message_again_only_when_its_function_must_have_ended(packed, function, queue):
    ((source,),) = [list(packed.resources[function]["Properties"]["Events"].values())]
    assert source["Properties"]["Queue"] == {"Fn::Sub": f"${{{queue}.Arn}}"}
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    held = packed.resources[queue]["Properties"]
    assert held["VisibilityTimeout"] == 6 * packed.resources[function]["Properties"]["Timeout"]
    dead = packed.resources[held["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
    assert dead["MessageRetentionPeriod"] > held["MessageRetentionPeriod"]  # which counts from when it was first sent


def test_the_clock_beats_every_minute(packed):
    (event,) = packed.resources["Tick"]["Properties"]["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)"}}


def test_every_alarm_tells_the_topic_that_is_given(packed):
    alarms = of_type(packed, "AWS::CloudWatch::Alarm")
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms.values())
    watched = {(alarm["MetricName"], json.dumps(alarm["Dimensions"])) for alarm in alarms.values()}
    for function in FUNCTIONS:
        about = json.dumps([{"Name": "FunctionName", "Value": {"Ref": function}}])
        assert {("Errors", about), ("Throttles", about)} <= watched
    assert {"TickLag", "NoticesLate", "NoticesGivenUp", "ReconciliationGaps", "ApproximateNumberOfMessagesVisible"} <= {
        metric for metric, _ in watched
    }


def test_a_figure_that_is_watched_is_one_that_is_written(packed):
    written = "".join(path.read_text("utf-8") for path in (packed.folder / "chalicelib" / "web").glob("*.py"))
    ours = {
        alarm["MetricName"] for alarm in of_type(packed, "AWS::CloudWatch::Alarm").values() if alarm["Namespace"] == "Duban"
    }
    assert {name for name in ours if f"{name}=" not in written} == set()


def test_the_template_names_no_partition_region_or_account_and_holds_no_secret(packed):
    said = packed.template_file.read_text("utf-8")
    assert re.findall(r"arn:aws[\w-]*:", said) == []
    assert re.findall(r"\b(?:cn|us|eu|ap)-\w+-\d\b|amazonaws\.com\.cn", said) == []
    assert re.findall(r"\b\d{12}\b|AKIA\w+", said) == []
    for function in FUNCTIONS:
        named = packed.resources[function]["Properties"]["Environment"]["Variables"]
        assert all(isinstance(value, dict) for value in named.values()), "a value is a reference, a secret's is its ARN"
        assert not {name for name in named if "TOKEN" in name or "KEY" in name}


def test_what_is_kept_is_guarded(packed):
    table, bucket = packed.resources["Table"]["Properties"], packed.resources["Files"]["Properties"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]


@pytest.mark.parametrize("stage", STAGES)
def test_only_in_production_what_is_kept_outlives_the_stack(stage):
    said = {name: surroundings(stage)["Resources"][name].get("DeletionPolicy") for name in KEPT}
    assert said == dict.fromkeys(KEPT, "Retain" if stage == "prod" else None)


def test_paths_that_fork_at_a_parameter_call_it_by_one_name(packed):
    """API Gateway refuses /a/{b} beside /a/{c}/d."""
    names = defaultdict(set)
    for path in packed.resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]:
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                names["/".join(parts[:place])].add(part)
    assert {before: found for before, found in names.items() if len(found) > 1} == {}


def test_what_api_gateway_refuses_is_told_as_a_problem(packed):
    for refusal in packed.resources["RestAPI"]["Properties"]["GatewayResponses"].values():
        problem = json.loads(refusal["ResponseTemplates"]["application/json"])
        assert problem["type"].startswith("urn:duban:problem:") and problem["detail"]


# --- the zip


def test_the_zip_holds_the_program_and_its_data_and_nothing_else_of_ours(packed):
    names = zipfile.ZipFile(packed.zip_file).namelist()
    for name in ("chalicelib", "schedules", "schemas"):
        wanted = {str(path.relative_to(packed.project)) for path in (packed.project / name).rglob("*") if path.is_file()}
        assert {found for found in names if found.startswith(f"{name}/") and not found.endswith(".pyc")} == wanted
    tops = {name.split("/")[0].lower() for name in names}
    assert {"app.py", "chalice", "yaml", "jsonschema", "telegram"} <= tops
    assert tops & NOT_NEEDED == set()


def test_what_lambda_would_compile_at_each_start_is_compiled(packed):
    modules = {path for path in (packed.folder / "chalicelib").rglob("*.py")}
    assert {path for path in modules if not Path(cache_from_source(str(path))).exists()} == set()
    runtime = packed.resources["Tick"]["Properties"]["Runtime"]
    assert runtime == f"python{sys.version_info.major}.{sys.version_info.minor}"  # other versions would not read it


def test_the_zip_stays_small(packed):
    assert packed.zip_file.stat().st_size < MOST_MEGABYTES * 1_000_000


def test_no_queue_or_secret_in_the_zip_is_a_developers_own(packed):
    assert not list(packed.folder.rglob("duban.sqlite*")) and not list(packed.folder.rglob("secret"))


def test_the_pieces_of_the_template_are_all_used():
    source = (ROOT / "infrastructure" / "template.yaml").read_text("utf-8")
    anchors = set(re.findall(r"&([\w-]+)", source))
    assert {anchor for anchor in anchors if not re.search(rf"\*{anchor}\b", source)} == set()
    assert not any(name.startswith("x-") for name in surroundings("dev"))
    assert set(yaml.safe_load(source)["Stages"]) == set(STAGES)
