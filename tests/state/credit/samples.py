"""Credit limits over contracts of a test's choice, each figure recomputed from all of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from state.company import Company
from state.contracts.size import notional_usd, peak_mw, volume_mwh
from state.limits.credit import RULES
from state.messages import Action, ActionKind, AnyMessage, Policy, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.product import net_price
from tests.state.worked import at, trade

NAMES = ("A", "B", "C")


def policy(credit: str = "", **ceilings: object) -> Policy:
    """One limit a rule, all far away but those named."""
    lines = ["name: credit", 'version: "1"', "title: credit"]
    lines += [f"credit: {credit}"] if credit else []
    lines.append("limits:")
    for rule in RULES:
        ceiling = ceilings.get(rule.name, 0 if rule.unit == "count" else 1e12)
        lines.append(
            f"  - {{id: {rule.name.replace('_', '-')}, rule: {rule.name}, title: t, clause: §6.3,"
            f" unit: {rule.unit}, ceiling: {ceiling}, warn_at: 0.8, clear_at: 0.95,"
            " materiality: material}"
        )
    return Policy(policy="credit", version="1", source="\n".join(lines))


def deal(mw: float, name: str, first: float = 10, last: float = 12, **terms: object) -> Trade:
    found = trade(mw, 40, first, hours=last - first, trade=str(terms.pop("trade", name)))
    return msgspec.structs.replace(found, counterparty=name, **terms)


def states(folded: Company) -> dict[tuple[str, str], str]:
    return {(row.figure, row.scope): row.state for row in folded.desk.alerts.rows()}


def figure(folded: Company, name: str, rule: str) -> float:
    return folded.desk.credit_limits.figures(name)[rule]


def recomputed(folded: Company) -> dict[str, dict[str, float]]:
    """Every figure from all contracts, one by one."""
    desk, rules = folded.desk, [rule.name for rule in RULES]
    found: dict[str, dict[str, float]] = {}
    for market in desk.markets.values():
        now_ns = folded.tick_ns // market.step_ns * market.step_ns
        for one in market.contracts.trades.live():
            own = found.setdefault(one.counterparty, dict.fromkeys(rules, 0.0))
            product = PRODUCTS[one.product]
            if isinstance(one, ProductTrade) and one.delivers:  # the contract it delivers counts
                continue
            if product.measure:
                own["credit_value"] += notional_usd(one, market.calendar)
                continue
            sized = one
            if product.as_generated:  # as much as its share of what the plant can make
                plant = market.tables.resources.index[one.resource]
                capacity_mw = market.tables.resources.records[plant].capacity_mw
                sized = msgspec.structs.replace(
                    one,
                    product="energy",
                    quantity_mw=one.quantity_mw * capacity_mw,
                    profile_mw=one.profile_mw * capacity_mw,
                )
            mw = abs(peak_mw(sized, market.calendar))
            whole = volume_mwh(sized, market.calendar)
            left = volume_mwh(sized, market.calendar, from_ns=now_ns)
            own["credit_undelivered_mwh"] += left
            # A shape may have its last MW before the contract ends, or none in its block at all.
            under_way = left > 0.0 if len(one.profile_mw) else one.delivery_end_ns > now_ns
            own["credit_undelivered_mw"] += mw if under_way else 0.0
            own["credit_value"] += whole * abs(net_price(one))
            own["credit_volume_mwh"] += whole
            own["credit_volume_mw"] += mw
    owed = sum(own["credit_owed"] for own in found.values())
    volume = sum(own["credit_volume_mwh"] for own in found.values())
    for own in found.values():
        own["credit_owed_share"] = own["credit_owed"] / owed if owed else 0.0
        own["credit_volume_share"] = own["credit_volume_mwh"] / volume if volume else 0.0
    return found


def with_counterparties(messages: Iterable[AnyMessage]) -> list[AnyMessage]:
    """Give contracts counterparties, and let versions of one contract change theirs."""
    return [
        msgspec.structs.replace(one, counterparty=NAMES[(len(one.trade) + one.version) % 3])
        if isinstance(one, Trade)
        else one
        for one in messages
    ]


def lift(name: str, text: str = "the committee decided") -> Action:
    return Action(
        action="a", action_kind=ActionKind.LIFT, case="", actor="mo", at_ns=at(9),
        text=text, counterparty=name,
    )  # fmt: skip


def suspended(folded: Company) -> list[str]:
    return list(folded.desk.credit_limits.suspensions.by_name)
