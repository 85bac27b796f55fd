"""What is true of the seeded guests, kept beside the lake so that reports can be held against it.

    truth/model.json                the seed, each restaurant's traits, its versions and the items moved between them
    truth/items.parquet             restaurant × version × item: position, true appeal, how often it is read that far
    truth/visits/<date>.parquet     one row a visit: when it began, what was ordered, events lost, what brought it, and
                                    whether it was held out of recommendations, or sparked by one to order
    truth/offers/<date>.parquet     restaurant × local date × recommended item elsewhere: visits that saw and opened it
    truth/item_days/<date>.parquet  restaurant × version × local date × item: visits that reached, viewed, …
    truth/ledger/<date>.parquet     restaurant × local date: events received, kept, repeated, late, of bots, previews

<date> is the day of business that began the visits (the local dates inside can be one later). Counts are of what the
guests did and the collector had received by the time of the seed; they know nothing of deduplication or SQL. Of hours
in which the demo ran, they tell what the model's guests would have done, in whose place live ones came.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demo import guests, offers, reading
from demo.delivery import Delivery
from demo.guests import House, World
from demo.reading import (
    BOT,
    ITEM_OPEN,
    ITEM_ORDER,
    ITEM_PASS,
    ITEM_VIEW,
    ORDER_PLACED,
    PREVIEW,
    RECOMMENDATION_OPEN,
    Bools,
    Ints,
    view_rate,
)
from demo.restaurants import moved_items

Dates = NDArray[np.datetime64]

NEVER = 4_102_444_800_000  # ms: the year 2100
KEYS = {
    "visits": [],
    "offers": ["restaurant_id", "local_date", "recommended_restaurant_id", "recommended_item_id"],
    "item_days": ["restaurant_id", "menu_version", "local_date", "item_id"],
    "ledger": ["restaurant_id", "local_date"],
}


def count(delivery: Delivery) -> dict[str, pd.DataFrame]:
    """The truth of one crowd, as far as it was received: the frames visits, offers, item_days and ledger."""
    crowd = delivery.crowd
    index, request = delivery.events()
    kept = delivery.counts[request]
    index, request = index[kept], request[kept]
    began_at = np.full(len(crowd.began_at), NEVER)
    np.minimum.at(began_at, crowd.visit[index], crowd.at[index] + (delivery.received_at - delivery.sent_at)[request])
    return {
        "visits": _visits(delivery, index, began_at),
        "offers": _offers(delivery, index, began_at),
        "item_days": _item_days(delivery, index, began_at),
        "ledger": _ledger(delivery),
    }


def write_day(home: Path, day: date, deliveries: list[Delivery]) -> None:
    """Keep what is true of one day of business."""
    counts = [count(delivery) for delivery in deliveries]
    for name, keys in KEYS.items():
        found = [each[name] for each in counts if len(each[name])]
        if not found:
            continue
        frame = pd.concat(found, ignore_index=True)
        if keys:
            frame = frame.groupby(keys, as_index=False).sum()
        path = home / "truth" / name / f"{day}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)


def write_model(home: Path, world: World) -> None:
    """Keep what is true whatever happens: traits, true appeal, moved items, and the model's constants."""
    folder = home / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    constants = {
        name: value
        for name, value in (vars(guests) | vars(offers) | vars(reading)).items()
        if name.isupper() and _plain(value)
    }
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
            world.appeal(house, card).tolist(),
            card.reach_rate(world.traits(house).patience).tolist(),
            view_rate(card.positions).tolist(),
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


def _local_dates(instants: Ints, zone: str) -> Dates:
    local = pd.DatetimeIndex(pd.to_datetime(instants, unit="ms", utc=True)).tz_convert(zone).tz_localize(None)
    dates: Dates = local.to_numpy().astype("datetime64[D]")
    return dates


def _visits(delivery: Delivery, index: Ints, began_at: Ints) -> pd.DataFrame:
    crowd, restaurant = delivery.crowd, delivery.crowd.card.menu.restaurant
    visit, size = crowd.visit[index], len(crowd.began_at)
    highest = np.full(size, -1)
    np.maximum.at(highest, visit, crowd.seq[index])
    orders = np.zeros(size, np.int64)
    np.maximum.at(orders, visit, crowd.order[index])
    line = crowd.order[index] > 0
    came = began_at < NEVER
    columns = {
        "began_at": began_at,
        "orders": orders,
        "lines": _sums(visit[line], None, size),
        "quantity": _sums(visit[line], crowd.quantity[index][line], size),
        "revenue_minor": _sums(visit[line], (crowd.quantity * crowd.price_minor)[index][line], size),
        "lost": highest + 1 - _sums(visit, None, size),
    }
    names = {
        "restaurant_id": restaurant.id,
        "source_restaurant_id": np.array(crowd.source_id, object)[came],
        "held": crowd.held[came],
        "sparked": crowd.sparked[came],
        "visit_id": np.array(crowd.visit_id, object)[came],
        "guest_id": np.array(crowd.guest_id, object)[came],
        "menu_version": crowd.card.menu.version,
        "local_date": _local_dates(began_at[came], restaurant.time_zone),
    }
    return pd.DataFrame(names | {name: column[came] for name, column in columns.items()})


def _sums(of: Ints, weights: Ints | None, size: int) -> Ints:
    return np.bincount(of, weights, minlength=size).astype(np.int64)


def _item_days(delivery: Delivery, index: Ints, began_at: Ints) -> pd.DataFrame:
    crowd, card = delivery.crowd, delivery.crowd.card
    index = index[crowd.item[index] >= 0]
    shape = (len(began_at), len(card.ids))
    cell, type = crowd.visit[index] * shape[1] + crowd.item[index], crowd.type[index]

    def grid(chosen: Bools) -> Bools:
        cells = np.zeros(shape[0] * shape[1], bool)
        cells[cell[chosen]] = True
        return cells.reshape(shape)

    ordered = type == ORDER_PLACED
    grids: dict[str, Any] = {
        # Opening, wanting or ordering an item is viewing it, whatever got lost.
        "reached": grid(type >= ITEM_PASS),
        "viewed": grid(type >= ITEM_VIEW),
        "opened": grid(type == ITEM_OPEN),
        "intents": grid(type == ITEM_ORDER),
        "ordered": grid(ordered),
        "quantity": _sums(cell[ordered], crowd.quantity[index][ordered], shape[0] * shape[1]).reshape(shape),
    }
    keys = {"restaurant_id": card.menu.restaurant.id, "menu_version": card.menu.version}
    dates = _local_dates(began_at, card.menu.restaurant.time_zone)
    days = [
        pd.DataFrame(
            keys
            | {"local_date": day, "item_id": card.ids}
            | {name: cells[dates == day].sum(axis=0) for name, cells in grids.items()}
        )
        for day in np.unique(dates[began_at < NEVER])
    ]
    return pd.concat(days, ignore_index=True) if days else pd.DataFrame()


def _offers(delivery: Delivery, index: Ints, began_at: Ints) -> pd.DataFrame:
    crowd = delivery.crowd
    index = index[crowd.offer[index] >= 0]
    dates = _local_dates(began_at[crowd.visit[index]], crowd.card.menu.restaurant.time_zone)
    happened = pd.DataFrame(
        {
            "restaurant_id": crowd.card.menu.restaurant.id,
            "local_date": dates,
            "recommended_restaurant_id": [crowd.offers[n].restaurant.id for n in crowd.offer[index]],
            "recommended_item_id": [crowd.offers[n].item_id for n in crowd.offer[index]],
            "visit": crowd.visit[index],
            "views": 1,
            "opens": (crowd.type[index] == RECOMMENDATION_OPEN).astype(np.int64),
        }
    )
    # Whoever opened one has seen it, whatever got lost.
    visits = happened.groupby([*KEYS["offers"], "visit"], as_index=False).max()
    return visits.groupby(KEYS["offers"], as_index=False)[["views", "opens"]].sum()


def _ledger(delivery: Delivery) -> pd.DataFrame:
    crowd, restaurant = delivery.crowd, delivery.crowd.card.menu.restaurant
    kind, size = crowd.kind[delivery.visit], delivery.size
    columns = {
        "received": size,
        "kept": size * delivery.counts,
        "duplicates": size * delivery.repeat,
        "late": size * delivery.too_late,
        "bots": size * (kind == BOT),
        "previews": size * (kind == PREVIEW),
    }
    days, day = np.unique(_local_dates(delivery.received_at, restaurant.time_zone), return_inverse=True)
    sums = {name: _sums(day, column, len(days)) for name, column in columns.items()}
    return pd.DataFrame({"restaurant_id": restaurant.id, "local_date": days} | sums)
