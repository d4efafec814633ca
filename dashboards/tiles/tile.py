"""What a tile is: it takes a scene and shows it; most are a template over plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import param
import structlog
from panel.custom import JSComponent
from panel.viewable import Viewable

from dashboards.access import Person
from dashboards.frame import Frame
from dashboards.markup import render
from dashboards.theme import HERE, Palette

log = structlog.get_logger()


@dataclass(frozen=True)
class Choice:
    """What one person has chosen to look at.

    Attributes:
        market: empty for the first one.
        day: 0 for today, 1 for tomorrow.
        rows: the heat map's rows: ``location`` or ``book``.
        cell: row and hour of the heat map that were clicked.
        case: the selected case; empty until one is shown.
        scenario: the selected stress scenario; empty for the worst.
        find: filters locations and limits.
        sort: the column that counterparties are sorted by.
        since: what moved since when: seconds, ``midnight``, or ``log`` and a position.
        notice: what became of the last action.
    """

    page: str = "desk"
    theme: str = "dark"
    kiosk: bool = False
    market: str = ""
    day: int = 0
    rows: str = "location"
    cell: tuple[str, int] | None = None
    case: str = ""
    scenario: str = ""
    find: str = ""
    sort: str = "beyond"
    since: str = "300"
    help: bool = False
    notice: str = ""

    @property
    def wanted(self) -> str:
        """What is searched, as it is compared."""
        return self.find.strip().lower()

    def finds(self, text: str) -> bool:
        """Tell whether a text holds what is searched, in letters of whatever case."""
        return self.wanted in text.lower()


@dataclass(frozen=True)
class Scene:
    """Everything a tile may look at."""

    frame: Frame
    choice: Choice
    person: Person
    palette: Palette

    def without_name(self) -> Scene:
        """Return what two people of one role see alike, so that it is made once for both."""
        choice = replace(self.choice, notice="", help=False)
        return replace(self, choice=choice, person=Person("", self.person.role))

    @property
    def market(self) -> str:
        """The market shown; empty while none is known."""
        markets = self.frame.markets
        if self.choice.market in markets:
            return self.choice.market
        return markets[0] if markets else ""

    @property
    def zone(self) -> str:
        """The time zone of the market shown."""
        return self.frame.zone_of(self.market)

    @property
    def tz(self) -> ZoneInfo:
        """The same, to convert with."""
        return ZoneInfo(self.zone)


Gesture = Mapping[str, str]
"""What a person did in the browser: ``do`` names it, the rest are its words."""


class Tile(Protocol):
    """One tile of a page."""

    def roots(self) -> dict[str, Viewable]:
        """Return what to put on the page, by name, from top to bottom."""

    def show(self, scene: Scene) -> None:
        """Show a scene."""

    def fail(self, error: Exception) -> None:
        """Say in its place that this tile could not be shown; the others go on."""


_AS_HIGH_AS_ITS_TEXT = ":host { flex: 0 0 auto; height: auto }"
_STYLE = (HERE / "tiles" / "tile.css").read_text(encoding="utf-8")


class Fragment(JSComponent):
    """A piece of server-made HTML that reports clicks, typed text and sent forms.

    Args:
        on_gesture: hears them.
        root: whether it is the page's shell.
        fills: whether it takes the height its tile has left.
    """

    html = param.String(default="")
    root = param.Boolean(default=False, doc="Whether it is the page's shell.")

    _esm = (HERE / "tiles" / "fragment.js").read_text(encoding="utf-8")

    def __init__(
        self, on_gesture: Callable[[Gesture], None], *, root: bool = False, fills: bool = True
    ) -> None:
        construct: Any = super().__init__  # Panel's constructors are not typed
        style = [_STYLE] if fills else [_STYLE, _AS_HIGH_AS_ITS_TEXT]
        construct(stylesheets=style, sizing_mode="stretch_width", margin=0, root=root)
        self._on_gesture = on_gesture

    def _handle_msg(self, data: object) -> None:
        if isinstance(data, dict) and isinstance(data.get("do"), str):
            self._on_gesture({str(name): str(word)[:2000] for name, word in data.items()})


@lru_cache(maxsize=256)
def _html_of(name: str, values: Callable[[Scene], Mapping[str, object]], scene: Scene) -> str:
    """Fill a template; screens that show the same scene share the result."""
    return render(f"{name}.html", **values(scene))


class TextTile:
    """A tile that is a template filled from a scene.

    Args:
        name: of the tile, and of its template.
        values: makes the template's values out of a scene.
    """

    def __init__(
        self,
        name: str,
        values: Callable[[Scene], Mapping[str, object]],
        on_gesture: Callable[[Gesture], None],
        *,
        root: bool = False,
    ) -> None:
        self._name = name
        self._values = values
        self._fragment = Fragment(on_gesture, root=root)

    def roots(self) -> dict[str, Viewable]:
        """Return the one fragment."""
        return {self._name: self._fragment}

    def show(self, scene: Scene) -> None:
        """Fill the template; the browser hears of it only when something changed."""
        self._fragment.html = _html_of(self._name, self._values, scene)

    def fail(self, error: Exception) -> None:
        """Say that this tile could not be shown; the others go on."""
        log.error("tile.failed", tile=self._name, exc_info=error)
        self._fragment.html = render("failed.html", tile=self._name, kind=type(error).__name__)
