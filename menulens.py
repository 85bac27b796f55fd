"""The command line: each command is a few lines and imports what it needs when it runs."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from errors import MenulensError
from settings import SETTINGS, Settings, read_settings

Command = Callable[..., None]


def _settings(**given: Any) -> Settings:
    return read_settings(**given)


def _setting(name: str) -> Callable[[Command], Command]:
    """An option that stands for a setting: the same name, default and help."""
    setting = next(s for s in SETTINGS if s.name == name)
    kind: Any = click.Choice(setting.choices) if setting.choices else type(setting.default)
    text = f"{setting.help} [{setting.variable}, else {setting.default}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=kind, default=None, help=text)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def menulens() -> None:
    """Menulens: what guests look at, skip and order on a restaurant's menu."""


@menulens.command()
@_setting("home")
@_setting("serve_port")
@_setting("lag_seconds")
def serve(**given: Any) -> None:
    """Collector, menu site, lake and rollups, until Ctrl-C."""
    from ingest_stack.serving import serve as run

    s = _settings(**given)
    run(s.home, port=s.serve_port, lag_seconds=s.lag_seconds)


@menulens.command()
@click.option("--restaurants", type=click.IntRange(1, 500), help="how many to invent [12]")
@click.option("--days", type=click.IntRange(1, 1000), help="how many days of guests, to the last one [30]")
@click.option("--visits-per-day", type=click.FloatRange(1, 5000), help="to each restaurant, about [60]")
@click.option("--seed", type=int, help="another one is another world [2026]")
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), help="the last day of guests [today, up to now]")
@click.option("--guests/--no-guests", default=True, help="whether some keep reading and ordering while it runs")
@_setting("serve_port")
@_setting("dashboard_port")
@_setting("home")
def demo(guests: bool, last_day: datetime | None, **given: Any) -> None:
    """Invented restaurants and guests, and everything started, until Ctrl-C."""
    from demo.run import Ports, run
    from demo.seed import Wishes

    if last_day and last_day.date() > datetime.now(UTC).date():
        raise click.BadParameter(f"{last_day.date()} is still to come.", param_hint="--last-day")
    s = _settings(**given)
    wished = {name: given[name] for name in ("restaurants", "days", "visits_per_day", "seed")}
    wishes = Wishes(**wished, last_date=last_day.date() if last_day else None)
    run(s.home, wishes, Ports(s.serve_port, s.dashboard_port), guests)


@menulens.command()
@_setting("dashboard_port")
@_setting("engine")
@_setting("home")
def dashboard(**given: Any) -> None:
    """The pages, on 127.0.0.1, until Ctrl-C."""
    s = _settings(**given)
    app = str(Path(__file__).with_name("streamlit_app.py"))
    environment = {setting.variable: str(getattr(s, setting.name)) for setting in SETTINGS}
    # In place of this process: signals reach Streamlit, and its exit code is ours.
    os.execve(sys.executable, [sys.executable, app], os.environ | environment)  # noqa: S606


def main() -> None:
    """The console script: errors become one sentence on stderr and exit code 1."""
    try:
        menulens.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MenulensError as problem:
        click.echo(f"menulens: {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
