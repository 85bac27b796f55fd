"""The report `orders` over tiny tables."""

from collections.abc import Callable

Report = Callable[..., list[str]]


def test_orders_hold_their_days_lines_portions_and_money_currency_by_currency(report: Report) -> None:
    restaurants = """
        restaurant_id restaurant_name area time_zone currency
        r1 One - UTC EUR
    """
    visit_hours = """
        restaurant_id menu_version local_date local_hour currency visits orders lines quantity revenue_minor
        r1 1 2026-11-02 12 EUR 10 2 5 6 4000
        r1 2 2026-11-02 19 EUR 10 1 1 1 1000
        r1 2 2026-11-02 19 USD 1 1 2 2 900
        r1 2 2026-11-03 12 - 4 0 0 0 0
        r1 2 2026-12-01 12 EUR 4 1 1 1 500
    """
    assert report("orders", restaurants=restaurants, visit_hours=visit_hours) == [
        "r1 2026-11-02 EUR 3 6 7 5000",
        "r1 2026-11-02 USD 1 2 2 900",
    ]
