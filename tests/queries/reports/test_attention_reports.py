"""item_attention, section_attention, item_by_hour, item_daily, item_positions, daily_attention over tiny tables."""

# Two versions: soup moves from place 1 to 2 and into another section, cake comes new, tart is gone.
MENUS = """
    restaurant_id menu_version item_id item_name section_id section_name section_position position
    r1 1 soup Soup starters Starters 1 1
    r1 1 tart Tart sweets Sweets 2 2
    r1 2 cake Cake sweets Sweets 1 1
    r1 2 soup Soup mains Mains 2 2
"""
VISITS = """
    restaurant_id menu_version local_date local_hour visits
    r1 1 2026-11-02 12 10
    r1 1 2026-11-02 13 2
    r1 2 2026-11-03 12 5
"""
LOOKS = """
    restaurant_id menu_version item_id section_id position local_date local_hour reached viewed skipped opened \
        intents ordered quantity revenue_minor dwell_ms viewed_sold_out opened_sold_out
    r1 1 soup starters 1 2026-11-02 12 8 6 2 3 2 1 2 1800 9000 2 1
    r1 2 soup mains 2 2026-11-03 12 4 3 1 1 1 2 2 1800 3000 1 0
    r1 1 tart sweets 2 2026-11-02 12 4 0 4 0 0 0 0 0 0 0 0
"""


def test_an_item_stands_at_its_place_in_its_newest_version_and_counts_visits_to_all_that_hold_it(report):
    assert report("item_attention", menu_items=MENUS, visit_hours=VISITS, item_hours=LOOKS) == [
        "r1 cake Cake sweets Sweets 1 5 0 0 0 0 0 0 0 0 0 - - 0 0",
        f"r1 soup Soup mains Mains 2 17 12 9 3 4 3 3 4 3600 12000 0.25 {3 / 9} 3 1",
        "r1 tart Tart sweets Sweets 2 12 4 0 4 0 0 0 0 0 0 1.0 - 0 0",
    ]


def test_one_version_shows_its_own_places_and_visits(report):
    assert report("item_attention", menu_items=MENUS, visit_hours=VISITS, item_hours=LOOKS, menu_version=1) == [
        f"r1 soup Soup starters Starters 1 12 8 6 2 3 2 1 2 1800 9000 0.25 {1 / 6} 2 1",
        "r1 tart Tart sweets Sweets 2 12 4 0 4 0 0 0 0 0 0 1.0 - 0 0",
    ]


def test_days_outside_the_window_bring_neither_visits_nor_versions(report):
    given = {"menu_items": MENUS, "visit_hours": VISITS, "item_hours": LOOKS}
    assert report("item_attention", first="2026-11-03", **given) == [
        "r1 cake Cake sweets Sweets 1 5 0 0 0 0 0 0 0 0 0 - - 0 0",
        f"r1 soup Soup mains Mains 2 5 4 3 1 1 1 2 2 1800 3000 0.25 {2 / 3} 1 0",
    ]
    assert report("item_attention", first="2026-11-04", **given) == []


def test_where_the_menu_is_not_known_every_visit_counts_for_every_item_that_was_seen(report):
    looks = """
        restaurant_id menu_version item_id section_id position local_date local_hour reached viewed skipped
        r9 1 x a 1 2026-11-02 12 2 1 1
        r9 2 y - 4 2026-11-02 12 1 1 0
    """
    visits = """
        restaurant_id menu_version local_date local_hour visits
        r9 1 2026-11-02 12 3
        r9 2 2026-11-02 12 4
        r9 3 2026-11-02 12 2
    """
    assert report("item_attention", visit_hours=visits, item_hours=looks) == [
        "r9 x x a a 1 9 2 1 1 0 0 0 0 0 0 0.5 0.0 0 0",
        "r9 y y - - 4 9 1 1 0 0 0 0 0 0 0 0.0 0.0 0 0",
    ]


def test_an_item_that_its_menu_does_not_hold_is_kept_under_its_id(report):
    menu = MENUS.replace("r1 2", "r1 3")
    looks = """
        restaurant_id menu_version item_id section_id position local_date local_hour reached viewed
        r1 1 ghost starters 9 2026-11-02 12 1 1
    """
    rows = report("item_attention", menu_items=menu, visit_hours=VISITS, item_hours=looks, last="2026-11-02")
    assert [row.split()[:7] for row in rows] == [
        ["r1", "soup", "Soup", "starters", "Starters", "1", "12"],
        ["r1", "tart", "Tart", "sweets", "Sweets", "2", "12"],
        ["r1", "ghost", "ghost", "starters", "starters", "9", "12"],
    ]


def test_a_section_stands_at_its_newest_place_with_zeros_where_nobody_looked(report):
    looks = """
        restaurant_id menu_version section_id local_date local_hour reached viewed skipped opened \
        intents ordered quantity revenue_minor dwell_ms
        r1 1 starters 2026-11-02 12 8 6 2 3 2 1 2 1800 9000
        r1 2 mains 2026-11-03 12 4 3 1 1 1 2 2 1800 3000
        r1 1 - 2026-11-02 12 1 1 0 0 0 0 0 0 5
    """
    assert report("section_attention", menu_items=MENUS, visit_hours=VISITS, section_hours=looks) == [
        f"r1 starters Starters 1 12 8 6 2 3 2 1 2 1800 9000 0.25 {1 / 6}",
        "r1 sweets Sweets 1 17 0 0 0 0 0 0 0 0 0 - -",
        f"r1 mains Mains 2 5 4 3 1 1 1 2 2 1800 3000 0.25 {2 / 3}",
        "r1 - - - 12 1 1 0 0 0 0 0 0 5 0.0 0.0",
    ]


def test_an_unknown_menu_s_sections_go_by_their_ids(report):
    looks = """
        restaurant_id menu_version section_id local_date local_hour reached viewed
        r9 1 b 2026-11-02 12 2 2
    """
    visits = """
        restaurant_id menu_version local_date local_hour visits
        r9 1 2026-11-02 12 3
        r9 2 2026-11-02 12 1
    """
    assert report("section_attention", visit_hours=visits, section_hours=looks) == [
        "r9 b b - 4 2 2 0 0 0 0 0 0 0 0.0 0.0"
    ]


def test_an_item_s_hours_count_visits_at_that_hour_to_versions_that_hold_it(report):
    assert report("item_by_hour", menu_items=MENUS, visit_hours=VISITS, item_hours=LOOKS) == [
        "r1 cake sweets 12 5 0 0 0 0 0 0",
        "r1 soup mains 12 15 12 9 3 4 3 12000",
        "r1 soup mains 13 2 0 0 0 0 0 0",
        "r1 tart sweets 12 10 4 0 4 0 0 0",
        "r1 tart sweets 13 2 0 0 0 0 0 0",
    ]
    assert report("item_by_hour", menu_items=MENUS, visit_hours=VISITS, item_hours=LOOKS, menu_version=2) == [
        "r1 cake sweets 12 5 0 0 0 0 0 0",
        "r1 soup mains 12 5 4 3 1 1 2 3000",
    ]


def test_an_item_s_days_count_visits_of_that_day_to_versions_that_hold_it(report):
    given = {"menu_items": MENUS, "visit_hours": VISITS, "item_hours": LOOKS}
    assert report("item_daily", **given) == [
        "r1 cake 2026-11-03 5 0 0 0 0 0 0 0",
        "r1 soup 2026-11-02 12 8 6 2 3 2 1 9000",
        "r1 soup 2026-11-03 5 4 3 1 1 1 2 3000",
        "r1 tart 2026-11-02 12 4 0 4 0 0 0 0",
    ]
    assert report("item_daily", **given, item_id="soup", menu_version=2) == ["r1 soup 2026-11-03 5 4 3 1 1 1 2 3000"]


def test_hours_and_days_of_an_unknown_menu_count_its_every_visit(report):
    looks = """
        restaurant_id menu_version item_id section_id position local_date local_hour reached viewed
        r9 1 x a 1 2026-11-02 12 2 1
    """
    visits = """
        restaurant_id menu_version local_date local_hour visits
        r9 1 2026-11-02 12 3
        r9 2 2026-11-02 13 4
    """
    assert report("item_by_hour", visit_hours=visits, item_hours=looks) == [
        "r9 x a 12 3 2 1 0 0 0 0",
        "r9 x a 13 4 0 0 0 0 0 0",
    ]
    assert report("item_daily", visit_hours=visits, item_hours=looks) == ["r9 x 2026-11-02 7 2 1 0 0 0 0 0"]


def test_attention_day_by_day_sums_over_items(report):
    assert report("daily_attention", item_hours=LOOKS) == [
        "r1 2026-11-02 12 6 6 3 9000 0.5",
        "r1 2026-11-03 4 3 1 1 3000 0.25",
    ]
    assert report("daily_attention", item_hours=LOOKS, first="2026-11-04") == []


def test_item_positions_keep_the_places_of_an_item_apart(report):
    assert report("item_positions", item_hours=LOOKS) == [
        "r1 1 soup starters 1 8 6 3 1",
        "r1 1 tart sweets 2 4 0 0 0",
        "r1 2 soup mains 2 4 3 1 2",
    ]
    assert report("item_positions", first="2026-11-03", item_hours=LOOKS) == ["r1 2 soup mains 2 4 3 1 2"]
