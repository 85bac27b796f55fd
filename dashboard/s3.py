"""Blobs in an S3 bucket. Imported only where one is set, for it brings boto3.

Credentials, region and endpoint are AWS's own settings. The bucket should keep versions of its objects: then even what
was saved over can be had back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from mimetypes import guess_type

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from dashboard.blobs import StaleError
from errors import SettingError, StorageError
from ingest_stack.menu_site import policy

# What S3 says to a conditional write that came too late: 404 if there is nothing to match, 409 if two came at once.
_TOO_LATE = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
MOST_FIXED = 1_000  # versions that are remembered, of some hundred kilobytes each at most


@cache
def open_bucket(url: str) -> "S3Blobs":
    """A bucket's blobs: one client for as long as the process runs."""
    return S3Blobs(url)


class S3Blobs:
    """Objects below "s3://bucket/folder"; a tag is an ETag, and S3 itself holds a write to it."""

    def __init__(self, url: str) -> None:
        scheme, _, path = url.partition("://")
        self._bucket, _, folder = path.partition("/")
        if scheme != "s3" or not self._bucket:
            raise SettingError(f"{url!r} names no bucket: write it as s3://name or s3://name/folder.")
        self._fixed: dict[str, bytes] = {}
        self._folder = f"{folder.strip('/')}/" if folder.strip("/") else ""
        try:
            self._s3 = boto3.client("s3")
        except BotoCoreError as problem:
            raise StorageError(f"{url} can't be opened: {_reason(problem)}.") from problem

    def get(self, key: str) -> tuple[bytes, str] | None:
        with self._refusals(key, "read"):
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=self._folder + key)
                return found["Body"].read(), found["ETag"]
            except self._s3.exceptions.NoSuchKey:
                return None

    def fixed(self, key: str) -> bytes | None:
        if key not in self._fixed:
            kept = self.get(key)
            if kept is None:
                return None
            if len(self._fixed) >= MOST_FIXED:
                self._fixed.clear()
            self._fixed[key] = kept[0]
        return self._fixed[key]

    def put(self, key: str, body: bytes, tag: str | None = None) -> str:
        condition = {} if tag is None else {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        kind = guess_type(key)[0] or "application/octet-stream"
        with self._refusals(key, "kept"):
            try:
                kept = self._s3.put_object(
                    Bucket=self._bucket,
                    Key=self._folder + key,
                    Body=body,
                    ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
                    CacheControl="public, max-age=31536000, immutable" if kind == "image/webp" else "no-cache",
                    # What a page may do is said with it: CloudFront makes the header of it (ingest_stack/aws).
                    Metadata={"content-security-policy": policy(body)} if kind == "text/html" else {},
                    **condition,
                )
                return str(kept["ETag"])
            except ClientError as problem:
                if tag is None or problem.response["Error"]["Code"] not in _TOO_LATE:
                    raise
        # An answer that got lost on its way is asked for again, and then one's own write is what is in the way.
        there = self.get(key)
        if there and there[0] == body:
            return there[1]
        raise StaleError(key)

    def delete(self, key: str) -> None:
        with self._refusals(key, "removed"):
            self._s3.delete_object(Bucket=self._bucket, Key=self._folder + key)

    def names(self, folder: str) -> list[str]:
        prefix = self._folder + folder
        with self._refusals(folder, "read"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            found = [
                name
                for page in pages
                for name in (
                    *(each["Key"] for each in page.get("Contents", [])),
                    *(each["Prefix"] for each in page.get("CommonPrefixes", [])),
                )
            ]
        return sorted(name.removeprefix(prefix) for name in found)

    def where(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._folder}{key}"

    @contextmanager
    def _refusals(self, key: str, done: str) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as problem:
            raise StorageError(
                f"{self.where(key)} can't be {done}: {_reason(problem)}.",
                "Check the bucket's name, AWS's settings and what you may do there.",
            ) from problem


def _reason(problem: Exception) -> str:
    if isinstance(problem, ClientError):
        said = problem.response["Error"]
        return (said.get("Message") or said["Code"]).rstrip(".")
    return str(problem).rstrip(".")
