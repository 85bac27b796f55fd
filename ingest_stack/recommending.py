"""Fills the tables of recommendations anew: what goes well together on a menu, and what its guests may like elsewhere.

They are made of the last months' visits as a whole, once a day at most while guests keep coming, and at once by rules
that are others. What they were made of is noted: they are stale if that is another now, and made of the same they are
the same.
"""

import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from ingest_stack.derived import LEAST_GUESTS, WHOLE, Derived, State
from ingest_stack.tables import Tables

DAYS = 90
"""How many local days of visits count, to the newest one."""
BUCKET_PAIRS = 2_000_000
"""So many pairs of takes are joined in one statement (memory); crossings are made in as many parts as that needs."""


class Recommending:
    """Brings the tables that are made as a whole up to date with the others of `state`."""

    def __init__(self, derived: Derived, state: State, tables: Tables, least_guests: int = LEAST_GUESTS) -> None:
        self._derived = derived
        self._state = state
        self._tables = tables
        self._least = max(1, least_guests)

    def follow(self, generation: str, after_seconds: float = 0.0) -> bool:
        """Fill the tables as `generation` if they are stale, and older than that or made by other rules.

        Returns whether they were filled.
        """
        rules = self._tables.rules()
        if rules == self._state.ruled and 0 <= time.time() - self._state.recommended_at < after_seconds:
            return False
        self._state.ruled = rules
        visits = self._state.tables["visit_items"]
        # A clock that is years ahead brings one line from there: that is not today, and must not end all others' days.
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        last = max((day for day in visits if day <= str(tomorrow)), default=str(tomorrow))
        first = date.fromisoformat(last) - timedelta(days=DAYS - 1)
        files = {day: name for day, name in sorted(visits.items()) if str(first) <= day <= last}
        made_of = sha256(repr((files, self._tables.offers(), rules, self._least)).encode()).hexdigest()[:16]
        if made_of == self._state.recommended:
            return False
        paths = [self._derived.file("visit_items", day, name) for day, name in files.items()]
        self._tables.files("visit_items", "visit_items", paths)
        self._fill(f"{generation}.parquet", first, date.fromisoformat(last))
        self._state.recommended, self._state.recommended_at = made_of, time.time()
        return True

    def _fill(self, name: str, first: date, last: date) -> None:
        for table in ("offers", "takes", "takers"):
            made = self._tables.rollup(table, first, last, least=self._least)
            self._tables.table(table, made.sql, made.values)
        [(pairs,)] = self._tables.rows("SELECT coalesce(sum(degree), 0)::bigint FROM takes")
        buckets = 1 + pairs // BUCKET_PAIRS
        for bucket in range(buckets):
            made = self._tables.rollup("crossings", first, last, least=self._least, bucket=bucket, buckets=buckets)
            if bucket == 0:
                self._tables.table("crossings", made.sql, made.values)
            else:
                self._tables.run(f"INSERT INTO crossings {made.sql}", made.values)
        for table in WHOLE:
            for day in list(self._state.tables[table]):
                self._derived.replace(self._state, table, day, None)
            path = self._derived.file(table, str(last), name)
            made = self._tables.rollup(table, first, last, least=self._least)
            select, values = ("FROM crossings", {}) if table == "crossings" else (made.sql, made.values)
            rows = self._tables.write(select, path, "restaurant_id", values)
            self._derived.replace(self._state, table, str(last), name if rows else None)
        self._tables.drop("crossings", "takers", "takes", "offers")
