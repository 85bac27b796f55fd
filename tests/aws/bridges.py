"""ministack, the emulator, with bridges over what it lacks; run in an environment of its own (see `emulator`).

Its own are: CloudFormation with change sets, API Gateway's routing, request models, gateway responses and throttle,
Firehose's prefixes and its conversion to Parquet by the Glue table, S3 with versions and replication, Glue, Athena's
workgroups, CloudWatch, Step Functions, Lambda, and CloudFront with its functions and access control.

Ours are these, each as AWS documents it:
- `templates_in_buckets`: CloudFormation reads a template from a bucket's own address.
- `kinds_of_resources`: a role's policy is a policy of one role; a budget, and an alarm over what is computed of several
  metrics, are there and watch nothing.
- `buckets_taken_over`: a bucket that a stack imports by its name is no conflict of names with itself.
- `bucket_properties`: encryption, lifecycle and replication of a template's buckets are put by S3's API, which knows
  them; the emulator's CloudFormation leaves them out. What is imported stays as it is.
- `request_validators`: a template's request validators are made, and methods are told of theirs.
- `firehose_integration`: API Gateway hands a request to Firehose: the template's own mapping by a VTL library, the
  answer by the template's own integration responses.
- `firehose_limits`: a record of more than 1,000 KiB is a ValidationException, as botocore's model has it.
- `firehose_metrics`: what was delivered is counted in CloudWatch.
- `site_over_tls`: CloudFront fetches from S3 over TLS, so that a bucket's policy may ask for it.
- `api_origin`: CloudFront reaches an API Gateway of the emulator, which has no address on the network.

What this can't prove is listed in docs/operations.md.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlparse

import airspeed
from botocore.serialize import create_serializer
from botocore.session import Session
from ministack.app import main
from ministack.core import iam_evaluator
from ministack.core.responses import new_uuid, request_scope
from ministack.services import apigateway_v1 as gateway
from ministack.services import cloudfront, cloudwatch, firehose, s3
from ministack.services.cloudformation import changesets, handlers, helpers, provisioners, stacks

Answer = tuple[int, dict[str, str], bytes]
Properties = dict[str, Any]

_JSON = {"Content-Type": "application/json"}
_RECORD_BYTES = 1000 * 1024
_HANDLERS = provisioners._RESOURCE_HANDLERS
_S3 = Session().get_service_model("s3")
_SERIALIZER = create_serializer("rest-xml")


def templates_in_buckets() -> None:
    """`https://BUCKET.s3.REGION.amazonaws.com/KEY`: the emulator looks for the bucket in the path alone."""
    resolve = helpers._resolve_template

    def resolved(given: Any) -> Any:
        url = urlparse(helpers._p(given, "TemplateURL") or "")
        bucket, virtual, _ = (url.hostname or "").partition(".s3.")
        return resolve({**given, "TemplateURL": [f"{url.scheme}://s3/{bucket}{url.path}"]} if virtual else given)

    for module in (helpers, handlers, changesets):
        module._resolve_template = resolved


def kinds_of_resources() -> None:
    policy = _HANDLERS["AWS::IAM::Policy"]

    def of_one_role(do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **more: Any) -> Any:
            return do(
                *({**each, "Roles": [each["RoleName"]]} if isinstance(each, dict) else each for each in given), **more
            )

        return done

    _HANDLERS["AWS::IAM::RolePolicy"] = {name: of_one_role(do) if callable(do) else do for name, do in policy.items()}
    _HANDLERS["AWS::Budgets::Budget"] = {
        "create": lambda logical_id, wanted, stack: (wanted["Budget"]["BudgetName"], {}),
        "delete": lambda physical_id, wanted: None,
    }
    alarm = provisioners._cw_metric_alarm_record
    nothing = {"Metrics": None, "Namespace": "computed", "MetricName": "computed"}
    provisioners._cw_metric_alarm_record = lambda name, wanted: alarm(
        name, wanted | nothing if "Metrics" in wanted else wanted
    )


def buckets_taken_over() -> None:
    found = stacks._validation_errors

    def others(resources: Properties, *given: Any, **more: Any) -> Any:
        def literal(name: str) -> bool:
            return isinstance(resources[name]["Properties"].get("BucketName"), str)

        errors = found(resources, *given, **more)
        return [each for each in errors if each[2] != "NAME_CONFLICT_VALIDATION" or not literal(each[0])]

    stacks._validation_errors = others


def bucket_properties() -> None:
    for verb in ("create", "update"):
        _HANDLERS["AWS::S3::Bucket"][verb] = _then_put(_HANDLERS["AWS::S3::Bucket"][verb])


def _then_put(do: Callable[..., Any]) -> Callable[..., Any]:
    def done(*given: Any) -> Any:
        made = do(*given)
        for operation, put, parameters in _bucket_calls(given[-2]):
            model = _S3.operation_model(operation)
            body = _SERIALIZER.serialize_to_request({"Bucket": made[0], **parameters}, model)["body"]
            status, _, said = put(made[0], body)
            if status >= 300:
                raise ValueError(f"{operation}: {said!r}")
        return made

    return done


def _bucket_calls(wanted: Properties) -> Iterator[tuple[str, Callable[..., Any], Properties]]:
    """S3's operations for a bucket's properties, and their parameters where S3 has other words than CloudFormation."""
    if encryption := wanted.get("BucketEncryption"):
        rules = [
            {"BucketKeyEnabled": rule.get("BucketKeyEnabled", False)}
            | {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            for rule in encryption["ServerSideEncryptionConfiguration"]
        ]
        put = {"ServerSideEncryptionConfiguration": {"Rules": rules}}
        yield "PutBucketEncryption", s3._put_bucket_encryption, put
    if lifecycle := wanted.get("LifecycleConfiguration"):
        put = {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]}}
        yield "PutBucketLifecycleConfiguration", s3._put_bucket_lifecycle, put
    if replication := wanted.get("ReplicationConfiguration"):
        rules = [
            {name: value for name, value in rule.items() if name != "Id"}
            | {"ID": rule["Id"], "Priority": int(rule["Priority"])}
            for rule in replication["Rules"]
        ]
        put = {"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}}
        yield "PutBucketReplication", s3._put_bucket_replication, put


def _lifecycle_rule(rule: Properties) -> Properties:
    put: Properties = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if days := rule.get("ExpirationInDays"):
        put["Expiration"] = {"Days": int(days)}
    if old := rule.get("NoncurrentVersionExpiration"):
        put["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(old["NoncurrentDays"])}
    if begun := rule.get("AbortIncompleteMultipartUpload"):
        put["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(begun["DaysAfterInitiation"])}
    return put


def request_validators() -> None:
    def create(logical_id: str, wanted: Properties, stack: str) -> tuple[str, Properties]:
        named = {"name": wanted.get("Name", logical_id)}
        validates = {name[0].lower() + name[1:]: wanted.get(name, False) for name in _VALIDATES}
        id = json.loads(gateway._create_request_validator(wanted["RestApiId"], named | validates)[2])["id"]
        return id, {"RequestValidatorId": id}

    def told(do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> Any:
            made, wanted = do(*given), given[-2]
            methods = gateway._resources[wanted["RestApiId"]][wanted["ResourceId"]]["resourceMethods"]
            methods[wanted["HttpMethod"]]["requestValidatorId"] = wanted.get("RequestValidatorId")
            return made

        return done

    _HANDLERS["AWS::ApiGateway::RequestValidator"]["create"] = create
    for verb in ("create", "update"):
        _HANDLERS["AWS::ApiGateway::Method"][verb] = told(_HANDLERS["AWS::ApiGateway::Method"][verb])


_VALIDATES = ("ValidateRequestBody", "ValidateRequestParameters")


class _Util:
    def base64Encode(self, text: object) -> str:
        return base64.b64encode(str(text).encode()).decode()


class _Input:
    """A body as a mapping sees it; `path` knows fields of the top alone."""

    def __init__(self, body: str) -> None:
        self.body = body

    def path(self, way: str) -> Any:
        return json.loads(self.body).get(way.removeprefix("$."))


def firehose_integration() -> None:
    others = gateway._invoke_lambda_custom_v1

    async def invoke(integration: Properties, *given: Any, **more: Any) -> Any:
        target = gateway._parse_service_integration_uri(integration["uri"])
        if target is None or target[1:] != ("firehose", "action", "PutRecord"):
            return await others(integration, *given, **more)
        headers, body = given[6], given[7].decode()
        kind = gateway._header_ci(headers, "content-type").partition(";")[0].strip().lower() or "application/json"
        agent = gateway._header_ci(headers, "user-agent")
        context: Properties = {"requestTimeEpoch": time.time_ns() // 1_000_000, "identity": {"userAgent": agent}}
        record = json.loads(_mapped(integration["requestTemplates"][kind], body, context))
        with request_scope(more["owner_account_id"], target[0]):
            status, _, said = firehose._put_record(record)
        return _answered(integration, status, said if isinstance(said, str) else said.decode())

    gateway._invoke_lambda_custom_v1 = invoke


def _answered(integration: Properties, status: int, said: str) -> Answer:
    chosen = gateway._select_service_integration_response(integration, status)
    if chosen is None:
        return 500, _JSON, b'{"message": "Internal server error"}'
    override: Properties = {}
    body = _mapped(chosen["responseTemplates"]["application/json"], said, {"responseOverride": override})
    headers = {
        name.removeprefix("method.response.header."): value.strip("'")
        for name, value in chosen["responseParameters"].items()
    }
    return int(override.get("status", chosen["statusCode"])), _JSON | headers, body.encode()


def _mapped(template: str, body: str, context: Properties) -> str:
    return str(_parsed(template).merge({"input": _Input(body), "context": context, "util": _Util()}))


@cache
def _parsed(template: str) -> Any:
    return airspeed.Template(template)


def firehose_limits() -> None:
    put = firehose._put_record

    def limited(record: Properties) -> Any:
        if len(base64.b64decode(record["Record"]["Data"])) <= _RECORD_BYTES:
            return put(record)
        why = "Value at 'record.data' failed to satisfy constraint: Member must have length less than or equal to"
        said = {"__type": "ValidationException", "message": f"1 validation error detected: {why} {_RECORD_BYTES}"}
        return 400, _JSON, json.dumps(said).encode()

    firehose._put_record = limited


def firehose_metrics() -> None:
    deliver = firehose._deliver_records_to_s3

    def counted(stream: Properties, destination: Properties, records: list[Any]) -> None:
        deliver(stream, destination, records)
        named = {"DeliveryStreamName": stream["name"]}
        delivered = float(len(records))
        cloudwatch._store_datum(
            "AWS/Firehose", "DeliveryToS3.Records", named, time.time(), "Count", delivered, None, None, None
        )

    firehose._deliver_records_to_s3 = counted


def site_over_tls() -> None:
    allows = s3._cloudfront_origin_allows

    def over_tls(*given: Any) -> bool:
        origin = iam_evaluator._request_origin.get()
        token = iam_evaluator._request_origin.set((origin[0], True))
        try:
            return bool(allows(*given))
        finally:
            iam_evaluator._request_origin.reset(token)

    s3._cloudfront_origin_allows = over_tls


def api_origin() -> None:
    others = cloudfront._fetch_from_origin

    async def fetch(
        origin: Properties, method: str, uri: str, query: str, headers: dict[str, str], body: bytes, *more: Any
    ) -> Any:
        named = re.match(r"(\w+)\.execute-api\.", origin["domain_name"])
        if named is None:
            return await others(origin, method, uri, query, headers, body, *more)
        stage, _, path = uri.lstrip("/").partition("/")
        asked = parse_qs(query, keep_blank_values=True)
        status, answered, said = await gateway.handle_execute(named[1], stage, method, f"/{path}", headers, body, asked)
        answered.setdefault("x-amzn-requestid", new_uuid())
        return status, "", cloudfront._multidict_from_pairs(answered.items()), said

    cloudfront._fetch_from_origin = fetch


if __name__ == "__main__":
    for bridge in (
        templates_in_buckets,
        kinds_of_resources,
        buckets_taken_over,
        bucket_properties,
        request_validators,
        firehose_integration,
        firehose_limits,
        firehose_metrics,
        site_over_tls,
        api_origin,
    ):
        bridge()
    main()
