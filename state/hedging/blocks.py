"""A candidate as it is recommended, and in words where it does not pass."""

from __future__ import annotations

from state.contracts.size import signed_size_of
from state.hedging.shapes import Shape
from state.messages import TradeCheck
from state.screens.checks_seen import CheckAnswer, LimitEffect, Outcome
from state.screens.hedges_seen import HedgeBlock


def in_words(
    shape: Shape, check: TradeCheck, said: CheckAnswer, stopping: list[LimitEffect]
) -> str:
    """Say which candidate does not pass, and what stops it."""
    size = signed_size_of(check.candidate)
    unit = "certificates" if shape.unit == "certificate" else "MW"
    what = f"{'buy' if size > 0 else 'sell'} {abs(size):,.12g} {unit}"
    where = f"{shape.kind.replace('_', '-')} {shape.period}"
    limits = ", ".join(dict.fromkeys(one.limit for one in stopping))
    told = next((one.reason for one in stopping if one.outcome is Outcome.REFERRED), "")
    why = limits or said.reason or "no size that is enough was found to pass"
    return f"{what} {where}, stopped by {why}{f' ({told})' if told else ''}"


def block_of(
    shape: Shape, check: TradeCheck, decision: str, *, var_usd: tuple[float, float]
) -> HedgeBlock:
    """Return a candidate as it is recommended.

    Args:
        shape: its delivery.
        check: as it was put to the check.
        decision: what that said.
        var_usd: of the firm without it and with it.
    """
    one = check.candidate
    amount = signed_size_of(one) * shape.each
    return HedgeBlock(
        period=shape.period,
        begins=shape.first.isoformat(),
        ends=shape.end.isoformat(),
        kind=shape.kind,
        size=signed_size_of(one),
        amount=amount,
        unit=shape.unit,
        price_usd=shape.price_usd,
        cost_usd=amount * shape.price_usd,
        counterparty=one.counterparty,
        trader=one.trader,
        venue=check.venue,
        product=shape.product,
        market=shape.market,
        location=shape.location,
        book=one.book,
        decision=str(decision),
        var_before_usd=var_usd[0],
        var_after_usd=var_usd[1],
    )
