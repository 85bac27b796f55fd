"""What the stack costs: one dated table of prices, how much of each a month of visits uses, and a month's bill.

The tables of docs/costs.md are rendered from here; `menulens aws cost` prints the same.

python -m ingest_stack.aws.costs      writes them there anew
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from ingest_stack.aws.statements import RECOMMENDED, SHOWN, compactions
from ingest_stack.aws.statements import TABLES as ROLLUP_TABLES

AS_OF = date(2026, 11, 30)
REGIONS = {"eu-west-1": "eu-central-1", "us-east-1": "us-west-2"}
"""Regions that have prices here, each with the second region that its prices for copies are of."""
DEFAULT_REGION = "eu-west-1"

Case = Literal["usual", "worst"]
Part = Literal["events", "menus", "rollups", "questions", "standing", "hosted"]
PARTS: dict[Part, str] = {
    "events": "Events: from the phone into the lake, and its copy",
    "menus": "Menus: the pages that guests read",
    "rollups": "Rollups: counting what came, in each hour in which something came",
    "questions": "Questions: what the dashboard asks",
    "standing": "Standing: whether anybody comes or not",
    "hosted": "The hosted dashboard: by the hour, for who wants it",
}


@dataclass(frozen=True)
class Price:
    """Dollars for one unit in each region; `free`: units a month that AWS gives each account for good.

    `seen`: the regions in which somebody was found who says so; in the others it is from memory.
    """

    service: str
    what: str
    unit: str
    dollars: dict[str, float]
    free: float = 0.0
    seen: tuple[str, ...] = ()


EU, US = REGIONS
BOTH = (EU, US)


def _both(dollars: float) -> dict[str, float]:
    return dict.fromkeys(REGIONS, dollars)


PRICES: dict[str, Price] = {
    "requests": Price("API Gateway", "requests to a REST API", "million", _both(3.50), seen=(US,)),
    "ingested": Price("Firehose", "ingested, by 5 KB a record", "GB", {EU: 0.031, US: 0.029}),
    "converted": Price("Firehose", "converted to Parquet", "GB", {EU: 0.020, US: 0.018}),
    "https": Price("CloudFront", "HTTPS requests", "10,000", {EU: 0.012, US: 0.010}, free=1_000, seen=BOTH),
    "to_guests": Price("CloudFront", "sent to guests", "GB", _both(0.085), free=1_024, seen=BOTH),
    "to_origin": Price("CloudFront", "sent on to the endpoint", "GB", _both(0.020), seen=BOTH),
    "functions": Price("CloudFront", "calls of the functions", "million", _both(0.10), free=2, seen=BOTH),
    "puts": Price("S3", "objects written", "1,000", _both(0.005), seen=(US,)),
    "copied_puts": Price("S3", "copies written", "1,000", {EU: 0.0054, US: 0.005}),
    "gets": Price("S3", "objects read", "1,000", _both(0.0004), seen=(US,)),
    "stored": Price("S3", "stored", "GB-month", _both(0.023), seen=(US,)),
    "copies_stored": Price("S3", "copies stored", "GB-month", {EU: 0.0245, US: 0.023}),
    "between_regions": Price("S3", "sent to the second region", "GB", _both(0.02), seen=BOTH),
    "keys": Price("KMS", "key, and each older material of it", "month", _both(1.00), seen=BOTH),
    "key_uses": Price("KMS", "uses of a key", "10,000", _both(0.03), free=2, seen=(US,)),
    "scanned": Price("Athena", "read, 10 MB a query at least", "TB", _both(5.00), seen=BOTH),
    "steps": Price("Step Functions", "steps", "1,000", _both(0.025), free=4, seen=(US,)),
    "calls": Price("Lambda", "calls", "million", _both(0.20), free=1, seen=(US,)),
    "computed": Price("Lambda", "run, on ARM", "1,000 GB-s", _both(0.0133334), free=400, seen=(US,)),
    "logged": Price("CloudWatch", "logged", "GB", {EU: 0.57, US: 0.50}, free=5, seen=(US,)),
    "alarms": Price("CloudWatch", "alarm, by its metrics", "month", _both(0.10), free=10, seen=(US,)),
    "graphs": Price("CloudWatch", "dashboard (`Graphs=yes`)", "month", _both(3.00), free=3, seen=(US,)),
    "metrics": Price("CloudWatch", "metric of the copying", "month", _both(0.30), free=10, seen=(US,)),
    "metrics_read": Price("CloudWatch", "metrics asked for", "1,000", _both(0.01), free=1_000),
    "processors": Price("Fargate", "processor, on ARM", "hour", _both(0.03238), seen=(US,)),
    "memory": Price("Fargate", "memory, on ARM", "GB-hour", _both(0.00356), seen=(US,)),
    "balancer": Price("Load balancer", "there", "hour", {EU: 0.0252, US: 0.0225}, seen=BOTH),
    "balanced": Price("Load balancer", "load, in its own unit", "hour", _both(0.008), seen=(US,)),
    "addresses": Price("VPC", "public address", "hour", _both(0.005), seen=BOTH),
    "secrets": Price("Secrets Manager", "secret", "month", _both(0.40), seen=(US,)),
    "images": Price("ECR", "images stored", "GB-month", _both(0.10), seen=(US,)),
}
"""Looked for at AS_OF in what docs/costs.md names: nobody could read AWS's own price lists that day."""

EVENTS_A_VISIT = 40
ROLLUP_QUERIES = sum(len(table.fill) for table in ROLLUP_TABLES) + len(SHOWN)
DAILY_QUERIES = sum(len(table.fill) for table in RECOMMENDED)
ROLLUP_DAYS = 13
"""So many days' requests a run looks at, three times: in sightings, candidates and visits.

What is recommended is made once a day of three months' counted visits.
"""
HOURS = 730  # a month's
LOOKS = HOURS * 7
"""Steps of a month's runs that find nothing to do."""
COMPACTIONS = 365 / 12 / 7 * len(compactions())
"""A month's statements that keep tables tidy, which are sent whether anything came or not."""
RECORD_KB = 5  # what Firehose bills a record as: a request of 20 events was measured to be 2.8 KB
BUFFER_SECONDS = 900
PROCESSORS, MEMORY_GB = 0.5, 2  # of a task of the hosted dashboard
BALANCER_ADDRESSES = 2
KB, TB = 1 / 1_000_000, 1_000.0  # in GB
GET_SECONDS = 0.03
LEAST_GB = 0.01  # what a query is billed for at least


@dataclass(frozen=True)
class Habits:
    """How guests, files and people are taken to be. `free`: nothing else in the account uses what AWS gives away."""

    free: bool
    events_a_request: int
    bytes_an_event: int
    hours: int
    reads_a_visit: int
    kb_a_visit: int
    months_kept: int
    question_mb: int
    restaurants: int
    tasks: int
    load: float


HABITS: dict[Case, Habits] = {
    # The tracker sends what it has every ten seconds. An event was measured to be 11 bytes in Parquet.
    "usual": Habits(True, 8, 15, 420, 12, 120, 12, 10, 20, 1, 0.05),
    "worst": Habits(False, 4, 40, 720, 40, 1_500, 36, 200, 500, 2, 1.0),
}
MEANINGS: dict[str, Callable[[Habits], str]] = {
    "events a visit": lambda _: str(EVENTS_A_VISIT),
    "events a request": lambda h: str(h.events_a_request),
    "an event is stored in": lambda h: f"{h.bytes_an_event} bytes",
    "hours a month with guests": lambda h: str(h.hours),
    "files and looks a visit takes from the menu site": lambda h: str(h.reads_a_visit),
    "a visit reads": lambda h: f"{h.kb_a_visit:,} KB",
    "months that are kept": lambda h: str(h.months_kept),
    "a question reads": lambda h: f"{h.question_mb} MB",
    "restaurants": lambda h: str(h.restaurants),
    "tasks of the hosted dashboard": lambda h: str(h.tasks),
    "their load, in the balancer's unit": lambda h: f"{h.load:g}",
    "what AWS gives away each month": lambda h: "is there for this" if h.free else "is used up by others",
}


@dataclass(frozen=True)
class Line:
    """A line of a month's bill; `quantity` is in the price's unit, what is free included."""

    part: Part
    price: Price
    quantity: float
    dollars: float


def usage(visits: int, questions: int, habits: Habits, *, hosted: bool = False) -> Iterable[tuple[Part, str, float]]:
    """How much of each price a month uses: its part of the bill, the price's name, the quantity in its unit."""
    events = visits * EVENTS_A_VISIT
    requests = events / habits.events_a_request
    stored = events * habits.bytes_an_event / 1e9
    hours = min(habits.hours, visits)
    files = min(requests, hours * 3600 / BUFFER_SECONDS)
    days = min(30, hours)
    counted = visits * 1e-6  # GB of a month's visits, counted
    day_gb = DAILY_QUERIES * LEAST_GB + 3 * counted
    run_gb = ROLLUP_QUERIES * LEAST_GB + 3 * ROLLUP_DAYS * stored / 30
    daily_steps = 2 * days * (DAILY_QUERIES + len(RECOMMENDED))
    reads = visits * habits.reads_a_visit
    shown = hours * habits.restaurants * 2  # each run reads every menu, and what stands beside it
    stands = habits.tasks * HOURS if hosted else 0
    return (
        ("events", "requests", requests / 1e6),
        ("events", "https", requests / 1e4),
        ("events", "to_origin", requests * RECORD_KB * KB),
        ("events", "ingested", requests * RECORD_KB * KB),
        ("events", "converted", requests * RECORD_KB * KB),
        ("events", "puts", files / 1e3),
        ("events", "copied_puts", files / 1e3),
        ("events", "between_regions", stored),
        ("events", "stored", stored * habits.months_kept),
        ("events", "copies_stored", stored * habits.months_kept),
        ("events", "key_uses", files * 4 / 1e4),
        ("events", "logged", requests * 0.2 * KB),
        ("menus", "https", reads / 1e4),
        ("menus", "functions", 2 * reads / 1e6),
        ("menus", "to_guests", visits * habits.kb_a_visit * KB),
        ("menus", "gets", reads / 1e3),
        ("rollups", "scanned", (hours * run_gb + days * day_gb) / TB),
        ("rollups", "steps", (2 * hours * (ROLLUP_QUERIES + len(ROLLUP_TABLES) + 2) + daily_steps) / 1e3),
        ("rollups", "puts", (hours * len(ROLLUP_TABLES) + days * len(RECOMMENDED)) * 6 / 1e3),
        ("rollups", "gets", shown / 1e3),
        ("rollups", "calls", hours / 1e6),
        ("rollups", "computed", shown * GET_SECONDS / 1e3),  # with a gigabyte
        ("rollups", "stored", counted * habits.months_kept),
        ("questions", "scanned", questions * habits.question_mb / 1_000 / TB),
        ("standing", "keys", 2),
        ("standing", "alarms", 10),
        (
            "standing",
            "metrics",
            4 if visits or not habits.free else 0,
        ),  # at worst they are billed while they say nothing
        ("standing", "steps", (LOOKS + 2 * COMPACTIONS) / 1e3),
        ("standing", "scanned", COMPACTIONS * LEAST_GB / TB),
        ("standing", "puts", HOURS / 1e3),  # to list costs the same
        ("standing", "metrics_read", HOURS / 1e3),
        ("hosted", "processors", stands * PROCESSORS),
        ("hosted", "memory", stands * MEMORY_GB),
        ("hosted", "balancer", HOURS if hosted else 0),
        ("hosted", "balanced", stands / habits.tasks * habits.load),
        ("hosted", "addresses", stands + (BALANCER_ADDRESSES * HOURS if hosted else 0)),
        ("hosted", "secrets", 1 if hosted else 0),
        ("hosted", "images", 1 if hosted else 0),
        ("hosted", "alarms", 1 if hosted else 0),
    )


def bill(
    visits: int,
    questions: int = 0,
    habits: Habits = HABITS["usual"],
    region: str = DEFAULT_REGION,
    *,
    hosted: bool = False,
) -> list[Line]:
    """A month's bill, line by line; with a `hosted` dashboard or without."""
    lines = []
    left = {name: price.free if habits.free else 0.0 for name, price in PRICES.items()}
    for part, name, quantity in usage(visits, questions, habits, hosted=hosted):
        price, free = PRICES[name], min(left[name], quantity)
        left[name] -= free
        lines.append(Line(part, price, quantity, (quantity - free) * price.dollars[region]))
    return lines


def total(lines: Iterable[Line], part: Part | None = None) -> float:
    """Dollars of all lines, or of one part's."""
    return sum(line.dollars for line in lines if part in (None, line.part))


def bill_table(visits: int, questions: int = 0, region: str = DEFAULT_REGION) -> str:
    """The usual and the worst bill side by side, as Markdown."""
    bills = [bill(visits, questions, habits, region) for habits in HABITS.values()]
    rows = ["| | usual | | worst | |", "|---|--:|--:|--:|--:|"]
    for part, meaning in PARTS.items():
        if part == "hosted":  # it has a table of its own
            continue
        rows.append(f"| **{meaning}** | | **${total(bills[0], part):,.2f}** | | **${total(bills[1], part):,.2f}** |")
        for lines in zip(*bills, strict=True):
            if lines[0].part == part and any(line.quantity for line in lines):
                price = lines[0].price
                amounts = " | ".join(f"{_number(line.quantity)} | {_dollars(line.dollars)}" for line in lines)
                rows.append(f"| {price.service}: {price.what}, {price.unit} | {amounts} |")
    rows.append(f"| **A month** | | **${total(bills[0]):,.2f}** | | **${total(bills[1]):,.2f}** |")
    return "\n".join(rows)


def hosted_table() -> str:
    """What the hosted dashboard costs, usual and worst, as Markdown."""
    bills = [
        [line for line in bill(0, 0, habits, region, hosted=True) if line.part == "hosted"]
        for region in REGIONS
        for habits in HABITS.values()
    ]
    heads = " | ".join(f"{case}, {region}" for region in REGIONS for case in HABITS)
    rows = [f"| | {heads} |", f"|---|{'--:|' * len(bills)}"]
    for lines in zip(*bills, strict=True):
        price = lines[0].price
        rows.append(f"| {price.service}: {price.what} | {' | '.join(_dollars(line.dollars) for line in lines)} |")
    months = [total(lines) for lines in bills]
    rows.append(f"| **a month** | {' | '.join(f'**${month:,.2f}**' for month in months)} |")
    rows.append(f"| **an hour** | {' | '.join(f'**${month / HOURS:.3f}**' for month in months)} |")
    return "\n".join(rows)


def price_table() -> str:
    """The prices as Markdown; one that is from memory has a star."""
    rows = [f"| price for | unit | free a month | {' | '.join(REGIONS)} |", f"|---|---|--:|{'--:|' * len(REGIONS)}"]
    for price in PRICES.values():
        dollars = " | ".join(f"${price.dollars[region]:g}{'' if region in price.seen else ' *'}" for region in REGIONS)
        free = _number(price.free) if price.free else ""
        rows.append(f"| {price.service}: {price.what} | {price.unit} | {free} | {dollars} |")
    return "\n".join(rows)


def habits_table() -> str:
    """What the two cases take for granted, as Markdown."""
    rows = ["| | usual | worst |", "|---|--:|--:|"]
    rows += [f"| {name} | {' | '.join(say(habits) for habits in HABITS.values())} |" for name, say in MEANINGS.items()]
    return "\n".join(rows)


def side_by_side(visits: int, questions: int, region: str, *, hosted: bool) -> list[dict[str, str | float]]:
    """The usual and the worst bill, a row a line that either has."""
    usual, worst = (bill(visits, questions, habits, region, hosted=hosted) for habits in HABITS.values())
    return [
        {
            "part": one.part,
            "service": one.price.service,
            "for": one.price.what,
            "unit": one.price.unit,
            "quantity": round(one.quantity, 4),
            "dollars": round(one.dollars, 4),
            "worst_quantity": round(other.quantity, 4),
            "worst_dollars": round(other.dollars, 4),
        }
        for one, other in zip(usual, worst, strict=True)
        if one.quantity or other.quantity
    ]


def million(region: str, events_a_request: int) -> list[Line]:
    """What a million events cost from the phone into the lake and its copy, stored for a year."""
    habits = replace(HABITS["usual"], events_a_request=events_a_request)
    return [line for line in bill(1_000_000 // EVENTS_A_VISIT, 0, habits, region) if line.part == "events"]


def million_table() -> str:
    """What a million events cost, as Markdown."""
    asked = [(region, events) for events in (20, HABITS["usual"].events_a_request) for region in REGIONS]
    heads = [f"{events} events a request, {region}" for region, events in asked]
    rows = [f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(asked)}"]
    bills = [million(*each) for each in asked]
    for lines in zip(*bills, strict=True):
        price = lines[0].price
        rows.append(f"| {price.service}: {price.what} | {' | '.join(_dollars(line.dollars) for line in lines)} |")
    totals = " | ".join(f"**${total(lines):.2f}**" for lines in bills)
    return "\n".join([*rows, f"| **together** | {totals} |"])


TABLES: dict[str, Callable[[], str]] = {
    "a million events": million_table,
    "nobody comes": lambda: bill_table(0),
    "10,000 visits": lambda: bill_table(10_000, 1_000),
    "1,000,000 visits": lambda: bill_table(1_000_000, 10_000),
    "the hosted dashboard": hosted_table,
    "habits": habits_table,
    "prices": price_table,
}


def with_tables(text: str) -> str:
    """docs/costs.md, each table after `<!-- … -->` replaced by this module's."""
    for name, table in TABLES.items():
        before, mark, after = text.partition(f"<!-- {name} -->\n")
        text = before + mark + table() + "\n\n" + after.partition("\n\n")[2]
    return text


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.4f}"


if __name__ == "__main__":
    docs = Path(__file__).parents[2] / "docs" / "costs.md"
    docs.write_text(with_tables(docs.read_text()))
