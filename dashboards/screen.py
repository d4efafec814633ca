"""One person's screen: holds what they chose, shows the newest frame, and hears their gestures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import panel as pn
import structlog
from bokeh.document import Document

from dashboards import closing
from dashboards.access import Person
from dashboards.actions import ActionSender, RefusedError, Wish, make_action, make_request
from dashboards.address import query_of
from dashboards.frame import Frame
from dashboards.hub import Hub
from dashboards.pages import PAGES
from dashboards.theme import palette_of
from dashboards.tiles import shell
from dashboards.tiles.case_lines import cases_on, selected_case
from dashboards.tiles.duty_lines import owing
from dashboards.tiles.tile import Choice, Gesture, Scene, TextTile, Tile
from state.messages import ActionKind

log = structlog.get_logger()

ACTIONS = {kind.value: kind for kind in ActionKind}
NOTICE_SECONDS = 8.0
"""What became of an action is said for so long; then what it was said over is seen again."""
_WORDS = ("case", "text", "resolution", "duty", "approver", "hours")


class Screen:
    """Puts tiles on a page and keeps them current.

    Args:
        hub: gives frames.
        person: who looks; checked again by role at each action.
        sender: brings actions to the log.
        document: of the browser's session.
        choice: what the address asked for.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        person: Person,
        sender: ActionSender,
        document: Document,
        choice: Choice,
    ) -> None:
        self._hub = hub
        self._person = person
        self._sender = sender
        self._document = document
        self._choice = choice
        self._lock = threading.Lock()
        self._awaited = False
        self._is_open = False
        self._noticed_at = 0.0
        self._shell = TextTile("shell", self._shell_values, self.hear, root=True)
        self.tiles: dict[str, dict[str, Tile]] = {
            page.name: {place.name: place.make(self.hear) for place in page.all_places}
            for page in PAGES.values()
        }

    @property
    def theme(self) -> str:
        """The colours it was opened with."""
        return self._choice.theme

    @property
    def shell(self) -> TextTile:
        """The head of the page."""
        return self._shell

    def opened(self) -> None:
        """Begin to follow the frames: the browser has built the page, and hears of changes.

        What changes between the document a browser fetched and its word that it is ready reaches
        nobody: the document counts as unsent until then. So nothing changes until then.
        """
        self._is_open = True
        self.offer(self._hub.frame)

    def offer(self, frame: Frame) -> None:  # noqa: ARG002 - draw asks for the newest
        """Draw soon; a draw that has not happened yet will show this frame too."""
        with self._lock:
            if self._awaited or not self._is_open:
                return
            self._awaited = True
        self._document.add_next_tick_callback(self._drawn)

    def _drawn(self) -> None:
        with self._lock:
            self._awaited = False
        self.draw()

    def draw(self) -> None:
        """Show the newest frame, in one message to the browser."""
        self._keep_case()
        if self._choice.notice and time.monotonic() - self._noticed_at > NOTICE_SECONDS:
            self._notice("")
        scene = self._scene()
        with pn.io.hold():
            self._draw_tile(self._shell, scene)
            for tile in self.tiles[self._choice.page].values():
                self._draw_tile(tile, scene.without_name())

    def _keep_case(self) -> None:
        """Hold on to the case that is shown: no newer one takes its place under a person."""
        case = selected_case(self._scene())
        if case is not None and case.case != self._choice.case:
            self._choice = replace(self._choice, case=case.case)

    def _draw_tile(self, tile: Tile, scene: Scene) -> None:
        try:
            tile.show(scene)
        except Exception as error:  # one bad tile must not take the page down
            log.exception("tile.failed", tile=type(tile).__name__)
            tile.fail(error)

    def _scene(self) -> Scene:
        palette = palette_of(self._choice.theme)
        return Scene(self._hub.frame, self._choice, self._person, palette)

    def _shell_values(self, scene: Scene) -> dict[str, object]:
        return {
            **shell.values(scene, {name: page.title for name, page in PAGES.items()}),
            "query": query_of(scene.choice),
        }

    def hear(self, gesture: Gesture) -> None:
        """Take a gesture and show its effect; one nobody knows is ignored."""
        name = gesture["do"]
        if name in ACTIONS:
            self._act(ACTIONS[name], gesture)
        elif name == "hedge":
            self._ask(gesture)
        elif name in _GESTURES:
            self._choice = _GESTURES[name](self._choice, gesture, self._scene())
        elif name == closing.GESTURE:
            self._close_day(gesture)
        elif name == "key":
            self._press(gesture)
        if self._is_open:
            self.draw()

    def _press(self, gesture: Gesture) -> None:
        scene, key = self._scene(), gesture.get("key", "")
        if key == "a" and gesture.get("case"):  # as the browser showed it, whatever came since
            self._act(ActionKind.ACKNOWLEDGE, {"case": gesture["case"]})
        elif key == "a":
            self._notice("no case is selected on this page: choose one first")
        elif key in _KEYS:
            self._choice = _KEYS[key](scene)
        elif key in _PAGE_KEYS:
            self._choice = _page(self._choice, {"page": _PAGE_KEYS[key]}, scene)

    def _act(self, kind: ActionKind, gesture: Gesture) -> None:
        words = {name: gesture.get(name, "") for name in _WORDS}
        owed_by = tuple(owing(self._hub.frame, words["case"], words["duty"]))
        wish = Wish(kind, **words, owed_by=owed_by)
        clock = self._hub.frame.clock
        at_ns = clock.tick_ns if clock else 0
        try:
            action = make_action(wish, person=self._person, at_ns=at_ns)
        except RefusedError as refusal:
            self._notice(str(refusal))
            return
        self._notice(f"{kind}: sent")
        self._sender.send(action, self._told)

    def _ask(self, gesture: Gesture) -> None:
        clock, row = self._hub.frame.clock, (gesture.get("limit", ""), gesture.get("period", ""))
        at_ns, kind = clock.tick_ns if clock else 0, gesture.get("kind", "")
        try:
            request = make_request(*row, unit_kind=kind, person=self._person, at_ns=at_ns)
        except RefusedError as refusal:
            self._notice(str(refusal))
            return
        self._notice("way out: asked")
        self._sender.send(request, self._told)

    def _close_day(self, gesture: Gesture) -> None:
        clock = self._hub.frame.clock
        try:
            close = closing.make_close(
                gesture, person=self._person, at_ns=clock.tick_ns if clock else 0
            )
        except RefusedError as refusal:
            self._notice(str(refusal))
            return
        self._notice(f"{close.step} {close.date}: sent")
        self._sender.send(close, self._told)

    def _told(self, text: str) -> None:
        """Show what became of an action; called from another thread."""
        self._notice(text)
        self.offer(self._hub.frame)

    def _notice(self, text: str) -> None:
        self._noticed_at = time.monotonic()
        self._choice = replace(self._choice, notice=text)


def _page(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    page = gesture.get("page", "")
    found = gesture.get("text", "")[:60]
    case = "" if found else choice.case  # what is searched there is not what was looked at here
    return replace(choice, page=page, find=found, case=case, notice="") if page in PAGES else choice


def _market(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, market=gesture.get("market", ""), day=0, cell=None)


def _theme(choice: Choice, _: Gesture, __: Scene) -> Choice:
    return replace(choice, theme="light" if choice.theme == "dark" else "dark")


def _day(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, day=1 if gesture.get("day") == "1" else 0, cell=None)


def _rows(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    rows = "book" if gesture.get("rows") == "book" else "location"
    return replace(choice, rows=rows, cell=None)


def _cell(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    hour = gesture.get("hour", "")
    return replace(choice, cell=(gesture.get("row", ""), int(hour)) if hour.isdecimal() else None)


def _case(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, case=gesture.get("case", ""))


def _scenario(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, scenario=gesture.get("scenario", ""))


def _since(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    position = gesture.get("text", "").strip().replace(",", "")
    if position:
        return replace(choice, since=f"log {position}" if position.isdecimal() else choice.since)
    return replace(choice, since=gesture.get("since", "") or choice.since)


def _find(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, find=gesture.get("text", "")[:60])


def _sort(choice: Choice, gesture: Gesture, _: Scene) -> Choice:
    return replace(choice, sort=gesture.get("by", "") or choice.sort)


_GESTURES: dict[str, Callable[[Choice, Gesture, Scene], Choice]] = {
    "page": _page,
    "market": _market,
    "theme": _theme,
    "day": _day,
    "rows": _rows,
    "cell": _cell,
    "uncell": lambda choice, _, __: replace(choice, cell=None),
    "select": _case,
    "scenario": _scenario,
    "find": _find,
    "sort": _sort,
    "since": _since,
    "help": lambda choice, _, __: replace(choice, help=not choice.help),
}


def _next_case(scene: Scene, step: int) -> Choice:
    cases = [row.case for row in cases_on(scene.choice.page, scene)]
    now = selected_case(scene)
    if not cases:
        return scene.choice
    if now is None:
        return replace(scene.choice, case=cases[0])
    at = cases.index(now.case) if now.case in cases else 0
    return replace(scene.choice, case=cases[(at + step) % len(cases)])


def _next_market(scene: Scene) -> Choice:
    markets = scene.frame.markets
    if not markets:
        return scene.choice
    at = (markets.index(scene.market) + 1) % len(markets)
    return replace(scene.choice, market=markets[at], day=0, cell=None)


_KEYS: dict[str, Callable[[Scene], Choice]] = {
    "?": lambda scene: replace(scene.choice, help=not scene.choice.help),
    "Escape": lambda scene: replace(scene.choice, help=False, cell=None),
    "j": lambda scene: _next_case(scene, 1),
    "k": lambda scene: _next_case(scene, -1),
    "[": lambda scene: replace(scene.choice, day=0, cell=None),
    "]": lambda scene: replace(scene.choice, day=1, cell=None),
    "m": _next_market,
    "r": lambda scene: replace(
        scene.choice, rows="location" if scene.choice.rows == "book" else "book", cell=None
    ),
}
_PAGE_KEYS = {str(number): name for number, name in enumerate(PAGES, start=1)}
