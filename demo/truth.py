"""What is true of the seeded guests, kept beside the lake so that reports can be held against it.

    truth/model.json                the seed, each restaurant's traits, its versions and the items moved between them
    truth/items.parquet             restaurant × version × item: position, true appeal, how often it is read that far
    truth/visits/<date>.parquet     one row a visit: when it began, what was ordered, events lost
    truth/item_days/<date>.parquet  restaurant × version × local date × item: visits that reached, viewed, …
    truth/ledger/<date>.parquet     restaurant × local date: events received, kept, repeated, late, of bots, previews

<date> is the day of business that began the visits (the local dates inside can be one later). Counts are of what the
guests did and the collector had received by the time of the seed; they know nothing of deduplication or SQL.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from demo import guests
from demo.delivery import Delivery
from demo.guests import BOT, ITEM_OPEN, ITEM_ORDER, ITEM_VIEW, MENU_VIEW, ORDER_PLACED, PREVIEW, House, Ints, World
from demo.restaurants import moved_items

KEYS = {
    "visits": [],
    "item_days": ["restaurant_id", "menu_version", "local_date", "item_id"],
    "ledger": ["restaurant_id", "local_date"],
}


def count(delivery: Delivery) -> dict[str, pd.DataFrame]:
    """The truth of one crowd, as far as it was received: the frames visits, item_days and ledger."""
    visits = _visits(delivery)
    return {
        "visits": visits.drop(columns="number"),
        "item_days": _item_days(delivery, visits),
        "ledger": _ledger(delivery),
    }


def write_day(home: Path, day: date, counts: list[dict[str, pd.DataFrame]]) -> None:
    """Keep what is true of one day of business."""
    for name, keys in KEYS.items():
        frame = pd.concat([each[name] for each in counts], ignore_index=True)
        if keys:
            frame = frame.groupby(keys, as_index=False).sum()
        path = home / "truth" / name / f"{day}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)


def write_model(home: Path, world: World) -> None:
    """Keep what is true whatever happens: traits, true appeal, moved items, and the model's constants."""
    folder = home / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    constants = {name: value for name, value in vars(guests).items() if name.isupper() and _plain(value)}
    restaurants = {house.id: _house_truth(world, house) for house in world.houses}
    model = {"seed": world.seed, "visits_per_day": world.visits_per_day, "constants": constants}
    text = json.dumps(model | {"restaurants": restaurants}, indent=2, ensure_ascii=False)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    rows = [row for house in world.houses for row in _item_truth(world, house)]
    pd.DataFrame(rows).to_parquet(folder / "items.parquet", index=False)


def _plain(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, tuple) and not isinstance(value[0], str))


def _house_truth(world: World, house: House) -> dict[str, Any]:
    traits = world.traits(house)
    return {
        "size": traits.size,
        "patience": traits.patience,
        "appetite": traits.appetite,
        "versions": {menu.version: str(menu.published_at) for menu in house.versions},
        "moved": sorted(moved_items(*house.versions[:2])),
        "favourites": sorted(house.favourites),
    }


def _item_truth(world: World, house: House) -> list[dict[str, Any]]:
    rows = []
    for menu in house.versions:
        card = world.card(house, menu.version)
        columns = zip(
            card.ids,
            card.positions.tolist(),
            card.appeal.tolist(),
            card.reach_rate(world.traits(house).patience).tolist(),
            guests.view_rate(card.positions).tolist(),
            strict=True,
        )
        rows += [
            {
                "restaurant_id": house.id,
                "menu_version": menu.version,
                "item_id": id,
                "position": position,
                "appeal": appeal,
                "reach_rate": reach,
                "view_rate": view,
            }
            for id, position, appeal, reach, view in columns
        ]
    return rows


def _local_dates(instants: Ints, zone: str) -> Any:
    local = pd.to_datetime(pd.Series(instants), unit="ms", utc=True).dt.tz_convert(zone)
    return local.dt.date


def _visits(delivery: Delivery) -> pd.DataFrame:
    crowd, restaurant = delivery.crowd, delivery.crowd.card.menu.restaurant
    index, request = delivery.events()
    kept = delivery.counts[request]
    index, request = index[kept], request[kept]
    visit, size = crowd.visit[index], len(crowd.began_at)
    began_at = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(began_at, visit, crowd.at[index] + (delivery.received_at - delivery.sent_at)[request])
    highest = np.full(size, -1)
    np.maximum.at(highest, visit, crowd.seq[index])
    orders = np.zeros(size, np.int64)
    np.maximum.at(orders, visit, crowd.order[index])
    line = crowd.order[index] > 0
    frame = pd.DataFrame(
        {
            "number": np.arange(size),
            "restaurant_id": restaurant.id,
            "visit_id": crowd.visit_id,
            "guest_id": crowd.guest_id,
            "menu_version": crowd.card.menu.version,
            "began_at": began_at,
            "orders": orders,
            "lines": _sums(visit[line], None, size),
            "quantity": _sums(visit[line], crowd.quantity[index][line], size),
            "revenue_minor": _sums(visit[line], (crowd.quantity * crowd.price_minor)[index][line], size),
            "lost": highest + 1 - _sums(visit, None, size),
        }
    )
    frame = frame[highest >= 0].copy()
    frame.insert(3, "local_date", _local_dates(frame.began_at.to_numpy(), restaurant.time_zone).to_numpy())
    return frame


def _sums(of: Ints, weights: Ints | None, size: int) -> Ints:
    return np.bincount(of, weights, minlength=size).astype(np.int64)


def _item_days(delivery: Delivery, visits: pd.DataFrame) -> pd.DataFrame:
    crowd, card = delivery.crowd, delivery.crowd.card
    index, request = delivery.events()
    index = index[delivery.counts[request] & (crowd.type[index] != MENU_VIEW)]
    # A later step counts as the earlier ones: whoever orders has viewed.
    steps = {"reached": MENU_VIEW, "viewed": ITEM_VIEW, "opened": ITEM_OPEN, "intents": ITEM_ORDER}
    flags = {name: crowd.type[index] >= least for name, least in steps.items()}
    flags["opened"] = crowd.type[index] == ITEM_OPEN
    flags["intents"] = crowd.type[index] == ITEM_ORDER
    flags["ordered"] = crowd.type[index] == ORDER_PLACED
    quantity = np.where(flags["ordered"], crowd.quantity[index], 0)
    events = pd.DataFrame({"number": crowd.visit[index], "item": crowd.item[index]} | flags)
    both = events.groupby(["number", "item"], as_index=False).max()
    both["quantity"] = events.assign(quantity=quantity).groupby(["number", "item"])["quantity"].sum().to_numpy()
    both = both.merge(visits[["number", "local_date"]], on="number")
    days = both.drop(columns="number").groupby(["local_date", "item"], as_index=False).sum()
    days["item_id"] = np.array(card.ids)[days.pop("item").to_numpy()]
    return days.assign(restaurant_id=card.menu.restaurant.id, menu_version=card.menu.version)


def _ledger(delivery: Delivery) -> pd.DataFrame:
    crowd, restaurant = delivery.crowd, delivery.crowd.card.menu.restaurant
    kind = crowd.kind[delivery.visit]
    frame = pd.DataFrame(
        {
            "restaurant_id": restaurant.id,
            "local_date": _local_dates(delivery.received_at, restaurant.time_zone),
            "received": delivery.size,
            "kept": delivery.size * delivery.counts,
            "duplicates": delivery.size * delivery.repeat,
            "late": delivery.size * delivery.too_late,
            "bots": delivery.size * (kind == BOT),
            "previews": delivery.size * (kind == PREVIEW),
        }
    )
    return frame.groupby(["restaurant_id", "local_date"], as_index=False).sum()
