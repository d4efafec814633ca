"""The house of the checks before trades, and the cases of what came to it without authority."""

from __future__ import annotations

import msgspec

from state.company import Company
from state.moments import SECOND_NS
from state.screens.cases_seen import CaseRow
from tests.state.credit.samples import policy as credit_policy
from tests.state.duties.house import House
from tests.state.pretrade.house import PEOPLE, under_the_policy
from tests.state.worked import at

NARROW = msgspec.structs.replace(PEOPLE[0], trader="eve", instruments=("instrument-swap",))


def house() -> House:
    """The house of the checks before trades, soon after 08:00."""
    one = House(Company.restore(under_the_policy()))
    one.apply(NARROW, credit_policy())
    one.tick(at(8) + SECOND_NS)
    one.told = []
    return one


def beyond(one: House) -> list[CaseRow]:
    rows = one.company.desk.alerts.cases()
    return [row for row in rows if " without authority" in row.headline]


def case_of(one: House, limit: str) -> CaseRow:
    return next(row for row in beyond(one) if row.limit == limit)
