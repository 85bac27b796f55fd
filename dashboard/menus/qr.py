"""The code on a table: it leads to the restaurant's menu and says which table it stands on. Pure."""

import io
import re
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urlsplit

import segno

from dashboard.menus.model import Restaurant
from errors import MenuError

MOST_TABLES = 1_000
LONGEST_TABLE = 64  # of the event contract's table_id
WIDTH_PX = 1_200  # of a PNG, at least: 2 cm at more than 300 dots an inch, many times over


def tables(text: str | None, restaurant: Restaurant) -> list[str]:
    """Table ids from "1-20, 25, Terrace 3"; without any, as many as the restaurant has. Raises MenuError in words."""
    if text is None:
        if not restaurant.tables:
            raise MenuError(f"{restaurant.id} doesn't say how many tables it has: name them, such as 1-20.")
        text = f"1-{restaurant.tables}"
    ids: list[str] = []
    for part in filter(None, map(str.strip, text.split(","))):
        if span := re.fullmatch(r"(\d{1,5})\s*[-–]\s*(\d{1,5})", part):
            first, last = int(span[1]), int(span[2])
            if first > last:
                raise MenuError(f"Tables {part} run backwards.")
            ids += map(str, range(first, min(last, first + MOST_TABLES) + 1))
        else:
            ids.append(part)
    ids = list(dict.fromkeys(ids))
    if not ids or len(ids) > MOST_TABLES:
        raise MenuError(f"Codes are made for 1 to {MOST_TABLES:,} tables at once.")
    if long := next((id for id in ids if len(id) > LONGEST_TABLE), None):
        raise MenuError(f"A table's name has at most {LONGEST_TABLE} letters: {long[:20]}… has {len(long)}.")
    return ids


def address(site_url: str, restaurant_id: str, table: str) -> str:
    """Where a table's code leads. Raises MenuError for a site without a web address."""
    parts = urlsplit(site_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise MenuError(f"{site_url!r} is no web address: a code needs one such as https://menu.example.")
    return f"{site_url.rstrip('/')}/r/{restaurant_id}/?table={quote(table, safe='')}"


def reached_from(site_url: str) -> Literal["everywhere", "this network", "this machine"]:
    """Who reaches a site by its address: a code for tables must lead to what guests' phones reach."""
    host = urlsplit(site_url).hostname or ""
    try:
        at = ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return "this machine"
        return "this network" if host.endswith((".local", ".lan", ".home.arpa")) or "." not in host else "everywhere"
    return "this machine" if at.is_loopback or at.is_unspecified else "everywhere" if at.is_global else "this network"


def code(address: str) -> segno.QRCode:
    """The smallest code for an address that still reads with 15 % of it worn off; more if there is room."""
    return segno.make_qr(address, error="m")


def svg(address: str) -> bytes:
    """The code as an SVG of any size, with its quiet zone."""
    out = io.BytesIO()
    code(address).save(out, kind="svg", omitsize=True, light="#fff", title=address)
    return out.getvalue()


def png(address: str) -> bytes:
    """The code as a black and white PNG, WIDTH_PX wide or a little more, with its quiet zone."""
    out, made = io.BytesIO(), code(address)
    made.save(out, kind="png", scale=-(-WIDTH_PX // made.symbol_size()[0]))
    return out.getvalue()
