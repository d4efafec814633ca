"""What the screens read: absolute values, each complete in itself, named and versioned.

The monitor writes a view when something in it changed; whoever reads it needs nothing else.
A view says how old its inputs are, so that no screen has to guess. NaN is "not known".
"""

from __future__ import annotations

from state.screens.backtest_seen import BacktestView
from state.screens.cases_seen import CaseRow, CaseView
from state.screens.checks_seen import CheckView
from state.screens.clock_seen import ClockView
from state.screens.close_seen import CloseView
from state.screens.contributions_seen import ContributionView
from state.screens.credit_seen import CreditView
from state.screens.feeds_seen import FeedView
from state.screens.forward_seen import ForwardView
from state.screens.hedges_seen import HedgeView
from state.screens.holdings_seen import HoldingView
from state.screens.limits_seen import LimitView
from state.screens.nop_seen import NopView
from state.screens.performance_seen import PerformanceView
from state.screens.pnl_seen import PnlCurveView, PnlView
from state.screens.policy_seen import PolicyView
from state.screens.positions_seen import PositionView
from state.screens.prices_seen import PriceView
from state.screens.risk_seen import RiskView
from state.screens.stress_seen import StressView
from state.screens.view import View


class Transition(View, kw_only=True, tag="transition"):
    """An entry of the alert stream: a case changed its state.

    Attributes:
        sequence: how many-th transition of this case; (case, sequence) is unique for ever.
        change: ``warned``, ``breached``, ``unknown``, ``known``, ``eased``, ``resolved``,
            ``expired``, ``reopened``, ``acknowledged``, ``assigned``, ``commented``,
            ``mitigated``, ``owed``, ``duty_done``, ``waived``, ``waiver_over``, ``closed``.
        timing: True for an effect of timing (feed ages); it has a digest chain of its own.
        position: log position of the message that caused it.
    """

    case: str
    sequence: int
    change: str
    at_ns: int
    position: int
    timing: bool
    row: CaseRow


AnyView = (
    ClockView
    | PositionView
    | ForwardView
    | PriceView
    | PnlView
    | PnlCurveView
    | RiskView
    | ContributionView
    | StressView
    | CreditView
    | HoldingView
    | NopView
    | PolicyView
    | BacktestView
    | LimitView
    | CaseView
    | CheckView
    | HedgeView
    | CloseView
    | PerformanceView
    | FeedView
)
