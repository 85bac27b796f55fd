"""What goes wrong on AWS is said in a reader's words, with what to do. The bodies and reasons are AWS's own."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.access import Scope
from errors import EngineError
from tests.athena.conftest import Opened, Script
from tests.athena.double import Asked, Failed, Refused, Result, Workgroup
from tests.athena.on_trino import iceberg, on_trino

ALL = Scope.everything()
USER = "User: arn:aws:sts::123456789012:assumed-role/menulens/dashboard is not authorized to perform:"
GROUP = "arn:aws:athena:eu-central-1:123456789012:workgroup/primary"

REFUSALS = {
    "not signed in": (
        Refused("UnrecognizedClientException", "The security token included in the request is invalid."),
        r"refused this machine's credentials\. Sign in with `aws sso login`",
    ),
    "signed in long ago": (
        Refused("ExpiredTokenException", "The security token included in the request is expired"),
        r"credentials have expired\. Sign in with `aws sso login`",
    ),
    "action and resource denied": (
        Refused(
            "AccessDeniedException",
            f"{USER} athena:StartQueryExecution on resource: {GROUP} because no identity-based policy allows the"
            " athena:StartQueryExecution action",
        ),
        rf"does not allow athena:StartQueryExecution on {GROUP}\. Whoever looks after the AWS account",
    ),
    "action denied": (
        Refused(
            "AccessDeniedException",
            "You are not authorized to perform: athena:StartQueryExecution on the resource. After your AWS"
            " administrator or you have updated your permissions, please try again.",
        ),
        r"does not allow athena:StartQueryExecution on workgroup primary\. Whoever looks after the AWS account",
    ),
    "something else": (
        Refused("InternalServerException", "Internal failure"),
        r"could not answer what is new: Internal failure\. Try again in a minute",
    ),
}
FAILURES = {
    "table not there yet": (
        "TABLE_NOT_FOUND: line 8:6: Table 'awsdatacatalog.menulens.ledger_hours' does not exist",
        r"no table ledger_hours in database menulens yet\. It comes with the first events",
    ),
    "database missing": (
        "SCHEMA_NOT_FOUND: line 1:15: Schema 'menulens' does not exist",
        r"no database menulens in eu-central-1\. Set MENULENS_ATHENA_DATABASE",
    ),
    "catalog missing": (
        "SYNTAX_ERROR: line 2:10: Catalog AwsDataCatalog does not exist",
        r"no catalog AwsDataCatalog in eu-central-1\. Set MENULENS_ATHENA_CATALOG",
    ),
    "Glue denied": (
        f"Insufficient permissions to execute the query. {USER} glue:GetTable on resource:"
        " arn:aws:glue:eu-central-1:123456789012:table/menulens/visit_hours because no identity-based policy allows the"
        " glue:GetTable action (Service: AmazonDataCatalog; Status Code: 400; Error Code: AccessDeniedException)",
        r"does not allow glue:GetTable on arn:aws:glue:eu-central-1:123456789012:table/menulens/visit_hours\.",
    ),
    "bucket denied": (
        "Insufficient permissions to execute the query. Amazon S3 access denied on s3://lake/derived/day.parquet. ",
        r"does not allow s3:GetObject on s3://lake/derived/day\.parquet\.",
    ),
    "results denied": (
        "Access denied when writing output to url: s3://results/1/2.csv . Please ensure you are allowed to access the"
        " S3 bucket. If specifying an expected bucket owner, confirm the bucket is owned by the expected account.",
        r"does not allow s3:PutObject on s3://results/1/2\.csv, where Athena writes results\.",
    ),
    "Lake Formation denied": (
        "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s): Required SELECT on"
        " visit_hours",
        r"Lake Formation does not allow SELECT on visit_hours\.",
    ),
    "denied without a name": (
        "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource",
        r"does not allow this query on database menulens: .*any privilege on specified resource\.",
    ),
    "exhausted": (
        "Query exhausted resources at this scale factor.\nThis query ran against the menulens database",
        r"could not answer what is new: Query exhausted resources at this scale factor\. Try again",
    ),
}


@pytest.mark.parametrize(("refusal", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_said_in_words(refusal: Refused, words: str, opened: Opened) -> None:
    warehouse, athena = opened()
    athena.refusals += [refusal]
    with pytest.raises(EngineError, match=words):
        warehouse.ask("daily", ALL)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ThrottlingException", r"asked too often at the moment\. Try again in a minute"),
        ("TooManyRequestsException", r"Too many queries run on Athena at the moment\. Try again in a minute"),
    ],
)
def test_throttling_that_does_not_end_is_said_after_some_attempts(code: str, words: str, opened: Opened) -> None:
    warehouse, athena = opened()
    athena.refusals += [Refused(code, "Rate exceeded")] * 20
    with pytest.raises(EngineError, match=words):
        warehouse.ask("daily", ALL)
    assert len(athena.calls) == 6


@pytest.mark.parametrize(("reason", "words"), FAILURES.values(), ids=FAILURES)
def test_a_query_that_fails_is_said_in_words(reason: str, words: str, opened: Opened, script: Script) -> None:
    script.looked = _failing(reason)
    with pytest.raises(EngineError, match=words):
        opened()[0].ask("daily", ALL)


@pytest.mark.trino
def test_what_real_trino_does_not_find_is_said(trino: str, opened: Opened, script: Script, tmp_path: Path) -> None:
    iceberg(trino, "there", tmp_path)
    warehouse, _ = opened()
    for catalog, schema, words in (
        ("there", "menulens", r"no table (ledger_hours|menu_items|restaurants) in database menulens yet\."),
        ("there", "nowhere", r"no database menulens in eu-central-1\."),
        ("nowhere", "menulens", r"no catalog AwsDataCatalog in eu-central-1\."),
    ):
        script.looked = on_trino(trino, catalog, schema)
        with pytest.raises(EngineError, match=words):
            warehouse.generation()


def test_a_workgroup_that_is_missing_is_said(opened: Opened) -> None:
    with pytest.raises(EngineError, match=r"no workgroup menu in eu-central-1\. Set MENULENS_ATHENA_WORKGROUP"):
        opened(workgroup="menu")[0].generation()


def test_a_workgroup_without_an_output_is_said(opened: Opened) -> None:
    warehouse, _ = opened(athena_workgroups={"primary": Workgroup(output=None, enforced=False)})
    with pytest.raises(EngineError, match=r"Workgroup primary says nowhere to write results.*MENULENS_ATHENA_OUTPUT"):
        warehouse.generation()


def test_a_query_that_reads_too_much_is_said(opened: Opened, script: Script) -> None:
    script.looked = lambda _: Result((), (), bytes_scanned=2_000_000)
    warehouse, _ = opened(athena_workgroups={"primary": Workgroup(bytes_cutoff=1_000_000)})
    with pytest.raises(EngineError, match=r"more than workgroup primary lets one query read\. Ask about fewer days"):
        warehouse.ask("daily", ALL)


def test_no_credentials_are_said(opened: Opened) -> None:
    warehouse, athena = opened(environment=dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")))
    said = r"no usable AWS credentials on this machine: Unable to locate credentials\. Sign in with `aws sso login`"
    with pytest.raises(EngineError, match=said):
        warehouse.generation()
    assert not athena.calls


def test_a_profile_that_is_missing_is_said(opened: Opened) -> None:
    with pytest.raises(EngineError, match=r"The config profile \(menu\) could not be found\. Sign in"):
        opened(environment={"AWS_PROFILE": "menu"})


def test_no_region_is_said(opened: Opened) -> None:
    with pytest.raises(EngineError, match=r"in which AWS region Athena is\. Set MENULENS_ATHENA_REGION"):
        opened(region="", environment={"AWS_DEFAULT_REGION": None})


def test_a_region_that_is_none_is_said(opened: Opened) -> None:
    with pytest.raises(EngineError, match=r"Athena in over there can't be reached.*Check MENULENS_ATHENA_REGION"):
        opened(region="over there")


def test_an_engine_that_cannot_be_reached_is_said(opened: Opened) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        warehouse, _ = opened(environment={"AWS_ENDPOINT_URL_ATHENA": url})
        with pytest.raises(EngineError, match=r"Athena in eu-central-1 can't be reached.*Check MENULENS_ATHENA_REGION"):
            warehouse.generation()


def test_errors_are_said_once_and_without_a_traceback(opened: Opened, capfd: pytest.CaptureFixture[str]) -> None:
    warehouse, athena = opened()
    athena.refusals += [Refused("AccessDeniedException", "You are not authorized to perform: athena:GetWorkGroup")]
    with pytest.raises(EngineError):
        warehouse.generation()
    assert capfd.readouterr() == ("", "")


def _failing(reason: str) -> Callable[[Asked], Result]:
    def fail(_: Asked) -> Result:
        raise Failed(reason)

    return fail
