"""Who may trade what (risk policy §5.2): the record the Middle Office keeps of each person."""

from __future__ import annotations

import math

from state.messages import TraderRecord
from state.policy.cells import Amount
from state.policy.schema import Identifier, Name, Strict
from state.policy.trading_limits import Months


class OwnLimit(Strict, frozen=True, kw_only=True):
    """A limit of a person below that of the role.

    Attributes:
        limit: the row of the policy it narrows.
        bought_usd, bought_mw, sold_usd, sold_mw: the most of one contract; the row's without.
    """

    limit: Identifier
    bought_usd: Amount | None = None
    bought_mw: Amount | None = None
    sold_usd: Amount | None = None
    sold_mw: Amount | None = None

    def of(self, *, bought: bool, unit: str) -> float | None:
        """Return the number for a side and a unit (``usd``, ``mw``), if there is one."""
        side = "bought" if bought else "sold"
        number: float | None = getattr(self, f"{side}_{unit}")
        return number


class Trader(Strict, frozen=True, kw_only=True):
    """A person's record: the facts that were verified, and what was authorised.

    Attributes:
        trader: the name trades carry.
        role: whose trading limits hold.
        authorised: whether the Middle Office has authorised the person.
        experience: as verified; empty where it was not.
        under_investigation, was_investigated: for market manipulation; None where nobody knows.
        has_read_policies: on closing the NOP, on speculation and on manipulation.
        markets, instruments: ids of the policy's entries.
        months: the most months a contract may last.
        own: limits below the role's.
    """

    trader: Name
    role: Identifier
    authorised: bool
    experience: str
    under_investigation: bool | None
    was_investigated: bool | None
    has_read_policies: bool
    markets: tuple[Identifier, ...]
    instruments: tuple[Identifier, ...]
    months: Months
    own: tuple[OwnLimit, ...] = ()

    def missing_facts(self) -> list[str]:
        """Name what of the criteria of §5.2 is not fulfilled, in their order."""
        facts = {
            "experience is not verified": bool(self.experience),
            "is under investigation for manipulation, or nobody knows": (
                self.under_investigation is False
            ),
            "was investigated for manipulation, or nobody knows": self.was_investigated is False,
            "has not read the policies": self.has_read_policies,
        }
        return [what for what, holds in facts.items() if not holds]


def trader_of(record: TraderRecord) -> Trader:
    """Return the trader of a record that is well formed."""
    own = zip(
        record.own_limits,
        record.own_bought_usd.tolist(),
        record.own_bought_mw.tolist(),
        record.own_sold_usd.tolist(),
        record.own_sold_mw.tolist(),
        strict=True,
    )
    return Trader(
        trader=record.trader,
        role=record.role,
        authorised=record.authorised,
        experience=record.experience.strip(),
        under_investigation=record.under_investigation,
        was_investigated=record.was_investigated,
        has_read_policies=record.has_read_policies,
        markets=record.markets,
        instruments=record.instruments,
        months=record.months,
        own=tuple(
            OwnLimit(
                limit=limit,
                bought_usd=_given(bought_usd),
                bought_mw=_given(bought_mw),
                sold_usd=_given(sold_usd),
                sold_mw=_given(sold_mw),
            )
            for limit, bought_usd, bought_mw, sold_usd, sold_mw in own
        ),
    )


def _given(number: float) -> float | None:
    return None if math.isnan(number) else number
