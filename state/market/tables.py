"""What all days of a market share: who is who, by index."""

from __future__ import annotations

from dataclasses import dataclass, field

from state.market.changes import Changes
from state.market.lines import LineTable
from state.market.locations import LocationTable
from state.market.positions import RowTable
from state.market.prices import FMM, RTD
from state.market.volumes import ResourceTable
from state.messages import Market, Run


@dataclass
class MarketTables:
    """Holds the tables of one market.

    Attributes:
        market: its name.
        has_fmm: whether it has a 15-minute run.
        fmm_weight: weight of FMM in the estimated load price; 0 without FMM.
        rows: what is kept by interval: resources, bids, adjustments, contracts of part hours.
        lines: what is kept by hour: all other contracts.
        changes: what the explain has not looked at yet; not saved.
    """

    market: str
    has_fmm: bool
    fmm_weight: float
    locations: LocationTable = field(default_factory=LocationTable)
    rows: RowTable = field(default_factory=RowTable)
    lines: LineTable = field(default_factory=LineTable)
    resources: ResourceTable = field(default_factory=ResourceTable)
    changes: Changes = field(default_factory=Changes)

    def trade_run(self, run: int) -> int:
        """Return the run a contract of a run settles at here: without FMM, real time is RTD."""
        return run if self.has_fmm or run != FMM else RTD

    @classmethod
    def of(cls, market: Market) -> MarketTables:
        """Return the tables of a market, with nobody in them yet."""
        has_fmm = Run.FMM in market.runs
        weight = market.load_price_fmm_weight if has_fmm else 0.0
        return cls(market=market.market, has_fmm=has_fmm, fmm_weight=weight)
