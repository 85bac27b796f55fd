"""A table tent's front, as it will stand on the table. Pure."""

from base64 import b64encode
from html import escape

from dashboard.menus import qr
from dashboard.menus.colors import palette
from dashboard.menus.model import Restaurant
from dashboard.menus.tents import words


def front(restaurant: Restaurant, table: str, link: str) -> str:
    """The front as HTML, in the colours of the print, which is never dark."""
    said, colors = words(restaurant, [table]), palette(restaurant.color)["light"]
    tokens = ";".join(
        f"--tent-{name}:{colors[name]}" for name in ("head", "accent", "on", "tint", "surface", "ink", "muted", "line")
    )
    others = escape(" · ".join(said.scan[1:]))
    code = b64encode(qr.svg(link)).decode()
    shown = escape(link.split("://", 1)[1].split("/?", 1)[0])
    return (
        f'<div class="ml-tent" lang="{restaurant.language}" style="{tokens}">'
        f"<header><b>{escape(said.name)}</b><small>{escape(said.cuisine)}</small></header>"
        f'<div class="ml-tent-code"><img src="data:image/svg+xml;base64,{code}" alt="{escape(link)}"></div>'
        f"<strong>{escape(said.scan[0])}</strong><small>{others}</small>"
        f"<em>{escape(said.tables[0])}</em><footer>{shown}</footer></div>"
    )
