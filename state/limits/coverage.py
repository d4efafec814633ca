"""Intraday coverage of the obligation, one instance an hour."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule
from state.messages import FIRM


def _subject(scope: str, period: str) -> str:
    market = scope.removesuffix(FIRM).rstrip("/")
    whose = f" of {market}" if market else ""
    return f"Intraday coverage{whose} {period.rsplit(' ', maxsplit=1)[-1]}"


RULE = Rule(
    name="coverage",
    figure="coverage",
    unit="ratio",
    edges=(Edge.BAND, Edge.FLOOR, Edge.CEILING),
    subject=_subject,
    how="expected supply and trades that deliver in the hour / expected load at the meter",
    short_word="SHORT",
    long_word="LONG",
    least=0.0,
)
