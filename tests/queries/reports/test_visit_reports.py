"""funnel, funnel_by_day, daily, hourly, busy_hours, restaurants, tables, ledger, menus, menu_versions, directory."""

HOUSES = """
    restaurant_id restaurant_name area time_zone currency
    r1 Uno Harbour Europe/Berlin EUR
    r2 Duo Harbour Asia/Bangkok THB
"""
# r1 took francs once; r9 isn't known; a visit without money has no currency.
VISITS = """
    restaurant_id menu_version local_date local_hour currency visits viewed opened intents ordered orders revenue_minor
    r1 1 2026-11-02 12 EUR 2 2 2 2 2 3 4000
    r1 1 2026-11-02 12 - 5 4 3 1 0 0 0
    r1 2 2026-11-02 13 CHF 1 1 1 1 1 1 900
    r1 2 2026-11-09 12 - 2 0 0 0 0 0 0
    r9 7 2026-11-02 12 USD 1 1 1 1 1 1 500
    r9 7 2026-11-02 12 - 3 2 0 0 0 0 0
"""


def test_a_funnel_has_its_five_steps_in_order(report):
    assert report("funnel", visit_hours=VISITS) == [
        "r1 visit 10",
        "r1 viewed 7",
        "r1 opened 6",
        "r1 intent 4",
        "r1 ordered 3",
        "r9 visit 4",
        "r9 viewed 3",
        "r9 opened 1",
        "r9 intent 1",
        "r9 ordered 1",
    ]
    assert report("funnel", visit_hours=VISITS, last="2026-11-01") == []


def test_a_funnel_by_day_starts_anew_each_day(report):
    rows = report("funnel_by_day", visit_hours=VISITS)
    assert rows[:5] == [
        "r1 2026-11-02 visit 8",
        "r1 2026-11-02 viewed 7",
        "r1 2026-11-02 opened 6",
        "r1 2026-11-02 intent 4",
        "r1 2026-11-02 ordered 3",
    ]
    assert rows[5] == "r1 2026-11-09 visit 2"
    assert len(rows) == 15


def test_a_day_never_adds_two_currencies_and_counts_each_visit_once(report):
    assert report("daily", visit_hours=VISITS, restaurants=HOUSES) == [
        "r1 2026-11-02 1 1 1 900 CHF 1.0",
        f"r1 2026-11-02 7 3 2 4000 EUR {2 / 7}",
        "r1 2026-11-09 2 0 0 0 EUR 0.0",
        "r9 2026-11-02 4 1 1 500 USD 0.25",
    ]


def test_a_day_whose_currency_nobody_knows_says_null(report):
    visits = """
        restaurant_id menu_version local_date local_hour currency visits ordered orders revenue_minor
        r9 1 2026-11-02 12 - 2 1 1 700
    """
    assert report("daily", visit_hours=visits) == ["r9 2026-11-02 2 1 1 700 - 0.5"]
    assert report("hourly", visit_hours=visits) == ["r9 2026-11-02 12 2 1 1 700"]
    assert report("restaurants", visit_hours=visits) == ["r9 r9 - - 2 - 0.5 1 700 0"]


def test_an_hour_s_revenue_is_in_the_restaurant_s_own_currency(report):
    assert report("hourly", visit_hours=VISITS, restaurants=HOUSES) == [
        "r1 2026-11-02 12 7 2 3 4000",
        "r1 2026-11-02 13 1 1 1 0",
        "r1 2026-11-09 12 2 0 0 0",
        "r9 2026-11-02 12 4 1 1 500",
    ]


def test_the_week_begins_on_monday(report):
    visits = """
        restaurant_id menu_version local_date local_hour visits orders
        r1 1 2026-11-01 20 4 2
        r1 1 2026-11-02 12 3 1
        r1 2 2026-11-09 12 1 1
    """
    assert report("busy_hours", visit_hours=visits) == ["r1 1 12 4 2", "r1 7 20 4 2"]


def test_every_restaurant_has_its_row_even_if_nobody_came(report):
    looks = """
        restaurant_id menu_version item_id local_date local_hour reached viewed skipped dwell_ms
        r1 1 a 2026-11-02 12 6 3 3 100
        r1 2 a 2026-11-02 12 2 1 1 50
    """
    assert report("restaurants", visit_hours=VISITS, restaurants=HOUSES, item_hours=looks) == [
        "r1 Uno Harbour EUR 10 0.5 0.3 4 4000 150",
        "r2 Duo Harbour THB 0 - - 0 0 0",
        "r9 r9 - USD 4 - 0.25 1 500 0",
    ]
    assert report("restaurants", visit_hours=VISITS, restaurants=HOUSES, first="2026-11-30") == [
        "r1 Uno Harbour EUR 0 - - 0 0 0",
        "r2 Duo Harbour THB 0 - - 0 0 0",
    ]


def test_tables_count_their_visits_and_money(report):
    visits = """
        restaurant_id visit_id table_id local_date ordered orders revenue_minor currency
        r1 a t1 2026-11-02 1 2 3000 EUR
        r1 b t1 2026-11-02 0 0 0 -
        r1 c t1 2026-11-03 1 1 500 CHF
        r1 d - 2026-11-03 0 0 0 -
        r9 e t1 2026-11-03 0 0 0 -
        r1 f t1 2026-12-01 1 1 500 EUR
    """
    assert report("tables", visits=visits, restaurants=HOUSES) == [
        "r1 t1 1 1 1 500 CHF 1.0",
        "r1 t1 2 1 2 3000 EUR 0.5",
        "r1 - 1 0 0 0 EUR 0.0",
        "r9 t1 1 0 0 0 - 0.0",
    ]


def test_the_ledger_sums_a_day_s_hours(report):
    ledger = """
        restaurant_id local_date local_hour received kept duplicates late bots previews lost rejected
        r1 2026-11-02 12 10 5 1 1 2 1 3 4
        r1 2026-11-02 13 1 1 0 0 0 0 0 0
        r1 2026-12-01 13 1 1 0 0 0 0 0 0
    """
    assert report("ledger", ledger_hours=ledger) == ["r1 2026-11-02 11 6 1 1 2 1 3 4"]


MENUS = """
    restaurant_id menu_version published_at item_id item_name section_id section_name section_position \
        position price_minor food_cost_minor
    r1 1 1762000000123 soup Soup starters Starters 1 1 900 -
    r1 2 1762100000000 cake Cake sweets Sweets 1 1 700 200
    r1 2 1762100000000 soup Soup starters Starters 2 2 950 300
"""


def test_menus_tell_every_version_in_its_order(report):
    assert report("menus", menu_items=MENUS) == [
        "r1 1 2025-11-01 12:26:40.123000+00:00 soup Soup starters Starters 1 1 900 -",
        "r1 2 2025-11-02 16:13:20+00:00 cake Cake sweets Sweets 1 1 700 200",
        "r1 2 2025-11-02 16:13:20+00:00 soup Soup starters Starters 2 2 950 300",
    ]


def test_versions_are_those_published_and_those_visited(report):
    assert report("menu_versions", menu_items=MENUS, visit_hours=VISITS) == [
        "r1 1 2025-11-01 12:26:40.123000+00:00 1 7 2026-11-02 2026-11-02",
        "r1 2 2025-11-02 16:13:20+00:00 2 3 2026-11-02 2026-11-09",
        "r9 7 - - 4 2026-11-02 2026-11-02",
    ]
    assert report("menu_versions", menu_items=MENUS, visit_hours=VISITS, first="2026-11-30") == [
        "r1 1 2025-11-01 12:26:40.123000+00:00 1 0 - -",
        "r1 2 2025-11-02 16:13:20+00:00 2 0 - -",
    ]


def test_the_directory_knows_who_was_ever_visited(report):
    assert report("directory", visit_hours=VISITS, restaurants=HOUSES) == [
        "r1 Uno Harbour Europe/Berlin EUR",
        "r2 Duo Harbour Asia/Bangkok THB",
        "r9 r9 - UTC USD",
    ]
