"""The reports of the risk policy (§7): one file each, one line here.

A report is made from the state alone, so that two people who make it of the same moment hold the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from state.reports import close, counterparties, exceptions, nop, performance, transactions
from state.reports.table import Report

if TYPE_CHECKING:
    from state.company import Company

REPORTS: dict[str, Callable[[Company], Report]] = {
    "close": close.report,
    "counterparties": counterparties.report,
    "exceptions": exceptions.report,
    "nop": nop.report,
    "performance": performance.report,
    "transactions": transactions.report,
}
"""Every report by the name the command line gives it."""
