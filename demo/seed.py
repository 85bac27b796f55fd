"""Fills a home with the invented restaurants and their guests, up to this minute; later runs add what happened since.

home/demo.json says what was seeded. It is written first, as "seeding", and last, as "ready": a seed that was
interrupted is known by it and begun anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.progress import Progress

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Restaurant
from dashboard.menus.store import open_store
from dashboard.people import People, Person
from demo import truth
from demo.delivery import DAY_MS, LONGEST_DAYS, deliver, request_rows
from demo.guests import House, World
from demo.reading import stream
from demo.restaurants import invent_menus, moved_items
from errors import ParameterError, SettingError, StorageError
from ingest_stack import rollups
from ingest_stack.disk import reason, write_whole
from ingest_stack.lake import Lake
from ingest_stack.showing import Showing

OPENED_DAYS_BEFORE = 14
PUBLISHED_AT = time(4)
ADMIN = "ada@menulens.example"
# What a seed may find in its home, and leaves there: its own last write that was cut off, and what queries cost.
LEFT = {".demo.json.tmp", "query_log.sqlite"}
# What a seed makes in its home, and what those who work there may have added since: removed before it begins anew.
MADE = ("menus", "site", "spool", "lake", "rejected", "truth", "logs", "people.json")


class Plan(BaseModel):
    """What is invented. The second menu version is published on `change_date`, at 4 in the morning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    restaurants: int
    days: int
    visits_per_day: float
    seed: int
    first_date: date
    change_date: date


class Record(BaseModel):
    """What a home was seeded with, and until when (ms): to the end of `last_date`, or of the time of the seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Literal["seeding", "ready"]
    plan: Plan
    last_date: date | None
    seeded_at: int

    def until(self, restaurant: Restaurant) -> int:
        """The instant (ms) up to which a restaurant's requests are seeded."""
        if self.last_date is None:
            return self.seeded_at
        midnight = datetime.combine(self.last_date + timedelta(days=1), time(), ZoneInfo(restaurant.time_zone))
        return min(self.seeded_at, _ms(midnight))


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None leaves it to the seeded home, else to the default."""

    restaurants: int | None = None
    days: int | None = None
    visits_per_day: float | None = None
    seed: int | None = None
    last_date: date | None = None

    def __post_init__(self) -> None:
        if self.visits_per_day is not None and not isfinite(self.visits_per_day):
            raise ParameterError(f"--visits-per-day is {self.visits_per_day}: it must be a number such as 60.")

    def plan(self, now: datetime) -> Plan:
        days = self.days or 30
        last = self.last_date or now.date()
        return Plan(
            restaurants=self.restaurants or 12,
            days=days,
            visits_per_day=60 if self.visits_per_day is None else self.visits_per_day,
            seed=2026 if self.seed is None else self.seed,
            first_date=last - timedelta(days=days - 1),
            change_date=last - timedelta(days=min(12, days // 2)),
        )

    def differ_from(self, plan: Plan) -> list[str]:
        """Which wishes a home with another plan doesn't fulfil: what it has instead, as options."""
        names = ("restaurants", "days", "visits_per_day", "seed")
        differ = [name for name in names if getattr(self, name) not in (None, getattr(plan, name))]
        return [f"--{name.replace('_', '-')} {getattr(plan, name):g}" for name in differ]


def seed(home: Path, wishes: Wishes, now: datetime, progress: Progress) -> Record:
    """A home that is seeded up to `now` (aware), or to the end of the wished last day; what is there is kept.

    Raises SettingError if the home was seeded otherwise or isn't a demo's, StorageError if it can't be read or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        before = _read(home)
        if before is None or before.state == "seeding":
            record = _begin(home, before, wishes, now, progress)
            before = None
        else:
            _expect_fulfilled(home, before, wishes)
            record = _further(before, wishes.last_date, now)
        _add_days(home, record, before, progress)
        _refresh(home, progress)
        _write(home, record)
    except (FileExistsError, NotADirectoryError):
        raise StorageError(f"{home} is a file, not a folder.", "Choose another home with --home.") from None
    except OSError as problem:
        why = f"The home {home} can't be seeded: {reason(problem)}."
        raise StorageError(
            why, "Free some space, check who may write there, or choose another with --home."
        ) from problem
    return record


def lived_on(home: Path, record: Record, now: datetime) -> None:
    """Note that live guests came until `now`, so that the next seed doesn't send the model's to the same hours."""
    with suppress(OSError):  # a home that can't be written by now is told of by whoever needs it
        _write(home, _further(record, record.last_date, now))


def _begin(home: Path, before: Record | None, wishes: Wishes, now: datetime, progress: Progress) -> Record:
    """An empty home, or one whose seed was interrupted, becomes one with menus and people."""
    _clear(home, before)
    record = Record(state="ready", plan=wishes.plan(now), last_date=wishes.last_date, seeded_at=_ms(now))
    _write(home, record.model_copy(update={"state": "seeding"}))
    houses = invent_houses(record.plan)
    _publish(home, houses, progress)
    _add_people(home, houses)
    truth.write_model(home, _world(houses, record.plan))
    return record


def _further(before: Record, last_date: date | None, now: datetime) -> Record:
    """A record that reaches further than before in every restaurant, if this last day and time do."""
    record = before.model_copy(update={"last_date": last_date, "seeded_at": max(_ms(now), before.seeded_at)})
    restaurants = [house.restaurant for house in invent_houses(before.plan)]
    return record if all(record.until(each) > before.until(each) for each in restaurants) else before


def _expect_fulfilled(home: Path, record: Record, wishes: Wishes) -> None:
    if others := wishes.differ_from(record.plan):
        raise SettingError(
            f"{home} was seeded with {', '.join(others)}.",
            "Leave that option out, or choose another folder with --home, or remove this one.",
        )


def _read(home: Path) -> Record | None:
    path = home / "demo.json"
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise StorageError(
            f"{path} is broken, so what the home holds can't be told.",
            "Remove the folder, or choose another with --home.",
        ) from None


def _write(home: Path, record: Record) -> None:
    write_whole(home / "demo.json", record.model_dump_json(indent=2).encode() + b"\n")


def _clear(home: Path, record: Record | None) -> None:
    if record is None and (found := sorted({path.name for path in home.iterdir()} - LEFT)):
        raise SettingError(
            f"{home} holds {found[0]!r}, which the demo did not make.", "Choose an empty home with --home for the demo."
        )
    for name in MADE:
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def world_of(home: Path, plan: Plan) -> World:
    """The restaurants with all the menus that they have published, and their guests. Raises MenuError."""
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    houses = []
    for house in invent_houses(plan):
        published = [store.published(house.id, version) for version in store.versions(house.id) or [1]]
        houses.append(replace(house, versions=tuple(menu for menu in published if menu.placed)))
    return _world(houses, plan)


def _world(houses: list[House], plan: Plan) -> World:
    return World(houses, plan.visits_per_day, plan.seed)


def invent_houses(plan: Plan) -> list[House]:
    """The restaurants of a plan, their two versions published before its first day and on its change date."""
    houses = []
    for first, second in invent_menus(plan.restaurants):
        zone = ZoneInfo(first.restaurant.time_zone)
        was = {item.id: position for position, _, item in first.placed}
        moved = moved_items(first, second)
        dates = (plan.first_date - timedelta(days=OPENED_DAYS_BEFORE), plan.change_date)
        versions = tuple(
            menu.model_copy(update={"published_at": datetime.combine(day, PUBLISHED_AT, zone)})
            for menu, day in zip((first, second), dates, strict=True)
        )
        # A kitchen moves up what it is proud of.
        proud = frozenset(
            item.id for position, _, item in second.placed if item.id in moved and position < was[item.id]
        )
        scarce = frozenset(item.id for _, _, item in first.placed if item.sold_out)
        houses.append(House(versions, proud, scarce))
    return houses


def _publish(home: Path, houses: list[House], progress: Progress) -> None:
    # Without an address: pages stay, while this home's next run may have another port. A publish then names its own.
    store = open_store(home, Lake(home / "lake"), Scope.everything(ADMIN))
    menus = [menu for house in houses for menu in house.versions]
    for menu in progress.track(menus, description="Menus are published"):
        if menu.published_at:
            store.publish(menu.model_copy(update={"version": menu.version - 1}), menu.published_at)


def _add_people(home: Path, houses: list[House]) -> None:
    first = houses[0].id
    people = (
        Person(id=f"mali@{first}.example", role="manager", restaurants=(first,)),
        Person(id="tomas@menulens.example", role="product"),
        Person(id=ADMIN, role="admin"),
    )
    for person in people:
        People(FolderBlobs(home)).add(person)


def _add_days(home: Path, record: Record, before: Record | None, progress: Progress) -> None:
    """Write to the lake what was received since `before`, and the truth of every day that this touches."""
    if record == before:
        return
    world, lake = world_of(home, record.plan), Lake(home / "lake")
    last = max(datetime.fromtimestamp(record.until(house.restaurant) / 1000, UTC).date() for house in world.houses)
    first, since = record.plan.first_date, 0
    if before:
        since = min(before.until(house.restaurant) for house in world.houses)
        first = max(first, datetime.fromtimestamp(since / 1000, UTC).date() - timedelta(days=LONGEST_DAYS))
    # Named by where it begins: an addition that was cut off is replaced by the next one.
    name = f"demo-{since}"
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    waiting: dict[int, list[pa.Table]] = {}
    for day in progress.track(days, description="Guests come and read"):
        came = [
            (deliver(crowd, stream(world.seed, "delivery", house.id, day, number)), house)
            for house in world.houses
            for number, crowd in enumerate(world.day(house, day))
        ]
        fresh = [
            delivery.received(before.until(house.restaurant) if before else 0, record.until(house.restaurant))
            for delivery, house in came
        ]
        if any(len(delivery.size) for delivery in fresh):
            truth.write_day(
                home, day, [delivery.received(0, record.until(house.restaurant)) for delivery, house in came]
            )
        for delivery in fresh:
            for dt, rows in _by_date(request_rows(delivery)):
                waiting.setdefault(dt, []).append(rows)
        # Even where the sun rises first, tomorrow's guests are received on today's UTC date at the earliest.
        today = (day - date(1970, 1, 1)).days
        for dt in sorted(dt for dt in waiting if dt < today or day == days[-1]):
            lake.append("requests", pa.concat_tables(waiting.pop(dt)).sort_by("received_at"), name)


def _refresh(home: Path, progress: Progress) -> None:
    task = progress.add_task("Hourly tables are filled")
    rollups.refresh(home / "lake", progress=lambda done, of, _: progress.update(task, completed=done, total=of))
    Showing(home).follow()


def _by_date(rows: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    days = pc.divide(rows["received_at"], DAY_MS)
    for day in pc.unique(days).to_pylist():
        yield day, rows.filter(pc.equal(days, day))


def _ms(instant: datetime | None) -> int:
    return int(instant.timestamp() * 1000) if instant else 0
