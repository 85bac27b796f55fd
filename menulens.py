"""The command line: each command is a few lines and imports what it needs when it runs."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from errors import MenulensError, ParameterError
from settings import SETTINGS, Settings, read_settings

Command = Callable[..., None]


def _settings(**given: Any) -> Settings:
    return read_settings(**given)


def _width() -> int | None:
    """The terminal's width in characters; None where the output goes to a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _setting(name: str) -> Callable[[Command], Command]:
    """An option that stands for a setting: the same name, default and help."""
    setting = next(s for s in SETTINGS if s.name == name)
    kind: Any = click.Choice(setting.choices) if setting.choices else type(setting.default)
    if kind is int:
        kind = click.IntRange(1, 65535) if name.endswith("_port") else click.IntRange(0)
    text = f"{setting.help} [{setting.variable}{f', else {setting.default}' if setting.default != '' else ''}]"
    return click.option(f"--{name.replace('_', '-')}", name, type=kind, default=None, help=text)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def menulens() -> None:
    """Menulens: what guests look at, skip and order on a restaurant's menu."""


@menulens.command()
@_setting("home")
@_setting("serve_port")
@_setting("lag_seconds")
@_setting("least_guests")
def serve(**given: Any) -> None:
    """Collector, menu site, lake and rollups, until Ctrl-C."""
    from rich.console import Console
    from rich.text import Text

    from ingest_stack.serving import serve as run

    console, s = Console(highlight=False, soft_wrap=True), _settings(**given)

    def say(sentence: str) -> None:
        console.print(Text(f"{datetime.now():%H:%M:%S} ", style="dim").append(sentence, style="not dim"))  # noqa: DTZ005

    with console.status("Serving; Ctrl-C stops everything."):
        run(s.home, s.serve_port, s.lag_seconds, say, least_guests=s.least_guests)


@menulens.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@_setting("least_guests")
@_setting("home")
def load(files: tuple[Path, ...], **given: Any) -> None:
    """Backfill or replay FILE… (NDJSON, .gz too): requests, or one event a line.

    Lines that can't be used go to rejected/ in the home, with their number and the reason.
    """
    from rich.console import Console
    from rich.progress import Progress

    from ingest_stack.loading import load as run
    from ingest_stack.rollups import refresh

    settings = _settings(**given)
    home = settings.home
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True)) as progress:
        task = progress.add_task("Loading", total=sum(file.stat().st_size for file in files if file.is_file()))
        try:
            loaded = run(home, files, lambda count: progress.advance(task, count))
        except KeyboardInterrupt:
            click.echo("Stopped. What was loaded by now is in the lake; `menulens refresh` counts it.", err=True)
            raise
        task = progress.add_task("Counting")
        refresh(
            home / "lake",
            progress=lambda done, total, _: progress.update(task, completed=done, total=total),
            least_guests=settings.least_guests,
        )
    click.echo(f"{loaded.events:,} events loaded; those that the lake held already are counted once.")
    if loaded.refused:
        click.echo(f"Lines refused: {loaded.refused:,}, see {loaded.rejected}.")


@menulens.command()
@click.option("--first-date", type=click.DateTime(["%Y-%m-%d"]), help="bring up to date from this local day on [all]")
@click.option("--last-date", type=click.DateTime(["%Y-%m-%d"]), help="and until this one [all]")
@_setting("least_guests")
@_setting("home")
def refresh(first_date: datetime | None, last_date: datetime | None, **given: Any) -> None:
    """The derived tables up to date: the local days that new events changed, and what is recommended, on pages too."""
    from rich.console import Console
    from rich.progress import Progress

    from ingest_stack.rollups import refresh as run
    from ingest_stack.showing import Showing

    first, last = (day.date() if day else None for day in (first_date, last_date))
    _in_order(first, last)
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True)) as progress:
        task = progress.add_task("Finding what is new", total=None)
        show, settings = partial(progress.update, task), _settings(**given)
        done = run(
            settings.home / "lake",
            first,
            last,
            lambda n, of, what: show(completed=n, total=of, description=what),
            least_guests=settings.least_guests,
        )
    Showing(settings.home).follow()
    days, what = (done.days, "counted") if done.days else (done.ledger_days, "of the ledger counted")
    said = f"{len(days)} local {'day' if len(days) == 1 else 'days'} {what} in {done.seconds:.1f} s."
    if done.recommended:
        said = f"{said} Recommendations made anew." if days else "Recommendations made anew."
    click.echo(said if days or done.recommended else "Nothing new.")


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
    """The pages, until Ctrl-C."""
    from dashboard.blobs import open_blobs
    from dashboard.elements.server import serve as run
    from dashboard.signin.door import open_door
    from dashboard.signin.oidc import provider
    from dashboard.warehouse.spending import note_budget

    s = _settings(**given)
    os.environ.update({setting.variable: str(getattr(s, setting.name)) for setting in SETTINGS})  # for the script
    script = Path(__file__).with_name("streamlit_app.py")

    def open_reads() -> None:
        from dashboard import reads  # not before Streamlit stands: it brings the caches

        reads.open(s.engine, s.home, s.monthly_budget, s.of_engine)

    note_budget(open_blobs(s.home, s.menus_bucket), s.monthly_budget)
    vouched = s.sign_in == "oidc" and not s.demo
    known_by = provider(**s.of_provider, address=s.dashboard_address) if vouched else None
    door = None if s.demo else open_door(s.home, s.menus_bucket, s.idle_minutes, vouched=vouched)
    run(script, s.dashboard_port, open_reads, s.dashboard_address, door, known_by, s.dashboard_host)


@menulens.command()
@click.argument("report", required=False)
@click.argument("parameters", metavar="[NAME=VALUE]…", nargs=-1)
@click.option("--as", "person", help="ask as this person, who sees the own restaurants only [you see all]")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="[table]")
@_setting("home")
@_setting("engine")
def ask(report: str | None, parameters: tuple[str, ...], person: str | None, form: Any, **given: Any) -> None:
    """A report's rows on stdout, its price tag on stderr. Without REPORT: what can be asked.

    Dates are local and inclusive (first_date=2026-11-01 last_date=2026-11-30), else the last 30 days;
    restaurant_id=… asks about one restaurant.
    """
    from dashboard import printing
    from dashboard.access import Scope, scope_of

    if report is None:
        return click.echo(printing.report_list(_width()), nl=False)
    query, values, s = printing.report(report), _named(parameters, "first_date=2026-11-01"), _settings(**given)
    scope = scope_of(_people(s).find(person)) if person else Scope.everything()
    one, warehouse = values.pop("restaurant_id", None), _metered(s)
    answer = warehouse.ask("menulens ask", query, scope if one is None else scope.only(one), **values)
    if answer.frame.empty and one is not None:
        known = set(warehouse.ask("menulens ask", "directory", scope).frame["restaurant_id"])
        if one not in known:
            raise MenulensError(printing.no_restaurant(one, known))
    if answer.frame.empty and "item_id" in values:
        click.echo(f"No row for the item {values['item_id']!r}; `menulens ask menus` names every item.", err=True)
    click.echo(printing.rows_as(form, answer.frame, _width()), nl=False)
    return click.echo(printing.price_tag(answer), err=True)


@menulens.command()
@click.option("--first-date", type=click.DateTime(["%Y-%m-%d"]), help="from this UTC day on [the month's first]")
@click.option("--last-date", type=click.DateTime(["%Y-%m-%d"]), help="until this one [today]")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="[table]")
@_setting("home")
def spent(first_date: datetime | None, last_date: datetime | None, form: Any, **given: Any) -> None:
    """What queries cost, by person and page; what the embedded engine answers costs nothing and isn't listed."""
    import pandas as pd

    from dashboard import printing
    from dashboard.warehouse.spending import QueryLog, Spent

    last = (last_date or datetime.now(UTC)).date()
    first = first_date.date() if first_date else last.replace(day=1)
    _in_order(first, last)
    rows = QueryLog(_settings(**given).home).spent(first, last)
    names = [field.name for field in fields(Spent)]
    click.echo(printing.rows_as(form, pd.DataFrame(rows, columns=names), _width()), nl=False)
    click.echo(f"{first} to {last}: ${sum(row.dollars for row in rows):,.4f}", err=True)


def _metered(s: Settings) -> Any:
    from dashboard.warehouse.spending import open_metered

    return open_metered(s.engine, s.home, s.of_engine, s.monthly_budget, once=True)


def _in_order(first: date | None, last: date | None) -> None:
    if first and last and first > last:
        raise click.BadParameter(f"{first} is after --last-date {last}.", param_hint="--first-date")


def _named(parameters: tuple[str, ...], example: str) -> dict[str, str]:
    pairs = [text.partition("=") for text in parameters]
    if wrong := next((name for name, equals, _ in pairs if not equals), None):
        raise click.UsageError(f"{wrong!r} is no parameter: write name=value, such as {example}.")
    return {name: value for name, _, value in pairs}


@menulens.group()
def menus() -> None:
    """Menus without the browser."""


def _menu_command(command: Command) -> Command:
    """The options of all who read or write menus."""
    who = "as this person, who needs leave to see or edit the restaurant [you may all]"
    buckets = _setting("menus_bucket"), _setting("lake_bucket")
    for option in (click.option("--as", "person", help=who), *buckets, _setting("home")):
        command = option(command)
    return command


def _menu_store(person: str | None, **given: Any) -> Any:
    from dashboard.access import Scope, scope_of
    from dashboard.menus.store import open_store
    from ingest_stack.lake import Lake

    s = _settings(**given)
    scope = scope_of(_people(s).find(person)) if person else Scope.everything()
    lake = Lake(s.home / "lake")
    return open_store(s.home, lake, scope, s.menus_bucket, s.site_url, s.lake_bucket, s.holdout_rate)


@menus.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--restaurant", required=True, help="the id of the restaurant whose menu this is; a new one is made")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="what a column holds, as name=Dish")
@click.option("--rows-of", metavar="ID", help="of a file with many restaurants, the one whose rows are meant")
@click.option("--name", help="a new restaurant's name [what the file says]")
@click.option("--area", help="where a new restaurant is: its city or quarter")
@click.option("--time-zone", help="a new restaurant's time zone, such as Asia/Bangkok")
@click.option("--currency", help="a new restaurant's currency, such as THB [what the file says]")
@click.option(
    "--language", "languages", multiple=True, help="a new restaurant's languages, its own first; once for each"
)
@click.option("--dry-run", is_flag=True, help="only say what would change")
@click.option("--yes", is_flag=True, help="import even if most of the menu goes")
@click.option("--publish", "at_once", is_flag=True, help="publish what was imported at once")
@_menu_command
def import_menu(
    file: Path,
    restaurant: str,
    columns: tuple[str, ...],
    rows_of: str | None,
    dry_run: bool,
    yes: bool,
    at_once: bool,
    **given: Any,
) -> None:
    """Take FILE (JSON, CSV, XLSX, JSON-LD) for the draft of a restaurant's menu, and say what changes.

    If anything in FILE is wrong, all that is wrong is said and nothing changes; if most of the menu would go, it asks.
    """
    from dashboard.menus.importing import preview
    from dashboard.menus.reading import contents

    house = {fact: given.pop(fact) for fact in ("name", "area", "time_zone", "currency", "languages")}
    store, told = _menu_store(**given), _named(columns, "name=Dish")
    live = _live(store, restaurant)  # before the draft: whoever publishes from here on isn't overruled
    draft = store.draft(restaurant) if restaurant in store.restaurants() else None
    found = preview(
        file.name,
        contents(file),
        restaurant,
        draft.menu if draft else None,
        columns=told,
        rows_of=rows_of,
        house={fact: value for fact, value in house.items() if value},
        photos=store.photos(restaurant),
    )
    click.echo("\n".join(found.lines()))
    menu = found.checked()
    if dry_run:
        return
    if found.removes_most and not yes:
        if not sys.stdin.isatty():
            raise MenulensError("Nothing was imported: most of the menu would go.", "Say --yes if that is meant.")
        click.confirm("Most of the menu would go. Is that meant?", abort=True)
    if found.changes or draft is None:
        store.save_draft(menu, draft, datetime.now(UTC))
    if at_once:
        _publish(store, live, menu)


@menus.command("export")
@click.argument("restaurant")
@click.option("--format", "form", type=click.Choice(["json", "csv", "xlsx", "jsonld"]), default="json", help="[json]")
@click.option("--version", type=click.IntRange(1), help="a published version [the draft]")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="a file [stdout]")
@_menu_command
def export_menu(restaurant: str, form: str, version: int | None, output: Path | None, **given: Any) -> None:
    """A restaurant's menu as a file that can be edited and imported again.

    JSON says everything, CSV and XLSX have one row an item, JSON-LD is schema.org's. Food costs and notes are only in
    what somebody exports who may edit the menu, and never in JSON-LD.
    """
    from dashboard.menus.exporting import export
    from ingest_stack.disk import refusals, write_whole

    store = _menu_store(**given)
    menu = store.published(restaurant, version) if version else store.draft(restaurant).menu
    body = export(menu, form, private=store.may_edit(restaurant))
    store.exported(restaurant, f"{restaurant}-{f'v{version}' if version else 'draft'}.{form}")
    if output is None or str(output) == "-":
        click.echo(body, nl=False)
    else:
        with refusals("The menu", output):
            write_whole(output, body)


@menus.command()
@click.argument("restaurant")
@click.option(
    "--tables", metavar="1-20", help="which tables; names too, as 1-20,Terrace 3 [all that the restaurant has]"
)
@click.option("--format", "form", type=click.Choice(["svg", "png", "pdf"]), default="pdf", help="[pdf: table tents]")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="of the PDF [a4]")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="a PDF, or a folder for SVGs, PNGs"
)
@_setting("site_url")
@_menu_command
def qr(
    restaurant: str, tables: str | None, form: Any, paper: Any, output: Path, site_url: str | None, **given: Any
) -> None:
    """Codes for a restaurant's tables: each leads to the menu and says which table it stands on."""
    from dashboard.menus.qr import reached_from
    from dashboard.menus.qr import tables as named
    from dashboard.menus.tents import files
    from ingest_stack.disk import refusals, write_whole

    store = _menu_store(**given)
    house = store.draft(restaurant).menu.restaurant
    site = _settings(site_url=site_url).site_url
    made = files(house, named(tables, house), site, form, paper)
    store.exported(restaurant, f"{len(made)} {form} of codes")
    with refusals("Codes", output):
        for name, body in made.items():
            write_whole(output / name if name else output, body)
    click.echo(f"{len(made)} {'file' if len(made) == 1 else 'files'} in {output}.")
    if (whence := reached_from(site)) != "everywhere":
        click.echo(f"They lead to {site}, which only {whence} reaches: --site-url says what guests reach.", err=True)


@menus.command()
@click.argument("restaurant")
@_menu_command
def publish(restaurant: str, person: str | None, **given: Any) -> None:
    """Publish the draft as the next version, and say what that changed; on stderr what looks like a slip."""
    store = _menu_store(person, **given)
    live = _live(store, restaurant)
    _publish(store, live, store.draft(restaurant).menu)


@menus.command()
@click.argument("restaurant")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="[table]")
@_menu_command
def history(restaurant: str, form: Any, person: str | None, **given: Any) -> None:
    """Every published version: when, by whom, and what it changed. Times are the restaurant's."""
    from dashboard import printing
    from dashboard.menus.changes import history as told

    store = _menu_store(person, **given)
    published = store.history(restaurant)
    if not published:
        known = store.restaurants()
        unseen = f"{restaurant} has only a draft: `menulens menus publish {restaurant}` makes it version 1."
        raise MenulensError(unseen if restaurant in known else printing.no_restaurant(restaurant, known))
    click.echo(printing.history_as(form, told(published), published[-1].restaurant, _width()), nl=False)


@menus.command()
@click.argument("restaurant")
@click.argument("version", type=click.IntRange(1))
@_menu_command
def rollback(restaurant: str, version: int, person: str | None, **given: Any) -> None:
    """Publish an older VERSION again, as the next one. A draft stays as it is."""
    from dashboard.menus.changes import changes

    store = _menu_store(person, **given)
    live, wanted = store.published(restaurant), store.published(restaurant, version)
    found = changes(live, wanted)
    if not found:
        store.settle(restaurant)
        return click.echo(f"Nothing to roll back: guests see what version {version} is.")
    return _say_published(store.roll_back(restaurant, version, datetime.now(UTC)), found)


@menus.command()
@click.argument("restaurant")
@click.option("--shows-others/--shows-no-others", default=None, help="whether its guests are shown other restaurants")
@click.option("--shown-elsewhere/--not-shown", default=None, help="whether guests of others are shown its dishes")
@click.option("--pin", "with_pinned", multiple=True, metavar="ID[/ITEM]", help="what its guests are shown first")
@click.option("--block", "with_blocked", multiple=True, metavar="ID[/ITEM]", help="what they are never shown")
@click.option("--free", "without", multiple=True, metavar="ID[/ITEM]", help="what is neither any longer")
@_menu_command
def recommending(
    restaurant: str, shows_others: bool | None, shown_elsewhere: bool | None, person: str | None, **given: Any
) -> None:
    """By which rules a restaurant recommends others and is recommended; changes what is said, without a publish.

    ID is another restaurant's, ITEM one of its dishes; pins and blocks are an admin's.
    """
    from dashboard.menus.recommending import pick

    switches = {"shows_others": shows_others, "shown_elsewhere": shown_elsewhere}
    picks = {name: [pick(text) for text in given.pop(name)] for name in ("with_pinned", "with_blocked", "without")}

    def change(rules: Any) -> Any:
        for name, said in picks.items():
            for each in said:
                rules = getattr(rules, name)(each)
        return rules.model_copy(update={name: value for name, value in switches.items() if value is not None})

    store = _menu_store(person, **given)
    store.draft(restaurant)  # it says what is wrong if there is no such menu
    asked = any(value is not None for value in switches.values()) or any(picks.values())
    rules = store.set_recommending(restaurant, change)[1] if asked else store.recommending(restaurant)
    click.echo(f"{restaurant} {'shows' if rules.shows_others else 'does not show'} other restaurants to its guests.")
    click.echo(f"It {'is' if rules.shown_elsewhere else 'is not'} shown to guests of others.")
    for words, named in (("First", rules.pinned), ("Never", rules.blocked)):
        for each in named:
            click.echo(f"{words}: {store.name(each)}")


def _live(store: Any, restaurant: str) -> Any:
    """The menu that guests see; None where nothing is published."""
    return store.published(restaurant) if store.versions(restaurant) else None


def _publish(store: Any, live: Any, menu: Any) -> None:
    """Publish a menu that was made from what is `live`, and say what that changed; nothing if guests see it already."""
    from dashboard.menus.changes import changes
    from dashboard.menus.slips import slips

    found = changes(live, menu) if live else []
    if live and not found:
        store.settle(menu.restaurant.id)
        return click.echo("Nothing to publish: the draft is what guests see.")
    for slip in slips(menu, live):
        click.echo(f"Look again: {slip.sentence}", err=True)
    base = live.version if live else 0
    return _say_published(store.publish(menu.model_copy(update={"version": base}), datetime.now(UTC)), found)


def _say_published(menu: Any, found: Sequence[Any]) -> None:
    items = f"{len(menu.placed)} {'item' if len(menu.placed) == 1 else 'items'}"
    click.echo(f"Version {menu.version} of {menu.restaurant.id} is published, with {items}.")
    for change in found:
        click.echo(f"  {change.sentence}")


@menulens.group()
def people() -> None:
    """Who may see what, and who may edit menus."""


def _people_command(command: Command) -> Command:
    """The options of all who read or change people."""
    for option in (_setting("menus_bucket"), _setting("home")):
        command = option(command)
    return command


def _people(s: Settings) -> Any:
    from dashboard.blobs import open_blobs
    from dashboard.people import People

    return People(open_blobs(s.home, s.menus_bucket))


def _link_command(command: Command) -> Command:
    """The options of all that make a link."""
    for option in (_setting("dashboard_port"), _setting("dashboard_url"), _people_command, click.argument("id")):
        command = option(command)
    return command


@people.command("add")
@_link_command
@click.option("--role", type=click.Choice(["manager", "product", "admin"]), required=True)
@click.option("--restaurant", "restaurants", multiple=True, help="a manager's own; once for each")
@click.option(
    "--may-edit",
    multiple=True,
    is_flag=False,
    flag_value="",
    metavar="[RESTAURANT]",
    help="one of these whose menu the manager may publish; once for each; without a name all of them",
)
def add_person(id: str, role: Any, restaurants: tuple[str, ...], may_edit: tuple[str, ...], **given: Any) -> None:
    """Add somebody by e-mail address, or give somebody another role. Whoever is new gets a link, as of `invite`.

    A restaurant may be named before it is here; that it isn't is said.
    """
    from dashboard import printing
    from dashboard.access import Scope
    from dashboard.people import person

    s, added = _settings(**given), person(id, role, restaurants, restaurants if "" in may_edit else may_edit)
    _people(s).add(added)
    if s.sign_in == "local" and _admitting(s).standings([added])[added.id].state == "not invited":
        click.echo(_admitting(s).invite(added.id))
    if restaurants:
        known = set(_metered(s).ask("menulens people", "directory", Scope.everything()).frame["restaurant_id"])
        for unknown in sorted(set(restaurants) - known) if known else ():
            click.echo(f"{id} was added, but: {printing.no_restaurant(unknown, known)}", err=True)


@people.command("list")
@_people_command
def list_people(**given: Any) -> None:
    """Everybody, with role and restaurants, and how it stands with passwords where they are kept here."""
    from dashboard import printing

    s = _settings(**given)
    found = _people(s).read().people
    standings = _admitting(s).standings(found) if s.sign_in == "local" else {}
    click.echo(printing.people_list(found, standings), nl=False)


@people.command("remove")
@click.argument("id")
@_people_command
def remove_person(id: str, **given: Any) -> None:
    """Take somebody off, with the password; the last admin stays."""
    s = _settings(**given)
    _admitting(s).take_off(_people(s).find(id))


@people.command()
@_link_command
def invite(id: str, **given: Any) -> None:
    """A link with which somebody sets a password, once, within a week. One that is set stays until then."""
    click.echo(_inviting(_settings(**given)).invite(id))


@people.command()
@_link_command
def reset(id: str, **given: Any) -> None:
    """As invite; and the password stops working at once, and who is signed in is out."""
    click.echo(_inviting(_settings(**given)).reset(id))


@people.command()
@click.argument("id")
@_people_command
def unlock(id: str, **given: Any) -> None:
    """Let somebody try again at once who is locked out after wrong passwords."""
    _inviting(_settings(**given)).unlock(id)


def _inviting(s: Settings) -> Any:
    if s.sign_in != "local":
        raise MenulensError("No password is kept here: people sign in at a provider.", "MENULENS_SIGN_IN says so.")
    return _admitting(s)


def _admitting(s: Settings) -> Any:
    from dashboard.blobs import open_blobs
    from dashboard.people import OWNER
    from dashboard.signin.admitting import Admitting

    return Admitting(open_blobs(s.home, s.menus_bucket), OWNER, s.dashboard_address)


@menulens.command()
@click.option("--first-date", type=click.DateTime(["%Y-%m-%d"]), help="from this UTC day on [30 days ago]")
@click.option("--last-date", type=click.DateTime(["%Y-%m-%d"]), help="until this one [today]")
@click.option("--who", help="what this person did [everybody]")
@click.option("--kind", help="what was done, as `published` [anything]")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="[table]")
@_people_command
def audit(
    first_date: datetime | None, last_date: datetime | None, who: str | None, kind: str | None, form: Any, **given: Any
) -> None:
    """Who did what: sign-ins, roles, publishes, files taken out; the newest first."""
    import pandas as pd

    from dashboard import printing
    from dashboard.audit import COLUMNS, Audit, Kind
    from dashboard.blobs import open_blobs

    s, last = _settings(**given), (last_date or datetime.now(UTC)).date()
    first = first_date.date() if first_date else last - timedelta(days=29)
    _in_order(first, last)
    if kind not in (None, *get_args(Kind)):
        raise click.BadParameter(f"{kind!r} is none of {', '.join(get_args(Kind))}.", param_hint="--kind")
    entries = Audit(open_blobs(s.home, s.menus_bucket)).read(first, last)
    rows = [entry.row for entry in entries if who in (None, entry.who) and kind in (None, entry.kind)]
    click.echo(printing.rows_as(form, pd.DataFrame(rows, columns=COLUMNS), _width()), nl=False)


@menulens.group()
def aws() -> None:
    """The cloud: the same endpoint, lake and menus as managed services."""


@aws.command()
@click.option("--visits", type=click.IntRange(0), required=True, help="how many guests come in a month")
@click.option("--questions", type=click.IntRange(0), default=1000, help="what pages ask Athena anew in a month [1000]")
@click.option("--region", type=click.Choice(["eu-west-1", "us-east-1"]), default="eu-west-1", help="[eu-west-1]")
@click.option("--dashboard", is_flag=True, help="the hosted dashboard too")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="[table]")
def cost(visits: int, questions: int, region: str, dashboard: bool, form: Any) -> None:
    """What a month costs, line by line, as it usually goes and at worst; docs/costs.md says what that means."""
    import pandas as pd

    from dashboard import printing
    from ingest_stack.aws import costs

    rows = costs.side_by_side(visits, questions, region, hosted=dashboard)
    click.echo(printing.rows_as(form, pd.DataFrame(rows), _width()), nl=False)
    bills = (costs.bill(visits, questions, habits, region, hosted=dashboard) for habits in costs.HABITS.values())
    usual, worst = map(costs.total, bills)
    click.echo(f"${usual:,.2f} a month, ${worst:,.2f} at worst, by prices of {costs.AS_OF} in {region}.", err=True)


def _cloud_command(command: Command) -> Command:
    """The options of all who look at the stacks."""
    for option in (
        click.option(
            "--replica-region", help="the second region, for copies [eu-central-1, or us-west-2 of us-east-1]"
        ),
        click.option("--region", default="eu-west-1", help="[eu-west-1]"),
        click.option("--name", default="menulens", help="what the stacks are called [menulens]"),
    ):
        command = option(command)
    return command


def _stacks(name: str, region: str, replica_region: str | None) -> Any:
    from ingest_stack.aws.costs import REGIONS
    from ingest_stack.aws.deploy import Place, Stacks

    second = replica_region or REGIONS.get(region)
    if second is None:
        raise click.UsageError(f"Say with --replica-region where copies of {region} go.")
    return Stacks(Place(name, region, second), click.echo)


@aws.command()
@click.option("--dashboard", is_flag=True, help="the hosted dashboard too, which is billed by the hour")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="a parameter of the template; once for each")
@click.option("--yes", is_flag=True, help="make the change without asking")
@_cloud_command
def deploy(dashboard: bool, given: tuple[str, ...], yes: bool, **place: Any) -> None:
    """Bring the stacks to the account, or up to date. What would change is shown first."""

    def approve(changes: Any) -> bool:
        click.echo("\n".join(changes.lines()))
        return yes or click.confirm("Make this change?", default=False)

    outputs = _stacks(**place).deploy(_named(given, "BufferSeconds=60"), approve, dashboard=dashboard)
    if outputs is None:
        return click.echo("Nothing was changed.")
    return click.echo("\n".join(f"{name}: {value}" for name, value in sorted(outputs.items())))


@aws.command()
@_cloud_command
def status(**place: Any) -> None:
    """How the stacks are, where they answer, and which alarms ring; exit code 1 if something is wrong."""
    stacks = _stacks(**place)
    states = {which: stacks.status(which) for which in ("template", "replica", "dashboard")}
    click.echo(f"first region: {states['template'] or 'no stack'}")
    click.echo(f"second region: {states['replica'] or 'no stack'}")
    if not states["dashboard"]:
        del states["dashboard"]  # it is anybody's choice
    else:
        click.echo(f"dashboard: {states['dashboard']}")
    for which in ("template", "dashboard"):
        for name, value in sorted(stacks.outputs(which).items()) if states.get(which) else ():
            click.echo(f"{name}: {value}")
    alarms = stacks.alarms()
    for name, state in alarms:
        click.echo(f"{state.lower().replace('_', ' ')}: {name}")
    sound = all(state.endswith("_COMPLETE") and "ROLLBACK" not in state for state in states.values())
    if not sound or any(state == "ALARM" for _, state in alarms):
        sys.exit(1)


@aws.command()
@_cloud_command
def smoke(**place: Any) -> None:
    """Send test events the whole way into Athena, and say how long each hop takes. Guests' numbers stay as they are."""
    from dataclasses import replace

    from dashboard.warehouse import open_warehouse
    from ingest_stack.aws.cloud import client
    from ingest_stack.aws.smoke import smoke as run

    stacks = _stacks(**place)
    outputs, region = stacks.outputs("template"), place["region"]
    named = {"athena_region": region, "athena_workgroup": outputs["WorkGroup"], "athena_database": outputs["Database"]}
    s = replace(_settings(), engine="athena", **named)
    warehouse: Any = open_warehouse(s.engine, s.home, s.of_engine)

    def ask(sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        frame, _ = warehouse.run(sql, values, "the smoke test")
        return list(frame.itertuples(index=False, name=None))

    run(outputs["EventsUrl"], ask, client("s3", region), int(stacks.parameter("BufferSeconds")), click.echo)
    click.echo("The whole way works.")


@aws.command()
@click.option("--data-too", is_flag=True, help="remove every bucket with all its versions, and the keys after 30 days")
@click.option("--dashboard", is_flag=True, help="the hosted dashboard alone, which holds no data")
@_cloud_command
def destroy(data_too: bool, dashboard: bool, **place: Any) -> None:
    """Take the stacks away. Data stays, unless you say --data-too and then write the stacks' name."""
    if data_too and dashboard:
        raise click.UsageError("The hosted dashboard holds no data: say --dashboard or --data-too.")
    stacks = _stacks(**place)
    if dashboard:
        if not click.confirm(f"Take {place['name']}-dashboard away? All else stays.", default=False):
            return click.echo("Nothing was changed.")
    elif data_too:
        click.echo("Every event, menu and copy will be gone for good.")
        if click.prompt("The stacks' name, to go on", default="", show_default=False) != place["name"]:
            return click.echo("Nothing was changed.")
    elif not click.confirm(f"Take {place['name']} away? Its buckets and keys stay.", default=False):
        return click.echo("Nothing was changed.")
    kept = stacks.destroy(data_too=data_too, dashboard_only=dashboard)
    if dashboard:
        return click.echo(f"{place['name']}-dashboard is away.")
    return click.echo(f"Kept: {', '.join(kept)}." if kept else "Nothing is left.")


def main() -> None:
    """The console script: errors become one sentence on stderr and exit code 1, wrong usage 2."""
    try:
        menulens.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except RuntimeError as problem:
        if str(problem) != "Query interrupted":  # DuckDB's word for Ctrl-C
            raise
        sys.exit(130)
    except MenulensError as problem:
        click.echo(f"menulens: {problem}", err=True)
        sys.exit(2 if isinstance(problem, ParameterError) else 1)


if __name__ == "__main__":
    main()
