"""What an adapter knows of its data beside the rows: each restaurant's time zone and newest event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dashboard.access import Scope
from dashboard.warehouse.asking import today_of


@dataclass(frozen=True)
class Known:
    """Restaurant → IANA time zone, for those that have a menu; restaurant → newest counted event (ms, UTC)."""

    zones: Mapping[str, str]
    newest_at: Mapping[str, int]

    def today(self, scope: Scope, now: datetime) -> date:
        """The newest local date at any of the scope's restaurants."""
        # A restaurant that guests came to and nobody knows yet is counted in UTC.
        seen = {*self.zones, *self.newest_at}
        if scope.restaurants is not None:
            seen &= scope.restaurants
        return today_of({self.zones.get(restaurant, "UTC") for restaurant in seen}, now)

    def as_of(self, scope: Scope) -> datetime | None:
        """The newest event that was counted for the scope's restaurants."""
        newest = max((at for restaurant, at in self.newest_at.items() if scope.may_see(restaurant)), default=None)
        return None if newest is None else datetime.fromtimestamp(newest / 1000, UTC)
