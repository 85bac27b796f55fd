"""Whatever colour a restaurant has, its page can be read."""

import colorsys

import pytest

from dashboard.menus.colors import palette

# (text, ground, least contrast): WCAG 2.2 AA asks 4.5 of text.
PAIRS = (
    ("ink", "bg", 7.0),
    ("ink", "surface", 7.0),
    ("muted", "bg", 4.5),
    ("muted", "surface", 4.5),
    ("muted", "tint", 4.5),
    ("accent", "bg", 4.5),
    ("accent", "surface", 4.5),
    ("accent", "tint", 4.5),
    ("on", "accent", 4.5),
    ("alert", "bg", 4.5),
    ("alert", "surface", 4.5),
    ("alert", "tint", 4.5),
    ("ink", "line", 7.0),
)
THEMES = [
    "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue / 24, lightness, saturation))
    for hue in range(24)
    for lightness in (0.08, 0.25, 0.4, 0.55, 0.75, 0.95)
    for saturation in (0.05, 0.5, 1.0)
] + ["#000000", "#ffffff", "#808080"]


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def under_the_motif(head: str) -> str:
    """The head's lightest pixel: the masthead's white pattern lies over it at one fifth."""
    return "#" + "".join(f"{round(0.8 * int(head[at : at + 2], 16) + 0.2 * 255):02x}" for at in (1, 3, 5))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_keeps_its_contrast_whatever_the_restaurants_colour(scheme: str) -> None:
    for theme in THEMES:
        colors = palette(theme)[scheme]
        for text, ground, least in PAIRS:
            assert contrast(colors[text], colors[ground]) >= least, (theme, text, ground)
        assert contrast("#ffffff", under_the_motif(colors["head"])) >= 4.5, theme


def test_a_colour_keeps_its_hue() -> None:
    def hue(color: str) -> float:
        return colorsys.rgb_to_hls(*(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]

    for theme in ("#b4531f", "#0f5a4f", "#2b4c9b", "#9b2b6f"):
        assert abs(hue(palette(theme)["light"]["accent"]) - hue(theme)) < 0.06
