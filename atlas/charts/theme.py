"""Colours and type, the same on every chart."""

from __future__ import annotations

from dataclasses import dataclass

from plotly.colors import hex_to_rgb


@dataclass(frozen=True)
class Palette:
    """Colours of one theme.

    Attributes:
        domains: colour of each domain.
        text: words and axes.
        muted: secondary words.
        grid: grid lines.
        background: behind the marks.
        shade: the preliminary band.
        suppressed: fill of a suppressed cell.
        hot: a change for the worse, as the measure's card says.
        cold: a change for the better.
    """

    domains: dict[str, str]
    text: str
    muted: str
    grid: str
    background: str
    shade: str
    suppressed: str
    hot: str
    cold: str

    def tints(self, domain: str, classes: int) -> list[str]:
        """Return a sequential scale from pale to the domain's colour, `classes` steps."""
        ground, full = hex_to_rgb(self.background), hex_to_rgb(self.domains[domain])
        shares = [0.3 + 0.7 * step / (classes - 1) for step in range(classes)]
        return [
            "#"
            + "".join(
                f"{round(g + (f - g) * share):02x}" for g, f in zip(ground, full, strict=True)
            )
            for share in shares
        ]


LIGHT = Palette(
    domains={
        "overdose": "#8C2D62",
        "crime": "#33608C",
        "homelessness": "#9A6200",
        "response": "#00725E",
        "settlement": "#5A5A5A",
        "population": "#5A5A5A",
    },
    text="#1a1a1a",
    muted="#5a6270",
    grid="#e3e6eb",
    background="#ffffff",
    shade="rgba(90, 98, 112, 0.12)",
    suppressed="#868d97",
    hot="#B2182B",
    cold="#2166AC",
)
DARK = Palette(
    domains={
        "overdose": "#D98BB5",
        "crime": "#8FB8DE",
        "homelessness": "#E0B25C",
        "response": "#5FC3AE",
        "settlement": "#B8B8B8",
        "population": "#B8B8B8",
    },
    text="#e8eaed",
    muted="#aab2bd",
    grid="#30363e",
    background="#14171b",
    shade="rgba(170, 178, 189, 0.16)",
    suppressed="#8b929c",
    hot="#F4735F",
    cold="#6BA6E0",
)
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def palette(theme: str) -> Palette:
    """Return the palette of `light` or `dark`."""
    return DARK if theme == "dark" else LIGHT
