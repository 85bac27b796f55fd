"""AWS as the commands see it: clients by region, and its refusals as sentences with a way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSOError,
    TokenRetrievalError,
)

from errors import CloudError

_SIGN_IN = "Sign in (`aws sso login`), or name a profile in AWS_PROFILE."
_CODES = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"), ("The sign-in to AWS has expired.", _SIGN_IN)
    ),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"),
        (
            "AWS doesn't know these credentials.",
            f"{_SIGN_IN} A region that the account hasn't enabled answers the same: `aws account list-regions` tells.",
        ),
    ),
    "NoSuchBucket": (
        "A bucket of the stacks isn't there any more.",
        "Take the stacks away (`menulens aws destroy`) and deploy again.",
    ),
    "OptInRequired": (
        "The account hasn't enabled this region, or this service in it.",
        "Enable it, or choose another.",
    ),
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
_LIMITS = {"LimitExceededException", "LimitExceeded", "TooManyBuckets", "ServiceQuotaExceededException"}


def client(service: str, region: str) -> Any:
    """A client of a service in a region. Raises CloudError if AWS's own settings can't be used."""
    with in_words(f"ask {service}", region):
        return boto3.Session().client(
            service,  # type: ignore[call-overload]
            region_name=region,
            config=Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5, read_timeout=60),
        )


@contextmanager
def in_words(doing: str, region: str) -> Iterator[None]:
    """Raises CloudError for what botocore raises; `doing` follows "can't"."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as problem:
        raise CloudError("There are no credentials for AWS.", _SIGN_IN) from problem
    except (ProfileNotFound, TokenRetrievalError, SSOError, CredentialRetrievalError) as problem:
        raise CloudError(f"{str(problem).rstrip('.')}.", _SIGN_IN) from problem
    except (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError, InvalidRegionError) as problem:
        hint = "Check the network, and that this is a region's name, such as eu-west-1."
        raise CloudError(f"AWS can't be reached in {region!r}.", hint) from problem
    except ClientError as problem:
        raise refusal(problem, doing, region) from problem
    except BotoCoreError as problem:
        raise CloudError(f"Can't {doing} in {region}: {str(problem).rstrip('.')}.") from problem


def refusal(problem: ClientError, doing: str, region: str) -> CloudError:
    """What AWS said no to, and the way out."""
    said = problem.response["Error"]
    code, message = said.get("Code", ""), said.get("Message", "").strip().rstrip(".")
    if code in _CODES:
        return CloudError(*_CODES[code])
    what = f"Can't {doing} in {region}: {message or code}."
    if code in _DENIED:
        return CloudError(what, "Ask who runs the account for leave to do that.")
    if "must have values" in message:  # CloudFormation's word for parameters that have no default
        return CloudError(what, "Give each with --set NAME=VALUE.")
    if code in _LIMITS or "limit" in message.lower():
        return CloudError(what, f"Ask for more under Service Quotas in {region}, or choose another region.")
    return CloudError(what)
