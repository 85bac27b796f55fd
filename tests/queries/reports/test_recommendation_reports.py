"""The reports of recommendations over tiny tables: rounded for a restaurant, counted for who sees all of them."""

from collections.abc import Callable

Report = Callable[..., list[str]]

RECOMMENDATIONS = """
    restaurant_id restaurant_name item_id item_name recommended_restaurant_id recommended_restaurant_name recommended_item_id recommended_item_name rank score support share_rate reason
    r1 One soup Soup r2 Two curry Curry 1 1.0 10 0.33 A_third
    r1 One soup Soup r3 Three cake Cake 2 0.91 - - Popular_nearby
    r1 One - - r2 Two curry Curry 1 1.0 10 0.5 Half
"""  # noqa: E501
CROSSINGS = """
    restaurant_id from_restaurant_id item_id recommended_restaurant_id recommended_item_id rank score guests item_guests recommended_guests area_guests
    - r1 soup r2 curry 1 0.412 12 36 40 300
    - r1 soup r3 cake 2 0.2 0 36 77 300
    - r1 - r2 - 1 0.3 14 50 60 310
"""  # noqa: E501


def first_eight(rows: list[str]) -> list[str]:
    """Without the names and the rest that stands behind the reason."""
    return [row.partition(" One ")[0] for row in rows]


def test_a_restaurant_is_told_the_order_a_lower_bound_and_words(report: Report) -> None:
    # Through its scope no row of crossings is seen.
    assert first_eight(report("recommendations", recommendations=RECOMMENDATIONS)) == [
        "r1 - r2 curry 1 1.0 10 Half",
        "r1 soup r2 curry 1 1.0 10 A_third",
        "r1 soup r3 cake 2 0.91 - Popular_nearby",
    ]


def test_who_sees_all_restaurants_is_told_the_counts(report: Report) -> None:
    rows = report("recommendations", recommendations=RECOMMENDATIONS, crossings=CROSSINGS)
    assert first_eight(rows) == [
        "r1 - r2 curry 1 0.3 14 14 of 50 guests who went here also went to Two",
        "r1 soup r2 curry 1 0.412 12 12 of 36 guests who went for Soup here also went for Curry at Two",
        "r1 soup r3 cake 2 0.2 77 Popular_nearby: 77 of 300 guests of the area",
    ]
    assert rows[1].endswith("One Soup Two Curry 0.33 36 300")


def test_what_goes_well_together_stands_item_by_item_the_strongest_first(report: Report) -> None:
    item_pairs = """
        restaurant_id item_id item_name other_item_id other_item_name rank score support item_guests other_guests restaurant_guests attach_rate lift reason
        r1 tea Tea soup Soup 1 0.6 6 6 10 20 1.0 2.0 Most
        r1 soup Soup cake Cake 2 0.1 - 10 14 20 - - Popular_here
        r1 soup Soup tea Tea 1 0.4 6 10 6 20 0.6 2.0 About_two_thirds
    """  # noqa: E501
    assert report("goes_well_with", item_pairs=item_pairs) == [
        "r1 soup Soup tea Tea 1 0.4 6 About_two_thirds 10 6 20 0.6 2.0",
        "r1 soup Soup cake Cake 2 0.1 - Popular_here 10 14 20 - -",
        "r1 tea Tea soup Soup 1 0.6 6 Most 6 10 20 1.0 2.0",
    ]
