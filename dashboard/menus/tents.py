"""Codes as files, and table tents: a PDF of cards to print, cut, fold and stand on the tables.

A sheet holds two cards side by side. A card is folded across its middle: the lower half is its front, the upper half,
upside down, its back; both show the same, so that guests on both sides can scan it.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, cast
from unicodedata import category

from fpdf import FPDF

from dashboard.menus.colors import palette
from dashboard.menus.fonts import fonts_for
from dashboard.menus.model import Menu, Restaurant, in_language
from dashboard.menus.qr import address, code, png, svg
from dashboard.menus.speech import Speech

Paper = Literal["a4", "letter"]
Form = Literal["svg", "png", "pdf"]
CARDS = 2  # on a sheet
# All in millimetres but the sizes of letters, which are in points.
MARGIN = 6.0  # what most printers leave white
BAND, CODE, CODE_TOP = 45.0, 60.0, 33.0
QUIET = 4  # modules around a code that must stay white, by its standard
POINT = 25.4 / 72
WHITE = "#ffffff"
BETWEEN = "   ·   "


@dataclass(frozen=True)
class Words:
    """What stands on a restaurant's cards: `scan` once for each language that says it in another way."""

    name: str
    cuisine: str
    scan: tuple[str, ...]
    tables: tuple[str, ...]


def words(restaurant: Restaurant, tables: Sequence[str]) -> Words:
    """The cards' words, the house's language first."""
    speeches = [Speech(Menu(restaurant=restaurant), language) for language in restaurant.languages]
    house = speeches[0]
    return Words(
        house.name(restaurant.name),
        in_language(restaurant.cuisine, house.language),
        tuple(dict.fromkeys(speech.say("scan") for speech in speeches)),
        tuple(house.say("table", table=table) for table in tables),
    )


def tents(restaurant: Restaurant, tables: Sequence[str], site_url: str, paper: Paper = "a4") -> bytes:
    """The PDF: one card a table, two a sheet. Raises MenuError where no font has the letters of a text."""
    said = words(restaurant, tables)
    card = _Card(restaurant, said, paper)
    for place, (table, label) in enumerate(zip(tables, said.tables, strict=True)):
        card.draw(place, label, address(site_url, restaurant.id, table))
    return bytes(card.pdf.output())


def files(restaurant: Restaurant, tables: Sequence[str], site_url: str, form: Form, paper: Paper) -> dict[str, bytes]:
    """File name → what is in it, a picture a table; the one PDF of tents has no name of its own."""
    if form == "pdf":
        return {"": tents(restaurant, tables, site_url, paper)}
    draw = svg if form == "svg" else png
    return {f"table-{_in_a_path(table)}.{form}": draw(address(site_url, restaurant.id, table)) for table in tables}


def zipped(made: Mapping[str, bytes]) -> bytes:
    """Files as one: the same files are the same bytes, whenever they are made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, body in made.items():
            pack.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _in_a_path(table: str) -> str:
    # Thai tone marks and other accents (category M) are no letters by themselves, and belong to one.
    return "".join(
        letter if letter.isalnum() or letter in " -_." or category(letter)[0] == "M" else f"%{ord(letter):02X}"
        for letter in table
    )


class _Card:
    """Draws a restaurant's cards, one after the other, on as many sheets as they need."""

    def __init__(self, restaurant: Restaurant, words: Words, paper: Paper) -> None:
        self.name, self.cuisine, self.scan = name, cuisine, scan = words.name, words.cuisine, words.scan
        self.colors = palette(restaurant.color)["light"]
        self.fits: dict[tuple[str, float, float, str], tuple[list[str], float]] = {}
        self.pdf = FPDF(format=paper)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_title(name)
        self.pdf.set_lang(restaurant.language)
        families = []
        for number, (regular, bold) in enumerate(fonts_for([name, cuisine, *scan, *words.tables, "/?=.:-"])):
            families.append(f"face-{number}")
            self.pdf.add_font(families[-1], "", regular)
            self.pdf.add_font(families[-1], "B", bold)
        self.pdf.set_fallback_fonts(families[1:])
        self.pdf.set_text_shaping(True)
        self.width = (self.pdf.w - 2 * MARGIN) / 2
        self.height = (self.pdf.h - 2 * MARGIN) / 2

    def draw(self, place: int, label: str, link: str) -> None:
        if place % CARDS == 0:
            self.pdf.add_page()
        left, fold = MARGIN + place % 2 * self.width, MARGIN + self.height
        drawn = cast(bytearray, self.pdf.pages[self.pdf.page].contents)  # until the page is put out
        begins = len(drawn)
        self._face(left, fold, label, link)
        face = drawn[begins:]
        with self.pdf.rotation(180, left + self.width / 2, fold):
            drawn.extend(face)  # the back is the front turned round: shaping its letters again would double the time
        self._marks(left, fold)

    def _face(self, left: float, top: float, label: str, link: str) -> None:
        self._band(left, top)
        inner = self.width - 14
        lines, size = self._fitted(self.name, inner, 26, " ")
        height = len(lines) * size * POINT * 1.25 + (5 if self.cuisine else 0)
        y = top + (CODE_TOP - height) / 2 + 1
        for line in lines:
            self._line(line, left, y, size, WHITE, bold=True)
            y += size * POINT * 1.25
        if self.cuisine:
            small, size = self._fitted(self.cuisine, inner, 10)
            self._line(small[0], left, y + 0.5, size, WHITE)
        self._code(left + (self.width - CODE) / 2, top + CODE_TOP, link)
        self._words(left, top + CODE_TOP + CODE + 3.5)
        self._table(left, top + self.height - 22, label)
        shown, size = self._fitted(link.split("://", 1)[1].split("/?", 1)[0], inner, 6)
        self._line(shown[0], left, top + self.height - 6.5, size, self.colors["muted"])

    def _band(self, left: float, top: float) -> None:
        """The restaurant's colour, with pale rings as on its page."""
        pdf = self.pdf
        pdf.set_fill_color(self.colors["head"])
        pdf.rect(left, top, self.width, BAND, style="F")
        with pdf.rect_clip(left, top, self.width, BAND), pdf.local_context(stroke_opacity=0.16):
            pdf.set_draw_color(WHITE)
            pdf.set_line_width(0.2)
            for row in range(int(BAND // 6) + 2):
                for column in range(-1, int(self.width // 12) + 2):
                    x, y = left + 12 * column + 6 * (row % 2), top + 6 * row
                    for radius in (5.6, 3.7, 1.8):
                        pdf.circle(x, y, radius)

    def _code(self, left: float, top: float, link: str) -> None:
        pdf = self.pdf
        pdf.set_fill_color(WHITE)
        pdf.set_draw_color(self.colors["line"])
        pdf.set_line_width(0.3)
        pdf.rect(left, top, CODE, CODE, style="DF", round_corners=True, corner_radius=3.5)
        pdf.set_fill_color("#000000")
        rows = code(link).matrix
        module = CODE / (len(rows) + 2 * QUIET)
        for y, row in enumerate(rows):
            x = 0
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:  # a hair taller than a module, so that no viewer shows a gap between two
                    at = left + (x + QUIET) * module, top + (y + QUIET) * module
                    pdf.rect(*at, length * module, module * 1.03, style="F")
                x += length

    def _words(self, left: float, y: float) -> None:
        first, size = self._fitted(self.scan[0], self.width - 10, 15)
        self._line(first[0], left, y, size, self.colors["ink"], bold=True)
        others, size = self._fitted(BETWEEN.join(self.scan[1:]), self.width - 10, 9, BETWEEN)
        for number, line in enumerate(others):
            self._line(line, left, y + 7 + 4.2 * number, size, self.colors["muted"])

    def _table(self, left: float, y: float, label: str) -> None:
        lines, size = self._fitted(label, self.width - 26, 21)
        self.pdf.set_font("face-0", "B", size)
        wide = max(self.pdf.get_string_width(lines[0]) + 14, 34)
        self.pdf.set_fill_color(self.colors["tint"])
        self.pdf.rect(left + (self.width - wide) / 2, y, wide, 13, style="F", round_corners=True, corner_radius=6.49)
        self._line(lines[0], left, y + 6.5 - size * POINT * 0.625, size, self.colors["accent"], bold=True)

    def _marks(self, left: float, fold: float) -> None:
        """Where to cut, at the corners, and where to fold, at both ends of the fold."""
        pdf = self.pdf
        pdf.set_draw_color(self.colors["muted"])
        pdf.set_line_width(0.15)
        right, top, bottom = left + self.width, fold - self.height, fold + self.height
        for x in (left, right):
            pdf.line(x, top - 4.5, x, top - 1)
            pdf.line(x, bottom + 1, x, bottom + 4.5)
        outer = left - 1 if left <= MARGIN else right + 1
        away = -3.5 if left <= MARGIN else 3.5
        for y in (top, bottom):
            pdf.line(outer, y, outer + away, y)
        pdf.set_dash_pattern(0.7, 0.7)
        pdf.line(outer, fold, outer + away, fold)
        pdf.set_dash_pattern()

    def _fitted(self, text: str, width: float, largest: float, part: str = "") -> tuple[list[str], float]:
        """The text on one line, else parted in two where that lets it be larger; and its size. All but the table's
        name is the same on every card."""
        asked = (text, width, largest, part)
        if asked not in self.fits:
            self.fits[asked] = self._fit(*asked)
        return self.fits[asked]

    def _fit(self, text: str, width: float, largest: float, part: str) -> tuple[list[str], float]:
        lines = [text]
        if part and self._scale(lines, width, largest) < largest * 0.75:
            words = text.split(part)
            halves = [[part.join(words[:at]), part.join(words[at:])] for at in range(1, len(words))]
            lines = max(halves, key=lambda two: self._scale(two, width, largest), default=lines)
        return lines, self._scale(lines, width, largest)

    def _scale(self, lines: Sequence[str], width: float, largest: float) -> float:
        self.pdf.set_font("face-0", "B", largest)
        widest = max(self.pdf.get_string_width(line) for line in lines)
        return min(largest, largest * width / max(widest, 0.1))

    def _line(self, text: str, left: float, y: float, size: float, color: str, *, bold: bool = False) -> None:
        self.pdf.set_font("face-0", "B" if bold else "", size)
        self.pdf.set_text_color(color)
        self.pdf.set_xy(left, y)
        self.pdf.cell(self.width, size * POINT * 1.25, text, align="C")
