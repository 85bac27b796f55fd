from datetime import UTC, date, datetime

import pytest
from rich.progress import Progress

from demo.seed import Wishes, seed

# The last Sunday of March: clocks go forward in Vienna and Lisbon, not in Bangkok.
LAST_DATE = date(2026, 3, 29)


@pytest.fixture(scope="session")
def fill():
    """Seeds a home with three restaurants of three areas; more wishes by name."""

    def fill(home, now=None, **wishes):
        wanted = {"restaurants": 3, "days": 4, "visits_per_day": 30, "last_date": LAST_DATE} | wishes
        with Progress(disable=True) as progress:
            return seed(home, Wishes(**wanted), now or datetime(2026, 3, 31, tzinfo=UTC), progress)

    return fill


@pytest.fixture(scope="session")
def home(tmp_path_factory, fill):
    home = tmp_path_factory.mktemp("demo") / "home"
    fill(home)
    return home
