"""What is wrong with a record of volumes sold or delivered: field, value and remedy; or nothing."""

from __future__ import annotations

import math

from state.intake.columns import no_months, no_periods, uneven
from state.messages import ContractDelivery, RetailSales


def retail_sales(sales: RetailSales) -> str:
    """Say what is wrong with what was sold by month or year."""
    wrong = uneven(periods=sales.periods, volume_mwh=sales.volume_mwh) or no_periods(sales.periods)
    if wrong:
        return wrong
    for period, mwh in zip(sales.periods, sales.volume_mwh.tolist(), strict=True):
        if mwh < 0.0 or math.isinf(mwh):
            return f"volume_mwh {mwh:g} of {period} is no amount that was sold; correct it"
    return ""


def contract_delivery(record: ContractDelivery) -> str:
    """Say what is wrong with what a contract delivered of what was due."""
    wrong = no_months((record.month,))
    if wrong:
        return wrong
    if not record.due_mwh > 0.0:
        return f"due_mwh {record.due_mwh:g} is not above 0; send what was to be delivered"
    if not 0.0 <= record.delivered_mwh <= record.due_mwh:
        return (
            f"delivered_mwh {record.delivered_mwh:g} is not between 0 and due_mwh "
            f"{record.due_mwh:g}; send what of it was delivered"
        )
    return ""
