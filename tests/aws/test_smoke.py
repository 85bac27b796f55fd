"""The smoke test against an account that is played."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from errors import CloudError, ContractError
from ingest_stack import contract
from ingest_stack.aws.smoke import Reply, smoke

URL = "https://d.cloudfront.net/v1/events"
CORS = {"access-control-allow-origin": "*"}


class Account:
    """Takes what keeps the contract; Athena finds it once so many seconds have gone by."""

    def __init__(self, after: float, others: int = 0) -> None:
        self.now, self._after, self._others = 1_790_000_000.0, after, others
        self._began = self.now
        self.taken: list[Any] = []

    def post(self, url: str, body: bytes, content_type: str) -> Reply:
        assert url == URL
        if content_type not in ("application/json", "text/plain;charset=UTF-8"):
            return Reply(415, CORS, 0.05)
        try:
            self.taken.append(contract.read_request(body))
        except ContractError:
            return Reply(400, CORS, 0.04)
        return Reply(202, CORS, 0.03)

    def ask(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        assert sql.count("?") == len(values)
        assert {values[0]} == {request.visit_id for request in self.taken}
        self.now += 2
        if self.now - self._began < self._after:
            return []
        return [("s3://lake/requests/dt=2026-09-21/a.parquet", 2 + self._others, 2, 2, 1)]

    def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def run() -> Callable[..., tuple[list[str], Stubber]]:
    def run(account: Account, removed: str | None, **instead: Any) -> list[str]:
        said: list[str] = []
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        with Stubber(boto3.client("s3", region_name="eu-west-1", **keys)) as stub:
            if removed:
                stub.add_response("delete_object", {}, {"Bucket": "lake", "Key": removed})
            parts = {"post": account.post, "clock": lambda: account.now, "pause": account.pause} | instead
            smoke(URL, account.ask, stub.client, 900, said.append, **parts)
            stub.assert_no_pending_responses()
        return said

    return run


def test_each_hop_is_timed_and_the_test_cleans_up(run: Any) -> None:
    account = Account(after=930)
    said = run(account, "requests/dt=2026-09-21/a.parquet")
    assert [line.split(" in ")[0] for line in said[:5]] == [
        "application/json, as the contract: 202",
        "text/plain, as the contract: 202",
        "application/json, against the contract: 400",
        "text/plain, against the contract: 400",
        "text/csv, as the contract: 415",
    ]
    assert said[-2].startswith("In Athena 9")
    assert said[-1].startswith("Removed s3://lake/requests/")
    assert {request.variant for request in account.taken} == {"preview"}, "never counted"


def test_a_file_with_guests_in_it_stays(run: Any) -> None:
    assert "holds guests' requests too and stays" in run(Account(after=60, others=1), None)[-1]


def test_what_never_arrives_is_said_with_where_to_look(run: Any) -> None:
    with pytest.raises(CloudError, match=r"isn't in Athena after 12\d\d s\. Look under errors/"):
        run(Account(after=10_000), None)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(503, CORS, 0.1), "answered 503 to application/json, as the contract; 202 is expected"),
        (Reply(202, {}, 0.1), "without a header that lets a page read it"),
    ],
)
def test_the_first_hop_that_fails_ends_it(run: Any, reply: Reply, words: str) -> None:
    with pytest.raises(CloudError, match=words):
        run(Account(after=1), None, post=lambda *_: reply)


def test_what_is_sent_is_the_contracts(run: Any) -> None:
    account = Account(after=1)
    run(account, "requests/dt=2026-09-21/a.parquet")
    assert len(account.taken) == 2
    assert json.loads(json.dumps(account.taken[0].restaurant_id)) == "menulens-smoke-test"
