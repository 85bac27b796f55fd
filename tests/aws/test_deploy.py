"""The commands against AWS's API as botocore knows it: each call's shape is checked, each answer is scripted."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    UnauthorizedSSOTokenError,
)
from botocore.stub import ANY, Stubber

import ingest_stack.aws.cloud
from errors import CloudError
from ingest_stack.aws import templates
from ingest_stack.aws.cloud import in_words
from ingest_stack.aws.deploy import Changes, Place, Stacks

FIRST, SECOND = "eu-west-1", "eu-central-1"
ACCOUNT = "123456789012"
COPIES = {"Key": "arn:aws:kms:eu-central-1:1:key/k", "LakeCopyBucket": "menulens-lake-copy", "MenusCopyBucket": "m"}
OUTPUTS = {"SiteUrl": "https://d.cloudfront.net"}


def stack_id(region: str) -> str:
    return f"arn:aws:cloudformation:{region}:123456789012:stack/menulens/0"


def named(template: templates.Name, region: str) -> str:
    return templates.with_bucket_names(templates.render(template), "menulens", ACCOUNT, region)


class Aws:
    """Scripted clients by service and region."""

    def __init__(self) -> None:
        self._stubs: dict[tuple[str, str], Stubber] = {}

    def __call__(self, service: str, region: str) -> Any:
        if service == "sts":
            self.stub(service, region).add_response("get_caller_identity", {"Account": ACCOUNT})
        return self.stub(service, region).client

    def stub(self, service: str, region: str) -> Stubber:
        if (service, region) not in self._stubs:
            keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
            self._stubs[service, region] = Stubber(boto3.client(service, region_name=region, **keys))  # type: ignore[call-overload]
            self._stubs[service, region].activate()
        return self._stubs[service, region]

    def expect_all_asked(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()

    def stack(self, region: str, status: str | None, outputs: dict[str, str] | None = None, **parameters: str) -> None:
        """The next look at the stack in a region finds this."""
        stub = self.stub("cloudformation", region)
        if status is None:
            stub.add_client_error("describe_stacks", "ValidationError", "Stack with id menulens does not exist")
            return
        stub.add_response("describe_stacks", {"Stacks": [_stack(region, status, outputs or {}, parameters)]})

    def change(self, region: str, changes: list[str], sent: dict[str, Any]) -> None:
        """A change set is made, and does this."""
        stub, ids = self.stub("cloudformation", region), {"StackId": stack_id(region), "Id": "arn:change/set/1"}
        expected = {"StackName": "menulens", "ChangeSetName": ANY, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        if sent["ChangeSetType"] != "IMPORT":
            expected["ImportExistingResources"] = True
        stub.add_response("create_change_set", ids, expected | sent)
        stub.add_response("describe_change_set", {"Status": "CREATE_IN_PROGRESS"})
        if not changes:
            why = "The submitted information didn't contain changes. Submit different information."
            stub.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": why})
            stub.add_response("delete_change_set", {})
            return
        does = [{"Action": "Add", "LogicalResourceId": name, "ResourceType": "AWS::S3::Bucket"} for name in changes]
        listed = [{"Type": "Resource", "ResourceChange": each} for each in does]
        stub.add_response("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": listed})

    def nothing_left(self, template: templates.Name, region: str) -> None:
        """No bucket has a name that the template's have."""
        for _ in templates.buckets(named(template, region)):
            self.stub("s3", region).add_client_error("get_bucket_encryption", "NoSuchBucket")

    def follow(self, region: str, status: str, *events: tuple[str, str, str]) -> None:
        """What is done to the stack ends so; `events` are name, status and reason, in time's order, on two pages."""
        stub = self.stub("cloudformation", region)
        told = [("menulens", "CREATE_IN_PROGRESS", ""), *events]
        listed = [
            {
                "EventId": str(number),
                "StackId": stack_id(region),
                "StackName": "menulens",
                "Timestamp": 0,
                "LogicalResourceId": name,
                "PhysicalResourceId": stack_id(region) if name == "menulens" else name,
                "ResourceStatus": state,
                "ResourceStatusReason": why,
            }
            for number, (name, state, why) in enumerate(told)
        ]
        self.stack(region, status)
        stub.add_response("describe_stack_events", {"StackEvents": listed[:0:-1], "NextToken": "older"})
        older = {"StackEvents": listed[:1], "NextToken": "of before"}
        stub.add_response("describe_stack_events", older, {"StackName": stack_id(region), "NextToken": "older"})


def _stack(region: str, status: str, outputs: dict[str, str], parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "StackName": "menulens",
        "StackId": stack_id(region),
        "CreationTime": 0,
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }


@pytest.fixture
def aws() -> Iterator[Aws]:
    scripted = Aws()
    yield scripted
    scripted.expect_all_asked()


@pytest.fixture
def stacks(aws: Aws) -> tuple[Stacks, list[str]]:
    said: list[str] = []
    return Stacks(Place("menulens", FIRST, SECOND), said.append, aws, lambda _: None), said


def test_a_new_account_gets_the_second_region_first(aws: Aws, stacks: tuple[Stacks, list[str]]) -> None:
    mine, said = stacks
    shown: list[Changes] = []
    aws.stack(SECOND, None)
    aws.nothing_left("replica", SECOND)
    body = {"ChangeSetType": "CREATE", "Parameters": [], "TemplateBody": named("replica", SECOND)}
    aws.change(SECOND, ["Key", "LakeCopyBucket"], body)
    aws.stub("cloudformation", SECOND).add_response("execute_change_set", {})
    aws.follow(SECOND, "CREATE_COMPLETE", ("Key", "CREATE_COMPLETE", ""))
    aws.stack(SECOND, "CREATE_COMPLETE", COPIES)
    rendered = named("template", FIRST).encode()
    assert b"BucketName: menulens-lake-123456789012-eu-west-1\n" in rendered
    aws.stub("s3", SECOND).add_response(
        "put_object", {}, {"Bucket": "menulens-lake-copy", "Key": ANY, "Body": rendered}
    )
    aws.stack(FIRST, None)
    aws.nothing_left("template", FIRST)
    links = [
        {"ParameterKey": "ReplicaRegion", "ParameterValue": SECOND},
        {"ParameterKey": "ReplicaKey", "ParameterValue": COPIES["Key"]},
        {"ParameterKey": "AlarmEmail", "ParameterValue": "ops@example.com"},
    ]
    aws.change(FIRST, ["Stream"], {"ChangeSetType": "CREATE", "Parameters": links, "TemplateURL": ANY})
    aws.stub("cloudformation", FIRST).add_response("execute_change_set", {})
    aws.follow(FIRST, "CREATE_COMPLETE", ("Stream", "CREATE_COMPLETE", ""))
    aws.stack(FIRST, "CREATE_COMPLETE", OUTPUTS)
    outputs = mine.deploy({"AlarmEmail": "ops@example.com"}, lambda changes: shown.append(changes) is None)
    assert outputs == OUTPUTS
    assert [each.region for each in shown] == [SECOND, FIRST], "each is shown before it is done"
    assert list(shown[0].lines())[:2] == [f"menulens in {SECOND} is new: 2 resources.", "  add     Key (S3::Bucket)"]
    assert said == ["  create complete: Key", "  create complete: Stream"]


def under(key: str, region: str) -> dict[str, Any]:
    """How S3 says that a bucket is under this key."""
    said = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": said}]}


def test_buckets_that_an_earlier_stack_left_are_taken_over_under_their_key(
    aws: Aws, stacks: tuple[Stacks, list[str]]
) -> None:
    mine, _ = stacks
    unchanged(aws, SECOND, {"Parameters": ANY, "TemplateBody": ANY}, COPIES)
    aws.stub("s3", SECOND).add_response("put_object", {})
    aws.stack(FIRST, None)
    s3, formation = aws.stub("s3", FIRST), aws.stub("cloudformation", FIRST)
    for _ in templates.buckets(named("template", FIRST)):
        s3.add_response("get_bucket_encryption", {"ServerSideEncryptionConfiguration": under("of-before", FIRST)})
    key = {"ResourceType": "AWS::KMS::Key", "LogicalResourceId": "Key", "ResourceIdentifier": {"KeyId": "of-before"}}
    alone = {"TemplateBody": templates.key_alone(named("template", FIRST)), "ResourcesToImport": [key]}
    aws.change(FIRST, ["Key"], {"ChangeSetType": "IMPORT", "Parameters": ANY, **alone})
    formation.add_response("execute_change_set", {})
    aws.follow(FIRST, "IMPORT_COMPLETE", ("Key", "IMPORT_COMPLETE", ""))
    lake = f"menulens-lake-{ACCOUNT}-{FIRST}"
    for folder in ("derived/", "rollups/"):
        found = {"Contents": [{"Key": f"{folder}last"}]}
        s3.add_response("list_objects_v2", found, {"Bucket": lake, "Prefix": folder})
        gone = {"Objects": [{"Key": f"{folder}last"}], "Quiet": True}
        s3.add_response("delete_objects", {}, {"Bucket": lake, "Delete": gone})
    aws.stack(FIRST, "IMPORT_COMPLETE", ReplicaRegion=SECOND, ReplicaKey="k")
    aws.change(FIRST, ["LakeBucket"], {"ChangeSetType": "UPDATE", "Parameters": ANY, "TemplateURL": ANY})
    formation.add_response("execute_change_set", {})
    aws.follow(FIRST, "UPDATE_COMPLETE", ("LakeBucket", "IMPORT_COMPLETE", ""))
    aws.stack(FIRST, "UPDATE_COMPLETE", OUTPUTS)
    assert mine.deploy({}, lambda _: True) == OUTPUTS


def unchanged(aws: Aws, region: str, sent: dict[str, Any], outputs: dict[str, str], **parameters: str) -> None:
    aws.stack(region, "UPDATE_COMPLETE", outputs, **parameters)
    aws.change(region, [], {"ChangeSetType": "UPDATE", **sent})
    aws.stack(region, "UPDATE_COMPLETE", outputs, **parameters)


def test_what_is_deployed_already_stays_and_keeps_what_it_was_told(aws: Aws, stacks: tuple[Stacks, list[str]]) -> None:
    mine, said = stacks
    kept = [{"ParameterKey": "KeyRotationDays", "UsePreviousValue": True}]
    unchanged(aws, SECOND, {"Parameters": kept, "TemplateBody": ANY}, COPIES, KeyRotationDays="365")
    aws.stub("s3", SECOND).add_response("put_object", {})
    told = [
        {"ParameterKey": "ReplicaRegion", "ParameterValue": SECOND},
        {"ParameterKey": "ReplicaKey", "ParameterValue": COPIES["Key"]},
        {"ParameterKey": "AlarmEmail", "UsePreviousValue": True},
    ]
    parameters = {"ReplicaRegion": SECOND, "ReplicaKey": "k", "AlarmEmail": "a@b", "OneOfLongAgo": "1"}
    unchanged(aws, FIRST, {"Parameters": told, "TemplateURL": ANY}, OUTPUTS, **parameters)
    assert mine.deploy({}, _never) == OUTPUTS
    assert [line.partition(" is ")[2] for line in said] == ["as it should be: no change."] * 2


HOSTED = {"DashboardUrl": "https://numbers.example.com", "BalancerDomain": "b.elb.amazonaws.com"}


def test_the_dashboard_is_hosted_for_who_asks_and_told_where_everything_is(
    aws: Aws, stacks: tuple[Stacks, list[str]]
) -> None:
    mine, _ = stacks
    of_first = {parameter: f"the-{parameter}" for parameter in templates.parameters("dashboard")}
    of_first["DashboardPolicy"] = of_first.pop("DataPolicy")
    unchanged(aws, SECOND, {"Parameters": ANY, "TemplateBody": ANY}, COPIES)
    aws.stub("s3", SECOND).add_response("put_object", {})
    unchanged(aws, FIRST, {"Parameters": ANY, "TemplateURL": ANY}, of_first)
    aws.stack(FIRST, None)
    told = {
        **{name: f"the-{name}" for name in ("MenusPolicy", "PeoplePolicy", "Key", "Topic", "MenusBucket")},
        **{name: f"the-{name}" for name in ("LakeBucket", "Database", "WorkGroup", "SiteUrl")},
        "DataPolicy": "the-DataPolicy",
        "DashboardDomain": "numbers.example.com",
    }
    sent = [
        {"ParameterKey": name, "ParameterValue": told[name]}
        for name in templates.parameters("dashboard")
        if name in told
    ]
    hosts = {
        "ChangeSetType": "CREATE",
        "StackName": "menulens-dashboard",
        "TemplateBody": templates.render("dashboard"),
    }
    aws.change(FIRST, ["Service"], hosts | {"Parameters": sent})
    aws.stub("cloudformation", FIRST).add_response("execute_change_set", {})
    aws.follow(FIRST, "CREATE_COMPLETE", ("Service", "CREATE_COMPLETE", ""))
    aws.stack(FIRST, "CREATE_COMPLETE", HOSTED)
    outputs = mine.deploy({"DashboardDomain": "numbers.example.com"}, lambda _: True, dashboard=True)
    assert outputs is not None
    assert outputs.items() >= HOSTED.items()


def test_a_dashboard_that_was_left_half_done_is_cleared_away_alone(
    aws: Aws,
    stacks: tuple[Stacks, list[str]],
    command: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unchanged(aws, SECOND, {"Parameters": ANY, "TemplateBody": ANY}, COPIES)
    aws.stub("s3", SECOND).add_response("put_object", {})
    outputs = dict.fromkeys((*templates.parameters("dashboard"), "DashboardPolicy"), "x")
    unchanged(aws, FIRST, {"Parameters": ANY, "TemplateURL": ANY}, outputs)
    aws.stack(FIRST, "ROLLBACK_COMPLETE")
    with pytest.raises(
        CloudError, match=r"menulens-dashboard in eu-west-1 .*`menulens aws destroy --dashboard` clears"
    ):
        stacks[0].deploy({}, _never, dashboard=True)
    monkeypatch.setattr(Stacks.__init__, "__defaults__", (aws, lambda _: None))
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    aws.stack(FIRST, "ROLLBACK_COMPLETE")
    _resources(aws, FIRST, ("AWS::ECS::Cluster", "menulens-dashboard"))
    _deletion(aws, FIRST)
    assert command("aws", "destroy", "--dashboard")[:2] == (
        0,
        "  delete complete: Topic\nmenulens-dashboard is away.\n",
    )
    assert command("aws", "destroy", "--dashboard", "--data-too")[0] == 2


def test_what_is_the_dashboards_is_no_parameter_while_nobody_hosts_one(stacks: tuple[Stacks, list[str]]) -> None:
    with pytest.raises(CloudError, match="no parameter 'DashboardDomain'"):
        stacks[0].deploy({"DashboardDomain": "numbers.example.com"}, _never)


def _never(_: Changes) -> bool:
    raise AssertionError("nothing is to be approved")


def test_who_says_no_leaves_nothing_behind(aws: Aws, stacks: tuple[Stacks, list[str]]) -> None:
    aws.stack(SECOND, "REVIEW_IN_PROGRESS")
    aws.nothing_left("replica", SECOND)
    aws.change(SECOND, ["Key"], {"ChangeSetType": "CREATE", "Parameters": [], "TemplateBody": ANY})
    aws.stub("cloudformation", SECOND).add_response("delete_change_set", {})
    aws.stub("cloudformation", SECOND).add_response("delete_stack", {}, {"StackName": stack_id(SECOND)})
    assert stacks[0].deploy({}, lambda _: False) is None


@pytest.mark.parametrize(
    ("reason", "way_out"),
    [
        ("menulens-lake already exists", "The name is taken: choose another --name"),
        ("The maximum limit of buckets was reached", "Ask for more under Service Quotas"),
        ("decreases account's UnreservedConcurrentExecution below its minimum", "A new account has no Lambda to spare"),
        ("Certificate 'arn:…' not found", "It must be issued in ACM: the site's in us-east-1"),
        ("ECS Deployment Circuit Breaker was triggered", "Its task doesn't start: does the repository have ImageTag"),
        ("Unrecognized resource types: [AWS::Scheduler::Schedule]", "The region hasn't all that this needs"),
        ("User is not authorized to perform: kms:CreateKey", "Ask who runs the account"),
        ("Something else", "Mend that, then deploy again"),
    ],
)
def test_a_failure_says_what_failed_first_and_the_way_out(
    aws: Aws, stacks: tuple[Stacks, list[str]], reason: str, way_out: str
) -> None:
    aws.stack(SECOND, None)
    aws.nothing_left("replica", SECOND)
    aws.change(SECOND, ["Key"], {"ChangeSetType": "CREATE", "Parameters": [], "TemplateBody": ANY})
    aws.stub("cloudformation", SECOND).add_response("execute_change_set", {})
    aws.follow(
        SECOND,
        "ROLLBACK_COMPLETE",
        ("Key", "CREATE_COMPLETE", ""),
        ("LakeCopyBucket", "CREATE_FAILED", reason),
        ("MenusCopyBucket", "CREATE_FAILED", "Resource creation cancelled"),
        ("menulens", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
    )
    with pytest.raises(CloudError) as failed:
        stacks[0].deploy({}, lambda _: True)
    assert str(failed.value).startswith(
        f"menulens in {SECOND} is ROLLBACK_COMPLETE: LakeCopyBucket: {reason}. What was begun was undone. {way_out}"
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("UPDATE_IN_PROGRESS", "is being changed just now .* Wait until it is done"),
        ("ROLLBACK_COMPLETE", "left half-done .*`menulens aws destroy` clears it away"),
        ("DELETE_FAILED", "left half-done"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --region eu-central-1"),
    ],
)
def test_a_stack_in_no_state_to_be_changed_says_the_way_out(
    aws: Aws, stacks: tuple[Stacks, list[str]], status: str, words: str
) -> None:
    aws.stack(SECOND, status)
    with pytest.raises(CloudError, match=words):
        stacks[0].deploy({}, _never)


def test_a_parameter_that_the_template_has_not_is_refused_before_anything_is_asked(
    stacks: tuple[Stacks, list[str]],
) -> None:
    with pytest.raises(CloudError, match=r"no parameter 'Colour'\. It has AlarmEmail, Buffer"):
        stacks[0].deploy({"Colour": "red"}, _never)


@pytest.mark.parametrize("name", ["", "x", "Menulens", "menu_lens", "-menulens", "m" * 21])
def test_a_name_that_no_bucket_can_have_is_refused(name: str) -> None:
    with pytest.raises(CloudError, match="can't name a stack"):
        Place(name, FIRST, SECOND)


def test_a_stack_is_not_called_like_the_dashboard_of_another() -> None:
    with pytest.raises(CloudError, match="what a hosted dashboard's stack is called"):
        Place("menulens-dashboard", FIRST, SECOND)


def _client_error(code: str, message: str = "What AWS says.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (NoCredentialsError(), r"There are no credentials for AWS\. Sign in"),
        (EndpointConnectionError(endpoint_url="x"), "can't be reached in 'eu-west-1'. Check the network, and that"),
        (ConnectTimeoutError(endpoint_url="x"), "can't be reached in 'eu-west-1'. Check the network"),
        (InvalidRegionError(region_name="EU west"), "that this is a region's name, such as eu-west-1"),
        (UnauthorizedSSOTokenError(), "The SSO session .* has expired.* Sign in"),
        (_client_error("NoSuchBucket"), r"A bucket of the stacks isn't there any more\. Take the stacks away"),
        (
            _client_error("ValidationError", "Parameters: [DashboardDomain] must have values"),
            r"DashboardDomain\] must have values\. Give each with --set",
        ),
        (_client_error("ExpiredToken"), r"The sign-in to AWS has expired\. Sign in"),
        (_client_error("InvalidClientTokenId"), "AWS doesn't know these credentials"),
        (_client_error("OptInRequired"), "hasn't enabled this region"),
        (_client_error("AccessDenied"), r"Can't try in eu-west-1: What AWS says\. Ask who runs the account"),
        (_client_error("LimitExceededException"), "Service Quotas in eu-west-1"),
        (_client_error("ValidationError"), r"^Can't try in eu-west-1: What AWS says\.$"),
    ],
)
def test_what_aws_refuses_is_a_sentence_with_a_way_out(problem: Exception, words: str) -> None:
    with pytest.raises(CloudError, match=words), in_words("try", FIRST):
        raise problem


def _resources(aws: Aws, region: str, *resources: tuple[str, str]) -> None:
    listed = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": name,
            "ResourceType": kind,
            "LastUpdatedTimestamp": 0,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for kind, name in resources
    ]
    aws.stub("cloudformation", region).add_response("list_stack_resources", {"StackResourceSummaries": listed})


def _deletion(aws: Aws, region: str) -> None:
    aws.stub("cloudformation", region).add_response("delete_stack", {}, {"StackName": stack_id(region)})
    aws.follow(region, "DELETE_COMPLETE", ("Topic", "DELETE_COMPLETE", ""))


def test_destroying_keeps_every_bucket_and_says_which(aws: Aws, stacks: tuple[Stacks, list[str]]) -> None:
    aws.stack(FIRST, None)  # nobody hosts the dashboard
    for region, bucket in ((FIRST, "lake"), (SECOND, "lake-copy")):
        aws.stack(region, "UPDATE_COMPLETE")
        _resources(aws, region, ("AWS::S3::Bucket", bucket), ("AWS::KMS::Key", "key"), ("AWS::SNS::Topic", "topic"))
        _deletion(aws, region)
    assert stacks[0].destroy(data_too=False) == ["lake", "lake-copy"]


def test_destroying_the_data_too_removes_every_version_and_lets_the_keys_go(
    aws: Aws, stacks: tuple[Stacks, list[str]]
) -> None:
    aws.stack(FIRST, None)
    aws.stack(FIRST, "ROLLBACK_COMPLETE")
    _resources(aws, FIRST, ("AWS::S3::Bucket", "lake"), ("AWS::KMS::Key", "key"))
    _deletion(aws, FIRST)
    s3 = aws.stub("s3", FIRST)
    found = {"Versions": [{"Key": "a", "VersionId": "1"}], "DeleteMarkers": [{"Key": "a", "VersionId": "2"}]}
    s3.add_response("list_object_versions", found, {"Bucket": "lake"})
    both = {"Objects": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}], "Quiet": True}
    s3.add_response("delete_objects", {}, {"Bucket": "lake", "Delete": both})
    s3.add_response("delete_bucket", {}, {"Bucket": "lake"})
    aws.stub("kms", FIRST).add_response("schedule_key_deletion", {}, {"KeyId": "key", "PendingWindowInDays": 30})
    aws.stack(SECOND, None)
    aws.nothing_left("replica", SECOND)
    assert stacks[0].destroy(data_too=True) == []


@pytest.mark.parametrize("data_too", [False, True])
def test_what_stacks_left_that_are_gone_is_still_told_and_removed(
    aws: Aws, stacks: tuple[Stacks, list[str]], data_too: bool
) -> None:
    aws.stack(FIRST, None)
    aws.stack(FIRST, None)
    aws.nothing_left("template", FIRST)
    aws.stack(SECOND, None)
    s3, kms = aws.stub("s3", SECOND), aws.stub("kms", SECOND)
    buckets = list(templates.buckets(named("replica", SECOND)).values())
    for _ in buckets:
        s3.add_response("get_bucket_encryption", {"ServerSideEncryptionConfiguration": under("of-before", SECOND)})
    if data_too:
        for bucket in buckets:
            s3.add_response("list_object_versions", {}, {"Bucket": bucket})
            s3.add_response("delete_bucket", {}, {"Bucket": bucket})
        kms.add_response("schedule_key_deletion", {}, {"KeyId": "of-before", "PendingWindowInDays": 30})
    assert stacks[0].destroy(data_too=data_too) == ([] if data_too else buckets)


def test_a_stack_that_is_not_there_is_said(aws: Aws, stacks: tuple[Stacks, list[str]]) -> None:
    aws.stack(FIRST, None)
    aws.stack(FIRST, None)
    assert stacks[0].status("template") == ""
    with pytest.raises(CloudError, match="There is no stack menulens in eu-west-1"):
        stacks[0].outputs("template")


def test_the_commands_ask_before_they_change_and_say_where_things_are(
    aws: Aws, command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stacks.__init__, "__defaults__", (aws, lambda _: None))
    aws.stack(SECOND, None)
    aws.nothing_left("replica", SECOND)
    aws.change(SECOND, ["Key"], {"ChangeSetType": "CREATE", "Parameters": [], "TemplateBody": ANY})
    aws.stub("cloudformation", SECOND).add_response("delete_change_set", {})
    aws.stub("cloudformation", SECOND).add_response("delete_stack", {})
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    code, out, _ = command("aws", "deploy")
    assert (code, out.splitlines()[-1]) == (0, "Nothing was changed.")
    assert "add     Key" in out
    for region, outputs in ((FIRST, OUTPUTS), (SECOND, COPIES)):
        aws.stack(region, "CREATE_COMPLETE", outputs)
    aws.stack(FIRST, None)
    aws.stack(FIRST, "CREATE_COMPLETE", OUTPUTS)
    alarms = [
        {"AlarmName": "menulens: events can't be stored", "StateValue": "ALARM"},
        {"AlarmName": "menulens-dashboard: the dashboard doesn't answer", "StateValue": "OK"},
        {"AlarmName": "menulens2: another's", "StateValue": "ALARM"},
    ]
    aws.stub("cloudwatch", FIRST).add_response(
        "describe_alarms", {"MetricAlarms": alarms}, {"AlarmNamePrefix": "menulens"}
    )
    code, out, _ = command("aws", "status")
    assert code == 1, "an alarm rings"
    assert "SiteUrl: https://d.cloudfront.net" in out
    assert out.splitlines()[-2:] == [
        "alarm: menulens: events can't be stored",
        "ok: menulens-dashboard: the dashboard doesn't answer",
    ]
    assert "dashboard: " not in out.splitlines(), "nobody has to host one"
    code, out, _ = command("aws", "destroy")
    assert (code, out) == (0, "Nothing was changed.\n")


def test_data_is_only_removed_for_who_writes_the_name(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **__: "yes")
    assert command("aws", "destroy", "--data-too")[1].splitlines()[-1] == "Nothing was changed."


def test_without_credentials_a_command_says_how_to_sign_in(
    command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_stack.aws.cloud.boto3, "Session", _unsigned)
    code, _, said = command("aws", "status")
    assert (code, said.startswith("menulens: There are no credentials for AWS. Sign in")) == (1, True)


def _unsigned() -> Any:
    raise NoCredentialsError
