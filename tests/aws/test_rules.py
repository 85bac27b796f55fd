"""What scanners don't notice, as rules; each must hold for the templates, and be missed where a copy is broken."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.aws.conftest import Template, everything_in, of_kind

Templates = dict[str, Template]
Found = Iterator[str]
OUR_KEY = {"Fn::GetAtt": ["Key", "Arn"]}
HANDED_KEY = {"Ref": "Key"}  # the dashboard's stack gets the first region's as a parameter
KNOW_NO_RESOURCES = {"cloudwatch:GetMetricStatistics", "kms:CreateKey", "logs:DescribeLogGroups"} | {
    "ecr:GetAuthorizationToken"
}  # AWS has none there
S3S_OWN_KEY = {"LogsBucket"}  # S3 delivers access logs to no other bucket
SERVICES = {"ApiGateway", "Athena", "Budgets", "CloudFront", "CloudWatch", "Glue", "IAM", "KMS", "KinesisFirehose"} | {
    *("Lambda", "Logs", "S3", "SNS", "Scheduler", "StepFunctions")
}
BY_THE_HOUR = {"EC2", "ECR", "ECS", "ElasticLoadBalancingV2", "SecretsManager"}  # for who hosts the dashboard
KEPT_COPIES = {
    "MenusBucket": {""},
    "LakeBucket": {"requests/", "errors/", "restaurants/", "menu_items/", "recommendation_rules/"},
}


def each(templates: Templates, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for template in templates.values():
        yield from of_kind(template, kind).items()


def properties(templates: Templates, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, resource["Properties"]) for name, resource in each(templates, kind))


def statements(templates: Templates) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy, with the resource it stands in."""
    for template in templates.values():
        for name, resource in template["Resources"].items():
            for node in everything_in(resource):
                if isinstance(node, dict) and "Effect" in node:
                    yield name, node


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def nobody_in_general_is_allowed_anything(templates: Templates) -> Found:
    for name, statement in statements(templates):
        principals = statement.get("Principal", {})
        everybody = principals == "*" or "*" in [who for kind in dict(principals).values() for who in listed(kind)]
        if statement["Effect"] == "Allow" and everybody:
            yield name


def services_act_for_this_account_only(templates: Templates) -> Found:
    for name, statement in statements(templates):
        if "Service" in statement.get("Principal", {}) and name != "ApiLogRole":  # the account's, not ours
            about = [key for each in statement.get("Condition", {}).values() for key in each]
            if not {"aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"} & set(about):
                yield name


def a_role_can_do_its_task_only(templates: Templates) -> Found:
    for name, statement in statements(templates):
        if name == "Key" or statement["Effect"] == "Deny":
            continue
        if any("*" in action for action in listed(statement["Action"])):
            yield f"{name}: action"
        knows_resources = not set(listed(statement["Action"])) <= KNOW_NO_RESOURCES
        if knows_resources and "*" in listed(statement.get("Resource", [])):
            yield f"{name}: resource"


def firehose_encrypts_with_our_key(templates: Templates) -> Found:
    for name, stream in properties(templates, "KinesisFirehose::DeliveryStream"):
        waiting = stream.get("DeliveryStreamEncryptionConfigurationInput", {})
        if (waiting.get("KeyType"), waiting.get("KeyARN")) != ("CUSTOMER_MANAGED_CMK", OUR_KEY):
            yield f"{name}: waiting"
        written = stream["ExtendedS3DestinationConfiguration"].get("EncryptionConfiguration", {})
        if written.get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN") != OUR_KEY:
            yield f"{name}: written"


def every_bucket_is_under_our_key(templates: Templates) -> Found:
    for name, bucket in properties(templates, "S3::Bucket"):
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") != OUR_KEY and name not in S3S_OWN_KEY:
            yield name


def everything_else_at_rest_is_under_our_key(templates: Templates) -> Found:
    places = {"Logs::LogGroup": ["KmsKeyId"], "SNS::Topic": ["KmsMasterKeyId"], "Lambda::Function": ["KmsKeyArn"]}
    places |= {"SecretsManager::Secret": ["KmsKeyId"], "ECR::Repository": ["EncryptionConfiguration", "KmsKey"]}
    places["Athena::WorkGroup"] = ["WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"]
    for kind, path in places.items():
        for name, node in properties(templates, kind):
            for step in path:
                node = node.get(step, {})
            if node not in (OUR_KEY, HANDED_KEY):
                yield name


def keys_are_rotated(templates: Templates) -> Found:
    return (name for name, key in properties(templates, "KMS::Key") if key.get("EnableKeyRotation") is not True)


def what_cannot_be_had_again_is_copied(templates: Templates) -> Found:
    copies = {bucket["BucketName"]["Fn::Sub"] for _, bucket in properties({"": templates["replica"]}, "S3::Bucket")}
    for name, wanted in KEPT_COPIES.items():
        bucket = templates["template"]["Resources"][name]["Properties"]
        copied = set()
        for rule in bucket.get("ReplicationConfiguration", {}).get("Rules", []):
            to = rule["Destination"]
            where = to["Bucket"]["Fn::Sub"].removeprefix("arn:${AWS::Partition}:s3:::")
            if (
                rule["Status"] == "Enabled"
                and rule["DeleteMarkerReplication"]["Status"] == "Enabled"
                and rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects") == {"Status": "Enabled"}
                and to.get("EncryptionConfiguration") == {"ReplicaKmsKeyID": {"Ref": "ReplicaKey"}}
                and where.replace("${ReplicaRegion}", "${AWS::Region}") in copies
            ):
                copied.add(rule["Filter"]["Prefix"])
        yield from (f"{name}: {prefix}" for prefix in wanted - copied)


def buckets_are_versioned_private_and_tidied(templates: Templates) -> Found:
    for name, bucket in properties(templates, "S3::Bucket"):
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name}: versions"
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(blocked.values()):
            yield f"{name}: public"
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any("NoncurrentVersionExpiration" in rule and rule["Status"] == "Enabled" for rule in rules):
            yield f"{name}: lifecycle"


def buckets_are_reached_over_tls_only(templates: Templates) -> Found:
    for template in templates.values():
        for name in of_kind(template, "S3::Bucket"):
            both = [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
            denials = [
                statement
                for policy in of_kind(template, "S3::BucketPolicy").values()
                if policy["Properties"]["Bucket"] == {"Ref": name}
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]
                if (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
                and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                and statement["Resource"] == both
            ]
            if not denials:
                yield name


def the_site_is_read_through_our_distribution_only(templates: Templates) -> Found:
    distribution = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    for name, statement in statements(templates):
        if name.endswith("BucketPolicy") and statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}:
            if statement["Condition"] != {"StringEquals": {"aws:SourceArn": distribution}}:
                yield f"{name}: {statement['Sid']}"
            if statement["Action"] not in ("s3:GetObject", "s3:ListBucket"):
                yield f"{name}: {statement['Action']}"
            if statement["Action"] == "s3:GetObject" and statement["Resource"] != {
                "Fn::Sub": "${MenusBucket.Arn}/site/*"
            }:
                yield f"{name}: more than the site"


def a_table_is_what_is_read_of_the_lake(templates: Templates) -> Found:
    tables = {
        table["TableInput"]["StorageDescriptor"]["Location"]["Fn::Sub"].split("/")[3]
        for _, table in properties(templates, "Glue::Table")
    }
    for name, statement in statements(templates):
        if statement["Effect"] == "Allow" and "s3:GetObject" in listed(statement["Action"]):
            places = [place["Fn::Sub"] for place in listed(statement["Resource"]) if "Fn::Sub" in place]
            read = {place.split("/")[1] for place in places if place.startswith("${LakeBucket.Arn}/")}
            yield from (f"{name}: {folder}" for folder in read - tables - {"derived"})


def who_people_are_is_read_by_who_signs_them_in_only(templates: Templates) -> Found:
    """Accounts and sessions lie in the menus' bucket: all others are allowed menus, site and audit by name."""
    for name, statement in statements(templates):
        objects = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} & {*listed(statement["Action"])}
        places = [
            place.get("Fn::Sub", "") for place in listed(statement.get("Resource", [])) if isinstance(place, dict)
        ]
        within = [place.partition("/")[2] for place in places if place.startswith("${MenusBucket.Arn}/")]
        if statement["Effect"] == "Allow" and objects and name != "PeoplePolicy":
            yield from (f"{name}: {place}" for place in within if not place.startswith(("menus/", "site/", "audit/")))
        lists = "s3:ListBucket" in listed(statement["Action"]) and {"Fn::GetAtt": ["MenusBucket", "Arn"]} in listed(
            statement["Resource"]
        )
        if lists and "Condition" not in statement:
            yield f"{name}: list"


def what_was_done_stays_written_down(templates: Templates) -> Found:
    for name, statement in statements(templates):
        if "s3:DeleteObject" in listed(statement["Action"]) and any(
            "/audit/" in str(at) for at in listed(statement["Resource"])
        ):
            yield name


def data_and_keys_outlive_the_stack(templates: Templates) -> Found:
    for kind in ("S3::Bucket", "KMS::Key"):
        for name, resource in each(templates, kind):
            policies = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
            if policies != ("RetainExceptOnCreate", "Retain"):
                yield name


def no_log_knows_guests(templates: Templates) -> Found:
    for name, stage in properties(templates, "ApiGateway::Stage"):
        if any(word in stage["AccessLogSetting"]["Format"] for word in ("identity", "input", "requestOverride")):
            yield f"{name}: access log"
        if any(setting["DataTraceEnabled"] or setting["LoggingLevel"] != "OFF" for setting in stage["MethodSettings"]):
            yield f"{name}: execution log"
    for name, distribution in properties(templates, "CloudFront::Distribution"):
        if "Logging" in distribution["DistributionConfig"]:
            yield f"{name}: CloudFront's log"


def the_endpoint_is_throttled_and_validates(templates: Templates) -> Found:
    for name, stage in properties(templates, "ApiGateway::Stage"):
        if not all(
            {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= setting.keys() for setting in stage["MethodSettings"]
        ):
            yield name
    for name, method in properties(templates, "ApiGateway::Method"):
        if method["HttpMethod"] == "POST" and (
            "RequestValidatorId" not in method or method["Integration"]["PassthroughBehavior"] != "NEVER"
        ):
            yield name
    for name, validator in properties(templates, "ApiGateway::RequestValidator"):
        if validator.get("ValidateRequestBody") is not True:
            yield name


def the_user_agent_is_forwarded_to_the_endpoint_only(templates: Templates) -> Found:
    for _, distribution in properties(templates, "CloudFront::Distribution"):
        config = distribution["DistributionConfig"]
        for behavior in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
            if ("OriginRequestPolicyId" in behavior) != (behavior["TargetOriginId"] == "events"):
                yield behavior["TargetOriginId"]


def whoever_can_answer_a_browser_says_that_it_may_read_it(templates: Templates) -> Found:
    for name, response in properties(templates, "ApiGateway::GatewayResponse"):
        if response.get("ResponseParameters", {}).get("gatewayresponse.header.Access-Control-Allow-Origin") != "'*'":
            yield name
    for name, method in properties(templates, "ApiGateway::Method"):
        for response in method["Integration"]["IntegrationResponses"]:
            if response["ResponseParameters"].get("method.response.header.Access-Control-Allow-Origin") != "'*'":
                yield f"{name}: {response['StatusCode']}"


def no_header_lets_any_inline_script_run(templates: Templates) -> Found:
    for template in templates.values():
        for name, resource in template["Resources"].items():
            if any(isinstance(node, str) and "unsafe-inline" in node for node in everything_in(resource)):
                yield name
    for _, distribution in properties(templates, "CloudFront::Distribution"):
        site = distribution["DistributionConfig"]["DefaultCacheBehavior"]
        made = {"EventType": "viewer-response", "FunctionARN": {"Fn::GetAtt": ["SitePolicies", "FunctionARN"]}}
        if made not in site["FunctionAssociations"]:
            yield "no policy"


def nothing_runs_while_nobody_comes(templates: Templates) -> Found:
    for which, template in templates.items():
        for name, resource in template["Resources"].items():
            service = resource["Type"].removeprefix("AWS::").split("::")[0]
            if service not in (SERVICES | BY_THE_HOUR if which == "dashboard" else SERVICES):
                yield f"{name}: {service} must be priced first"


def people_reach_the_dashboard_by_tls_only(templates: Templates) -> Found:
    for name, listener in properties(templates, "ElasticLoadBalancingV2::Listener"):
        (action,) = listener["DefaultActions"]
        if listener["Protocol"] == "HTTP" and action.get("RedirectConfig", {}).get("Protocol") != "HTTPS":
            yield f"{name}: plain"
        if listener["Protocol"] == "HTTPS" and "TLS13" not in listener.get("SslPolicy", ""):
            yield f"{name}: old TLS"
        if action["Type"] == "forward":
            yield f"{name}: any name"


def nobody_but_the_balancer_reaches_a_task(templates: Templates) -> Found:
    for name, group in properties(templates, "EC2::SecurityGroup"):
        for each in group["SecurityGroupIngress"]:
            if name == "TaskGroup" and each.get("SourceSecurityGroupId") != {"Ref": "BalancerGroup"}:
                yield name
            if each["FromPort"] != each["ToPort"] or each["ToPort"] not in (80, 443, 8501):
                yield f"{name}: {each['ToPort']}"
    for name, service in properties(templates, "ECS::Service"):
        if service["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"] != [{"Ref": "TaskGroup"}]:
            yield name


def a_task_can_change_nothing_of_itself(templates: Templates) -> Found:
    for name, task in properties(templates, "ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            if container.get("ReadonlyRootFilesystem") is not True:
                yield f"{name}: written"
            if container.get("User", "0") in ("0", "root") or container.get("Privileged"):
                yield f"{name}: root"
            if container["LinuxParameters"]["Capabilities"] != {"Drop": ["ALL"]}:
                yield f"{name}: capabilities"
            for variable in container["Environment"]:
                if any(word in variable["Name"] for word in ("SECRET", "PASSWORD", "TOKEN")):
                    yield f"{name}: {variable['Name']}"


def a_tag_of_an_image_is_one_image(templates: Templates) -> Found:
    for name, repository in properties(templates, "ECR::Repository"):
        if repository.get("ImageTagMutability") != "IMMUTABLE":
            yield name


def every_alarm_is_told(templates: Templates) -> Found:
    for name, alarm in properties(templates, "CloudWatch::Alarm"):
        if alarm.get("AlarmActions") != [{"Ref": "Topic"}] or "TreatMissingData" not in alarm:
            yield name
    for name, budget in properties(templates, "Budgets::Budget"):
        told = [who["Address"] for note in budget["NotificationsWithSubscribers"] for who in note["Subscribers"]]
        if told != [{"Ref": "Topic"}, {"Ref": "Topic"}]:
            yield name


def athena_is_held_by_its_workgroup(templates: Templates) -> Found:
    for name, group in properties(templates, "Athena::WorkGroup"):
        held = group["WorkGroupConfiguration"]
        if held.get("EnforceWorkGroupConfiguration") is not True:
            yield f"{name}: enforced"
        if held.get("PublishCloudWatchMetricsEnabled") is not True:
            yield f"{name}: metrics"
        if "BytesScannedCutoffPerQuery" not in held:
            yield f"{name}: cut-off"


def what_is_left_can_be_taken_over(templates: Templates) -> Found:
    """A bucket that outlives its stack names a role: the next stack's must have that name."""
    roles = {copies["Role"]["Fn::GetAtt"][0] for copies in everything_in(templates["template"]) if _copies(copies)}
    for name, role in properties(templates, "IAM::Role"):
        if name in roles and "RoleName" not in role:
            yield name


def _copies(node: Any) -> bool:
    return isinstance(node, dict) and {"Role", "Rules"} <= node.keys()


def a_stack_that_was_used_can_go(templates: Templates) -> Found:
    for name, group in properties(templates, "Athena::WorkGroup"):  # it remembers what it was asked
        if group.get("RecursiveDeleteOption") is not True:
            yield name


def athena_can_name_the_database(templates: Templates) -> Found:
    """Letters, digits and underscores; stacks have hyphens."""
    for name, database in properties(templates, "Glue::Database"):
        if database["DatabaseInput"]["Name"] != {"Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "AWS::StackName"}]}]}:
            yield name


@dataclass(frozen=True)
class Break:
    """A rule, and a change to the templates that it must notice: a path from a template's resources, and what then
    stands there (None: nothing)."""

    rule: Callable[[Templates], Found]
    path: str
    to: Any = None
    of: str = "template"

    def apply(self, templates: Templates) -> None:
        *way, last = self.path.split("/")
        node: Any = templates[self.of]["Resources"]
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        key = int(last) if isinstance(node, list) else last
        if self.to is None:
            del node[key]
        else:
            node[key] = self.to


POLICY = "Properties/PolicyDocument/Statement"
WRITES = "Stream/Properties/ExtendedS3DestinationConfiguration"
COPIES = "LakeBucket/Properties/ReplicationConfiguration/Rules"
BREAKS = [
    Break(nobody_in_general_is_allowed_anything, f"MenusBucketPolicy/{POLICY}/1/Principal", "*"),
    Break(nobody_in_general_is_allowed_anything, f"TopicPolicy/{POLICY}/0/Principal", {"AWS": "*"}),
    Break(nobody_in_general_is_allowed_anything, f"LakeCopyBucketPolicy/{POLICY}/0/Effect", "Allow", "replica"),
    Break(services_act_for_this_account_only, "StreamRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition"),
    Break(services_act_for_this_account_only, "Key/Properties/KeyPolicy/Statement/1/Condition"),
    Break(a_role_can_do_its_task_only, f"StreamPolicy/{POLICY}/0/Action", "s3:*"),
    Break(a_role_can_do_its_task_only, f"DashboardPolicy/{POLICY}/2/Resource", "*"),
    Break(firehose_encrypts_with_our_key, "Stream/Properties/DeliveryStreamEncryptionConfigurationInput"),
    Break(
        firehose_encrypts_with_our_key,
        "Stream/Properties/DeliveryStreamEncryptionConfigurationInput",
        {"KeyType": "AWS_OWNED_CMK"},
    ),
    Break(firehose_encrypts_with_our_key, f"{WRITES}/EncryptionConfiguration"),
    Break(
        every_bucket_is_under_our_key,
        "LakeBucket/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault",
        {"SSEAlgorithm": "aws:kms"},
    ),
    Break(
        every_bucket_is_under_our_key,
        "MenusCopyBucket/Properties/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault",
        {"SSEAlgorithm": "AES256"},
        "replica",
    ),
    Break(everything_else_at_rest_is_under_our_key, "ApiLog/Properties/KmsKeyId"),
    Break(everything_else_at_rest_is_under_our_key, "Showing/Properties/KmsKeyArn"),
    Break(everything_else_at_rest_is_under_our_key, "Topic/Properties/KmsMasterKeyId", "alias/aws/sns"),
    Break(
        everything_else_at_rest_is_under_our_key,
        "WorkGroup/Properties/WorkGroupConfiguration/ResultConfiguration/EncryptionConfiguration",
        {"EncryptionOption": "SSE_S3"},
    ),
    Break(keys_are_rotated, "Key/Properties/EnableKeyRotation", False, "replica"),
    Break(what_cannot_be_had_again_is_copied, "MenusBucket/Properties/ReplicationConfiguration"),
    Break(what_cannot_be_had_again_is_copied, f"{COPIES}/0"),
    Break(what_cannot_be_had_again_is_copied, f"{COPIES}/2/Status", "Disabled"),
    Break(
        what_cannot_be_had_again_is_copied,
        f"{COPIES}/1/SourceSelectionCriteria",
    ),
    Break(
        what_cannot_be_had_again_is_copied,
        f"{COPIES}/0/Destination/EncryptionConfiguration",
    ),
    Break(what_cannot_be_had_again_is_copied, "LakeCopyBucket/Properties/BucketName", {"Fn::Sub": "other"}, "replica"),
    Break(buckets_are_versioned_private_and_tidied, "LakeBucket/Properties/VersioningConfiguration", {}),
    Break(
        buckets_are_versioned_private_and_tidied,
        "LogsBucket/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy",
        False,
    ),
    Break(buckets_are_versioned_private_and_tidied, "ResultsBucket/Properties/LifecycleConfiguration"),
    Break(buckets_are_reached_over_tls_only, "ResultsBucketPolicy"),
    Break(buckets_are_reached_over_tls_only, f"LakeBucketPolicy/{POLICY}/0/Condition", {}),
    Break(buckets_are_reached_over_tls_only, f"MenusCopyBucketPolicy/{POLICY}/0/Resource/1", None, "replica"),
    Break(the_site_is_read_through_our_distribution_only, f"MenusBucketPolicy/{POLICY}/1/Condition", {}),
    Break(
        the_site_is_read_through_our_distribution_only,
        f"MenusBucketPolicy/{POLICY}/1/Resource",
        {"Fn::Sub": "${MenusBucket.Arn}/*"},
    ),
    Break(the_site_is_read_through_our_distribution_only, f"MenusBucketPolicy/{POLICY}/1/Action", "s3:PutObject"),
    *(
        Break(a_table_is_what_is_read_of_the_lake, path, {"Fn::Sub": "${LakeBucket.Arn}/*"})
        for path in (
            f"DashboardPolicy/{POLICY}/2/Resource",
            "RollupRole/Properties/Policies/0/PolicyDocument/Statement/6/Resource",
        )
    ),
    Break(
        who_people_are_is_read_by_who_signs_them_in_only,
        f"MenusPolicy/{POLICY}/0/Resource/1",
        {"Fn::Sub": "${MenusBucket.Arn}/*"},
    ),
    Break(
        who_people_are_is_read_by_who_signs_them_in_only,
        f"ShowingPolicy/{POLICY}/0/Resource/0",
        {"Fn::Sub": "${MenusBucket.Arn}/accounts/*"},
    ),
    Break(who_people_are_is_read_by_who_signs_them_in_only, f"MenusPolicy/{POLICY}/2/Condition"),
    Break(
        what_was_done_stays_written_down,
        f"PeoplePolicy/{POLICY}/1/Resource/0",
        {"Fn::Sub": "${MenusBucket.Arn}/audit/*"},
    ),
    Break(data_and_keys_outlive_the_stack, "LakeBucket/DeletionPolicy"),
    Break(data_and_keys_outlive_the_stack, "MenusBucket/DeletionPolicy", "Delete"),
    Break(data_and_keys_outlive_the_stack, "Key/UpdateReplacePolicy", "Delete", "replica"),
    Break(no_log_knows_guests, "Stage/Properties/AccessLogSetting/Format", "$context.identity.sourceIp"),
    Break(no_log_knows_guests, "Stage/Properties/MethodSettings/0/DataTraceEnabled", True),
    Break(no_log_knows_guests, "Distribution/Properties/DistributionConfig/Logging", {"Bucket": "logs"}),
    Break(the_endpoint_is_throttled_and_validates, "Stage/Properties/MethodSettings/0/ThrottlingRateLimit"),
    Break(the_endpoint_is_throttled_and_validates, "SendEvents/Properties/RequestValidatorId"),
    Break(the_endpoint_is_throttled_and_validates, "RequestValidator/Properties/ValidateRequestBody", False),
    Break(
        the_user_agent_is_forwarded_to_the_endpoint_only,
        "Distribution/Properties/DistributionConfig/DefaultCacheBehavior/OriginRequestPolicyId",
        "any",
    ),
    Break(whoever_can_answer_a_browser_says_that_it_may_read_it, "ComeAgain/Properties/ResponseParameters"),
    Break(
        whoever_can_answer_a_browser_says_that_it_may_read_it,
        "SendEvents/Properties/Integration/IntegrationResponses/1/ResponseParameters",
        {},
    ),
    Break(
        no_header_lets_any_inline_script_run,
        "SiteHeaders/Properties/ResponseHeadersPolicyConfig/SecurityHeadersConfig/ContentSecurityPolicy",
        {"ContentSecurityPolicy": "script-src 'unsafe-inline'", "Override": True},
    ),
    Break(
        no_header_lets_any_inline_script_run,
        "Distribution/Properties/DistributionConfig/DefaultCacheBehavior/FunctionAssociations/1",
    ),
    Break(nothing_runs_while_nobody_comes, "Balancer", {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"}),
    Break(people_reach_the_dashboard_by_tls_only, "Https/Properties/SslPolicy", None, "dashboard"),
    Break(
        people_reach_the_dashboard_by_tls_only,
        "Http/Properties/DefaultActions/0",
        {"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}},
        "dashboard",
    ),
    Break(
        nobody_but_the_balancer_reaches_a_task,
        "TaskGroup/Properties/SecurityGroupIngress/0",
        {"FromPort": 8501, "ToPort": 8501, "CidrIp": "0.0.0.0/0"},
        "dashboard",
    ),
    Break(
        nobody_but_the_balancer_reaches_a_task,
        "Service/Properties/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups",
        [{"Ref": "BalancerGroup"}],
        "dashboard",
    ),
    *(
        Break(a_task_can_change_nothing_of_itself, f"Task/Properties/ContainerDefinitions/0/{field}", to, "dashboard")
        for field, to in (
            ("ReadonlyRootFilesystem", False),
            ("User", None),
            ("LinuxParameters/Capabilities", {}),
            ("Environment/0/Name", "MENULENS_OIDC_CLIENT_SECRET"),
        )
    ),
    Break(a_tag_of_an_image_is_one_image, "Repository/Properties/ImageTagMutability", "MUTABLE", "dashboard"),
    Break(
        services_act_for_this_account_only,
        "TaskRole/Properties/AssumeRolePolicyDocument/Statement/0/Condition",
        None,
        "dashboard",
    ),
    Break(everything_else_at_rest_is_under_our_key, "Repository/Properties/EncryptionConfiguration", None, "dashboard"),
    Break(every_alarm_is_told, "EventsCannotBeStored/Properties/AlarmActions", []),
    Break(every_alarm_is_told, "Budget/Properties/NotificationsWithSubscribers/1"),
    Break(athena_is_held_by_its_workgroup, "WorkGroup/Properties/WorkGroupConfiguration/BytesScannedCutoffPerQuery"),
    Break(
        athena_is_held_by_its_workgroup,
        "WorkGroup/Properties/WorkGroupConfiguration/EnforceWorkGroupConfiguration",
        False,
    ),
    Break(what_is_left_can_be_taken_over, "ReplicationRole/Properties/RoleName"),
    Break(a_stack_that_was_used_can_go, "WorkGroup/Properties/RecursiveDeleteOption", False),
    Break(athena_can_name_the_database, "Database/Properties/DatabaseInput/Name", {"Ref": "AWS::StackName"}),
]
RULES = list(dict.fromkeys(change.rule for change in BREAKS))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_templates_keep_the_rule(rule: Callable[[Templates], Found], templates: Templates) -> None:
    assert list(rule(templates)) == []


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: f"{change.rule.__name__}-{change.path.rsplit('/')[0]}")
def test_a_broken_copy_is_noticed(change: Break, templates: Templates) -> None:
    change.apply(templates)
    assert list(change.rule(templates)) != []
