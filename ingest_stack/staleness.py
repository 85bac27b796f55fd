"""Which local days new events can have changed: found by looking at what came, never by recomputing to see.

Each partition of the lake has its `sightings` (which visits it holds events of, and when those happened) and its
`arrivals`. They are made once, from the files that are new. Visits whose sightings differ from before are followed to
the days in which they begin, before and now; only those days are stale. A merge renames files and changes no sighting,
so it makes nothing stale.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from ingest_stack.derived import Derived, Signature, State
from ingest_stack.lake import Lake
from ingest_stack.tables import Tables

REACH_DAYS = 5
"""How far from its partition an event can move a visit's local day: 3 days of delay, the zones, the day before."""
LOOK_DAYS = 6
"""How far the rollups look around a local day for its sightings."""
CHUNK_DAYS = 7


class Staleness:
    """Brings `state` up to date with the lake's files, all but the days themselves, which it notes as stale."""

    def __init__(self, lake: Lake, derived: Derived, state: State, tables: Tables) -> None:
        self._lake = lake
        self._derived = derived
        self._state = state
        self._tables = tables
        self._before = {table: dict(days) for table, days in state.partitions.items()}
        self._days: set[date] = {date.fromisoformat(day) for day in state.stale}
        self._ledger: set[date] = {date.fromisoformat(day) for day in state.stale_ledger}

    def find(self, generation: str) -> None:
        """Look at every partition whose files changed; new sightings and arrivals are written as `generation`."""
        self._follow_restaurants()
        self._follow_menus()
        self._tables.run(
            "CREATE OR REPLACE TEMP TABLE changed (restaurant_id varchar, visit_id varchar, whole boolean)"
        )
        requests = self._lake.days("requests")
        changed = [
            day
            for day in sorted({*requests, *map(date.fromisoformat, self._state.requests)})
            if self._look(day, requests.get(day, []), generation)
        ]
        self._follow_visits(changed)
        self._follow_rejects()
        self._state.stale = [str(day) for day in sorted(self._days)]
        self._state.stale_ledger = [str(day) for day in sorted(self._ledger)]

    def _look(self, dt: date, files: list[Path], generation: str) -> bool:
        """Whether the partition's files changed; if so, its sightings and arrivals are made, and compared."""
        day, now = str(dt), _signatures(files)
        known = {name: tuple(signature) for name, signature in self._state.requests.get(day, {}).items()}
        if now == known:
            return False
        rewritten = any(name in known and known[name] != signature for name, signature in now.items())
        added_only = not rewritten and known.keys() <= now.keys()
        fresh = [path for path in files if path.name not in known] if added_only else files
        self._tables.requests(fresh)
        for table, key in (("sightings", "restaurant_id, visit_id"), ("arrivals", "restaurant_id, quarter_at")):
            old = self._paths(table, self._before, dt, dt)
            self._tables.files("before", table, old)
            made = self._tables.rollup(table, dt, dt)
            more = "UNION ALL FROM before" if added_only and old else ""
            self._tables.table("now", f"SELECT {_SUMS[table]} FROM ({made.sql} {more}) GROUP BY ALL", made.values)
            whole = "true" if rewritten else "false"
            difference = f"SELECT {key} FROM ((FROM now EXCEPT FROM before) UNION ALL (FROM before EXCEPT FROM now))"
            everything = f"SELECT {key} FROM (FROM now UNION ALL FROM before)"
            which = everything if rewritten else difference
            if table == "sightings":
                self._tables.run(f"INSERT INTO changed SELECT DISTINCT *, {whole} FROM ({which})")
            else:
                self._ledger |= self._tables.local_dates(which, "quarter_at")
            path = self._derived.file(table, day, f"{generation}.parquet")
            rows = self._tables.write("FROM now", path, key)
            self._derived.replace(self._state, table, day, path.name if rows else None)
        self._state.requests[day] = now
        if not now:
            del self._state.requests[day]
        return True

    def _follow_visits(self, changed: list[date]) -> None:
        """Note the days in which changed visits begin, or began: those alone are to be computed."""
        around = {dt + timedelta(days=n) for dt in changed for n in range(-REACH_DAYS, REACH_DAYS + 1)}
        for first, last in _chunks(around):
            parts = []
            for name, held in (("before", self._before), ("now", self._state.partitions)):
                self._tables.files("held", "sightings", self._paths("sightings", held, first, last, LOOK_DAYS))
                self._tables.table("sightings", "FROM held SEMI JOIN changed USING (restaurant_id, visit_id)")
                begin = self._tables.rollup("beginnings", first, last)
                self._tables.table(f"begin_{name}", f"SELECT * EXCLUDE visit FROM ({begin.sql})", begin.values)
                parts.append(
                    f"(FROM begin_{name} SEMI JOIN (FROM changed WHERE whole) USING (restaurant_id, visit_id))"
                )
            parts += ["(FROM begin_now EXCEPT FROM begin_before)", "(FROM begin_before EXCEPT FROM begin_now)"]
            # A tangled visit may turn out to begin on the day of its last event.
            ends = "CASE WHEN tangled THEN last_local_date ELSE local_date END"
            moved = f"SELECT DISTINCT unnest([local_date, {ends}]) FROM ({' UNION ALL '.join(parts)})"
            self._days |= {day for (day,) in self._tables.rows(moved)}

    def _follow_restaurants(self) -> None:
        """Note the days of restaurants that now count by another zone or currency."""
        now = self._tables.restaurants()
        known = {name: tuple(said) for name, said in self._state.restaurants.items()}
        other = [name for name in {*now, *known} if now.get(name, ("UTC", None)) != known.get(name, ("UTC", None))]
        self._state.restaurants = now
        held = self._paths("sightings", self._before)
        if not other or not held:
            return
        self._tables.files("held", "sightings", held)
        seen = "SELECT DISTINCT DATE '1970-01-01' + utc_day::int FROM held WHERE list_contains($names, restaurant_id)"
        days = {day for (day,) in self._tables.rows(seen, {"names": other})}
        self._days |= _around(days, 1)
        self._tables.files("held", "arrivals", self._paths("arrivals", self._before))
        came = "SELECT DISTINCT dt FROM held WHERE list_contains($names, restaurant_id)"
        self._ledger |= _around({day for (day,) in self._tables.rows(came, {"names": other})}, 1)

    def _follow_menus(self) -> None:
        """Note the days with visits to menu versions that now give an item another place."""
        now, known = self._tables.menus(), self._state.menus
        self._state.menus = now
        other = [menu for menu in {*now, *known} if now.get(menu) != known.get(menu)]
        held = self._state.tables["visit_hours"]
        if not other or not held:
            return
        files = [self._derived.file("visit_hours", day, name) for day, name in sorted(held.items())]
        self._tables.files("held", "visit_hours", files)
        menu = "concat(menu_version, ' ', restaurant_id)"
        read = f"SELECT DISTINCT local_date FROM held WHERE list_contains($menus, {menu})"
        self._days |= {day for (day,) in self._tables.rows(read, {"menus": other})}

    def _follow_rejects(self) -> None:
        rejects = self._lake.days("rejects")
        for dt in sorted({*rejects, *map(date.fromisoformat, self._state.rejects)}):
            now = _signatures(rejects.get(dt, []))
            if now != {name: tuple(signature) for name, signature in self._state.rejects.pop(str(dt), {}).items()}:
                self._ledger |= _around({dt}, 1)
            if now:
                self._state.rejects[str(dt)] = now

    def _paths(
        self,
        table: str,
        held: Mapping[str, Mapping[str, str]],
        first: date = date.min,
        last: date = date.max,
        margin: int = 0,
    ) -> list[Path]:
        slack = timedelta(days=margin)
        return [
            self._derived.file(table, day, name)
            for day, name in sorted(held[table].items())
            if first <= date.fromisoformat(day) + slack and date.fromisoformat(day) - slack <= last
        ]


_SUMS = {
    "sightings": (
        "dt, restaurant_id, visit_id, utc_day, sum(events)::bigint AS events, bit_or(low_seqs) AS low_seqs,"
        " bit_or(high_seqs) AS high_seqs, min(first_at) AS first_at, max(last_at) AS last_at"
    ),
    "arrivals": (
        "dt, restaurant_id, quarter_at, sum(received)::bigint AS received, sum(bots)::bigint AS bots,"
        " sum(previews)::bigint AS previews"
    ),
}


def _signatures(files: Iterable[Path]) -> dict[str, Signature]:
    stats = {path.name: path.stat() for path in files}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def _around(days: Iterable[date], margin: int) -> set[date]:
    return {day + timedelta(days=n) for day in days for n in range(-margin, margin + 1)}


def _chunks(days: set[date]) -> list[tuple[date, date]]:
    """Runs of consecutive days, cut so that a run's sightings fit into memory."""
    chunks: list[tuple[date, date]] = []
    for day in sorted(days):
        if chunks and chunks[-1][1] + timedelta(days=1) == day and (day - chunks[-1][0]).days < CHUNK_DAYS:
            chunks[-1] = (chunks[-1][0], day)
        else:
            chunks.append((day, day))
    return chunks
