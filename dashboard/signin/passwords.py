"""Passwords: which may be set, and what is kept of one so that whoever reads it can't sign in with it."""

import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from secrets import token_bytes
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from errors import ParameterError

SHORTEST, LONGEST = 12, 200
GOOD = 3  # of 4, by zxcvbn: some ten billion guesses, and with this hash a guess takes long
READ = 72  # letters that zxcvbn looks at: its time grows with their square
_hasher = PasswordHasher()  # argon2id with the parameters that RFC 9106 recommends: 64 MiB a hash
_turns = BoundedSemaphore(2)  # so many hashes at once: a crowd at the door must wait, not take all memory


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _turns:
        return _hasher.hash(_normal(password))


def matches(password: str, kept: str) -> bool:
    """Whether this is the password. Of nobody (`kept` is empty) it isn't, which takes as long to find out."""
    try:
        with _turns:
            return _hasher.verify(kept or _nobodys(), _normal(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def expect_good(password: str, person: str) -> None:
    """Raises ParameterError, in words for its reader, if the password is too short or would soon be guessed."""
    from zxcvbn import zxcvbn  # it brings its lists of common words: not for those who only sign in

    normal = _normal(password)
    if len(normal) < SHORTEST:
        raise ParameterError(f"Use at least {SHORTEST} characters: several words in a row are easy to remember.")
    if len(normal) > LONGEST:
        raise ParameterError(f"Use at most {LONGEST} characters.")
    found = zxcvbn(normal[:READ], user_inputs=list(_of_person(person)))
    if found["score"] < GOOD:
        why = found["feedback"]["warning"] or "This would be guessed soon."
        raise ParameterError(f"{why.removesuffix('.')}. Add another word or two, uncommon ones.")


def _of_person(person: str) -> Iterable[str]:
    name, _, house = person.partition("@")
    return (person, name, *name.split("."), house, *house.split("."), "menulens")


def _normal(password: str) -> str:
    # The same letters may reach us composed or not, as the keyboard has it.
    return unicodedata.normalize("NFKC", password)


def _nobodys() -> str:
    """A hash with today's parameters that no password has."""
    salt, rest = (b64encode(token_bytes(length)).decode().rstrip("=") for length in (16, 32))
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${rest}"
