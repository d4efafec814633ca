"""A house under the written policy of which the log goes on, and breaches to begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from state.company import Company
from state.messages import Action, ActionKind, AnyMessage, Policy, Tick
from state.moments import SECOND_NS, from_ns, to_ns
from state.screens.cases_seen import CaseRow
from state.screens.views import Transition
from tests.state.nop.company import POLICY, Following, block_trade
from tests.state.worked import reference, tick, trade

MONDAY = date(2026, 6, 15)
PACIFIC = ZoneInfo("America/Los_Angeles")
JULY = date(2026, 7, 1), date(2026, 8, 1)
MONTH = "nop-energy-prompt-month"
LIMITS = """
name: own
version: "1"
title: Own limits
limits:
  - {id: credit-mwh, rule: credit_volume_mwh, title: Volume, clause: own §1, unit: MWh, ceiling: 9,
     warn_at: 1.0, clear_at: 1.0, materiality: MATERIALITY}
"""


class House:
    """A company of which the log goes on, message by message."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.told: list[Transition] = []
        self._actions = 0

    def apply(self, *messages: AnyMessage) -> list[Transition]:
        found = []
        for message in messages:
            found += self.company.apply(message, self.company.position + 1)
        self.told += found
        return found

    def tick(self, at_ns: int) -> list[Transition]:
        return self.apply(Tick(at_ns=at_ns))

    def act(self, kind: ActionKind, case: str, **words: str | int) -> str:
        """Act on a case; return why it was refused, empty if it was not."""
        self._actions += 1
        self.apply(
            Action(
                action=str(self._actions),
                action_kind=kind,
                case=case,
                actor="rita",
                at_ns=self.company.tick_ns,
                **words,
            )
        )
        return " ".join(reason for _, reason in self.company.refusals())

    def case(self, limit: str) -> CaseRow:
        return next(row for row in self.company.desk.alerts.cases() if row.limit == limit)

    def limits(self) -> list[str]:
        return [row.limit for row in self.company.desk.alerts.cases()]


def require_alike(begin: Callable[[], House], messages: Sequence[AnyMessage]) -> House:
    """Fold messages into a house; one restored before any of them comes to the same.

    Returns:
        the house that was never restored.
    """
    whole, saved = begin(), begin()
    whole.apply(*messages)
    for cut, message in enumerate(messages):
        restored = House(Company.restore(saved.company.snapshot()))
        restored.apply(*messages[cut:])
        assert restored.company.snapshot() == whole.company.snapshot(), f"restored before {cut}"
        assert restored.company.digest == whole.company.digest, f"restored before {cut}"
        saved.apply(message)
    return whole


def out_of_tolerance(today: date = MONDAY) -> House:
    """Sell what takes the prompt month out of tolerance at 08:00 of a date."""
    desk = Following(today)
    desk.plant(95.0)
    house = House(desk.company)
    for row in house.company.desk.alerts.cases():
        for duty in row.duties:
            house.act(ActionKind.DONE, row.case, duty=duty.duty)
    house.told = desk.apply(block_trade(-20.0, *JULY))
    return house


def over_credit(materiality: str = "material", policies: tuple[Policy, ...] = (POLICY,)) -> House:
    """Trade more with a counterparty than its limit."""
    limits = Policy(policy="own", version="1", source=LIMITS.replace("MATERIALITY", materiality))
    house = House(Company("company"))
    house.apply(*reference(), *policies, limits, tick(8), trade(5.0, 40.0, 9, 11))
    house.tick(house.company.tick_ns + SECOND_NS)  # what was owed before the trade is late by then
    return house


def local(at_ns: int) -> str:
    return from_ns(at_ns).astimezone(PACIFIC).strftime("%Y-%m-%d %H:%M") if at_ns else ""


def at(text: str) -> int:
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC))
