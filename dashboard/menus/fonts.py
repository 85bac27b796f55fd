"""Fonts for print: Noto Sans for Latin, Greek, Cyrillic, Thai and Arabic letters comes along, others are looked for.

A PDF carries its fonts, so each letter must have one here; where no font on the machine has it, that is said.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from errors import MenuError

FOLDER = Path(__file__).with_name("fonts")
OURS = ("NotoSans", "NotoSansThai", "NotoSansArabic")
MACHINES = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path.home() / "Library/Fonts",
    Path("C:/Windows/Fonts"),
)


def fonts_for(texts: Iterable[str]) -> list[tuple[Path, Path]]:
    """(regular, bold) fonts that have every letter of the texts between them, ours first. Raises MenuError."""
    found = [(FOLDER / f"{name}-Regular.ttf", FOLDER / f"{name}-Bold.ttf") for name in OURS]
    missing = {ord(letter) for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
    for regular, _ in found:
        missing -= _letters(regular)
    for path in _on_this_machine() if missing else ():
        if not missing:
            break
        if has := missing & _letters(path):
            bold = path.with_name(path.name.replace("Regular", "Bold"))
            found.append((path, bold if has <= _letters(bold) else path))
            missing -= has
    if missing:
        letter = chr(min(missing))
        raise MenuError(
            f"No font on this machine can write “{letter}” (U+{ord(letter):04X}).",
            "Install one that can, such as Noto Sans of that script.",
        )
    return found


def _on_this_machine() -> Iterator[Path]:
    """Fonts of the machine, sans serif ones of a regular weight first."""
    paths = [path for folder in MACHINES if folder.is_dir() for path in folder.rglob("*") if path.suffix in _KINDS]
    yield from sorted(paths, key=lambda path: ("Regular" not in path.name, "Sans" not in path.name, str(path)))


_KINDS = (".ttf", ".otf", ".ttc", ".TTF", ".OTF")


@cache
def _letters(path: Path) -> frozenset[int]:
    if not path.is_file():
        return frozenset()
    try:
        if path.suffix == ".ttc":
            with TTCollection(path, lazy=True) as several:
                return frozenset(several.fonts[0].getBestCmap() or ())
        with TTFont(path, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError):
        return frozenset()
