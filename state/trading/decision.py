"""What all clauses together say of a trade."""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """What becomes of a trade, the mildest first."""

    ACCEPT = "accept"
    REFER = "refer"
    NO_DECISION = "no_decision"
    REJECT = "reject"
