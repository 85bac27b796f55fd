"""Invitations: a link with which a person sets a password, once and within a week. A reset is another invitation."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe

from dashboard.blobs import Blobs
from dashboard.signin import passwords
from dashboard.signin.accounts import Account, Accounts, Invitation, name
from errors import AccessError

LASTS = timedelta(days=7)
PATH = "/invitation/"
_TOKEN = re.compile(r"([0-9a-f]{32})-([\w-]{43})", re.ASCII)


def invite(blobs: Blobs, person: str, address: str, now: datetime | None = None) -> str:
    """A link for this person, below the dashboard's address; any link made before is void from now on.

    A password that is set stays until the link is used.
    """
    secret = token_urlsafe(32)
    open = Invitation(secret=_hash(secret), expires_at=(now or datetime.now(UTC)) + LASTS)
    Accounts(blobs).change(person, lambda account: account.model_copy(update={"invitation": open}))
    return f"{address}{PATH}{name(person)}-{secret}"


def invited(accounts: Accounts, token: str, now: datetime) -> str:
    """Whom a link invites. Raises AccessError if it is no link (any more)."""
    if found := _TOKEN.fullmatch(token):
        account = accounts.named(found[1])
        if account and _opens(account, found[2], now):
            return account.person
    raise AccessError(
        "This link doesn't work any more: it was used, it is older than a week, or there is a newer one.",
        "Ask an admin for another.",
    )


def accept(accounts: Accounts, token: str, password: str, now: datetime) -> Account:
    """Set the password, and close the link. Raises AccessError as `invited`, ParameterError if the password is bad.

    Of two who use a link at once one sets the password.
    """
    person = invited(accounts, token, now)
    passwords.expect_good(password, person)
    kept, secret = passwords.hashed(password), token.partition("-")[2]

    def with_password(account: Account) -> Account:
        if not _opens(account, secret, now):
            invited(accounts, "", now)
        return Account(person=person, password=kept, stamp=token_urlsafe(16))

    return accounts.change(person, with_password)


def _opens(account: Account, secret: str, now: datetime) -> bool:
    open = account.invitation
    return bool(open and open.expires_at > now and compare_digest(open.secret, _hash(secret)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
