"""What pages may recommend: spread over houses, as rules say, and nothing of anybody's figures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_stack.candidates import MOST, MOST_A_HOUSE, candidates, write


def house(id: str, items: int = 6, **more: Any) -> dict[str, Any]:
    """A public menu as publishing writes it: what is as usual is left out."""
    restaurant = {"id": id, "name": {"en": id.title()}, "area": "Ari", "time_zone": "Asia/Bangkok", "currency": "THB"}
    restaurant |= {"languages": ["th", "en"]}
    dishes = [{"id": f"{id}-{n}", "name": {"en": f"Dish {n}"}, "price_minor": 100 * n} for n in range(1, items + 1)]
    return {"restaurant": restaurant | more, "sections": [{"id": "all", "name": {"en": "All"}, "items": dishes}]}


def row(
    of: str, house: str, item: str, rank: int = 1, own: str | None = None, support: int | None = 5
) -> dict[str, Any]:
    return {
        "restaurant_id": of,
        "item_id": own,
        "recommended_restaurant_id": house,
        "recommended_item_id": item,
        "rank": rank,
        "score": round(10 / (rank + 9), 2),
        "support": support,
    }


def rule(of: str, word: str, house: str | None = None, item: str | None = None) -> dict[str, Any]:
    return {"restaurant_id": of, "rule": word, "recommended_restaurant_id": house, "recommended_item_id": item}


HOUSES = ("blue", "green", "red")
MENUS = {id: house(id) for id in ("here", *HOUSES)}
WHOLE = [row("here", id, f"{id}-1", rank) for rank, id in enumerate(HOUSES, start=1)]
ITEMS = [
    row("here", id, f"{id}-{n}", rank=3 * n + place, own="here-1")
    for place, id in enumerate(HOUSES)
    for n in range(1, 7)
]


def picks(rows: list[dict[str, Any]], *rules: dict[str, Any]) -> list[str]:
    return [card["item_id"] for card in candidates(rows, MENUS, rules)["here"]]


def test_the_first_three_are_of_three_houses_and_no_house_has_more_than_a_few() -> None:
    found = candidates(WHOLE + ITEMS, MENUS)["here"]
    assert [card["item_id"] for card in found[:4]] == ["blue-1", "green-1", "red-1", "blue-2"]
    houses = [card["restaurant_id"] for card in found]
    assert len(found) == MOST
    assert max(map(houses.count, houses)) == MOST_A_HOUSE


def test_of_a_houses_items_the_one_that_more_of_the_own_items_lead_to_comes_first() -> None:
    rows = [row("here", "blue", "blue-2", own="here-1"), row("here", "blue", "blue-3", 2, own="here-1")]
    assert picks([*rows, row("here", "blue", "blue-3", own="here-2")]) == ["blue-3", "blue-2"]


def test_what_rests_on_guests_is_told_from_what_is_popular_nearby() -> None:
    rows = [row("here", "blue", "blue-1"), row("here", "green", "green-1", 2, support=None)]
    assert [card["kind"] for card in candidates(rows, MENUS)["here"]] == ["together", "nearby"]


def test_names_prices_hours_and_photo_are_those_that_the_house_published() -> None:
    menu = house("blue", hours=[[{"opens": 660, "closes": 1320}], []])
    [section] = menu["sections"]
    lunch = {"days": [1, 2], "opens": 660, "closes": 900}
    sizes = [{"name": {"en": "S"}, "price_delta_minor": 50}, {"name": {"en": "L"}, "price_delta_minor": 90}]
    section["served"] = [lunch]
    section["items"][0] |= {
        "name": {"en": "Satay", "th": "สะเต๊ะ"},
        "options": [{"id": "size", "min": 1, "choices": sizes}, {"id": "more", "choices": [{"price_delta_minor": 7}]}],
        "photo": {"id": "0123456789abcdef", "width": 1280, "height": 900},
    }
    assert candidates([row("here", "blue", "blue-1")], {"here": MENUS["here"], "blue": menu})["here"] == [
        {
            "restaurant_id": "blue",
            "restaurant_name": {"en": "Blue"},
            "currency": "THB",
            "time_zone": "Asia/Bangkok",
            "languages": ["th", "en"],
            "hours": [[[660, 1320]], []],
            "item_id": "blue-1",
            "item_name": {"en": "Satay", "th": "สะเต๊ะ"},
            "price_minor": 150,
            "ranged": True,
            "served": [[[[1, 2], 660, 900]]],
            "photo": "/r/blue/photos/0123456789abcdef-320.webp",
            "kind": "together",
        }
    ]


def test_what_a_menu_no_longer_has_is_not_recommended() -> None:
    assert picks([row("here", "blue", "gone"), row("here", "closed-down", "x", 2), row("here", "red", "red-1", 3)]) == [
        "red-1"
    ]


def test_a_silent_restaurant_recommends_nobody_and_a_hidden_one_is_nobodys() -> None:
    rows = [*WHOLE, row("blue", "here", "here-1"), row("blue", "green", "green-1", 2)]
    found = candidates(rows, MENUS, [rule("here", "silent"), rule("green", "hidden")])
    assert found["here"] == []
    assert [card["restaurant_id"] for card in found["blue"]] == ["here"]


def test_pins_come_first_whoever_has_their_guests_and_blocked_ones_never() -> None:
    pinned = rule("here", "pin", "red", "red-5"), rule("here", "pin", "green")
    assert picks(WHOLE + ITEMS, *pinned)[:3] == ["red-5", "green-1", "blue-1"]
    assert picks([], *pinned) == ["red-5", "green-1"]
    assert picks(WHOLE, rule("here", "block", "blue"), rule("here", "block", "red", "red-1")) == ["green-1"]
    assert picks([], rule("here", "pin", "red", "gone"), rule("here", "pin", "here", "here-1")) == []


def test_an_opt_out_is_stronger_than_a_pin() -> None:
    assert picks(WHOLE, rule("here", "pin", "red"), rule("red", "hidden")) == ["blue-1", "green-1"]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(MENUS)), st.sampled_from(sorted(MENUS)), st.integers(1, 9), st.integers(1, 12))
    )
)
def test_whatever_the_rows_nobody_is_sent_home_twice_or_to_what_is_not_there(
    given_rows: list[tuple[str, str, int, int]],
) -> None:
    rows = [row(of, house, f"{house}-{item}", rank, own="x") for of, house, item, rank in given_rows]
    for id, found in candidates(rows, MENUS).items():
        named = [(card["restaurant_id"], card["item_id"]) for card in found]
        assert len(named) == len(set(named)) <= MOST
        assert all(house != id and int(item.split("-")[1]) <= 6 for house, item in named)


class Folder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.puts: list[str] = []

    def get(self, key: str) -> bytes | None:
        return (self.folder / key).read_bytes() if (self.folder / key).exists() else None

    def put(self, key: str, body: bytes) -> None:
        self.puts.append(key)
        (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / key).write_bytes(body)


@pytest.fixture
def site(tmp_path: Path) -> Folder:
    site = Folder(tmp_path)
    for id, menu in MENUS.items():
        site.put(f"r/{id}/menu.json", json.dumps(menu).encode())
    site.puts.clear()
    return site


def test_each_restaurant_has_its_file_and_one_that_would_say_the_same_is_left(site: Folder) -> None:
    assert write(WHOLE, site) == sorted(MENUS)
    said = json.loads(site.get("r/here/recommendations.json") or b"")
    assert (said["v"], len(said["items"])) == (1, 3)
    assert json.loads(site.get("r/blue/recommendations.json") or b"")["items"] == []
    site.puts.clear()
    assert write(WHOLE, site) == []
    assert write(WHOLE[:1], site) == ["here"]
    assert site.puts == ["r/here/recommendations.json"]


def test_who_opts_out_has_an_empty_list_though_no_row_names_it_any_more(site: Folder) -> None:
    write(WHOLE, site)
    assert write([], site, [rule("here", "silent")]) == ["here"]
    assert json.loads(site.get("r/here/recommendations.json") or b"")["items"] == []


def test_a_file_tells_no_figure_of_anybody(site: Folder) -> None:
    write(WHOLE + ITEMS, site)
    items = json.loads(site.get("r/here/recommendations.json") or b"")["items"]
    assert not {key for card in items for key in card} & {"rank", "score", "support", "share_rate", "reason"}
