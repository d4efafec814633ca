"""Where a written policy says something, and a number as it says it.

A cell of a table is one of four: a number, what is as good as a number ("as needed to schedule the
load", "not applicable"), a number read with less than certainty, or candidates of which the text
at hand does not tell the right one. The last binds by its most restrictive candidate.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from state.policy.schema import Identifier, Provenance, Strict
from state.policy.strict import Finding

Section = Annotated[
    str,
    msgspec.Meta(
        pattern="^§[1-9][0-9]*([.][1-9][0-9]*)?( fn[1-9])?$",
        description="a section, or a footnote of it: §5.6, §5.6 fn1",
    ),
]
Page = Annotated[int, msgspec.Meta(ge=1, le=999)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Term = Annotated[
    str,
    msgspec.Meta(
        pattern="^[a-z0-9]+(_[a-z0-9]+)*$",
        description="a name of the registry it belongs to: a period, a product, a figure",
    ),
]
Date = Annotated[
    str,
    msgspec.Meta(
        pattern="^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="an ISO date, quoted",
    ),
]


class Place(Strict, frozen=True, kw_only=True):
    """Where the source says it.

    Attributes:
        clause: the section it numbers itself.
        page: the number printed on the page.
    """

    clause: Section
    page: Page

    def __str__(self) -> str:
        return f"{self.clause} p. {self.page}"


class Part(Strict, frozen=True, kw_only=True):
    """Is a part of the policy that has a name and a place in the source.

    Attributes:
        id: its name for ever, unique in the policy; cases and answers cite it.
        at: where the source says it.
        provenance: how sure it is that the source says this.
    """

    id: Identifier
    at: Place
    provenance: Provenance = Provenance.CERTAIN


class Words(StrEnum):
    """What a cell says where it has no number."""

    SCHEDULE_LOAD = "schedule_load"
    """As needed to schedule the load: no tier; a trade must bring the open position nearer to
    zero."""

    NOT_APPLICABLE = "not_applicable"
    """N/A."""


class Cell(Strict, frozen=True, kw_only=True):
    """One cell of a table: a value, words, or candidates.

    Attributes:
        value: the number, in the unit of the column.
        says: words that stand instead of one.
        candidates: numbers of which one is right; the most restrictive binds.
        provenance: how sure it is that the source's cell says this.
        note: why it is not certain.
    """

    value: Amount | None = None
    says: Words | None = None
    candidates: tuple[Amount, ...] = ()
    provenance: Provenance = Provenance.CERTAIN
    note: str = ""

    @property
    def ceiling(self) -> float | None:
        """What binds from above: the number, or the least of the candidates; None for words."""
        return min(self.candidates) if self.candidates else self.value

    @property
    def floor(self) -> float | None:
        """What binds from below: the number, or the greatest of the candidates; None for words."""
        return max(self.candidates) if self.candidates else self.value

    @property
    def confirmed(self) -> bool:
        """Whether the source's cell is known to say this."""
        return self.provenance is Provenance.CERTAIN


def cell_findings(cell: Cell, path: str) -> Iterator[Finding]:
    """Yield what is wrong with a cell that has the right form."""
    given = [
        name for name in ("value", "says", "candidates") if getattr(cell, name) not in (None, ())
    ]
    if len(given) != 1:
        what = f"the cell has {' and '.join(given) or 'nothing'}"
        yield Finding(path, what, "give exactly one of value, says, candidates")
    if cell.candidates and cell.provenance is not Provenance.UNKNOWN:
        what = f"candidates with provenance {cell.provenance}"
        yield Finding(path, what, "one of several candidates is unknown; say so")
    if cell.value is not None and cell.provenance is Provenance.UNKNOWN:
        yield Finding(path, "a value with provenance unknown", "write it as candidates")
    if cell.provenance is not Provenance.CERTAIN and not cell.note:
        what = f"provenance {cell.provenance} without a note"
        yield Finding(path, what, "add a note that says why")
