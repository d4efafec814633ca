"""Views of what could be lost: under stress, to counterparties, in what is held."""

from __future__ import annotations

from state.screens.exposure_rows import CreditRow, HoldingRow, NopRow
from state.screens.stress_rows import StressRow
from state.screens.view import View


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


class CreditView(View, kw_only=True, tag="credit"):
    """Current credit exposure, the largest beyond collateral first.

    Attributes:
        receivables_from: market-local date of the first delivery still counted as unpaid.
    """

    rows: list[CreditRow]
    receivables_from: str
    oldest_input_ns: int


class HoldingView(View, kw_only=True, tag="holding"):
    """What is held rather than delivered as energy; a row without a mark is out of value."""

    rows: list[HoldingRow]


class NopView(View, kw_only=True, tag="nop"):
    """The four net open positions by period (risk policy §4), in the order of the policy.

    Attributes:
        today: market-local date; empty before the first tick.
        policy: label of the written policy whose tolerances bind; empty without one.
        ahead: what binds from ``roll`` on, the next date on which periods roll, with the
            position of now.
        var_usd: VaR of the unhedged open energy from the prompt month on (§1); NaN unknown.
        var_reason: why it is.
        var_basis: method, confidence, holding period and scenarios of it, in words.
        failures: which failure rates of contracts are known (§4.4), and what of the others.
    """

    today: str
    policy: str
    rows: list[NopRow]
    roll: str
    ahead: list[NopRow]
    var_usd: float
    var_reason: str
    oldest_input_ns: int
    failures: str = ""
    var_basis: str = ""
