"""Which views changed since the monitor last took them."""

from __future__ import annotations

from state.desk import Desk

_OF_FIGURES = ("position", "pnl", "risk", "limits", "cases", "explain")


class StaleViews(set[str]):
    """Names of views that are no longer what was last shown."""

    def __init__(self) -> None:
        super().__init__()
        self._forward_shown = -1

    def note_figures(self, desk: Desk) -> None:
        """Note that figures changed; the forward position only if it did."""
        self.update(_OF_FIGURES)
        if desk.forward_edition != self._forward_shown:
            self._forward_shown = desk.forward_edition
            self.add("forward")

    def take(self, desk: Desk) -> set[str]:
        """Return what changed since the last call; ages of feeds always did."""
        names = self | desk.stress.shown_anew() | {"feeds"}
        self.clear()
        return names
