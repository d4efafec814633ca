"""What a page is: named places on a grid of twelve columns, each with the tile that fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.tiles.tile import Gesture, Scene, TextTile, Tile

MakeTile = Callable[[Callable[[Gesture], None]], Tile]


@dataclass(frozen=True)
class Place:
    """Where a tile stands.

    Attributes:
        columns: how many of the twelve it takes.
        height: in pixels at the least, more on a tall screen; 0 for as high as its content.
        rows: how many rows of tiles it stands beside.
        below: the places under it, in the same columns.
    """

    name: str
    make: MakeTile
    columns: int
    height: int = 0
    rows: int = 1
    below: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of the dashboard."""

    name: str
    title: str
    places: tuple[Place, ...]

    @property
    def all_places(self) -> list[Place]:
        """Return every place, those below others included."""
        return [each for place in self.places for each in (place, *place.below)]


def text(name: str, values: Callable[[Scene], dict[str, object]]) -> MakeTile:
    """Make a tile out of the template and the values of that name."""
    return lambda on_gesture: TextTile(name, values, on_gesture)
