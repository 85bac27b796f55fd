"""Prices as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.menus.prices import currency_in, decimal_price, parse_price
from errors import MenuError


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("120", "THB", 12_000),
        ("58.5", "THB", 5_850),
        ("฿ 120", "THB", 12_000),
        ("120 บาท", "THB", 12_000),
        ("٣٥", "THB", 3_500),
        ("15.99 USD", "USD", 1_599),
        ("$15.99", "USD", 1_599),
        ("12,50 €", "EUR", 1_250),
        ("1,250.50", "EUR", 125_050),
        ("1.250,50", "EUR", 125_050),
        ("1 250,00", "EUR", 125_000),
        ("1'250.00", "CHF", 125_000),
        ("1.250", "EUR", 125_000),  # grouped: euros have no third decimal
        ("1.250", "KWD", 1_250),
        ("1,250", "JPY", 1_250),
    ],
)
def test_a_price_is_read_as_it_is_written(text: str, currency: str, minor: int) -> None:
    assert parse_price(text, currency, ("th", "en")) == minor


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("", "EUR", "there is no price"),
        ("-5", "EUR", "is negative"),
        ("(5.00)", "EUR", "is negative"),
        ("abc", "EUR", "'abc' is no price"),
        ("12.50 / 15", "EUR", "is no price"),
        ("0.999", "EUR", "has more than 2 decimals, and EUR has 2"),
        ("100.5", "JPY", "has decimals, and JPY has none"),
        ("99999999999", "EUR", "larger than a menu can hold"),
        ("1e9", "EUR", "is no price"),
    ],
)
def test_what_is_no_price_is_said(text: str, currency: str, why: str) -> None:
    with pytest.raises(MenuError, match=why):
        parse_price(text, currency)


@given(st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "KWD", "THB"]))
def test_a_price_that_was_written_is_read_as_the_same(minor: int, currency: str) -> None:
    assert parse_price(f"{decimal_price(minor, currency)} {currency}", currency) == minor


def test_a_price_names_its_currency_by_code_or_a_sign_of_its_own() -> None:
    assert [currency_in(text) for text in ("15.99 USD", "thb 5", "฿5", "5 €", "$5", "¥5", "5")] == [
        *("USD", "THB", "THB", "EUR"),
        *(None, None, None),
    ]
