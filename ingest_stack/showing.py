"""Brings recommendations to the pages that show them: on a laptop, from its lake to the menu site in its home.

Whoever makes recommendations anew calls this afterwards. It looks at what they rest on (the table, the rules, the menus
that are published) and does nothing while that is what it was: so what a page shows follows a rule, or another house's
menu, within one round of the keeper.
"""

from pathlib import Path
from typing import Any

import duckdb

from ingest_stack import candidates
from ingest_stack.derived import Derived
from ingest_stack.disk import refusals, write_whole
from ingest_stack.lake import Lake

_COLUMNS = "restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, score, support"


class Showing:
    """The menu site of the home at `home`, as far as it recommends."""

    def __init__(self, home: Path) -> None:
        self._lake = Lake(home / "lake")
        self._site = _Folder(home / "site")
        self._made_of: object = None

    def follow(self) -> list[str]:
        """Write what is out of date; ids of the restaurants whose pages may recommend something else now."""
        table = sorted(Derived(self._lake.path).manifest().files["recommendations"].values())
        ruled = sorted((self._lake.path / "recommendation_rules").glob("*.parquet"))
        made_of = [(path, _state(path)) for path in (*table, *ruled, *self._site.menus())]
        if made_of == self._made_of:
            return []
        rows = _rows(f"SELECT {_COLUMNS} FROM read_parquet({[*map(str, table)]})") if table else []
        rules = _rows(f"FROM ({self._lake.select('recommendation_rules')}) ORDER BY restaurant_id, place")
        written = candidates.write(rows, self._site, rules)
        self._made_of = made_of
        return written


class _Folder:
    """The site's files in a folder; a file appears whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def menus(self) -> list[Path]:
        return sorted(self._folder.glob("r/*/menu.json"))

    def get(self, key: str) -> bytes | None:
        try:
            return (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, key: str, body: bytes) -> None:
        with refusals("Recommendations", self._folder):
            write_whole(self._folder / key, body)


def _state(path: Path) -> tuple[int, int]:
    """Size and time of change: another one has other content."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _rows(select: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        found = connection.execute(select)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
