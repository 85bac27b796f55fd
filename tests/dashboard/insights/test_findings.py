import pandas as pd

from dashboard.insights import attention, findings

COLUMNS = ["section_name", "item_name", "visits", "reached", "viewed", "skipped", "opened", "ordered"]


def rated(*rows: tuple[str, str, int, int, int, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return attention.with_rates(
        frame.assign(
            position=range(1, len(frame) + 1), section_id=frame["section_name"].str.lower(), item_id=frame["item_name"],
            intents=frame["ordered"], dwell_ms=frame["viewed"] * 3000,
        )
    )  # fmt: skip


USUAL = [("Pasta", f"Pasta {n}", 2000, 1800, 1200, 600, 300, 180) for n in range(6)]


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    return {look.kind: look.title for look in findings.worth_a_look(frame)}


def test_a_menu_where_all_is_alike_needs_no_look() -> None:
    assert findings.worth_a_look(rated(*USUAL)) == []


def test_what_is_read_and_left_needs_a_look() -> None:
    found = kinds(rated(*USUAL, ("Pasta", "Lobster ravioli", 2000, 1800, 1650, 150, 900, 20)))
    assert found["Read, not ordered"] == "Lobster ravioli is read and left"


def test_what_sells_to_the_few_who_find_it_needs_a_look() -> None:
    found = kinds(rated(*USUAL, ("Desserts", "Tiramisù", 2000, 400, 380, 20, 200, 190)))
    assert found["Hidden gem"] == "Tiramisù sells to those who find it"


def test_what_is_passed_by_within_its_section_needs_a_look() -> None:
    found = findings.worth_a_look(rated(*USUAL, ("Pasta", "Plain pasta", 2000, 1800, 700, 1100, 90, 105)))
    passed = next(look for look in found if look.kind == "Passed by")
    assert passed.title == "Plain pasta is skipped most in Pasta"
    assert "61%" in passed.why
    assert "33%" in passed.why
    assert passed.evidence == "1,800 guests reached · between 59% and 63% (95%)"


def test_a_menu_that_nobody_opened_needs_no_look() -> None:
    assert findings.worth_a_look(rated(*[(*row[:2], 0, 0, 0, 0, 0, 0) for row in USUAL])) == []
