"""By how much our contracts of a trade date may differ from what other systems hold of it."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule


def _rule(name: str, unit: str, what: str) -> Rule:
    return Rule(
        name=f"reconciled_{name}",
        figure=f"reconciled_{name}",
        unit=unit,
        edges=(Edge.CEILING,),
        subject=lambda scope, period: f"{what} of {period} differs from the totals of {scope}",
        how="|ours - the trade system's|, contracts of the trade date that count, by book",
        least=0.0,
    )


CONTRACTS = _rule("contracts", "count", "Number of contracts")
VOLUME = _rule("volume", "MWh", "Volume of contracts")
VALUE = _rule("value", "$", "Value of contracts")

TOTALS = (CONTRACTS, VOLUME, VALUE)
"""In the order of :data:`state.close.reconciliation.Sums`."""

DETAILS = Rule(
    name="reconciled_details",
    figure="reconciled_details",
    unit="count",
    edges=(Edge.CEILING,),
    subject=lambda scope, period: f"Contracts of {period} differ from the record of {scope}",
    how="contracts missing, surplus, or unlike in price, location, product, tenor, counterparty",
    least=0.0,
)

RULES = (*TOTALS, DETAILS)
