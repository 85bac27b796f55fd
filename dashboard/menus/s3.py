"""A lake in an S3 bucket, for what publishing tells it. Imported only where one is set, for it brings boto3."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.s3 import open_bucket
from ingest_stack.lake import dimension_files, rules_file


class BucketLake:
    """The dimensions of a lake below "s3://bucket/folder": an object a restaurant and table, replaced as a whole."""

    def __init__(self, url: str) -> None:
        self._blobs = open_bucket(url)

    def write_dimensions(self, restaurant: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
        """As Lake.write_dimensions. Raises StorageError."""
        for place, body in dimension_files(restaurant, items).items():
            self._blobs.put(place, body)

    def write_rules(self, restaurant_id: str, rules: Sequence[Mapping[str, Any]]) -> None:
        """As Lake.write_rules. Raises StorageError."""
        self._blobs.put(*rules_file(restaurant_id, rules))
