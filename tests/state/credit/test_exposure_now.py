"""Current exposure beyond the days held: as-generated output, and what no mark tells."""

from datetime import date

import numpy as np
import pytest

from state.company import Company
from state.messages import Block, SettlesAt, VolumeOutlook
from state.screens.credit import credit_view
from tests.state.worked import at, company, contract, curve, reference, tick, trade

AUGUST = trade(
    10, 30, 0, 24 * 30, day=date(2026, 8, 1), settles_at=SettlesAt.CURVE, counterparty="CP"
)


def plant(month: str, mw: float) -> VolumeOutlook:
    return VolumeOutlook(resource="plant", months=(month,), blocks=(Block.FLAT,), mw=np.array([mw]))


def ppa(share: float, price: float, *, end: date):
    hours = (at(0, end) - at(0, date(2026, 8, 1))) / 3_600_000_000_000
    return contract(
        "ppa", share, price, 0, hours, day=date(2026, 8, 1), resource="plant",
        settles_at=SettlesAt.CURVE, counterparty="CP", location="HUB",
    )  # fmt: skip


def row(of: Company):
    return next(each for each in credit_view(of.desk).rows if each.counterparty == "CP")


def test_output_beyond_the_grid_counts_by_its_outlook_share_and_curve():
    deal = ppa(0.5, 30, end=date(2026, 9, 1))
    held = company(*reference(), curve(40, 40, "2026-08"), plant("2026-08", 20), tick(8), deal)
    owed = row(held)

    assert owed.mtm_usd == pytest.approx(744 * 20 * 0.5 * (40 - 30))  # h x MW x share x $/MWh
    assert owed.exposure_usd == owed.mtm_usd
    assert owed.left_out == []


def test_output_without_an_outlook_or_a_curve_is_named_and_no_zero():
    deal = ppa(0.5, 30, end=date(2026, 10, 1))
    held = company(*reference(), plant("2026-08", 20), tick(8), deal)

    assert row(held).mtm_usd == 0.0
    assert row(held).left_out == [
        "7,440 MWh have no mark",
        "plant has no outlook for 2026-09; send one",
    ]


def test_blocks_without_a_mark_are_named_until_a_curve_marks_them():
    held = company(*reference(), tick(8), AUGUST)
    before = row(held).left_out
    held.apply(curve(40, 40, "2026-08"), held.position + 1)

    assert before == ["7,200 MWh have no mark"]
    assert (row(held).left_out, row(held).mtm_usd) == ([], 72_000.0)


def test_part_of_a_day_without_a_mark_is_named_by_the_hour():
    today = trade(10, 30, 12, 2, settles_at=SettlesAt.RTD, counterparty="CP")
    part = trade(
        -4, 30, 6, 5, day=date(2026, 8, 3), trade="T2", settles_at=SettlesAt.CURVE,
        counterparty="CP",
    )  # fmt: skip
    held = company(*reference(), tick(8), today, part)

    assert row(held).left_out == ["40 MWh have no mark"]  # 10 x 2 h + 4 x 5 h
