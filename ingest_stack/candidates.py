"""What each restaurant's page may recommend: a few items of others, in a file beside its menu.

    r/<restaurant_id>/recommendations.json    {"v": 1, "made_at": ms, "items": [up to ten, the best first]}

A file says nothing of any guest: only names, prices, hours and photos, and those as the recommended house has published
them. Its page leaves out what is sold out or closed when somebody reads it. Of the standard library alone: a small AWS
Lambda runs this too.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

MOST = 10
"""A page shows up to three of them: the others stand in for what is sold out or closed by then."""
MOST_A_HOUSE = 4
SMALLEST_PHOTO = 320

Row = Mapping[str, Any]
Pick = tuple[str, str]  # a restaurant, and an item of its menu


class Site(Protocol):
    """The published site by key, such as "r/bistro/menu.json"."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, body: bytes) -> object: ...


def write(rows: Iterable[Row], site: Site, rules: Iterable[Row] = ()) -> list[str]:
    """Write the candidates of every restaurant that is named here, and has a menu; ids of those whose file is new.

    `rows` are those of the table `recommendations`, `rules` of `recommendation_rules`. Who recommends nobody gets an
    empty list. A file that would say the same stays: browsers needn't fetch it again.
    """
    rows, rules = list(rows), list(rules)
    ids = {row[column] for row in rows for column in ("restaurant_id", "recommended_restaurant_id")}
    read = {id: site.get(f"r/{id}/menu.json") for id in sorted(ids | {rule["restaurant_id"] for rule in rules})}
    menus = {id: json.loads(menu) for id, menu in read.items() if menu}
    changed = []
    for id, items in candidates(rows, menus, rules).items():
        key = f"r/{id}/recommendations.json"
        kept = site.get(key)
        if kept is None or json.loads(kept)["items"] != items:
            said = {"v": 1, "made_at": int(time.time() * 1000), "items": items}
            site.put(key, json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
            changed.append(id)
    return changed


def candidates(
    rows: Iterable[Row], menus: Mapping[str, Mapping[str, Any]], rules: Iterable[Row] = ()
) -> dict[str, list[dict[str, Any]]]:
    """The candidates of every restaurant in `menus` (public ones, by id), best first.

    Rules hold here too, whatever the rows were made of: who opts out is out of it at once.
    """
    of_each, ruled = defaultdict(list), defaultdict(list)
    for row in rows:
        of_each[row["restaurant_id"]].append(row)
    for rule in rules:
        ruled[rule["restaurant_id"]].append(rule)
    hidden = {id for id, its_own in ruled.items() if any(rule["rule"] == "hidden" for rule in its_own)}
    items = {id: _items(menu) for id, menu in menus.items() if id not in hidden}
    return {id: _of_one(id, of_each[id], ruled[id], items) for id in sorted(menus)}


def _of_one(
    id: str, rows: Sequence[Row], rules: Sequence[Row], items: Mapping[str, Mapping[str, dict[str, Any]]]
) -> list[dict[str, Any]]:
    if any(rule["rule"] == "silent" for rule in rules):
        return []
    blocked = {
        (rule["recommended_restaurant_id"], rule["recommended_item_id"]) for rule in rules if _says(rule, "block")
    }
    named = {each["recommended_restaurant_id"] for each in (*rows, *rules)} - {id}
    offered = {
        house: {item: card for item, card in items[house].items() if not {(house, item), (house, None)} & blocked}
        for house in named & items.keys()
    }
    ranked = {house: [item for item in best if item in offered.get(house, {})] for house, best in _ranked(rows).items()}
    pinned = [pick for rule in rules if _says(rule, "pin") for pick in _pinned(rule, ranked, offered)]
    picks = list(dict.fromkeys([*pinned, *_spread(ranked)]))[:MOST]
    together = {(row["recommended_restaurant_id"], row["recommended_item_id"]) for row in rows if row["support"]}
    return [
        offered[house][item] | {"kind": "together" if (house, item) in together else "nearby"} for house, item in picks
    ]


def _says(rule: Row, word: str) -> bool:
    return bool(rule["rule"] == word)


def _pinned(rule: Row, ranked: Mapping[str, list[str]], offered: Mapping[str, Mapping[str, Any]]) -> list[Pick]:
    """What a pin stands for: its item, of a whole restaurant the best one, or nothing where that is no longer there."""
    house = rule["recommended_restaurant_id"]
    there = offered.get(house, {})
    wanted = rule["recommended_item_id"]
    found = [wanted] if wanted else [*ranked.get(house, []), *there]
    return [(house, item) for item in found if item in there][:1]


def _ranked(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Houses in the order in which they are recommended for all of a restaurant, each with its items, best first.

    An item is the better the more of the restaurant's own items lead to it, and the higher.
    """
    houses: dict[str, int] = {}
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in sorted(rows, key=lambda row: (row["item_id"] is not None, int(row["rank"]))):
        house, item = row["recommended_restaurant_id"], row["recommended_item_id"]
        houses.setdefault(house, len(houses))
        if item is not None:
            scores[house][item] += float(row["score"])
    return {house: sorted(scores[house], key=lambda item: (-scores[house][item], item)) for house in houses}


def _spread(ranked: Mapping[str, list[str]]) -> list[Pick]:
    """The best item of each house in turn, then the second ones: three that a page shows are of three houses."""
    return [(house, best[turn]) for turn in range(MOST_A_HOUSE) for house, best in ranked.items() if turn < len(best)]


def _items(menu: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a page must know of each item of a public menu, by the item's id."""
    restaurant = menu["restaurant"]
    of_house = {
        "restaurant_id": restaurant["id"],
        "restaurant_name": restaurant["name"],
        "currency": restaurant["currency"],
        "time_zone": restaurant["time_zone"],
        "languages": restaurant["languages"],
        "hours": [[[each["opens"], each["closes"]] for each in day] for day in restaurant.get("hours", [])],
    }
    return {
        item["id"]: of_house
        | {"item_id": item["id"], "item_name": item["name"]}
        | _price(item)
        | {"served": [_times(part["served"]) for part in (section, item) if part.get("served")]}
        | _photo(restaurant["id"], item.get("photo"))
        for section in menu.get("sections", [])
        for item in section.get("items", [])
    }


def _price(item: Mapping[str, Any]) -> dict[str, Any]:
    """The least that an item costs with what must be chosen, and whether it may cost more."""
    least, ranged = item["price_minor"], False
    for option in item.get("options", []):
        deltas = sorted(choice.get("price_delta_minor", 0) for choice in option["choices"])
        needed = option.get("min", 0)
        least += sum(deltas[:needed])
        ranged |= needed > 0 and deltas[0] != deltas[-1]
    return {"price_minor": max(0, least), "ranged": ranged}


def _times(servings: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    return [[each["days"], each["opens"], each["closes"]] for each in servings]


def _photo(id: str, photo: Mapping[str, Any] | None) -> dict[str, str]:
    """Where the smallest of a photo's widths is."""
    return {"photo": f"/r/{id}/photos/{photo['id']}-{min(SMALLEST_PHOTO, photo['width'])}.webp"} if photo else {}
