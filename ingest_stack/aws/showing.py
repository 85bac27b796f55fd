"""The Lambda that brings recommendations to the pages: from Athena's results to the files beside the menus.

CloudFormation takes its source as one file, together with candidates.py (templates.py puts them together): it uses
nothing but the standard library and the runtime's boto3.
"""

import csv
import io
import os
from typing import Any
from urllib.parse import urlsplit

import boto3

from ingest_stack.candidates import write

FRESH_SECONDS = 300
"""So long a browser, and CloudFront, may show what they have."""


class BucketSite:
    """The published site below site/ in a bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def get(self, key: str) -> bytes | None:
        try:
            return bytes(self._s3.get_object(Bucket=self._bucket, Key=f"site/{key}")["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            return None

    def put(self, key: str, body: bytes) -> None:
        self._s3.put_object(
            Bucket=self._bucket,
            Key=f"site/{key}",
            Body=body,
            ContentType="application/json",
            CacheControl=f"public, max-age={FRESH_SECONDS}",
        )


def result(s3: Any, url: str) -> list[dict[str, str | None]]:
    """The rows of a result of Athena's, by its s3:// address. In its CSV nothing tells NULL from an empty text."""
    at = urlsplit(url)
    text = s3.get_object(Bucket=at.netloc, Key=at.path.lstrip("/"))["Body"].read().decode()
    return [{name: value or None for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]


def handler(event: dict[str, str], _context: object) -> dict[str, list[str]]:
    """`event` says where the results of statements.SHOWN are; returns whose pages may recommend something else now."""
    s3 = boto3.client("s3")
    recommended, rules = result(s3, event["recommendations"]), result(s3, event["recommendation_rules"])
    return {"changed": write(recommended, BucketSite(s3, os.environ["MENUS_BUCKET"]), rules)}
