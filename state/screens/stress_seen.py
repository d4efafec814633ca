"""What the screens read of stress: a scenario's P&L by node, and where it comes from."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class StressContribution(msgspec.Struct, kw_only=True):
    """What one place and time adds to the firm's P&L under a scenario, $.

    Attributes:
        place: location (intraday) or hub (forward), after its market.
        period: ``2026-09-08 HE19`` or ``2026-10``.
    """

    place: str
    period: str
    usd: float


class StressCoverage(msgspec.Struct, kw_only=True):
    """Coverage of an hour whose volumes a scenario moves; 1.0 is 100 %, NaN not applicable."""

    period: str
    before: float
    after: float


class StressRow(msgspec.Struct, kw_only=True):
    """One scenario applied to the book.

    Attributes:
        scenario: its id.
        text: what happens, and why these numbers.
        intraday_usd, forward_usd: P&L by node, in the order of the view's nodes.
        contributions: the largest, whatever their sign.
        open_before_mwh, open_after_mwh: of the firm over the undelivered intervals.
        coverage: the hours that end lowest, of those whose volumes move.
        unreached: ``what: MWh`` of what the scenario could not reach; not in the P&L.
    """

    scenario: str
    title: str
    text: str
    intraday_usd: list[float]
    forward_usd: list[float]
    contributions: list[StressContribution]
    open_before_mwh: float
    open_after_mwh: float
    coverage: list[StressCoverage]
    unreached: list[str]

    @property
    def total_usd(self) -> list[float]:
        """P&L by node over both horizons."""
        return [near + far for near, far in zip(self.intraday_usd, self.forward_usd, strict=True)]


class StressView(View, kw_only=True, tag="stress"):
    """P&L under every scenario in force, the worst for the firm first.

    Attributes:
        struck_ns: the tick as of which the book was revalued; 0 before the first.
        scenarios: ``name version`` of the files in force.
        nodes: the books, the firm last.
    """

    struck_ns: int
    scenarios: list[str]
    nodes: list[str]
    rows: list[StressRow]
