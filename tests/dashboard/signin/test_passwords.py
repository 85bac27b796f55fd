"""Which passwords may be set, and that what is kept of one tells nothing."""

import unicodedata

import pytest

from dashboard.signin import passwords
from errors import ParameterError
from tests.dashboard.signin.conftest import GOOD


def test_a_password_is_kept_as_argon2id_and_is_recognised() -> None:
    kept = passwords.hashed(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.hashed(GOOD) != kept
    assert passwords.matches(GOOD, kept)
    assert not passwords.matches(GOOD + "s", kept)


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$broken"])
def test_nothing_matches_where_no_password_is_kept(kept: str) -> None:
    assert not passwords.matches("", kept)
    assert not passwords.matches(GOOD, kept)


def test_letters_count_the_same_however_a_keyboard_makes_them() -> None:
    kept = passwords.hashed(unicodedata.normalize("NFC", "Frühstück für Käthe"))
    assert passwords.matches(unicodedata.normalize("NFD", "Frühstück für Käthe"), kept)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("lamp violin", "at least 12 characters"),
        ("x" * 201, "at most 200 characters"),
        ("password1234", "very common password"),
        ("qwertyuiop123", "very common password"),
        ("aaaaaaaaaaaaaaaa", "Repeats"),
        ("menulensmenulens", "Repeats"),
        ("mia@example.com", "would be guessed soon"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused_in_words(bad: str, why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        passwords.expect_good(bad, "mia@example.com")


@pytest.mark.parametrize("good", [GOOD, "ส้มตำอร่อยมากจริงๆ", "tr0ub4dor&3xyz", "lamp " * 3 + "copper violin" * 14])
def test_a_long_uncommon_password_may_be_set(good: str) -> None:
    passwords.expect_good(good, "mia@example.com")


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert not passwords.outdated(passwords.hashed(GOOD))
    assert passwords.outdated("$argon2id$v=19$m=65536,t=9,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG")
