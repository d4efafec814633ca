from __future__ import annotations

import math
from datetime import date

import pytest

from dashboards import formats
from state.moments import HOUR_NS
from tests.dashboards.handmade import ZONE, market_day

NAN, INFINITE = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 0, "0"),
        (-0.2, 0, "0"),
        (-0.6, 0, "−1"),
        (1284311.0, 0, "1,284,311"),
        (-1043.184, 2, "−1,043.18"),
        (NAN, 2, "–"),
        (INFINITE, 0, "over"),
        (-INFINITE, 0, "−over"),
    ],
)
def test_a_number_has_separators_a_true_minus_and_a_dash_for_not_known(
    value: float, digits: int, text: str
):
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(26.4, "+26"), (0.0, "0"), (0.4, "0"), (-3.0, "−3"), (NAN, "–"), (INFINITE, "over")],
)
def test_a_signed_number_shows_its_sign_unless_it_is_nothing(value: float, text: str):
    assert formats.signed(value) == text


@pytest.mark.parametrize(
    ("mw", "words"),
    [
        (-128.4, "▼ SHORT 128 MW"),
        (9.94, "▲ LONG 9.9 MW"),
        (-0.04, "■ FLAT 0.0 MW"),
        (NAN, "? UNKNOWN –"),
        (12_345.0, "▲ LONG 12,345 MW"),
    ],
)
def test_a_position_is_a_word_an_arrow_and_a_size(mw: float, words: str):
    assert f"{formats.arrow(mw)} {formats.side(mw)} {formats.megawatts(mw)}" == words


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0.0, "0 $"),
        (999.0, "999 $"),
        (1000.0, "1.0 k$"),
        (-151_204.0, "−151.2 k$"),
        (999_949.0, "999.9 k$"),
        (999_950.0, "1.00 M$"),
        (2_312_000.0, "2.31 M$"),
        (NAN, "–"),
    ],
)
def test_money_is_written_in_the_unit_that_keeps_it_short(usd: float, text: str):
    assert formats.dollars(usd) == text


def test_a_gain_shows_its_plus_where_the_sign_matters():
    assert formats.dollars(1500.0, sign=True) == "+1.5 k$"


@pytest.mark.parametrize(
    ("share", "text"), [(0.934, "93 %"), (1.045, "104 %"), (INFINITE, "over"), (NAN, "–")]
)
def test_a_share_is_written_as_per_cent(share: float, text: str):
    assert formats.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3.0, "0 s"),
        (38.9, "38 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (3599.0, "59 min"),
        (3600.0, "1 h 00 min"),
        (172_799.0, "47 h 59 min"),
        (172_800.0, "2 d"),
        (NAN, "–"),
    ],
)
def test_an_age_is_told_in_the_coarsest_unit_that_still_tells(seconds: float, text: str):
    assert formats.age(seconds) == text


def test_an_input_that_never_came_has_no_age():
    assert formats.age_since(0, 10**18) == "–"


def test_the_repeated_hour_of_the_long_day_carries_a_star():
    start_ns = market_day(date(2026, 11, 1)).start_ns
    names = [formats.hour_ending(start_ns + hour * HOUR_NS, ZONE) for hour in range(4)]
    assert names == ["HE01", "HE02", "HE02*", "HE03"]


def test_the_short_day_has_no_hour_ending_three():
    start_ns = market_day(date(2026, 3, 8)).start_ns
    names = [formats.hour_ending(start_ns + hour * HOUR_NS, ZONE) for hour in range(3)]
    assert names == ["HE01", "HE02", "HE04"]


def test_times_name_their_zone_and_intervals_their_hour():
    start_ns = market_day().start_ns
    assert formats.clock(start_ns, ZONE) == "00:00:00 PDT"
    assert formats.clock_utc(start_ns) == "2026-07-14 07:00:00 UTC"
    assert formats.interval(start_ns + 13 * HOUR_NS, ZONE) == "13:00 HE14"
    assert formats.clock(0, ZONE) == formats.interval(0, ZONE) == formats.clock_utc(0) == "–"


@pytest.mark.parametrize(("times", "text"), [(60.0, "×60"), (0.5, "×0.5"), (0.0, "×max")])
def test_the_speed_of_a_replay_is_written_as_times(times: float, text: str):
    assert formats.speed(times) == text
