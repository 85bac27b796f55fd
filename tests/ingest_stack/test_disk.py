"""The disk's refusals, whoever passes them on."""

from pathlib import Path

import pytest

from errors import StorageError
from ingest_stack.disk import refusals


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (OSError(28, "No space left on device", "/lake/file"), "No space left on device"),
        (OSError("Error writing bytes to file. Detail: [errno 28] No space left on device"), "No space left on device"),
        (
            RuntimeError('IO Error: Async write failed: {"exception_message":"Could not write /lake/1","errno":"28"}'),
            "No space left on device",
        ),
        (
            RuntimeError("Invalid Input Error: no magic bytes at the end.\nAnd more."),
            "Invalid Input Error: no magic by",
        ),
    ],
)
def test_why_the_disk_said_no_is_told_in_its_own_words(problem: Exception, why: str) -> None:
    with pytest.raises(StorageError) as told, refusals("The lake", Path("/lake"), RuntimeError):
        raise problem
    assert told.value.message.startswith(f"The lake can't be kept in /lake: {why}")
    assert "\n" not in told.value.message
    assert not told.value.message.endswith("..")
