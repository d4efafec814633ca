"""Value at risk: the ways to measure a tail, one file each; a new one is a file and a line here.

Historical simulation is what the desk's limits stand on, kept current after
every message (``state.risk.portfolio``). The others are computed on request, from the same
scenarios, and stand beside it.
"""

from __future__ import annotations

from state.risk.age_weighted import AGE_WEIGHTED
from state.risk.extreme_value import EXTREME_VALUE
from state.risk.filtered import FILTERED
from state.risk.filtered_garch import FILTERED_GARCH
from state.risk.measure import Measure
from state.risk.monte_carlo import MONTE_CARLO
from state.risk.parametric import PARAMETRIC
from state.risk.parametric_ewma import PARAMETRIC_EWMA
from state.risk.unweighted import HISTORICAL
from state.risk.volatility_weighted import VOLATILITY_WEIGHTED

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        HISTORICAL,
        AGE_WEIGHTED,
        VOLATILITY_WEIGHTED,
        FILTERED,
        FILTERED_GARCH,
        PARAMETRIC,
        PARAMETRIC_EWMA,
        EXTREME_VALUE,
        MONTE_CARLO,
    )
}
