"""Colours of the screens: dark and light, the same meanings in both.

Blue is long, orange is short; red is kept for breach. A colour never stands alone: a word, a
sign or an arrow says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Palette:
    """The colours a Bokeh figure needs by value; all else is CSS variables of the same names."""

    name: str
    panel: str
    line: str
    ink: str
    muted: str
    long: str
    short: str
    breach: str
    bar: str


DARK = Palette(
    name="dark",
    panel="#141b24",
    line="#263241",
    ink="#e6edf3",
    muted="#93a3b8",
    long="#56b4e9",
    short="#e69f00",
    breach="#ff5c57",
    bar="#46627f",
)
LIGHT = Palette(
    name="light",
    panel="#ffffff",
    line="#d3dae3",
    ink="#10202f",
    muted="#53647a",
    long="#0072b2",
    short="#b86e00",
    breach="#c62828",
    bar="#9fb4ca",
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}

FONT = "'Inter', 'Segoe UI', 'DejaVu Sans', sans-serif"


def palette_of(name: str) -> Palette:
    """Return a palette by name; anything unknown is dark."""
    return PALETTES.get(name, DARK)
