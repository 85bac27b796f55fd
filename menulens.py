"""The command line: each command is a few lines and imports what it needs when it runs."""

import sys
from collections.abc import Callable
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
