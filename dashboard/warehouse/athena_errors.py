"""What Athena, Glue and S3 say when something goes wrong, in a reader's words, with what to do about it."""

import re

from botocore import exceptions as aws

from errors import EngineError

_DENIED = "Whoever looks after the AWS account can allow it to the role that Menulens runs as."
_SIGN_IN = "Sign in with `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_LATER = "Try again in a minute."
_NOT_SIGNED_IN = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.SSOError,
    aws.ProfileNotFound,
)
_NOT_REACHED = (aws.ConnectionError, aws.HTTPClientError, aws.InvalidRegionError)
_CODES: dict[str, tuple[str, str]] = dict.fromkeys(
    ("UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId", "IncompleteSignature"),
    ("AWS refused this machine's credentials.", _SIGN_IN),
) | {
    "ExpiredTokenException": ("This machine's AWS credentials have expired.", _SIGN_IN),
    "ThrottlingException": ("Athena is asked too often at the moment.", _LATER),
    "TooManyRequestsException": ("Too many queries run on Athena at the moment.", _LATER),
}
# The text of a refusal, or the reason of a query that failed → message, hint; {…} are the pattern's groups and where.
_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        r"not authorized to perform: (?P<action>[\w:-]+\w) on resource: (?P<resource>[^\s\"']+\w)",
        "AWS does not allow {action} on {resource}.",
        _DENIED,
    ),
    (r"not authorized to perform: (?P<action>[\w:-]+\w)", "AWS does not allow {action} on {workgroup}.", _DENIED),
    (
        r"[Aa]ccess denied when writing output to url: (?P<resource>s3://\S+[^\s.])",
        "AWS does not allow s3:PutObject on {resource}, where Athena writes results.",
        _DENIED,
    ),
    (
        r"(?i)access denied(?=.*(?P<resource>s3://[^\s,;)]+[^\s,;.)]))",
        "AWS does not allow s3:GetObject on {resource}.",
        _DENIED,
    ),
    (
        r"Insufficient Lake Formation permission\(s\): Required (?P<action>\w+) on (?P<resource>[\w.]+\w)",
        "Lake Formation does not allow {action} on {resource}.",
        _DENIED,
    ),
    (
        r"(?i)insufficient permissions|access denied|AccessDenied",
        "AWS does not allow this query on {database}: {said}",
        _DENIED,
    ),
    (
        r"Bytes scanned limit was exceeded",
        "This would read more than {workgroup} lets one query read.",
        "Ask about fewer days or a single restaurant, or let whoever looks after AWS raise the workgroup's limit.",
    ),
    (
        r"WorkGroup is not found",
        "There is no {workgroup} in {region}.",
        "Set MENULENS_ATHENA_WORKGROUP to the one made for Menulens, and MENULENS_ATHENA_REGION to where it is.",
    ),
    (
        r"No output location provided",
        "{workgroup} says nowhere to write results.",
        "Give it a result location, or set MENULENS_ATHENA_OUTPUT to an s3:// folder.",
    ),
    (
        r"CATALOG_NOT_FOUND|Catalog '?(?P<name>[\w-]+)'? (does not exist|not found)",
        "Athena knows no catalog {catalog} in {region}.",
        "Set MENULENS_ATHENA_CATALOG; AwsDataCatalog is Glue's.",
    ),
    (
        r"SCHEMA_NOT_FOUND|Schema '?[\w-]+'? does not exist|Database \S+ not found",
        "There is no {database} in {region}.",
        "Set MENULENS_ATHENA_DATABASE to the one made for Menulens, and MENULENS_ATHENA_REGION to where it is.",
    ),
    (
        r"TABLE_NOT_FOUND.*?Table '(?:[\w-]+\.)*(?P<table>[\w$]+)' does not exist",
        "There is no table {table} in {database} yet.",
        "It comes with the first events: once guests were on a menu page, the next refresh fills it.",
    ),
)


def in_words(
    problem: BaseException, question: str, *, region: str, workgroup: str, catalog: str, database: str
) -> EngineError:
    """What the driver raised, or the AWS library below it, as an EngineError that names what was asked, and where."""
    cause = problem.__cause__ or problem
    region = region or "this region"
    if isinstance(cause, _NOT_SIGNED_IN):
        return EngineError(f"There are no usable AWS credentials on this machine: {_first_line(cause)}", _SIGN_IN)
    if isinstance(cause, aws.NoRegionError):
        return EngineError("It isn't said in which AWS region Athena is.", "Set MENULENS_ATHENA_REGION.")
    if isinstance(cause, _NOT_REACHED):
        return EngineError(
            f"Athena in {region} can't be reached: {_first_line(cause)}",
            "Check MENULENS_ATHENA_REGION and the network.",
        )
    said = str(problem)
    if isinstance(cause, aws.ClientError):
        error = cause.response["Error"]
        said = error.get("Message") or error["Code"]
        if error["Code"] in _CODES:
            return EngineError(*_CODES[error["Code"]])
    for pattern, message, hint in _TEXTS:
        if found := re.search(pattern, said, re.DOTALL):
            names = {
                "region": region,
                "workgroup": f"workgroup {workgroup}",
                "catalog": catalog,
                "database": f"database {database}",
                "said": _first_line(said),
            }
            sentence = message.format(**names | found.groupdict())
            return EngineError(sentence[0].upper() + sentence[1:], hint)
    return EngineError(f"Athena could not answer {question}: {_first_line(said)}", _LATER)


def _first_line(said: object) -> str:
    first = (str(said).splitlines() or ["no reason given"])[0].strip()
    return first if first.endswith((".", "!")) else f"{first}."
