import math

from dashboard.insights import words


def test_names_are_listed_as_in_a_sentence() -> None:
    assert words.listed(["Soup"]) == "Soup"
    assert words.are(["Soup", "Stew", "Tea"]) == "Soup, Stew and Tea are"
    assert words.are(["Soup"]) == "Soup is"


def test_a_share_near_a_fraction_is_said_as_one() -> None:
    assert [words.share(r) for r in (0.49, 0.34, 0.61, 0.07)] == ["Half", "A third", "61%", "7.0%"]


def test_numbers_say_when_they_are_unknown() -> None:
    assert [words.percent(math.nan), words.seconds(math.nan), words.money(math.nan, "EUR")] == ["–", "–", "–"]
    assert words.plus_minus(math.nan, math.nan) == ""


def test_numbers_are_written_for_people() -> None:
    assert [words.percent(0), words.percent(0.0434), words.percent(0.286)] == ["0%", "4.3%", "29%"]
    assert words.plus_minus(0.2, 0.25) == "±2.5"
    assert words.signed(-3.6) == "−4"
    assert words.signed(0.84, 1) == "+0.8"


def test_money_follows_its_currency() -> None:
    assert words.money(1250, "EUR") == "€12.50"
    assert words.money(1250, "JPY") == "JP¥1,250"
    assert words.money(1250, "KWD") == "KWD\N{NO-BREAK SPACE}1.250"


def test_neighbouring_numbers_run_together() -> None:
    assert words.runs([10, 9, 11, 12, 3]) == "3 and 9–12"
    assert words.runs([1, 2, 7]) == "1, 2 and 7"


def test_estimates_of_money_have_two_digits_and_no_cents() -> None:
    assert [words.about(minor, "EUR") for minor in (48_321, -999, 40)] == ["€480", "−€10", "€0"]
    assert words.about(51_234, "JPY") == "JP¥51,000"
    assert words.about(12_345, "CHF") == "CHF\N{NO-BREAK SPACE}120"
