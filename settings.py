"""One table of settings. Read by the two entries (menulens.py, streamlit_app.py) and handed down as plain arguments."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from errors import SettingError


@dataclass(frozen=True)
class Setting:
    """A setting: the environment's MENULENS_<NAME>, else the default."""

    name: str
    default: str | int | float
    help: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return f"MENULENS_{self.name.upper()}"


SETTINGS = (
    Setting("home", ".menulens", "the folder that holds the lake, the menus and the people"),
    Setting("menus_bucket", "", "s3:// folder that holds the menus, their site and the people; else the home does"),
    Setting("lake_bucket", "", "s3:// folder of the lake that is told of published menus; else the home's is"),
    Setting("engine", "duckdb", "what answers questions", choices=("duckdb", "athena", "trino")),
    Setting("monthly_budget", 0.0, "dollars that queries may cost in a month, all people together; 0: no limit"),
    Setting("serve_port", 8801, "port of the collector and the menu site, on 127.0.0.1"),
    Setting("site_url", "http://127.0.0.1:8801", "public address of the menu site: QR codes lead there"),
    Setting("dashboard_port", 8501, "port of the dashboard"),
    Setting("dashboard_host", "127.0.0.1", "where the dashboard listens; 0.0.0.0 only behind what ends TLS before it"),
    Setting("dashboard_url", "", "public address of the dashboard, if people reach it by another than the port's"),
    Setting("sign_in", "local", "how people sign in: with passwords kept here, or at a provider", ("local", "oidc")),
    Setting("idle_minutes", 720, "how long somebody who does nothing stays signed in"),
    Setting("oidc_issuer", "", "address of the OpenID Connect provider at which people sign in (oidc)"),
    Setting("oidc_client_id", "", "as whom that provider knows Menulens"),
    Setting("oidc_client_secret", "", "what Menulens shows it to prove that"),
    Setting("oidc_verified", "email_verified", "claim by which it says that an e-mail address is the person's own"),
    Setting("lag_seconds", 30, "how long an event may wait before it is in the lake and in the hourly tables"),
    Setting("least_guests", 5, "how many guests a recommendation rests on at least; else it is what is popular nearby"),
    Setting(
        "holdout_rate", 0.1, "share of visits that are shown no other restaurants: what they order tells if it helps"
    ),
    Setting("athena_region", "", "AWS region in which Athena is asked; else AWS's own setting"),
    Setting("athena_workgroup", "menulens", "workgroup: it decides where results go and how much a query may read"),
    Setting("athena_catalog", "AwsDataCatalog", "catalog that holds the database; Glue's if none is set"),
    Setting("athena_database", "menulens", "database that holds the tables"),
    Setting("athena_output", "", "s3:// folder for results, if the workgroup names none"),
    Setting("athena_timeout_seconds", 120, "how long a query may take; then it is cancelled"),
    Setting("athena_reuse_minutes", 60, "how old a result of the same data Athena may serve again; 0: none"),
    Setting("athena_dollars_per_terabyte", 5.0, "the region's price for what queries read"),
    Setting("trino_url", "http://127.0.0.1:8080", "address of the Trino cluster"),
    Setting("trino_user", "menulens", "whom the cluster knows Menulens as"),
    Setting("trino_password", "", "that user's password, for an https address; empty: none"),
    Setting("trino_catalog", "hive", "catalog that holds the schema"),
    Setting("trino_schema", "menulens", "schema that holds the tables"),
    Setting("trino_timeout_seconds", 120, "how long a query may take; then it is cancelled"),
    Setting("demo", 0, "1: three one-click people may sign in; set by `menulens demo` only"),
)


@dataclass(frozen=True)
class Settings:
    home: Path
    menus_bucket: str
    lake_bucket: str
    engine: str
    monthly_budget: float
    serve_port: int
    site_url: str
    dashboard_port: int
    dashboard_host: str
    dashboard_url: str
    sign_in: str
    idle_minutes: int
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_verified: str
    lag_seconds: int
    least_guests: int
    holdout_rate: float
    athena_region: str
    athena_workgroup: str
    athena_catalog: str
    athena_database: str
    athena_output: str
    athena_timeout_seconds: int
    athena_reuse_minutes: int
    athena_dollars_per_terabyte: float
    trino_url: str
    trino_user: str
    trino_password: str = field(repr=False)
    trino_catalog: str
    trino_schema: str
    trino_timeout_seconds: int
    demo: int

    @property
    def dashboard_address(self) -> str:
        """Where people reach the dashboard: its public address, else its port on this machine."""
        return self.dashboard_url.rstrip("/") or f"http://127.0.0.1:{self.dashboard_port}"

    @property
    def of_engine(self) -> dict[str, Any]:
        """The chosen engine's own settings, without its name in theirs."""
        return self._of(self.engine)

    @property
    def of_provider(self) -> dict[str, str]:
        """What there is to say of the provider at which people sign in."""
        return self._of("oidc")

    def _of(self, what: str) -> dict[str, Any]:
        own = f"{what}_"
        return {s.name.removeprefix(own): getattr(self, s.name) for s in SETTINGS if s.name.startswith(own)}


def read_settings(environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Settings from what was given on the command line, else the environment, else the table's defaults.

    Raises SettingError naming the setting, the value and what would do.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        raw = given.get(setting.name)
        if raw is None:
            raw = environment.get(setting.variable) or setting.default
        values[setting.name] = _typed(setting, raw)
    return Settings(**{**values, "home": _home(values["home"])})


def _home(raw: str) -> Path:
    """The folder as an absolute path. It need not be there yet, but what is there must be a folder to look into."""
    hint = "Choose another home with --home or MENULENS_HOME."
    try:
        home = Path(raw).expanduser().absolute()
        nearest = next(path for path in (home, *home.parents) if path.exists())
    except RuntimeError:  # expanduser found no such user
        raise SettingError(f"There is no user whose folder {raw!r} could be in.", hint) from None
    except OSError as problem:
        raise SettingError(f"The home {raw} can't be used: {problem.strerror}.", hint) from None
    if not nearest.is_dir():
        raise SettingError(f"{nearest} is a file, not a folder.", hint)
    if not os.access(nearest, os.R_OK | os.X_OK):
        raise SettingError(f"The folder {nearest} can't be read: Permission denied.", hint)
    return home


def _typed(setting: Setting, raw: str | int | float) -> str | int | float:
    if isinstance(setting.default, int | float):
        number = type(setting.default)
        try:
            value = number(raw)
        except ValueError:
            kind = "a whole number" if number is int else "a number"
            raise SettingError(f"{setting.variable} is {raw!r}: it must be {kind} ({setting.help}).") from None
        if not 0 <= value < inf or (setting.name.endswith("_port") and not 1 <= value <= 65535):
            raise SettingError(f"{setting.variable} is {value}: out of range ({setting.help}).")
        return value
    if setting.choices and raw not in setting.choices:
        raise SettingError(f"{setting.variable} is {raw!r}: choose one of {', '.join(setting.choices)}.")
    return str(raw)
