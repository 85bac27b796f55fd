"""The palette on the page and in charts: .streamlit/config.toml is read here, and nowhere else are colours written."""

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.charts import Theme

_HERE = Path(__file__).parent
# CSS variable → where its two values (light, dark) stand in config.toml; an index picks one of a list of colours.
_VARIABLES: dict[str, str | tuple[str, int]] = {
    "page": "backgroundColor",
    "card": "secondaryBackgroundColor",
    "ink": "textColor",
    "muted": "grayTextColor",
    "line": "borderColor",
    "hair": "dataframeBorderColor",
    "sunk": "grayBackgroundColor",
    "brand": "primaryColor",
    "good": "greenTextColor",
    "bad": "redTextColor",
    "good-soft": "greenBackgroundColor",
    "bad-soft": "redBackgroundColor",
    "warn": "orangeTextColor",
    "warn-soft": "orangeBackgroundColor",
    "p2": ("chartSequentialColors", 3),
    "p3": ("chartSequentialColors", 5),
    "p4": ("chartSequentialColors", 8),
}


def mode() -> str:
    """light or dark, as the reader's browser shows it."""
    return st.context.theme.type or "light"


def theme() -> Theme:
    """The colours that the reader sees now, for dashboard.charts."""
    return _theme(mode())


@cache
def _theme(of: str) -> Theme:
    def option(name: str) -> str:
        return str(st.get_option(f"theme.{of}.{name}"))

    def colors(name: str) -> tuple[str, ...]:
        return tuple(st.get_option(f"theme.{of}.{name}"))

    return Theme(
        ink=option("textColor"),
        muted=option("grayTextColor"),
        line=option("borderColor"),
        card=option("secondaryBackgroundColor"),
        brand=option("primaryColor"),
        good=option("greenTextColor"),
        bad=option("redTextColor"),
        categorical=colors("chartCategoricalColors"),
        sequential=colors("chartSequentialColors"),
        diverging=colors("chartDivergingColors"),
    )


def style() -> None:
    """Puts the one stylesheet and the palette's CSS variables on the page."""
    st.html(_HERE / "style.css")
    # Dialogs and popovers live outside .stApp, where Streamlit sets no color-scheme: without it light-dark() is light.
    st.html(f"<style>:root {{ color-scheme: {mode()}; {variables()} }}</style>")


@cache
def variables() -> str:
    """The palette as CSS variables, each with its light and its dark colour."""
    return " ".join(
        f"--ml-{name}: light-dark({_option('light', where)}, {_option('dark', where)});"
        for name, where in _VARIABLES.items()
    )


def _option(of: str, where: str | tuple[str, int]) -> str:
    if isinstance(where, str):
        return str(st.get_option(f"theme.{of}.{where}"))
    return str(st.get_option(f"theme.{of}.{where[0]}")[where[1]])
