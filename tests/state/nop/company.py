"""A company of one load and one plant under the written policy, for any date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from state.company import Company
from state.messages import (
    Action,
    ActionKind,
    AnyMessage,
    Block,
    Counterparty,
    Policy,
    Trade,
    TradeAction,
    VolumeOutlook,
)
from state.moments import HOUR_NS
from state.nop.watch import nop_view
from state.screens.nop_seen import NopRow
from state.screens.views import Transition
from tests.state.worked import at, contract, reference, tick, trade

SVCE = (Path(__file__).parents[3] / "policies" / "svce-2017-05-10.yaml").read_text(encoding="utf-8")
POLICY = Policy(policy="svce", version="1", source=SVCE)


def another(source: str, version: str = "2") -> Policy:
    """Return the written policy with another text, under a version of its own."""
    told = re.sub(r"^version: .*", f'version: "{version}"', source, count=1, flags=re.MULTILINE)
    return Policy(policy="svce", version=version, source=told)


def outlook(name: str, mw: float, years: Sequence[int]) -> VolumeOutlook:
    months = tuple(f"{year}-{month:02d}" for year in years for month in range(1, 13))
    return VolumeOutlook(
        resource=name,
        months=months,
        blocks=(Block.FLAT,) * len(months),
        mw=np.full(len(months), mw),
    )


def vet(folded: Company, *records: Counterparty) -> None:
    """Take in counterparties, and record as done all that is owed before a trade with them."""
    for record in records:
        folded.apply(record, folded.position + 1)
        about, standing = f"counterparty {record.counterparty}", folded.desk.duties.standing
        while owed := [
            one for one in standing.rows() if one.what == about and not one.duty.done_ns
        ]:
            done = Action(
                action=f"{folded.position}",
                action_kind=ActionKind.DONE,
                case=owed[0].name,
                duty=owed[0].duty.duty,
                actor="rita",
                at_ns=folded.tick_ns,
            )
            folded.apply(done, folded.position + 1)


class Following:
    """A company that takes in messages one a second, each followed by a tick."""

    def __init__(self, today: date, *, load_mw: float | None = 100.0, policy: bool = True) -> None:
        self.company = Company("company")
        self.today = today
        self.years = range(today.year - 1, today.year + 7)
        self._second = 0
        self._version = 0
        self.started = self.apply(
            *reference(),
            *([POLICY] if policy else []),
            *([] if load_mw is None else [outlook("town", load_mw, self.years)]),
            outlook("plant", 0.0, self.years),
        )

    def apply(self, *messages: AnyMessage) -> list[Transition]:
        """Take in messages and the next tick; return the transitions."""
        self._second += 1
        found = []
        for message in (*messages, tick(8 + self._second / 3600, self.today)):
            found += self.company.apply(message, self.company.position + 1)
        return found

    def refusal(self, message: AnyMessage) -> str:
        """Take in a message that is to be refused; return why."""
        self.apply(message)
        ((_, reason),) = self.company.refusals()
        return reason

    def tick_on(self, today: date) -> list[Transition]:
        """Let the clock go to the morning of a date."""
        self.today = today
        return self.apply()

    def plant(self, mw: float) -> list[Transition]:
        """Let the plant be expected to make so many MW in every hour."""
        return self.apply(outlook("plant", mw, self.years))

    def hold(self, product: str, kind: str, amount: float, vintage: str = "") -> list[Transition]:
        """Hold so much of a certificate, or so many MW of a kind of capacity in every month."""
        self._version += 1
        ends = at(0, date(self.today.year + 6, 1, 1))
        hours = (ends - at(0, self.today)) / HOUR_NS
        units = {"units": amount, "vintage": vintage} if vintage else {}
        return self.apply(
            contract(
                product,
                0.0 if vintage else amount,
                0.0,
                0.0,
                hours,
                day=self.today,
                trade=f"{kind}{vintage}",
                version=self._version,
                action=TradeAction.NEW if self._version == 1 else TradeAction.AMEND,
                unit_kind=kind,
                **units,
            )
        )

    def state_of(self, limit: str, scope: str = "") -> set[str]:
        """Return the states of a limit's rows, of one scope or all, of which there is one."""
        rows = [row for row in self.company.desk.alerts.rows() if row.limit == limit]
        found = {row.state for row in rows if scope in {"", row.scope}}
        assert found, f"{limit} has no row"
        return found

    def row(self, title: str, kind: str = "", nop: str = "energy") -> NopRow:
        """Return a row of the view."""
        rows = nop_view(self.company.desk).rows
        return next(row for row in rows if (row.nop, row.title, row.kind) == (nop, title, kind))


def block_trade(mw: float, first: date, end: date, **changes: object) -> Trade:
    """A block over whole days."""
    hours = (at(0, end) - at(0, first)) / HOUR_NS
    return trade(mw, 40.0, 0.0, hours, day=first, **changes)
