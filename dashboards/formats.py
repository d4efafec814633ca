"""How figures are written on the screens: one function a kind of figure.

Every figure carries its sign as a character (a true minus), its unit, and a dash where it is
not known. Times are written in the market's zone, with the hour ending beside an interval.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from state.moments import SECOND_NS, from_ns

UNKNOWN = "–"
"""What is not known, or is not there."""

MINUS = "\N{MINUS SIGN}"
REPLAY_FASTEST = "max"

_MINUTE = 60
_HOUR = 3600
_DAY = 86_400
_KILO = 1_000.0
_MEGA = 1_000_000.0
_MEGA_FROM = 999_950.0
"""What would round to 1,000.0 k$ is written in M$."""
_ONE_DIGIT_BELOW_MW = 10
_OF_A_CELL = re.compile(r" \(the cell is ((?:[^()]|\([^()]*\))*)\)")
"""What a policy leaves open of one of its cells; a note may have brackets of its own."""
_HYPHEN = re.compile(r"(?<![\w.-])-(?=\$?\d)")
"""Before a number, and not within a name or a date."""


def number(value: float, digits: int = 0) -> str:
    """Write a number with thousands separators.

    >>> number(-1043.184, 2)
    '−1,043.18'
    >>> number(float("nan"))
    '–'
    """
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "over" if value > 0 else f"{MINUS}over"
    text = f"{abs(value):,.{digits}f}"
    return text if value >= 0 or _is_zero(text) else MINUS + text


def true_minus(text: str) -> str:
    """Write the hyphens before numbers of a text the state wrote as minus signs.

    >>> true_minus("P&L today of firm -$324,448 near -$400,000 (2026-09-08)")
    'P&L today of firm −$324,448 near −$400,000 (2026-09-08)'
    >>> true_minus("limit-prompt-month 0 $ of CP-11")
    'limit-prompt-month 0 $ of CP-11'
    """
    return _HYPHEN.sub(MINUS, text)


def headline(text: str) -> str:
    """Write a headline of the state: true minus signs, and what several cells leave open once.

    >>> headline("$: $9 > $5 (the cell is unknown: tier); MW: 9 > 2 (the cell is unknown: tier)")
    '$: $9 > $5; MW: 9 > 2 (these cells are unknown: tier)'
    """
    return true_minus(_OF_A_CELL.sub(_once, text))


def _once(remark: re.Match[str]) -> str:
    """Keep a remark where it stands last, in the plural if it stood before."""
    if remark[0] in remark.string[remark.end() :]:
        return ""
    repeated = remark[0] in remark.string[: remark.start()]
    return f" (these cells are {remark[1]})" if repeated else remark[0]


def signed(value: float, digits: int = 0) -> str:
    """Write a number that always shows its sign, except a zero.

    >>> signed(26.4), signed(-0.2), signed(-3.0)
    ('+26', '0', '−3')
    """
    text = number(value, digits)
    plain = math.isnan(value) or _is_zero(text) or text.startswith((MINUS, "over"))
    return text if plain else f"+{text}"


def _is_zero(text: str) -> bool:
    return not text.strip("0.,")


def side(mw: float) -> str:
    """Name the side of an open position.

    >>> side(-128.4), side(3.0), side(0.04), side(float("nan"))
    ('SHORT', 'LONG', 'FLAT', 'UNKNOWN')
    """
    if math.isnan(mw):
        return "UNKNOWN"
    if _is_zero(f"{abs(mw):.1f}"):
        return "FLAT"
    return "LONG" if mw > 0 else "SHORT"


def arrow(mw: float) -> str:
    """Return the mark that goes with :func:`side`."""
    return {"LONG": "▲", "SHORT": "▼", "FLAT": "■", "UNKNOWN": "?"}[side(mw)]


def megawatts(mw: float) -> str:
    """Write the size of a position; its side is a word beside it.

    >>> megawatts(-128.4), megawatts(9.94)
    ('128 MW', '9.9 MW')
    """
    if math.isnan(mw):
        return UNKNOWN
    digits = 1 if abs(mw) < _ONE_DIGIT_BELOW_MW else 0
    return f"{number(abs(mw), digits)} MW"


def dollars(usd: float, *, sign: bool = False) -> str:
    """Write an amount of money in $, k$ or M$.

    >>> dollars(-151204), dollars(2.31e6), dollars(512.4, sign=True)
    ('−151.2 k$', '2.31 M$', '+512 $')
    """
    if math.isnan(usd):
        return UNKNOWN
    write = signed if sign else number
    size = abs(usd)
    if size >= _MEGA_FROM:
        return f"{write(usd / _MEGA, 2)} M$"
    if size >= _KILO:
        return f"{write(usd / _KILO, 1)} k$"
    return f"{write(usd)} $"


def price(usd_per_mwh: float) -> str:
    """Write a price in $/MWh; the unit stands in the header.

    >>> price(1043.184), price(-3.5)
    ('1,043.18', '−3.50')
    """
    return number(usd_per_mwh, 2)


def percent(share: float, digits: int = 0) -> str:
    """Write a share of one as per cent.

    >>> percent(0.934, 1), percent(float("inf")), percent(float("nan"))
    ('93.4 %', 'over', '–')
    """
    if not math.isfinite(share):
        return number(share)
    return f"{number(100 * share, digits)} %"


def age(seconds: float) -> str:
    """Write how long ago something was, in the coarsest unit that still tells.

    >>> [age(s) for s in (0.4, 38, 240, 5400, 93600, 260000)]
    ['0 s', '38 s', '4 min', '1 h 30 min', '26 h 00 min', '3 d']
    """
    if math.isnan(seconds):
        return UNKNOWN
    whole = max(0, int(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d"


def age_since(at_ns: int, now_ns: int) -> str:
    """Write the age of something received at ``at_ns``; 0 means nothing was."""
    return age((now_ns - at_ns) / SECOND_NS) if at_ns > 0 else UNKNOWN


def clock(at_ns: int, time_zone: str) -> str:
    """Write a moment in the market's zone.

    >>> clock(1_784_047_508_000_000_000, "America/Los_Angeles")
    '09:45:08 PDT'
    """
    if at_ns <= 0:
        return UNKNOWN
    return from_ns(at_ns).astimezone(ZoneInfo(time_zone)).strftime("%H:%M:%S %Z")


def minute(at_ns: int, time_zone: str) -> str:
    """Write a moment in a zone, to the minute.

    >>> minute(1_784_047_500_000_000_000, "America/Los_Angeles")
    '09:45 PDT'
    """
    return from_ns(at_ns).astimezone(ZoneInfo(time_zone)).strftime("%H:%M %Z")


def day_and_clock(at_ns: int, time_zone: str) -> str:
    """Write a moment with its date in the market's zone.

    >>> day_and_clock(1_784_047_508_000_000_000, "America/Los_Angeles")
    '2026-07-14 09:45:08 PDT'
    """
    if at_ns <= 0:
        return UNKNOWN
    return from_ns(at_ns).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


_MOMENT = re.compile(r"(^|waived until )(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def in_zone(note: str, time_zone: str) -> str:
    """Write the moments that the monitor put into a note in a zone; what a person said stays.

    >>> in_zone("2026-07-14 16:45:08 UTC risk: from 09:00:00 UTC on", "America/Los_Angeles")
    '2026-07-14 09:45:08 PDT risk: from 09:00:00 UTC on'
    """

    def local(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(f"{found[2]}+00:00").astimezone(ZoneInfo(time_zone))
        return f"{found[1]}{moment:%Y-%m-%d %H:%M:%S %Z}"

    return _MOMENT.sub(local, note)


def clock_utc(at_ns: int) -> str:
    """Write a moment in UTC, as shown on hover."""
    return from_ns(at_ns).strftime("%Y-%m-%d %H:%M:%S UTC") if at_ns > 0 else UNKNOWN


def hour_ending(at_ns: int, time_zone: str) -> str:
    """Name the hour a moment falls in; a repeated hour's second run has a star.

    >>> hour_ending(1_793_525_400_000_000_000, "America/Los_Angeles")
    'HE02*'
    """
    local = from_ns(at_ns).astimezone(ZoneInfo(time_zone))
    return f"HE{local.hour + 1:02d}{'*' if local.fold else ''}"


def interval(start_ns: int, time_zone: str) -> str:
    """Write the start of an interval with its hour ending.

    >>> interval(1_784_047_500_000_000_000, "America/Los_Angeles")
    '09:45 HE10'
    """
    if start_ns <= 0:
        return UNKNOWN
    local = from_ns(start_ns).astimezone(ZoneInfo(time_zone))
    return f"{local:%H:%M} {hour_ending(start_ns, time_zone)}"


def speed(times: float) -> str:
    """Write the speed of a replay.

    >>> speed(60.0), speed(0.5), speed(0)
    ('×60', '×0.5', '×max')
    """
    return f"×{times:g}" if times > 0 else f"×{REPLAY_FASTEST}"
