"""The kinds of intraday shock, by what is still to come and what the leg is marked at.

Loops are compiled with these numbers, and anew with others (``state.compiled`` looks for the word).
"""

from __future__ import annotations

DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM = range(4)

KINDS = 4
