"""P&L today by driver: the stretches since each market's last midnight, summed as they end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from state.explain.drivers import Driver
from state.explain.stretches import Flows, Layout, Split, Stretch


class Today:
    """Keeps the sum of the stretches that are over; it follows from them and is not saved."""

    def __init__(self) -> None:
        self._over: tuple[Flows[Driver], Flows[Split]] | None = None

    def forget(self) -> None:
        """Sum anew at the next look: a day has turned, or the columns are others."""
        self._over = None

    def close(self, stretch: Stretch) -> None:
        """Take in a stretch that is over."""
        if self._over is not None:
            self._over[0].merge(stretch.flows)
            self._over[1].merge(stretch.splits)

    def sums(
        self, stretches: Sequence[Stretch], midnights: Sequence[tuple[str, int]], layout: Layout
    ) -> tuple[Flows[Driver], Flows[Split]]:
        """Return what moved since midnight, by driver and by where prices moved it.

        Args:
            stretches: all that are kept, the running one last.
            midnights: markets in the order of their columns, with the number of the stretch
                that begins at its last midnight.
            layout: of the columns.
        """
        if self._over is None:
            self._over = Flows(layout.width), Flows(layout.books)
            for stretch in stretches[:-1]:
                self._take(stretch, midnights, layout)
        flows, splits = self._over[0].copy(), self._over[1].copy()
        flows.merge(stretches[-1].flows)
        splits.merge(stretches[-1].splits)
        return flows, splits

    def _take(self, stretch: Stretch, midnights: Sequence[tuple[str, int]], layout: Layout) -> None:
        begun = {market for market, number in midnights if stretch.number >= number}
        if self._over is None or not begun:
            return
        counts = np.ones(layout.width)
        for column, (market, _) in enumerate(midnights):
            counts[layout.of_market(column)] = market in begun
        flows, splits = self._over
        for driver, row in stretch.flows.rows.items():
            flows.add(driver, stretch.flows.amounts[row] * counts)
        for split, row in stretch.splits.rows.items():
            if split.market in begun:
                splits.add(split, stretch.splits.amounts[row])
