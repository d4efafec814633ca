"""The naive oracle: every figure of ``docs/meanings.md``, recomputed from dictionaries.

It shares nothing with the core but the vocabulary, the views' names and the calendar. Facts are
kept cell by cell (``facts``), the formulas are loops over intervals (``volumes``, ``money``,
``scenarios``), and the clock walks from moment to moment, so that a tick an hour late is the
same as a tick at each moment that passed (``clock``).
"""

from __future__ import annotations

from tests.state.oracle.clock import Oracle
from tests.state.oracle.figures import Figures, differences, figures_of_views

__all__ = ["Figures", "Oracle", "differences", "figures_of_views"]
