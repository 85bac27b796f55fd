from pathlib import Path

import pytest

from tests.trino import wild


@pytest.fixture(scope="session")
def wild_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the wild lake: for reading only."""
    home = tmp_path_factory.mktemp("wild") / "home"
    wild.write_lake(home)
    return home
