"""The counterparty credit limits (risk policy §6.3), one instance a counterparty; and §6.5.

Purchases and sales add up, whatever their sign: a limit is on "sold or purchased", on "owed or are
owed". What counts, and how the least whole keeps a small book from being all of itself:
``docs/credit.md``.
"""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule


def _rule(name: str, unit: str, subject: str, how: str) -> Rule:
    return Rule(
        name=name,
        figure=name,
        unit=unit,
        edges=(Edge.CEILING,),
        subject=lambda scope, _: f"{subject} {scope}",
        how=how,
        least=0.0,
    )


OWED = _rule(
    "credit_owed",
    "$",
    "Dollars owed between us and",
    "delivered and unpaid in the days held, at the contract's price, of financial contracts at"
    " their difference; payables less receivables where netted, otherwise their sum",
)
LEFT_MWH = _rule(
    "credit_undelivered_mwh", "MWh", "MWh to come from or for", "what is left of all contracts"
)
LEFT_MW = _rule(
    "credit_undelivered_mw", "MW", "MW to come from or for", "MW of all contracts not over"
)
VALUE = _rule(
    "credit_value", "$", "Value of transactions with", "price × quantity of all contracts"
)
MWH = _rule("credit_volume_mwh", "MWh", "MWh traded with", "of all contracts, delivered or not")
MW = _rule("credit_volume_mw", "MW", "MW traded with", "of all contracts, delivered or not")
OWED_SHARE = _rule(
    "credit_owed_share",
    "ratio",
    "Share of all dollars owed of",
    "dollars owed / those of all counterparties, or the least whole if that is more",
)
VOLUME_SHARE = _rule(
    "credit_volume_share",
    "ratio",
    "Share of all MWh traded of",
    "MWh traded / those with all counterparties, or the least whole if that is more",
)
SUSPENDED = _rule(
    "credit_suspended_trades",
    "count",
    "Trades while suspended with",
    "contracts that came while trading with the counterparty was suspended",
)

RULES = (
    OWED, LEFT_MWH, LEFT_MW, VALUE, MWH, MW, OWED_SHARE, VOLUME_SHARE, SUSPENDED,
)  # fmt: skip
"""In the order of the rows of a sheet."""

RULES_ON = {
    ("owed", False): (OWED.name,),
    ("owed", True): (OWED_SHARE.name,),
    ("undelivered_volume", False): (LEFT_MWH.name, LEFT_MW.name),
    ("transaction_value", False): (VALUE.name,),
    ("transaction_volume", False): (MWH.name, MW.name),
    ("transaction_volume", True): (VOLUME_SHARE.name,),
}
"""Rules that hold a limit of §6.3, by what it is on and whether that is a share."""
