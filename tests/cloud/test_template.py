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

from chalicelib import channels
from chalicelib.store import dynamodb
from infrastructure.package import ROOT, STAGES, merged, surroundings

FUNCTIONS = ("APIHandler", "Tick", "Deliver", "Work")
REGIONS = ("cn-north-1", "cn-northwest-1", "ap-east-1", "us-east-1")
SIX_MONTHS = 184  # days
ROLES = ("APIRole", "TickRole", "DeliverRole", "WorkRole")
KEPT = ("Table", "Files", "Checkpoints", "Secret")
BUCKETS = ("Files", "Checkpoints")
A_FOLDER = re.compile(r"\${(Files|Checkpoints)\.Arn}/\w+/\*")  # of a bucket of ours
NOTHING = {"Ref": "AWS::NoValue"}
TOPICS = {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
MAIL = {"Effect": "Allow", "Action": ["ses:SendEmail", "ses:SendRawEmail"], "Resource": {"Ref": "SesIdentity"}}
SMS = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}  # the one wildcard: IAM names no phone numbers
NO_TOPICS = {"Effect": "Deny", "Action": "sns:Publish", "Resource": TOPICS}
SENDERS = [  # and the condition under which each is there at all
    {"Fn::If": ["SendsMail", MAIL, NOTHING]},
    {"Fn::If": ["SendsSms", SMS, NOTHING]},
    {"Fn::If": ["SendsSms", NO_TOPICS, NOTHING]},
]
NOT_NEEDED = {"boto3", "botocore", "apscheduler", "waitress", "pip", "setuptools", "wheel", "click", "moto", "pytest", "tests"}
MOST_MEGABYTES = 12  # 8.3 of them today, half of it compiled code; python-telegram-bot is a quarter of all


def of_type(packed, kind):
    return {name: one["Properties"] for name, one in packed.resources.items() if one["Type"] == kind}


def statements(packed, role):
    (policy,) = packed.resources[role]["Properties"]["Policies"]
    return policy["PolicyDocument"]["Statement"]


def always(packed, role):
    """The statements that no parameter switches on."""
    return [statement for statement in statements(packed, role) if "Fn::If" not in statement]


def as_list(value):
    return value if isinstance(value, list) else [value]


# --- the template


@pytest.mark.parametrize("stage", STAGES)
def test_the_linter_of_cloudformation_finds_nothing_in_china_or_elsewhere(packed, stage, tmp_path):
    """It knows which resources a region has."""
    template = tmp_path / "sam.json"
    template.write_text(json.dumps(merged(packed.template, surroundings(stage))))
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, "--regions", *REGIONS, "--template", template], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_named_things_to_named_resources(packed, role):
    for statement in always(packed, role):
        assert not any("*" in action for action in as_list(statement["Action"])), statement
        for resource in as_list(statement["Resource"]):
            assert isinstance(resource, dict), "name it by reference"
            assert "*" not in json.dumps(resource) or A_FOLDER.fullmatch(resource["Fn::Sub"])


@pytest.mark.parametrize("role", ROLES)
def test_who_sends_may_send_by_ses_and_sns_where_an_admin_says_so_and_nowhere_in_china(packed, role):
    """The API sends the codes of sign-in, deliver everything else."""
    switched = [statement for statement in statements(packed, role) if "Fn::If" in statement]
    assert switched == (SENDERS if role in ("APIRole", "DeliverRole") else [])
    conditions, parameters = packed.template["Conditions"], packed.template["Parameters"]
    for name in ("SendsMail", "SendsSms"):
        assert {"Condition": "HasSenders"} in conditions[name]["Fn::And"]
    assert conditions["HasSenders"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}]}
    assert (parameters["SesIdentity"]["Default"], parameters["SmsBySns"]["Default"]) == ("", "false")


def test_each_may_touch_the_files_it_works_on_and_nobody_a_checkpoint_that_is_made(packed):
    may = {
        (role, action, resource.get("Fn::Sub"))
        for role in ROLES
        for statement in always(packed, role)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if action.startswith("s3:") and "Fn::Sub" in resource
    }
    attachments, imports, exports = (f"${{Files.Arn}}/{folder}/*" for folder in ("attachments", "imports", "exports"))
    of_the_api = {
        ("APIRole", f"s3:{what}Object", where) for what in ("Get", "Put", "Delete") for where in (attachments, imports)
    }
    made = {("WorkRole", f"s3:{what}Object", exports) for what in ("Get", "Put", "Delete")} | {
        ("APIRole", "s3:GetObject", exports)
    }
    kept = ("WorkRole", "s3:PutObject", "${Checkpoints.Arn}/checkpoints/*")
    old = {("WorkRole", f"s3:{what}Object", attachments) for what in ("Get", "Delete")}  # read first, for their digest
    assert may == {*of_the_api, *made, *old, kept}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_and_a_log_of_its_own(packed, function):
    properties = packed.resources[function]["Properties"]
    role = properties["Role"]["Fn::GetAtt"][0]
    assert [name for name in FUNCTIONS if packed.resources[name]["Properties"]["Role"] == properties["Role"]] == [function]
    (log,) = {one["Resource"]["Fn::GetAtt"][0] for one in always(packed, role) if "logs:PutLogEvents" in one["Action"]}
    group = packed.resources[log]["Properties"]
    assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{properties['FunctionName']['Fn::Sub']}"
    assert SIX_MONTHS <= group["RetentionInDays"] <= 400, "Cybersecurity Law of China, article 21"


@pytest.mark.parametrize(("function", "queue"), [("Deliver", "Notices"), ("Work", "Jobs")])
def test_a_queue_gives_a_message_again_only_when_its_function_must_have_ended(packed, function, queue):
    ((source,),) = [list(packed.resources[function]["Properties"]["Events"].values())]
    assert source["Properties"]["Queue"] == {"Fn::Sub": f"${{{queue}.Arn}}"}
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    held = packed.resources[queue]["Properties"]
    assert held["VisibilityTimeout"] == 6 * packed.resources[function]["Properties"]["Timeout"]
    redrive = held["RedrivePolicy"]
    assert held["MessageRetentionPeriod"] > (redrive["maxReceiveCount"] + 1) * held["VisibilityTimeout"], "else it dies unseen"
    dead = packed.resources[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
    assert dead["MessageRetentionPeriod"] > held["MessageRetentionPeriod"]  # which counts from when it was first sent


def test_a_whole_batch_has_time_for_a_vendor_who_hardly_answers(packed):
    deliver = packed.resources["Deliver"]["Properties"]
    (source,) = deliver["Events"].values()
    assert deliver["Timeout"] > source["Properties"]["BatchSize"] * (channels.CONNECT_TIMEOUT + channels.TIMEOUT)


def test_the_clock_beats_every_minute_once_links_have_an_address(packed):
    (event,) = packed.resources["Tick"]["Properties"]["Events"].values()
    state = {"Fn::If": ["HasAddress", "ENABLED", "DISABLED"]}
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "State": state}}
    unset = {"Fn::Equals": [{"Ref": "PublicUrl"}, packed.template["Parameters"]["PublicUrl"]["Default"]]}
    assert packed.template["Conditions"]["HasAddress"] == {"Fn::Or": [{"Condition": "HasDomain"}, {"Fn::Not": [unset]}]}
    assert packed.resources["TickIsLate"]["Properties"]["TreatMissingData"] == "breaching", "a clock that stands still is told"


def test_every_alarm_tells_the_topic_that_is_given(packed):
    alarms = of_type(packed, "AWS::CloudWatch::Alarm")
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms.values())
    watched = {(alarm["MetricName"], json.dumps(alarm["Dimensions"])) for alarm in alarms.values() if "MetricName" in alarm}
    for function in FUNCTIONS:
        about = json.dumps([{"Name": "FunctionName", "Value": {"Ref": function}}])
        assert {("Errors", about), ("Throttles", about)} <= watched
    metrics = {metric for metric, _ in watched}
    assert {"TickLag", "NoticesLate", "NoticesGivenUp", "ReconciliationGaps", "ApproximateNumberOfMessagesVisible"} <= metrics
    assert {"ReconciliationAge", "RetentionAge", "CheckpointAge", "WriteThrottleEvents", "ReadThrottleEvents"} <= metrics
    assert "TransactionConflict" in metrics
    queues = {json.loads(about)[0]["Value"]["Fn::GetAtt"][0] for metric, about in watched if metric.startswith("Approximate")}
    assert queues == {"DeadNotices", "DeadJobs", "Jobs"}, "NoticesLate tells of Notices"
    operations = {
        each["MetricStat"]["Metric"]["Dimensions"][1]["Value"]
        for each in alarms["TableFails"]["Metrics"]
        if "MetricStat" in each
    }
    asked = re.findall(r'_call\("(\w+)"', Path(dynamodb.__file__).read_text("utf-8"))
    assert operations == {name.title().replace("_", "") for name in asked} - {"Scan"}, "what the functions ask the table for"


def test_a_figure_that_is_watched_is_one_that_is_written(packed):
    written = "".join(path.read_text("utf-8") for path in (packed.folder / "chalicelib" / "web").glob("*.py"))
    ours = {
        alarm["MetricName"] for alarm in of_type(packed, "AWS::CloudWatch::Alarm").values() if alarm.get("Namespace") == "Duban"
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
    table = packed.resources["Table"]["Properties"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    policies = {one["Bucket"]["Ref"]: one["PolicyDocument"] for one in of_type(packed, "AWS::S3::BucketPolicy").values()}
    for name in BUCKETS:
        bucket = packed.resources[name]["Properties"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"] and bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        (denied,) = policies[name]["Statement"]
        assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert denied["Resource"] == [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]


def test_how_checkpoints_are_locked_is_said_by_whoever_deploys_to_production(packed):
    """Compliance cannot be undone: a mistaken deployment must not choose it by itself."""
    bucket, rule = (
        packed.resources["Checkpoints"]["Properties"],
        {"Mode": {"Ref": "CheckpointLock"}, "Days": {"Ref": "CheckpointDays"}},
    )
    assert bucket["ObjectLockEnabled"] and bucket["ObjectLockConfiguration"]["Rule"] == {"DefaultRetention": rule}
    dev, prod = (surroundings(stage)["Parameters"] for stage in STAGES)
    assert (dev["CheckpointLock"]["Default"], dev["CheckpointDays"]["Default"]) == ("GOVERNANCE", 1)
    assert "Default" not in prod["CheckpointLock"] and prod["CheckpointDays"]["Default"] >= 3652  # ten years
    assert prod["CheckpointLock"]["AllowedValues"] == ["GOVERNANCE", "COMPLIANCE"]


def test_who_asks_too_often_is_kept_away_and_no_path_is_sampled(packed):
    acl, where = packed.resources["WebACL"]["Properties"], packed.resources["WebACLOfTheAPI"]["Properties"]
    assert where["WebACLArn"] == {"Fn::GetAtt": ["WebACL", "Arn"]} and "restapis/${RestAPI}/stages/" in json.dumps(where)
    for rule in acl["Rules"]:
        assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        assert rule["Action"]["Block"]["CustomResponse"]["CustomResponseBodyKey"] in acl["CustomResponseBodies"]
    assert not any(each["VisibilityConfig"]["SampledRequestsEnabled"] for each in (acl, *acl["Rules"])), (
        "a path may hold a secret"
    )
    assert surroundings("prod")["Parameters"]["Firewall"]["Default"] == "make"


def test_an_api_with_a_domain_has_no_second_address(packed):
    assert packed.resources["RestAPI"]["Properties"]["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasDomain", True, False]}
    (rule,) = packed.template["Rules"].values()
    assert "CertificateArn" in json.dumps(rule["Assertions"])


def test_whoever_asks_without_a_token_is_slowed_down_and_every_request_is_logged_without_its_path(packed):
    api = packed.resources["RestAPI"]["Properties"]
    pace = {(one["HttpMethod"], one["ResourcePath"].replace("~1", "/")): one for one in api["MethodSettings"]}
    everything = pace.pop(("*", "/*"))["ThrottlingRateLimit"]
    for (method, path), limit in pace.items():
        assert method.lower() in api["DefinitionBody"]["paths"][path.removeprefix("/")], "a limit of nothing is refused"
        assert limit["ThrottlingRateLimit"] < everything
    assert {("POST", "//signin"), ("POST", "//signin/code"), ("POST", "//hooks/telegram")} <= set(pace)
    said = json.loads(api["AccessLogSetting"]["Format"])
    assert said["path"] == "$context.resourcePath" and "$context.path" not in said.values(), "a path may hold a secret"


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
        assert refusal["ResponseParameters"]["Headers"]["Strict-Transport-Security"]


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
