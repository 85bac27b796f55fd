from collections.abc import Callable

import pandas as pd

from dashboard.insights.tables import tables_unlike, with_verdicts

Frame = Callable[..., pd.DataFrame]


def told(arrow: Frame, *rows: tuple[str | None, int, int]) -> pd.DataFrame:
    """(table, visits, visits that ordered)."""
    ids, visits, ordering = zip(*rows, strict=True)
    money = [count * 2500 for count in ordering]
    return with_verdicts(
        arrow(table_id=ids, visits=visits, ordering_visits=ordering, orders=ordering, revenue_minor=money)
    )


def test_tables_stand_in_the_order_of_their_numbers(arrow: Frame) -> None:
    tables = told(arrow, ("10", 90, 30), (None, 90, 30), ("bar", 90, 30), ("9", 90, 30))
    assert tables["name"].tolist() == ["Table 9", "Table 10", "bar", "No table"]
    assert tables["average_minor"].tolist() == [2500] * 4


def test_tables_that_order_less_are_named_together(arrow: Frame) -> None:
    rows = [(str(n), 400, 120 if n < 9 else 70) for n in range(1, 12)]
    tables = told(arrow, *rows)
    assert tables.set_index("table_id")["verdict"].loc[["8", "9", "10", "11"]].tolist() == ["alike", *["below"] * 3]
    assert tables_unlike(tables) == "Tables 9–11 order less than the others"


def test_a_table_that_is_hardly_opened_may_have_lost_its_code(arrow: Frame) -> None:
    rows = [(str(n), 400, 120) for n in range(1, 7)]
    assert tables_unlike(told(arrow, *rows, ("7", 3, 0))) == "Table 7 has almost no visits: is the code still there?"


def test_tables_alike_and_tables_hardly_used_are_said_to_be_so(arrow: Frame) -> None:
    assert tables_unlike(told(arrow, ("1", 100, 30), ("2", 110, 35))) == "No table orders differently beyond chance"
    few = told(arrow, ("1", 4, 1), ("2", 5, 0))
    assert few["verdict"].tolist() == ["few", "few"]
    assert tables_unlike(few) == "Too few visits yet to tell the tables apart"
