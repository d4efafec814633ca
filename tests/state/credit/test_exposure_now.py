"""Current exposure beyond the days held: as-generated output, and what no mark tells."""

from datetime import date

import msgspec
import numpy as np
import pytest

from state.company import Company
from state.messages import (
    NO_FLOOR_USD_PER_MWH,
    Block,
    Counterparty,
    CurveMarks,
    ProductTrade,
    ResourceKind,
    Run,
    SettlesAt,
    VolumeOutlook,
)
from state.reports.counterparties import report
from state.screens.credit import credit_view
from tests.state.credit.samples import policy
from tests.state.oracle import figures_of_views
from tests.state.worked import (
    DAY,
    at,
    company,
    contract,
    curve,
    forecast,
    marks,
    price,
    reference,
    resource,
    tick,
    trade,
)

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


def rights(product: str, hours: float = 24 * 31, **terms: object) -> ProductTrade:
    """10 MW from the third day ahead on, deep into August, at a premium of 2 $/MWh."""
    first = date(2026, 7, 18)
    said = {"location": "LONELY", "counterparty": "CP", "volatility_usd_per_mwh": 90.0, **terms}
    mw = said.pop("quantity", 10.0)
    return contract(product, mw, 2.0, 0, hours, day=first, **said)


CRR = {"location": "LONELY", "second_location": "HUB", "settles_at": SettlesAt.DA}
RIGHTS = [
    rights("dispatchable", strike_usd_per_mwh=45.0),
    rights("dispatchable", strike_usd_per_mwh=45.0, block=Block.ON_PEAK, hours=24 * 31 - 5),
    rights("crr_option", **CRR),
    rights("crr_obligation", **CRR | {"volatility_usd_per_mwh": 0.0}),
    rights("cfd", floor_usd_per_mwh=50.0, price_adjustment_usd_per_mwh=1.0),
    rights(
        "dispatchable", strike_usd_per_mwh=39.0, profile_mw=[float(mw % 7) for mw in range(744)]
    ),
]


def lonely(usd: float) -> CurveMarks:
    months = ("2026-07", "2026-08")
    return CurveMarks(
        market="west", as_of="2026-07-14", hubs=("LONELY",) * 2, blocks=(Block.FLAT,) * 2,
        months=months, price_usd_per_mwh=np.array([usd, usd + 3.0]),
    )  # fmt: skip


def in_book(of: Company) -> float:
    return float(of.desk.value_usd()[0])


@pytest.mark.parametrize("deal", RIGHTS)
def test_a_payoff_beyond_the_grid_is_owed_what_the_book_says_it_is_worth(deal: ProductTrade):
    marked = [*reference(), curve(40, 36, "2026-07", "2026-08"), lonely(42.0), tick(8)]
    without, held = company(*marked), company(*marked, deal)

    assert row(held).mtm_usd == pytest.approx(in_book(held) - in_book(without), rel=1e-12)
    assert abs(row(held).mtm_usd) > 1_000.0
    assert row(held).left_out == []
    held.apply(tick(24), held.position + 1)  # a day less, and one nearer
    assert row(held).mtm_usd == pytest.approx(in_book(held), rel=1e-12)


def test_a_floor_of_output_beyond_the_grid_is_owed_what_the_book_says():
    deal = rights("ppa", quantity=0.5, floor_usd_per_mwh=50.0, resource="plant", location="HUB")
    told = [*reference(), curve(40, 36, "2026-07", "2026-08"), plant("2026-08", 20), tick(8)]
    plain = msgspec.structs.replace(deal, floor_usd_per_mwh=NO_FLOOR_USD_PER_MWH)

    floor = row(company(*told, deal)).mtm_usd - row(company(*told, plain)).mtm_usd

    assert floor == pytest.approx(in_book(company(*told, deal)) - in_book(company(*told, plain)))
    assert floor > 1_000.0


@pytest.mark.parametrize(
    ("deal", "mwh"),
    [
        (RIGHTS[0], "7,440"),
        (RIGHTS[2], "7,440"),  # the hub it leads from has a mark
        (RIGHTS[4], "7,440"),  # the floor lacks no other MWh than the contract
        (rights("storage", resource="battery", energy_mwh=25.0), "775"),  # 31 days of 25 MWh
    ],
)
def test_a_payoff_without_a_mark_leaves_the_exposure_incomplete_with_its_mwh(
    deal: ProductTrade, mwh: str
):
    battery = resource("battery", "LONELY", ResourceKind.STORAGE)
    known = [*reference(), battery, curve(40, 36, "2026-07", "2026-08"), tick(8)]

    held = row(company(*known, deal))

    assert (held.left_out, held.mtm_usd) == ([f"{mwh} MWh have no mark"], 0.0)


def test_rights_of_today_without_a_mark_are_named_too():
    deal = contract("dispatchable", 10, 2.0, 12, 3, counterparty="CP", strike_usd_per_mwh=1.0)
    known = [*reference(), tick(8), deal]

    assert row(company(*known)).left_out == ["30 MWh have no mark"]
    assert row(company(*known, price(Run.DA, 12, HUB=9.0))).left_out == ["20 MWh have no mark"]


def test_what_is_held_without_a_mark_leaves_the_exposure_incomplete_until_one_comes():
    hours = (at(0, date(2026, 10, 1)) - at(0, date(2026, 8, 1))) / 3_600_000_000_000
    august, terms = {"day": date(2026, 8, 1)}, {"counterparty": "CP"}
    mw = contract(
        "capacity", 50.0, 0.0, 0, hours, trade="C", unit_kind="system",
        price_usd_per_unit=7_000.0, **august, **terms,
    )  # fmt: skip
    units = contract(
        "rec", 0.0, 0.0, 0, 24, trade="R", unit_kind="PCC1", vintage="2026", units=-200.0,
        price_usd_per_unit=15.0, **august, **terms,
    )  # fmt: skip
    held = company(*reference(), tick(8), mw, units)
    told = [
        "100 MW-month of capacity system have no mark",
        "200 certificate of rec PCC1 have no mark",
    ]
    assert (row(held).left_out, row(held).mtm_usd) == (told, 0.0)
    for pnl in held.views()["pnl"].books:
        if pnl.book in {"book", "firm"}:
            left_out = "; ".join(f"{words} and are left out" for words in told)
            assert pnl.estimated.endswith(left_out)

    held.apply(marks(capacity__system__2026_08=9_000.0, rec__PCC1__2026=10.0), held.position + 1)
    assert row(held).left_out == ["50 MW-month of capacity system have no mark"]
    assert row(held).mtm_usd == 50.0 * 2_000.0 + 200.0 * 5.0


@pytest.mark.parametrize("day", [DAY, date(2026, 8, 3)], ids=["held", "beyond"])
def test_a_basis_contract_with_one_point_unmarked_counts_neither(day: date):
    """The price of one point alone, $40, is no difference of two."""
    deal = contract(
        "basis", 10.0, 1.0, 12, 1, day=day, second_location="LONELY", location="HUB",
        settles_at=SettlesAt.RTD, counterparty="CP",
    )  # fmt: skip
    held = company(*reference(), curve(40, 40, "2026-07", "2026-08"), tick(8), deal)
    one_point = row(held)
    held.apply(lonely(37.0 if day.month == 7 else 34.0), held.position + 1)

    assert (one_point.mtm_usd, one_point.left_out) == (0.0, ["10 MWh have no mark"])
    assert (row(held).mtm_usd, row(held).left_out) == (10.0 * (40.0 - 37.0 - 1.0), [])


@pytest.mark.parametrize(
    ("floor", "owed_us"),
    [(NO_FLOOR_USD_PER_MWH, -30.0), (-20.0, -30.0), (0.0, -10.0), (25.0, 15.0)],
)
def test_delivered_output_is_owed_at_its_price_less_what_its_floor_pays_back(
    floor: float, owed_us: float
):
    """At −20 $/MWh a floor of 25 pays back 45 of a price of 30: the seller owes 15."""
    deal = contract(
        "ppa", 0.5, 30.0, 8, 2, resource="plant", location="NODE", counterparty="CP",
        settles_at=SettlesAt.RTD, floor_usd_per_mwh=floor,
    )  # fmt: skip
    netted = Counterparty(counterparty="CP", name="CP", netting=True)
    held = company(
        *reference(), policy(), netted, tick(8), deal, forecast("plant", 8, 80, 80),
        [price(Run.RTD, hour, NODE=-20.0) for hour in (8, 9)], tick(10),
    )  # fmt: skip
    mwh = 0.5 * 160.0
    assert row(held).receivables_usd == pytest.approx(mwh * owed_us)
    owed = held.desk.credit_limits.figures("CP")["credit_owed"]
    assert owed == pytest.approx(mwh * abs(owed_us))


def test_delivered_output_without_a_price_for_its_floor_is_named():
    deal = contract(
        "ppa", 0.5, 30.0, 8, 2, resource="plant", location="NODE", counterparty="CP",
        settles_at=SettlesAt.RTD, floor_usd_per_mwh=25.0,
    )  # fmt: skip
    plain = msgspec.structs.replace(deal, floor_usd_per_mwh=NO_FLOOR_USD_PER_MWH)
    known, later = [*reference(), tick(8)], [forecast("plant", 8, 80, 80), tick(9)]
    assert row(company(*known, deal, *later)).left_out == ["80 MWh have no mark"]
    assert row(company(*known, plain, *later)).left_out == ["40 MWh have no mark"]


def capacity(first: date, end: date) -> ProductTrade:
    hours = (at(0, end) - at(0, first)) / 3_600_000_000_000
    return contract(
        "capacity", 100.0, 0.0, 0, hours, day=first, unit_kind="system", price_usd_per_unit=5.0,
        counterparty="CP",
    )  # fmt: skip


MARKED = marks(**{f"capacity__system__2026_{month:02d}": 8.0 for month in range(1, 13)})


@pytest.mark.parametrize(
    ("end", "months_to_come"), [(date(2026, 4, 1), 0), (date(2026, 8, 1), 1), (date(2027, 1, 1), 6)]
)
def test_capacity_counts_by_the_months_that_are_not_over(end: date, months_to_come: int):
    held = company(*reference(), MARKED, tick(8), capacity(date(2026, 1, 1), end))
    assert row(held).mtm_usd == pytest.approx(months_to_come * 100.0 * (8.0 - 5.0))


def test_capacity_leaves_exposure_as_its_month_ends_and_stays_in_the_book():
    held = company(*reference(), MARKED, tick(8), capacity(date(2026, 7, 1), date(2026, 8, 1)))
    assert row(held).mtm_usd == pytest.approx(300.0)
    held.apply(tick(0, date(2026, 8, 1)), held.position + 1)
    assert (row(held).mtm_usd, row(held).exposure_usd) == (0.0, 0.0)
    assert figures_of_views(held.views()).pnl["book", "value"] == pytest.approx(300.0)


def test_capacity_without_a_mark_leaves_exposure_incomplete_only_until_its_month_is_over():
    over = company(*reference(), tick(8), capacity(date(2026, 1, 1), date(2026, 3, 1)))
    assert row(over).left_out == []
    half = company(*reference(), tick(8), capacity(date(2026, 6, 1), date(2026, 8, 1)))
    assert row(half).left_out == ["100 MW-month of capacity system have no mark"]


def test_without_netting_the_report_has_what_is_owed_both_ways_beside_what_exposure_counts():
    far = {"day": date(2026, 8, 1), "settles_at": SettlesAt.CURVE, "counterparty": "CP"}
    gains, loses = (trade(mw, 30.0, 0, 24, trade=f"{mw}", **far) for mw in (10.0, -4.0))
    held = company(*reference(), curve(40, 40, "2026-08"), tick(8), gains, loses)
    table = report(held).tables[0]
    line = next(line for line in table.rows if line[0] == "CP")
    told = dict(zip((column.name for column in table.columns), line, strict=True))

    assert (told["Mark-to-market"], told["Mark-to-market counted"]) == (1_440.0, 2_400.0)
    assert told["Exposure beyond collateral"] == 2_400.0
