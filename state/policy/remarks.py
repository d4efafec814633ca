"""What a lint says of a policy: one remark a thing found."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Concern(StrEnum):
    """What kind of thing a lint found."""

    CONTRADICTION = "contradiction"
    GAP = "gap"
    UNCONFIRMED = "unconfirmed"
    OPEN_QUESTION = "open question"


class Remark(NamedTuple):
    """One thing a lint found.

    Attributes:
        concern: of what kind.
        rule: the name of the check.
        at: clause and page.
        id: the part it is about.
        what: what is wrong.
        holds: what holds meanwhile.
    """

    concern: Concern
    rule: str
    at: str
    id: str
    what: str
    holds: str
