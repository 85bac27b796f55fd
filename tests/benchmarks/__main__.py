"""`make bench`: every benchmark, each figure against a floor that was measured in the same run.

A module here offers `run(scale) -> list[dict]`, a dict a figure: name, value, unit, floor, ratio, bound, better
("lower" or "higher"), note. Scale 1 is the size that the bounds speak of.
"""

import argparse
import importlib
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
NAMES = sorted(
    path.stem for path in HERE.glob("*.py") if "def run(scale" in path.read_text() and path.stem != "__main__"
)


def _number(value: Any) -> str:
    return (
        "" if value is None else f"{value:,.3g}" if isinstance(value, float) and abs(value) < 1000 else f"{value:,.0f}"
    )


def _verdict(figure: dict[str, Any]) -> str:
    ratio, bound = figure.get("ratio"), figure.get("bound")
    if bound is None:
        return ""
    measured = ratio if ratio is not None else figure["value"]
    kept = measured <= bound if figure["better"] == "lower" else measured >= bound
    return "[green]kept[/]" if kept else "[red]missed[/]"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"which of: {', '.join(NAMES)}")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 50 M events in 30 days")
    parser.add_argument("--json", type=Path, default=HERE / "results" / "latest.json")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        sys.exit(f"no benchmark named {', '.join(unknown)}; there are {', '.join(NAMES)}")

    # Into a file or pipe the table is as wide as it needs to be.
    console, figures = Console(width=None if sys.stdout.isatty() else 160), []
    for name in given.names:
        console.rule(name)
        figures += importlib.import_module(f"tests.benchmarks.{name}").run(given.scale)
    table = Table("figure", "value", "unit", "floor", "ratio", "bound", "", "note")
    for f in figures:
        bound = f"{'≤' if f['better'] == 'lower' else '≥'} {_number(f['bound'])}" if f.get("bound") is not None else ""
        row = (_number(f["value"]), f["unit"], _number(f.get("floor")), _number(f.get("ratio")), bound)
        table.add_row(f["name"], *row, _verdict(f), f.get("note", ""))
    console.print(table)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    machine = {"at": datetime.now(UTC).isoformat(), "machine": platform.processor() or platform.machine()}
    given.json.write_text(json.dumps(machine | {"scale": given.scale, "figures": figures}, indent=1))


if __name__ == "__main__":
    main()
