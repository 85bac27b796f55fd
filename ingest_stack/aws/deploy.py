"""Brings the stacks to an account, tells how they are, and takes them away again.

The second region's stack (replica.yaml) comes first: the first region's (template.yaml) copies into its buckets. Both
have one name. Who wants the dashboard hosted too has a third one (dashboard.yaml), named after them. What a change
would do is shown before it is done; without a change nothing is touched.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from errors import CloudError
from ingest_stack.aws import templates
from ingest_stack.aws.cloud import client, in_words

Clients = Callable[[str, str], Any]
"""Service and region → client."""
Say = Callable[[str], None]
Approve = Callable[["Changes"], bool]

PAUSE_SECONDS = 3.0
_HOSTED = "-dashboard"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,19}")
_UNCHANGED = ("didn't contain changes", "No updates are to be performed")
_KEY_WAIT_DAYS = 30
_LINKS = {"DataPolicy": "DashboardPolicy"} | {
    name: name
    for name in (
        "MenusPolicy",
        "PeoplePolicy",
        "Key",
        "Topic",
        "MenusBucket",
        "LakeBucket",
        "Database",
        "WorkGroup",
        "SiteUrl",
    )
}
"""The dashboard's parameters that are outputs of the first region's stack."""
_Kind = Literal["CREATE", "UPDATE", "IMPORT"]
_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS")
_COUNTED = ("derived/", "rollups/")
"""Folders of the lake whose files belong to tables that go with a stack."""
_BUSY = "Wait until it is done: `menulens aws status` tells."


@dataclass(frozen=True)
class Place:
    """Where the stacks are, and what they are called."""

    name: str
    region: str
    replica_region: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise CloudError(
                f"{self.name!r} can't name a stack.",
                "Take 2 to 20 small letters, digits and hyphens: buckets are named after it.",
            )
        if self.name.endswith(_HOSTED):
            raise CloudError(f"{self.name!r} is what a hosted dashboard's stack is called.", "Choose another --name.")
        if self.region == self.replica_region:
            raise CloudError(f"{self.region} can't be its own second region.", "Choose another --replica-region.")

    def name_of(self, template: templates.Name) -> str:
        return f"{self.name}{_HOSTED}" if template == "dashboard" else self.name

    def region_of(self, template: templates.Name) -> str:
        return self.replica_region if template == "replica" else self.region


@dataclass(frozen=True)
class Changes:
    """What would be done to one stack: action, name and kind of each resource, and whether it is replaced."""

    stack: str
    region: str
    new: bool
    resources: tuple[tuple[str, str, str, bool], ...]

    def lines(self) -> Iterator[str]:
        what = "is new" if self.new else "changes"
        yield f"{self.stack} in {self.region} {what}: {len(self.resources)} resources."
        for action, name, kind, replaced in self.resources:
            yield f"  {action.lower():7} {name} ({kind.removeprefix('AWS::')}){', replaced' if replaced else ''}"


class Stacks:
    """The stacks of a place. Every method raises CloudError in one sentence, with the way out."""

    def __init__(
        self, place: Place, say: Say, clients: Clients = client, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._place, self._say, self._clients, self._pause = place, say, clients, pause

    def deploy(self, given: Mapping[str, str], approve: Approve, *, dashboard: bool = False) -> dict[str, str] | None:
        """The stacks as the templates have them; returns the outputs of the first region's, None if not approved.

        `given`: the templates' parameters; what isn't given stays as it is, or is the template's default. `dashboard`:
        the hosted one too, whose outputs are then among them.
        """
        known = {*templates.parameters("template")}
        if dashboard:
            known |= {*templates.parameters("dashboard")} - _LINKS.keys()
        if unknown := sorted(given.keys() - known):
            raise CloudError(f"The template has no parameter {unknown[0]!r}.", f"It has {', '.join(sorted(known))}.")
        account = self._account()
        if not self._bring("replica", self._named("replica", account), given, approve):
            return None
        copies, text = self.outputs("replica"), self._named("template", account)
        links = {"ReplicaRegion": self._place.replica_region, "ReplicaKey": copies["Key"]}
        if not self._bring(
            "template", text, dict(given) | links, approve, self._upload(copies["LakeCopyBucket"], text)
        ):
            return None
        outputs = self.outputs("template")
        if not dashboard:
            return outputs
        links = {name: outputs[output] for name, output in _LINKS.items()}
        if not self._bring("dashboard", templates.render("dashboard"), dict(given) | links, approve):
            return None
        return outputs | self.outputs("dashboard")

    def status(self, template: templates.Name) -> str:
        """A stack's status in CloudFormation's words; empty if there is none."""
        found = self._find(template)
        return str(found["StackStatus"]) if found else ""

    def outputs(self, template: templates.Name) -> dict[str, str]:
        """A stack's outputs. Raises CloudError if it isn't there."""
        found = self._find(template)
        if found is None:
            raise CloudError(
                f"There is no stack {self._where(template)}.",
                "`menulens aws deploy` makes it; --name and --region say which one is meant.",
            )
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def parameter(self, name: str) -> str:
        """What the first region's stack was given."""
        found = self._find("template") or {}
        given: dict[str, str] = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}
        return given.get(name, "")

    def alarms(self) -> list[tuple[str, str]]:
        """Each alarm's name and state."""
        with in_words("read the alarms", self._place.region):
            watch = self._clients("cloudwatch", self._place.region)
            pages = watch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=self._place.name)
            found = [alarm for page in pages for alarm in page["MetricAlarms"]]
        ours = tuple(f"{self._place.name_of(template)}: " for template in templates.NAMES)
        return [(each["AlarmName"], each["StateValue"]) for each in found if each["AlarmName"].startswith(ours)]

    def destroy(self, *, data_too: bool, dashboard_only: bool = False) -> list[str]:
        """Take the stacks away; returns the buckets that are left, also of before: all of them unless `data_too`.

        With `data_too` buckets are emptied, every version, and removed; keys are gone after 30 days. `dashboard_only`:
        the hosted dashboard's stack alone, which holds no data.
        """
        kept, account = list[str](), self._account()
        going: Sequence[templates.Name] = ("dashboard",) if dashboard_only else templates.NAMES[::-1]
        for template in going:  # who needs another goes first
            found, region = self._find(template), self._place.region_of(template)
            if found is None:
                owned = self._left_behind(template, self._named(template, account))
            else:
                owned = self._resources(template)
                self._expect_still(found, template)
                with in_words(f"delete {self._place.name_of(template)}", region):
                    self._clients("cloudformation", region).delete_stack(StackName=found["StackId"])
                self._follow(found["StackId"], template, "DELETE_COMPLETE")
            for kind, name in owned:
                if kind == "AWS::S3::Bucket" and data_too:
                    self._remove_bucket(name, region)
                elif kind == "AWS::S3::Bucket":
                    kept.append(name)
                elif kind == "AWS::KMS::Key" and data_too:
                    with in_words("delete the key", region):
                        keys = self._clients("kms", region)
                        keys.schedule_key_deletion(KeyId=name, PendingWindowInDays=_KEY_WAIT_DAYS)
        return kept

    def _bring(
        self, template: templates.Name, text: str, given: Mapping[str, str], approve: Approve, url: str = ""
    ) -> bool:
        """One stack as its template has it, at `url` if that is too long to be sent; False if it wasn't approved."""
        found = self._find(template)
        if found:
            self._expect_still(found, template)
            self._expect_sound(found, template)
        left = dict(self._left_behind(template, text)) if _is_new(found) else {}
        if key := left.get("AWS::KMS::Key"):
            if not self._take_over(key, template, text, _told(template, given, found), approve):
                return False
            found = self._find(template)
        where: dict[str, Any] = {"TemplateURL": url} if url else {"TemplateBody": text}
        where["ImportExistingResources"] = True  # buckets that an earlier stack of this name left behind
        kind: _Kind = "CREATE" if _is_new(found) else "UPDATE"
        return self._change(template, kind, where, _told(template, given, found), approve)

    def _change(
        self,
        template: templates.Name,
        kind: _Kind,
        where: Mapping[str, Any],
        parameters: Sequence[Mapping[str, Any]],
        approve: Approve,
    ) -> bool:
        """One change set: made, shown, and done; False if it wasn't approved."""
        name, region = self._place.name_of(template), self._place.region_of(template)
        formation, new = self._clients("cloudformation", region), kind != "UPDATE"
        with in_words(f"prepare {name}", region):
            made = formation.create_change_set(
                StackName=name,
                ChangeSetName=f"menulens-{time.time_ns()}",
                ChangeSetType=kind,
                Parameters=parameters,
                Capabilities=["CAPABILITY_NAMED_IAM"],
                **where,
            )
        ids = {"StackName": made["StackId"], "ChangeSetName": made["Id"]}
        changes = self._changes(formation, ids, template, new)
        if changes is None:
            self._say(f"{name} in {region} is as it should be: no change.")
            return True
        if not approve(changes):
            with in_words("forget the change", region):
                formation.delete_change_set(**ids)
                if new:
                    formation.delete_stack(StackName=made["StackId"])
            return False
        with in_words(f"change {name}", region):
            formation.execute_change_set(**ids)
        self._follow(made["StackId"], template, f"{kind}_COMPLETE")
        return True

    def _left_behind(self, template: templates.Name, text: str) -> list[tuple[str, str]]:
        """The buckets that an earlier stack of this name left, and their key: kind and name, as `_resources` has it."""
        region, found = self._place.region_of(template), list[tuple[str, str]]()
        s3 = self._clients("s3", region)
        for bucket in templates.buckets(text).values():
            with in_words(f"look for {bucket}", region):
                try:
                    said = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
                except ClientError as problem:
                    if problem.response["Error"].get("Code") == "NoSuchBucket":
                        continue
                    raise
            found.append(("AWS::S3::Bucket", bucket))
            if key := said["Rules"][0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID"):
                found.append(("AWS::KMS::Key", key.rpartition("/")[2]))
        return list(dict.fromkeys(found))

    def _take_over(
        self,
        key: str,
        template: templates.Name,
        text: str,
        parameters: Sequence[Mapping[str, Any]],
        approve: Approve,
    ) -> bool:
        """Begin a stack with the key of an earlier one; False if that wasn't approved.

        All that lies in the buckets is under it: a stack with another could neither read that nor add to it.
        """
        identified = {"ResourceType": "AWS::KMS::Key", "LogicalResourceId": "Key", "ResourceIdentifier": {"KeyId": key}}
        alone = {"TemplateBody": templates.key_alone(text), "ResourcesToImport": [identified]}
        if not self._change(template, "IMPORT", alone, parameters, approve):
            return False
        if lake := templates.buckets(text).get("LakeBucket"):
            self._forget_what_was_counted(lake, self._place.region_of(template))
        return True

    def _forget_what_was_counted(self, lake: str, region: str) -> None:
        """The counted tables went with the earlier stack: without their files and marks, all is counted anew."""
        s3 = self._clients("s3", region)
        with in_words(f"clear what was counted in {lake}", region):
            for prefix in _COUNTED:
                for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=prefix):
                    if found := page.get("Contents"):
                        objects = [{"Key": each["Key"]} for each in found]
                        s3.delete_objects(Bucket=lake, Delete={"Objects": objects, "Quiet": True})

    def _changes(self, formation: Any, ids: dict[str, str], template: templates.Name, new: bool) -> Changes | None:
        """What a change set would do, once CloudFormation knows; None: nothing."""
        listed: list[tuple[str, str, str, bool]] = []
        name, region = self._place.name_of(template), self._place.region_of(template)
        with in_words(f"prepare {name}", region):
            while (said := formation.describe_change_set(**ids))["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                self._pause(PAUSE_SECONDS)
            if said["Status"] == "FAILED":
                formation.delete_change_set(**ids)
                why = said.get("StatusReason", "")
                if any(words in why for words in _UNCHANGED):
                    return None
                raise CloudError(f"{name} in {region} can't be prepared: {why.rstrip('.')}.", _way_out(why))
            while True:
                for each in said["Changes"]:
                    it = each["ResourceChange"]
                    replaced = it.get("Replacement") == "True"
                    listed.append((it["Action"], it["LogicalResourceId"], it["ResourceType"], replaced))
                if "NextToken" not in said:
                    return Changes(name, region, new, tuple(listed))
                said = formation.describe_change_set(**ids, NextToken=said["NextToken"])

    def _follow(self, stack: str, template: templates.Name, wanted: str) -> None:
        """Say what happens to a stack until it is as `wanted`. Raises CloudError with the first reason if it isn't."""
        region = self._place.region_of(template)
        formation, seen, told, reason = self._clients("cloudformation", region), set[str](), False, ""
        with in_words(f"follow {self._place.name_of(template)}", region):
            while True:
                status = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
                for event in reversed(_news(formation, stack, seen)):
                    seen.add(event["EventId"])
                    if event["ResourceStatus"].endswith("_FAILED") and not reason:
                        why = event.get("ResourceStatusReason", "CloudFormation doesn't say why")
                        reason = f"{event['LogicalResourceId']}: {why}"
                    if event["ResourceStatus"].endswith("_COMPLETE"):
                        self._say(
                            f"  {event['ResourceStatus'].lower().replace('_', ' ')}: {event['LogicalResourceId']}"
                        )
                        told = True
                if not status.endswith("_IN_PROGRESS"):
                    break
                self._pause(PAUSE_SECONDS)
        if status != wanted:
            undone = "" if not told or "ROLLBACK" not in status else " What was begun was undone."
            raise CloudError(
                f"{self._where(template)} is {status}: {reason.rstrip('.') or 'no reason given'}.{undone}",
                _way_out(reason),
            )

    def _where(self, template: templates.Name) -> str:
        return f"{self._place.name_of(template)} in {self._place.region_of(template)}"

    def _find(self, template: templates.Name) -> dict[str, Any] | None:
        name, region = self._place.name_of(template), self._place.region_of(template)
        with in_words(f"look for {name}", region):
            try:
                found = self._clients("cloudformation", region).describe_stacks(StackName=name)
            except ClientError as problem:
                if "does not exist" in problem.response["Error"].get("Message", ""):
                    return None
                raise
        stack: dict[str, Any] = found["Stacks"][0]
        return stack

    def _expect_still(self, stack: Mapping[str, Any], template: templates.Name) -> None:
        """Raises CloudError if a stack is being changed."""
        status, where = stack["StackStatus"], self._where(template)
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise CloudError(f"{where} is being changed just now ({status}).", _BUSY)

    def _expect_sound(self, stack: Mapping[str, Any], template: templates.Name) -> None:
        """Raises CloudError if a stack was left half-done, with what leads out of that."""
        status, where = stack["StackStatus"], self._where(template)
        if status == "UPDATE_ROLLBACK_FAILED":
            name, region = self._place.name_of(template), self._place.region_of(template)
            undo = f"`aws cloudformation continue-update-rollback --region {region} --stack-name {name}`"
            raise CloudError(
                f"{where} was left half-done: neither the change nor its undoing succeeded.", f"Run {undo}."
            )
        if status in (
            "ROLLBACK_COMPLETE",
            "ROLLBACK_FAILED",
            "CREATE_FAILED",
            "DELETE_FAILED",
            "IMPORT_ROLLBACK_FAILED",
        ):
            destroy = "`menulens aws destroy --dashboard`" if template == "dashboard" else "`menulens aws destroy`"
            clear = f"{destroy} clears it away and keeps what data there is; then deploy again."
            raise CloudError(f"{where} was left half-done ({status}).", clear)

    def _resources(self, template: templates.Name) -> list[tuple[str, str]]:
        name, region = self._place.name_of(template), self._place.region_of(template)
        with in_words(f"read {name}", region):
            pages = self._clients("cloudformation", region).get_paginator("list_stack_resources")
            return [
                (each["ResourceType"], each["PhysicalResourceId"])
                for page in pages.paginate(StackName=name)
                for each in page["StackResourceSummaries"]
                if each.get("PhysicalResourceId")
            ]

    def _account(self) -> str:
        """The account's number, which is part of the buckets' names."""
        with in_words("ask whose account this is", self._place.region):
            return str(self._clients("sts", self._place.region).get_caller_identity()["Account"])

    def _named(self, template: templates.Name, account: str) -> str:
        place = (self._place.name_of(template), account, self._place.region_of(template))
        return templates.with_bucket_names(templates.render(template), *place)

    def _upload(self, bucket: str, template: str) -> str:
        """The template is too long to be sent along; in the second region there is a bucket to take it from."""
        region, body = self._place.replica_region, template.encode()
        key = f"templates/{hashlib.sha256(body).hexdigest()[:16]}.yaml"
        with in_words(f"upload the template to {bucket}", region):
            self._clients("s3", region).put_object(Bucket=bucket, Key=key, Body=body)
        return f"https://{bucket}.s3.{region}.amazonaws.com/{key}"

    def _remove_bucket(self, bucket: str, region: str) -> None:
        s3 = self._clients("s3", region)
        with in_words(f"empty {bucket}", region):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                if found:
                    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            s3.delete_bucket(Bucket=bucket)
        self._say(f"  removed: {bucket}")


def _is_new(stack: Mapping[str, Any] | None) -> bool:
    return stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"


def _told(template: templates.Name, given: Mapping[str, str], stack: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """A template's parameters: those that are given, and those of the stack as they are."""
    before = [] if stack is None or _is_new(stack) else [each["ParameterKey"] for each in stack.get("Parameters", [])]
    return [
        {"ParameterKey": key, "ParameterValue": given[key]}
        if key in given
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in templates.parameters(template)
        if key in given or key in before
    ]


def _news(formation: Any, stack: str, seen: set[str]) -> list[dict[str, Any]]:
    """Events of what is being done to a stack that weren't `seen` yet, newest first."""
    found: list[dict[str, Any]] = []
    for page in formation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["EventId"] in seen:
                return found
            found.append(event)
            if event.get("PhysicalResourceId") == stack and event["ResourceStatus"] in _BEGINNINGS:
                return found
    return found


def _way_out(reason: str) -> str:
    """What to do about a failure that CloudFormation words."""
    lower = reason.lower()
    if "unreservedconcurrentexecution" in lower:
        return "A new account has no Lambda to spare: say --set ReserveConcurrency=no, or ask under Service Quotas."
    if "certificate" in lower:
        return "It must be issued in ACM: the site's in us-east-1, the dashboard's in the region of its stack."
    if "circuit breaker" in lower:
        return "Its task doesn't start: does the repository have ImageTag, for ARM? Else its log says why."
    if "unrecognized resource types" in lower:
        return "The region hasn't all that this needs: choose another."
    if "already exists" in lower or "already owned" in lower:
        return "The name is taken: choose another --name, or remove what has it if it is yours."
    if "limit" in lower or "quota" in lower:
        return "Ask for more under Service Quotas, or choose another region."
    if "not authorized" in lower or "access denied" in lower or "accessdenied" in lower:
        return "Ask who runs the account for leave to do that, then deploy again."
    return "Mend that, then deploy again; `menulens aws status` tells how it is left."
