"""What one clause says of a trade."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from state.policy.cells import Part, Place
from state.policy.schema import Provenance


class Verdict(StrEnum):
    """What a clause says of a trade, the mildest first."""

    PASS = "pass"  # noqa: S105 - no password
    REFER = "refer"
    """The Middle Office decides."""

    UNKNOWN = "unknown"
    """What it is held against, or the number of the trade, is not known."""

    REJECT = "reject"


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One clause's answer.

    Attributes:
        id: of the part of the policy.
        at: clause and page.
        check: what was asked.
        verdict: the answer.
        reason: what was found; where it does not pass, and no size would, with the remedy.
        remedy: what would pass, where that is a matter of size.
        value: of the trade, in ``unit``; NaN where nothing is counted or it is not known.
        limit: in ``unit``; NaN likewise.
        provenance: how sure the clause's number is.
    """

    id: str
    at: Place
    check: str
    verdict: Verdict
    reason: str
    remedy: str = ""
    value: float = math.nan
    limit: float = math.nan
    unit: str = ""
    provenance: Provenance = Provenance.CERTAIN


def failing(answers: Iterable[Answer]) -> list[Answer]:
    """Return the answers that do not pass."""
    return [answer for answer in answers if answer.verdict is not Verdict.PASS]


def kept(part: Part, check: str, *, holds: bool, reason: str, remedy: str) -> Answer:
    """Answer a prohibition: it passes where ``holds``, otherwise it rejects with the remedy."""
    return Answer(
        id=part.id,
        at=part.at,
        check=check,
        verdict=Verdict.PASS if holds else Verdict.REJECT,
        reason=reason if holds else f"{reason}; {remedy}",
        provenance=part.provenance,
    )
