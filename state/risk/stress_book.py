"""The scenarios in force, and what the book loses under each, struck once an interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from state.errors import ConfigError
from state.market.book import MarketBook
from state.messages import FIRM, FloatColumn, StressScenarios
from state.policy.stress import StressFile, load_stress
from state.risk.held_day import hold
from state.risk.named_scenario import NamedScenario
from state.risk.portfolio import FORWARD, INTRADAY
from state.risk.scenario import Scenario
from state.risk.stress import StressFigures, revalue
from state.screens.stress_seen import StressContribution, StressCoverage, StressRow, StressView
from state.wire import decode, encode

CONTRIBUTIONS_SHOWN = 8
_COVERAGE_SHOWN = 3
_UNREACHED_SHOWN = 20


class StressBook:
    """Holds the scenarios in force and their figures as of the last settlement interval.

    Attributes:
        files: by name; their scenarios are all in force.
        view: the figures; empty before the first.
    """

    def __init__(self) -> None:
        self.files: dict[str, StressFile] = {}
        self._messages: dict[str, StressScenarios] = {}
        self.view = StressView(struck_ns=0, scenarios=[], nodes=[], rows=[])
        self._next_ns = 0
        self._shown_anew = False

    def adopt(self, message: StressScenarios) -> None:
        """Put a file of scenarios in force, in place of the one of its name.

        Raises:
            ConfigError: its text is none, or a scenario's id is in another file in force.
        """
        file = load_stress(message.source)
        others = [other for other in self.files.values() if other.name != file.name]
        taken = {scenario.id for other in others for scenario in other.scenarios}
        twice = next((each.id for each in file.scenarios if each.id in taken), None)
        if twice is not None:
            reason = f"scenario {twice} of {file.label} is also in another file; rename it"
            raise ConfigError(reason)
        self.files[file.name] = file
        self._messages[file.name] = message
        self._next_ns = 0

    def strike(self, markets: Sequence[MarketBook], books: Sequence[str], at_ns: int) -> None:
        """Compute every scenario when an interval has begun since the last time."""
        if not self.files or at_ns < self._next_ns:
            return
        step_ns = min((market.step_ns for market in markets), default=1)
        self._next_ns = (at_ns // step_ns + 1) * step_ns
        labels = [file.label for file in self.files.values()]
        self.view = stress_view(markets, books, self.scenarios(), labels=labels, at_ns=at_ns)
        self._shown_anew = True

    def scenarios(self) -> list[Scenario]:
        """Return the scenarios in force, in the order of their files."""
        return [NamedScenario(each) for file in self.files.values() for each in file.scenarios]

    def shown_anew(self) -> set[str]:
        """Return the name of the view if it is another than at the last call."""
        anew, self._shown_anew = self._shown_anew, False
        return {"stress"} if anew else set()

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing while nothing is in force."""
        if not self.files:
            return {}
        messages = [encode(message) for message in self._messages.values()]
        view = msgspec.to_builtins(self.view)
        return {"stress": {"messages": messages, "view": view, "next_ns": self._next_ns}}

    def restore(self, saved: dict[str, Any] | None) -> None:
        """Take over what :meth:`saved` returned; None from before there were scenarios."""
        if saved is None:
            return
        for data in saved["messages"]:
            message = decode(data)
            if isinstance(message, StressScenarios):
                self.adopt(message)
        self.view = msgspec.convert(saved["view"], StressView)
        self._next_ns = saved["next_ns"]


def stress_view(
    markets: Sequence[MarketBook],
    books: Sequence[str],
    scenarios: Sequence[Scenario],
    *,
    labels: list[str],
    at_ns: int,
) -> StressView:
    """Apply scenarios to the book as it stands, the worst for the firm first.

    Args:
        markets: as they stand.
        books: names of the company's books.
        scenarios: to apply.
        labels: name and version of the files they come from.
        at_ns: the tick as of which the book stands.
    """
    held = hold(markets)
    rows = [_row(each, revalue(markets, len(books), each, held)) for each in scenarios]
    rows.sort(key=lambda row: row.total_usd[-1])
    return StressView(struck_ns=at_ns, scenarios=labels, nodes=[*books, FIRM], rows=rows)


def _row(scenario: Scenario, figures: StressFigures) -> StressRow:
    moved = sorted(figures.coverage, key=lambda each: np.nan_to_num(each.after, nan=np.inf))
    return StressRow(
        scenario=scenario.name,
        title=scenario.title,
        text=scenario.text,
        intraday_usd=_with_firm(figures.pnl_usd[INTRADAY]),
        forward_usd=_with_firm(figures.pnl_usd[FORWARD]),
        contributions=[
            StressContribution(
                place=f"{each.market}/{each.place}", period=each.period, usd=each.usd
            )
            for each in figures.largest[:CONTRIBUTIONS_SHOWN]
        ],
        open_before_mwh=figures.open_before_mwh,
        open_after_mwh=figures.open_after_mwh,
        coverage=[
            StressCoverage(
                period=f"{each.market} {each.period}", before=each.before, after=each.after
            )
            for each in moved[:_COVERAGE_SHOWN]
        ],
        unreached=_unreached(figures),
    )


def _unreached(figures: StressFigures) -> list[str]:
    named = [
        f"{name}: {mwh:,.1f} MWh" if mwh else name
        for name, mwh in sorted(figures.unreached.items())
    ]
    more = len(named) - _UNREACHED_SHOWN
    return [*named[:_UNREACHED_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _with_firm(by_book: FloatColumn) -> list[float]:
    return [*by_book.tolist(), float(np.add.reduce(by_book))]
