"""The written policy, cell by cell as the source has it; every mistake refused with its line."""

import re
from pathlib import Path
from typing import Any

import pytest

from state.errors import ConfigError
from state.policy.cells import Cell, Words
from state.policy.documents import FORMS, json_schema, read
from state.policy.load_risk import load_risk
from state.policy.risk_policy import READ_BY_NAME, Deadline, RiskPolicy, cells, parts
from state.policy.schema import LimitPolicy, Provenance
from state.policy.stress import StressFile
from state.policy.tolerances import Obligation
from state.policy.trading_limits import TradingLimit

POLICIES = Path(__file__).parents[3] / "policies"
SVCE = (POLICIES / "svce-2017-05-10.yaml").read_text(encoding="utf-8")
POLICY = load_risk(SVCE)

ENERGY = {
    "prompt_month": (90, 105),
    "prompt_quarter": (85, 105),
    "balance_of_year": (85, 105),
    "prompt_calendar_year": (80, 105),
    "second_calendar_year": (70, 90),
    "third_calendar_year": (55, 75),
    "fourth_calendar_year": (40, 60),
    "fifth_calendar_year": (0, 50),
}
RPS = {
    ("2017-01-01", "2017-12-31"): (90, 110, [(25, (2017, 2017))]),
    ("2018-01-01", "2018-12-31"): (80, 100, [(25, (2017, 2018))]),
    ("2019-01-01", "2019-12-31"): (70, 90, [(25, (2017, 2019))]),
    ("2020-01-01", "2020-12-31"): (55, 75, [(25, (2017, 2019)), (33, (2020, 2020))]),
    ("2021-01-01", None): (40, 60, [(33, None)]),
}
SYSTEM, LOCAL = ("system", "flexible"), ("local",)
CAPACITY = [
    ("prompt_month_plus_1", (), None, 100, 100, [(115, "peak_load")]),
    ("prompt_month_plus_2", (), None, 100, 100, [(115, "peak_load")]),
    ("prompt_quarter", (), None, 100, 100, [(115, "peak_load")]),
    ("balance_of_year", SYSTEM, None, 75, 100, [(115, "peak_load")]),
    ("balance_of_year", LOCAL, None, 100, 100, [(115, "peak_load")]),
    ("prompt_calendar_year", (), (8, 9), 50, 90, []),
    ("prompt_calendar_year", SYSTEM, (10, 12), 75, 100, [(103.5, "summer_peak_load")]),
    ("prompt_calendar_year", LOCAL, (10, 12), 100, 100, [(100, "obligation")]),
    ("post_prompt_year", (), None, 0, 50, []),
]

FOUR = ("energy", "capacity", "transmission", "financial-energy")
AS_NEEDED = (("schedule_load", "unknown"), ("schedule_load", "likely"))
BOUGHT = (([5e6, 7.5e6, 25e6], "unknown"), ([100, 200, 250], "unknown"))
SOLD = (([2.5e6, 2e6, 6.25e6], "unknown"), (50, "likely"))
NOTHING = ((0, "likely"), (0, "likely"))
NOT_SOLD = (("not_applicable", "likely"), ("not_applicable", "likely"))
NOT_SOLD_EITHER = (("not_applicable", "unknown"), ("not_applicable", "unknown"))
CRR_BEYOND = (([5e6, 15e6], "unknown"), ([1000], "unknown"))
TRADING = {
    "limit-real-time": (FOUR, "real_time", None, AS_NEEDED, AS_NEEDED),
    "limit-day-ahead": (FOUR, "day_ahead", None, AS_NEEDED, AS_NEEDED),
    "limit-balance-of-month": (FOUR, "balance_of_month", None, BOUGHT, SOLD),
    "limit-prompt-month": (FOUR, "prompt_month", 1, BOUGHT, SOLD),
    "limit-balance-of-year": (FOUR, "balance_of_year", 12, BOUGHT, SOLD),
    "limit-36-months": (FOUR, "through_36_months", 36, BOUGHT, SOLD),
    "limit-60-months": (FOUR, "through_60_months", 60, BOUGHT, SOLD),
    "limit-caiso-energy": (
        ("caiso-energy", "caiso-ancillary-services"), "day_ahead", None, AS_NEEDED, AS_NEEDED,
    ),
    "limit-convergence-bids": (("caiso-convergence-bids",), "day_ahead", None, NOTHING, NOTHING),
    "limit-crr-month": (("caiso-crrs",), None, 1, ((5e6, "likely"), (1000, "likely")), NOT_SOLD),
    "limit-crr-quarter": (("caiso-crrs",), None, 3, ((15e6, "likely"), (1000, "likely")), NOT_SOLD),
    "limit-crr-year": (("caiso-crrs",), None, 12, CRR_BEYOND, NOT_SOLD_EITHER),
    "limit-crr-long-term": (("caiso-crrs",), None, 120, CRR_BEYOND, NOT_SOLD_EITHER),
}  # fmt: skip


def table_of(nop: str) -> Any:
    return next(table for table in POLICY.tolerances if table.nop == nop)


def trading_limit(name: str) -> TradingLimit:
    return next(limit for limit in POLICY.trading_limits if limit.id == name)


def said(cell: Cell) -> tuple[object, str]:
    content = list(cell.candidates) or (cell.value if cell.says is None else str(cell.says))
    return content, str(cell.provenance)


# The tables of the source --------------------------------------------------------------------


@pytest.mark.parametrize("period", ENERGY)
def test_an_energy_tolerance_is_that_of_the_source(period: str):
    row = next(row for row in table_of("energy").rows if row.period == period)

    assert (row.minimum.floor, row.maximum.ceiling) == ENERGY[period]
    assert row.minimum.confirmed
    assert row.maximum.confirmed
    assert str(row.at) == "§4.6 p. 8"
    assert row.obligation == ()


def test_the_energy_table_has_the_rows_of_the_source_and_no_other():
    assert [row.period for row in table_of("energy").rows] == list(ENERGY)
    assert table_of("energy").of == "load"


@pytest.mark.parametrize("dates", RPS)
def test_an_rps_tolerance_and_its_cumulative_obligation_are_those_of_the_source(
    dates: tuple[str, str | None],
):
    row = next(row for row in table_of("rps").rows if (row.dates.first, row.dates.last) == dates)
    low, high, obligation = RPS[dates]

    assert (row.minimum.floor, row.maximum.ceiling) == (low, high)
    assert [(part.percent, part.years) for part in row.obligation] == obligation
    assert {part.of for part in row.obligation} == {"retail_sales"}
    assert table_of("rps").cumulative


@pytest.mark.parametrize("number", range(len(CAPACITY)))
def test_a_capacity_tolerance_is_that_of_the_source(number: int):
    row = table_of("capacity").rows[number]
    season = (row.season.first, row.season.last) if row.season else None
    obligation = [(part.percent, part.of) for part in row.obligation]

    assert CAPACITY[number] == (
        row.period, row.kinds, season, row.minimum.floor, row.maximum.ceiling, obligation,
    )  # fmt: skip


@pytest.mark.parametrize("name", TRADING)
def test_a_trading_limit_is_that_of_the_source_cell_by_cell(name: str):
    limit = trading_limit(name)

    assert TRADING[name] == (
        limit.products,
        limit.horizon,
        limit.months,
        (said(limit.purchases.usd), said(limit.purchases.mw)),
        (said(limit.sales.usd), said(limit.sales.mw)),
    )
    assert str(limit.at) == "§5.6 p. 11"
    assert limit.role == "authorized-personnel"
    assert limit.mw_per_block == name.startswith("limit-crr")


def test_every_table_has_the_rows_of_the_source_and_no_other():
    assert len(table_of("capacity").rows) == len(CAPACITY)
    assert len(table_of("rps").rows) == len(RPS)
    assert [limit.id for limit in POLICY.trading_limits] == list(TRADING)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("limit-balance-of-month", (5e6, 100, 2e6, 50)),
        ("limit-60-months", (5e6, 100, 2e6, 50)),
        ("limit-crr-long-term", (5e6, 1000, None, None)),
        ("limit-real-time", (None, None, None, None)),
        ("limit-convergence-bids", (0, 0, 0, 0)),
    ],
)
def test_an_unknown_cell_binds_by_its_most_restrictive_candidate(
    name: str, numbers: tuple[float | None, ...]
):
    limit = trading_limit(name)

    assert numbers == tuple(
        cell.ceiling for side in (limit.purchases, limit.sales) for cell in (side.usd, side.mw)
    )


def test_the_most_restrictive_candidate_of_a_floor_is_the_greatest():
    cell = Cell(candidates=(40.0, 60.0), provenance=Provenance.UNKNOWN, note="torn")

    assert (cell.floor, cell.ceiling) == (60.0, 40.0)


def test_the_footnote_counts_by_notional_and_crrs_and_convergence_bids_by_var():
    by_var = {each.id for each in POLICY.traded_products if each.measure == "var"}

    assert by_var == {"caiso-crrs", "caiso-convergence-bids"}
    assert POLICY.measures.var_confidence == 0.95
    assert POLICY.measures.example_mwh * POLICY.measures.example_usd_per_mwh == 100


def test_the_six_credit_limits_are_there_and_two_are_shares_of_all_counterparties():
    assert [limit.id for limit in POLICY.credit_limits] == [
        "credit-owed", "credit-undelivered-volume", "credit-transaction-value",
        "credit-transaction-volume", "credit-share-owed", "credit-share-volume",
    ]  # fmt: skip
    assert [limit.id for limit in POLICY.credit_limits if limit.relative] == [
        "credit-share-owed", "credit-share-volume",
    ]  # fmt: skip


def test_the_approved_lists_have_the_entries_of_the_source():
    assert len(POLICY.markets) == 10
    assert [each.title for each in POLICY.agreements] == [
        "Western System Power Pool", "Edison Electric Institute", "CAISO Tariff",
        "Individual power purchase agreement",
    ]  # fmt: skip
    assert len(POLICY.instruments) == 7


@pytest.mark.parametrize(
    ("name", "count"),
    [("board-members", 12), ("nop-criteria", 12), ("trader-criteria", 5), ("trade-details", 5),
     ("exception-fields", 7), ("nop-results", 7)],
)  # fmt: skip
def test_a_list_has_as_many_entries_as_the_source(name: str, count: int):
    listed = next(each for each in POLICY.lists if each.id == name)

    assert len(listed.items) == count


@pytest.mark.parametrize(
    ("name", "deadlines", "months"),
    [
        ("duty-report-breach", ["at_once"], None),
        ("duty-notify-material", ["at_once"], None),
        ("duty-tell-executed", ["close_of_business"], None),
        ("duty-update-nop", ["as_soon_as_practical", "next_business_day"], None),
        ("duty-cure-nop", ["as_soon_as_practical"], None),
        ("duty-suspend", ["at_once"], None),
        ("duty-tell-exceedance", ["at_once"], None),
        ("duty-check-credit", ["before_trade"], None),
        ("duty-verify-updates", ["periodic"], 24),
        ("duty-affirm-policies", ["periodic"], 12),
        ("duty-review-front-office", ["periodic"], 12),
        ("duty-annual-assurance", ["periodic"], 12),
        ("duty-quarterly-report", ["periodic"], 3),
        ("duty-emerging-risks", ["periodic"], 3),
        ("duty-transaction-summary", ["periodic", "on_request"], 3),
    ],
)
def test_a_duty_has_the_deadline_of_the_source(name: str, deadlines: list[str], months: int | None):
    duty = next(each for each in POLICY.duties if each.id == name)

    assert [str(each) for each in duty.deadlines] == deadlines
    assert duty.every_months == months


def test_every_section_that_says_something_has_something_here():
    """All but those that only head others; a section left out is a sentence nobody watches."""
    cited = {part.at.clause for _, part in parts(POLICY)}

    assert {clause.clause for clause in POLICY.clauses} - cited == {"§3", "§4", "§5", "§6"}


def test_every_cell_says_how_sure_it_is_and_why_not():
    unsure = [cell for _, _, _, cell in cells(POLICY) if not cell.confirmed]

    assert len(list(cells(POLICY))) == 2 * 22 + 4 * 13
    assert all(cell.note for cell in unsure)


# What is refused ------------------------------------------------------------------------------

BAD = {
    "unknown field": ("    of: load\n", "    of: load\n    basis: meter\n", "basis: unknown field"),
    "duplicate key": (
        "    nop: energy\n",
        "    nop: energy\n    nop: energy\n",
        "key nop appears twice",
    ),
    "clock time": (
        'version: "2017-05-10"',
        "version: 12:30",
        "version is 12:30, which YAML reads as int",
    ),
    "bare date": (
        'effective: "2017-05-10"',
        "effective: 2017-05-10",
        "which YAML reads as timestamp",
    ),
    "bare no": ("    nop: rps\n", "    nop: no\n", "nop is no, which YAML reads as bool"),
    "key on": ("after: breach", "on: breach", "is on, which YAML reads as bool"),
    "wrong kind": ("kind: risk_policy", "kind: risk_limits", "kind: Invalid value 'risk_limits'"),
    "no day of the calendar": (
        'effective: "2017-05-10"',
        'effective: "2017-02-30"',
        "2017-02-30 is no date",
    ),
    "clause of another source": (
        "at: {clause: §4.5, page: 7}",
        "at: {clause: §4.9, page: 7}",
        "cites §4.9, which is not among the clauses",
    ),
    "page of another clause": (
        "at: {clause: §4.5, page: 7}",
        "at: {clause: §4.5, page: 9}",
        "cites page 9 of §4.5; it stands on pages 7 to 7",
    ),
    "clause that is no section": (
        "at: {clause: §4.5, page: 7}",
        "at: {clause: desk limits, page: 7}",
        "at.clause is 'desk limits'",
    ),
    "pages backwards": (
        "title: Overview, pages: [3, 4]",
        "title: Overview, pages: [4, 3]",
        "pages of §1 are 4 to 3",
    ),
    "id twice": (
        "id: nop-energy-prompt-quarter",
        "id: nop-energy-prompt-month",
        "id nop-energy-prompt-month appears twice",
    ),
    "unknown period": (
        "period: second_calendar_year",
        "period: next_winter",
        "period next_winter is unknown",
    ),
    "unknown horizon": ("horizon: through_36_months", "horizon: soon", "period soon is unknown"),
    "unknown product": (
        "products: [transmission, ancillary]",
        "products: [transmission, gas]",
        "product gas is unknown",
    ),
    "unknown traded product": (
        "products: [caiso-convergence-bids]",
        "products: [virtuals]",
        "traded product virtuals is unknown",
    ),
    "band upside down": (
        "minimum: {value: 70}\n        maximum: {value: 90}",
        "minimum: {value: 90}\n        maximum: {value: 70}",
        "is 90, above its maximum 70",
    ),
    "a percentage below 0": (
        "minimum: {value: 55}",
        "minimum: {value: -55}",
        "minimum.value is '-55': Expected `float` >= 0.0",
    ),
    "value and candidates": (
        "mw: {value: 50, ",
        "mw: {value: 50, candidates: [50], ",
        "the cell has value and candidates",
    ),
    "empty cell": ("minimum: {value: 85}", "minimum: {note: torn}", "the cell has nothing"),
    "certain candidates": (
        "candidates: [100, 200, 250], provenance: unknown",
        "candidates: [100, 200, 250], provenance: likely",
        "candidates with provenance likely",
    ),
    "unsure without a note": (
        "provenance: likely, note: the same in every tier",
        "provenance: likely",
        "provenance likely without a note",
    ),
    "period and dates": (
        "period: prompt_month\n",
        'period: prompt_month\n        dates: {first: "2017-01-01"}\n',
        "has period and dates, or neither",
    ),
    "season backwards": (
        "season: {first: 8, last: 9}",
        "season: {first: 9, last: 8}",
        "season of nop-capacity-prompt-year-august is 9 to 8",
    ),
    "years of an obligation backwards": (
        "percent: 25, of: retail_sales, years: [2017, 2018]",
        "percent: 25, of: retail_sales, years: [2018, 2017]",
        "years of an obligation of nop-rps-2018 are 2018 to 2017",
    ),
    "thirteenth month": (
        "season: {first: 8, last: 9}",
        "season: {first: 8, last: 13}",
        "season.last is '13': Expected `int` <= 12",
    ),
    "months without period": (
        "deadlines: [periodic], every_months: 24",
        "deadlines: [periodic]",
        "is periodic without months",
    ),
    "unknown trigger": (
        "after: breach",
        "after: full_moon",
        "after: Invalid enum value 'full_moon'",
    ),
    "unknown office": (
        "by: front_office",
        "by: fourth_office",
        "by: Invalid enum value 'fourth_office'",
    ),
    "example that does not add up": (
        "example_usd: 100",
        "example_usd: 101",
        "price times quantity is 100",
    ),
    "tolerance in words": (
        "minimum: {value: 85}",
        "minimum: {says: schedule_load}",
        "a tolerance is a number",
    ),
    "a dash for a number": ("minimum: {value: 85}", "minimum: {value: –}", "minimum.value is '–'"),
    "money with a unit": (
        "usd: {value: 5000000,",
        "usd: {value: 5 million,",
        "usd.value is '5 million'",
    ),
    "two tables of one": ("nop: rps", "nop: energy", "nop energy appears twice"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_refused_with_its_line(mistake: str):
    good, bad, says = BAD[mistake]
    assert good in SVCE
    text = SVCE.replace(good, bad, 1)
    same = zip(SVCE.splitlines(), text.splitlines(), strict=False)
    changed = next(number for number, (one, other) in enumerate(same, start=1) if one != other)

    with pytest.raises(ConfigError) as refusal:
        load_risk(text)

    said = str(refusal.value)
    assert says in said
    assert abs(int(said.removeprefix("line ").split(":")[0]) - changed) <= 4
    assert "; " in said, "an error names its remedy"


def test_a_product_belongs_to_one_row_of_the_table_at_a_venue():
    text = SVCE.replace(
        "    products: [swap, cfd, basis]\n  - id: c", "    products: [energy]\n  - id: c"
    )
    assert text != SVCE

    with pytest.raises(ConfigError, match="energy at bilateral is in energy and in financial"):
        load_risk(text)


# Files and their schema -----------------------------------------------------------------------


def test_a_file_is_read_as_what_it_is():
    kinds = {
        path.name: type(read(path.read_text(encoding="utf-8")))
        for path in sorted(POLICIES.glob("*.yaml"))
    }

    assert kinds == {
        "close-limits.yaml": LimitPolicy,
        "counterparty-limits.yaml": LimitPolicy,
        "data-limits.yaml": LimitPolicy,
        "desk-limits.yaml": LimitPolicy,
        "feed-limits.yaml": LimitPolicy,
        "stress-scenarios.yaml": StressFile,
        "svce-2017-05-10.yaml": RiskPolicy,
    }


def test_a_file_of_an_unknown_kind_is_refused_with_its_line():
    with pytest.raises(ConfigError, match="line 1: kind: Invalid value 'charter'"):
        read("kind: charter\n")


def test_every_part_of_the_schema_is_described_and_closed():
    for form in FORMS:
        for name, part in json_schema(form)["$defs"].items():
            if part.get("type") == "object":
                assert part["description"], name
                assert part["additionalProperties"] is False, name


def test_every_word_of_a_cell_and_every_deadline_is_used_by_the_policy():
    words = {cell.says for _, _, _, cell in cells(POLICY) if cell.says}
    deadlines = {each for duty in POLICY.duties for each in duty.deadlines}

    assert words == set(Words)
    assert deadlines == set(Deadline)


def test_an_obligation_counts_every_kind_where_it_names_none():
    assert Obligation(percent=115.0, of="peak_load").kinds == ()


@pytest.mark.parametrize(
    "part", ["markets", "instruments", "agreements", "traded_products", "trading_limits"]
)
def test_a_policy_that_approves_nothing_is_refused_at_what_is_empty(part: str):
    text = re.sub(rf"^{part}:\n(?:(?:[ #].*)?\n)*", f"{part}: []\n", SVCE, flags=re.MULTILINE)
    line = text.splitlines().index(f"{part}: []") + 1

    with pytest.raises(ConfigError, match=f"^line {line}: {part} is empty; write what"):
        load_risk(text)


@pytest.mark.parametrize("name", READ_BY_NAME)
def test_a_policy_without_a_list_that_answers_cite_is_refused(name: str):
    with pytest.raises(ConfigError, match=rf"line \d+: there is no list {name}; add it"):
        load_risk(SVCE.replace(f"  - id: {name}\n", f"  - id: {name}-of-old\n", 1))
