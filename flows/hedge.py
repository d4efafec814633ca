"""The way out of a tolerance, from the state of a company as it stands."""

from __future__ import annotations

from state.company import Company
from state.hedging.way_out import way_out
from state.messages import HedgeRequest
from state.screens.hedges_seen import HedgeAnswer


def answered(company: Company, request: HedgeRequest) -> HedgeAnswer:
    """Answer a request against a company and what it keeps reserved; nothing changes."""
    desk, at_ns = company.desk, company.tick_ns
    reserved = desk.checks.reserved(at_ns)
    return way_out(desk, request, reserved, at_ns=at_ns, position=company.position)
