"""The settlement points of one market, by index, and the hub that moves each of them."""

from __future__ import annotations

import numpy as np

from state.arrays import Numbers
from state.messages import LocationKind, Locations

NO_HUB = -1


class LocationTable:
    """Gives settlement points stable indexes: columns are addressed by them everywhere else.

    A later :class:`~state.messages.Locations` may add points; an index never changes its meaning,
    and no point moves to another hub (``state.intake.references``).

    Attributes:
        hubs: indexes of the points that are hubs.
        hub: index of each point's hub, −1 where it has none.
        curve_place: index of the point whose curve values each, and where it counts beyond the
            intraday grid: its hub, or itself where it has none.
        hub_rank: which of ``ranked_hubs`` that is; those without a hub count under an empty name.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.kinds: list[LocationKind] = []
        self.hub_names: list[str] = []
        self.index: dict[str, int] = {}
        self.hub = np.empty(0, dtype=np.int64)
        self.curve_place = np.empty(0, dtype=np.int64)
        self.hubs: list[int] = []
        self.hub_rank = np.empty(0, dtype=np.int64)
        self.ranked_hubs: list[str] = []
        self._columns: dict[int, tuple[tuple[str, ...], Numbers]] = {}
        self._first_cells: dict[int, Numbers] = {}

    def __len__(self) -> int:
        return len(self.names)

    def apply(self, message: Locations) -> None:
        """Take over the points of a message."""
        for name, kind, hub in zip(message.locations, message.kinds, message.hubs, strict=True):
            if name not in self.index:
                self.index[name] = len(self.names)
                self.names.append(name)
                self.kinds.append(kind)
                self.hub_names.append(hub)
            place = self.index[name]
            self.kinds[place] = kind
            self.hub_names[place] = hub
        self.hub = np.array([self.index.get(hub, NO_HUB) for hub in self.hub_names], dtype=np.int64)
        self.curve_place = np.where(self.hub == NO_HUB, np.arange(len(self.hub)), self.hub)
        places, self.hub_rank = np.unique(self.hub, return_inverse=True)
        self.ranked_hubs = ["" if place == NO_HUB else self.names[place] for place in places]
        self._columns.clear()
        self._first_cells.clear()
        kinds = enumerate(self.kinds)
        self.hubs = [place for place, kind in kinds if kind is LocationKind.HUB]

    def beyond(self, place: int) -> int:
        """Return where a point counts beyond the intraday grid: at its hub, if it has one."""
        return int(self.curve_place[place])

    @property
    def curve_names(self) -> list[str]:
        """Names of the points whose curves value each."""
        return [self.names[place] for place in self.curve_place]

    def first_cells(self, books: int) -> Numbers:
        """Return where the books of each point's hub begin among those of all hubs in turn."""
        if books not in self._first_cells:
            self._first_cells = {books: self.hub_rank * books}
        return self._first_cells[books]

    def columns(self, names: tuple[str, ...]) -> Numbers:
        """Return the index of each name, −1 where the point is not ours.

        The last names of a length are remembered: a run names the same points time and again, and
        to compare them is cheaper than to look each of them up.
        """
        known = self._columns.get(len(names))
        if known is None or (known[0] is not names and known[0] != names):
            found = np.array([self.index.get(name, -1) for name in names], dtype=np.int64)
            self._columns[len(names)] = known = (names, found)
        return known[1]

    def snapshot(self) -> dict[str, list[str]]:
        """Return what :meth:`restore` needs."""
        return {"names": self.names, "kinds": list(map(str, self.kinds)), "hubs": self.hub_names}

    def restore(self, saved: dict[str, list[str]], market: str) -> None:
        """Take over a snapshot."""
        kinds = tuple(LocationKind(kind) for kind in saved["kinds"])
        names = tuple(saved["names"])
        self.apply(
            Locations(market=market, locations=names, kinds=kinds, hubs=tuple(saved["hubs"]))
        )
