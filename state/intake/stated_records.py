"""What is wrong with a record of what was sold, delivered, or is expected by period, or nothing."""

from __future__ import annotations

import math

from state.intake.columns import no_months, no_periods, no_years, uneven
from state.messages import CompanyFigure, CompanyOutlook, ContractDelivery, RetailSales


def retail_sales(sales: RetailSales) -> str:
    """Say what is wrong with what was sold by month or year."""
    wrong = uneven(periods=sales.periods, volume_mwh=sales.volume_mwh) or no_periods(sales.periods)
    if wrong:
        return wrong
    for period, mwh in zip(sales.periods, sales.volume_mwh.tolist(), strict=True):
        if mwh < 0.0 or math.isinf(mwh):
            return f"volume_mwh {mwh:g} of {period} is no amount that was sold; correct it"
    return ""


def company_outlook(outlook: CompanyOutlook) -> str:
    """Say what is wrong with what a company expects of itself."""
    figure, periods = outlook.figure, outlook.periods
    wrong = uneven(periods=periods, amounts=outlook.amounts)
    wrong = wrong or (no_years if figure is CompanyFigure.GHG_OBLIGATION else no_months)(periods)
    if wrong:
        return wrong
    share = figure is CompanyFigure.FIXED_REVENUE
    for period, amount in zip(periods, outlook.amounts.tolist(), strict=True):
        if amount < 0.0 or (share and amount > 1.0):
            wanted = "between 0 and 1" if share else "0 or more"
            return f"{figure} {amount:g} of {period} is not {wanted}; correct it"
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
