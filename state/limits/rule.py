"""What a rule is: the figure it reads, its edges, and its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from state.limits.edges import Edge


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of limit.

    Attributes:
        name: what a policy's limit calls it.
        figure: the reading it stands on.
        unit: of the figure and of the limit's numbers.
        edges: which edges a limit may have; a floor with a ceiling is a band.
        subject: the figure of a scope and period, in words.
        short_word: what a value below a floor is called, long_word: above a ceiling.
        least, most: what nothing at all comes to, and no value exceeds; no edge there warns.
        is_feed: the rule watches feeds; limits without their feed fold into its cases.
        is_timing: what it finds is an effect of timing, as feed ages are.
        by_event: it reads what comes: with nothing come, nothing is wrong and nothing is unknown.
        how: how the figure is computed, for the explanation of a case.
    """

    name: str
    figure: str
    unit: str
    edges: tuple[Edge, ...]
    subject: Callable[[str, str], str]
    how: str
    short_word: str = ""
    long_word: str = ""
    least: float = -inf
    most: float = inf
    is_feed: bool = False
    is_timing: bool = False
    by_event: bool = False
