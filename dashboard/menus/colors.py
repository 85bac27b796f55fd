"""A restaurant's one colour → every colour of its page, in light and dark, with text that clears WCAG AA on each.

Lightness is clamped in OKLCH, where equal steps look equal, so the contrast holds for whatever hue a restaurant has.
"""

from coloraide import Color

ALERT = {"light": "#9a3412", "dark": "#fdba8c"}

# token → (least lightness, most lightness, most chroma); the hue is the restaurant's own.
_CLAMPS: dict[str, dict[str, tuple[float, float, float]]] = {
    "light": {
        "head": (0.0, 0.40, 0.15),  # white text on it, through the pale pattern too
        "accent": (0.0, 0.46, 0.16),
        "on": (1.0, 1.0, 0.0),
        "bg": (0.985, 0.985, 0.004),
        "surface": (1.0, 1.0, 0.0),
        "ink": (0.235, 0.235, 0.022),
        "muted": (0.47, 0.47, 0.02),
        "line": (0.905, 0.905, 0.01),
        "tint": (0.955, 0.955, 0.013),
    },
    "dark": {
        "head": (0.0, 0.33, 0.09),
        "accent": (0.80, 0.88, 0.10),
        "on": (0.22, 0.22, 0.05),
        "bg": (0.195, 0.195, 0.012),
        "surface": (0.24, 0.24, 0.015),
        "ink": (0.95, 0.95, 0.008),
        "muted": (0.75, 0.75, 0.016),
        "line": (0.325, 0.325, 0.018),
        "tint": (0.30, 0.30, 0.035),
    },
}


def palette(color: str) -> dict[str, dict[str, str]]:
    """`{"light": {token: "#rrggbb"}, "dark": …}` from one "#rrggbb"."""
    lightness, chroma, hue = Color(color).convert("oklch").coords(nans=False)
    return {
        scheme: {
            token: _hex(min(max(lightness, least), most), min(chroma, vivid), hue)
            for token, (least, most, vivid) in clamps.items()
        }
        | {"alert": ALERT[scheme]}
        for scheme, clamps in _CLAMPS.items()
    }


def _hex(lightness: float, chroma: float, hue: float) -> str:
    return str(Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="oklch-chroma").to_string(hex=True))
