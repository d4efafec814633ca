"""A day through the plain loop, as a process whose environment a test chooses.

Prints the digests, and what this process computes with. Asked to begin ``warm``, as a monitor does,
it says also which compiled loops were loaded or compiled later than that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from connectors.log.days import Day
from flows.fold import fold
from state.warm import load_loops
from tests.state.compiled_loops import loaded


def features() -> list[str]:
    """Return the processor features numpy chooses by at run time, as far as they are on.

    numpy has no public name for them that says which are on.
    """
    return [name for name in __cpu_dispatch__ if __cpu_features__[name]]


if __name__ == "__main__":
    warm = sys.argv[2:] == ["warm"]
    if warm:
        load_loops()
    before = loaded()
    company, transitions = fold(Day.open(Path(sys.argv[1])))
    if warm:
        company.views()
    ended = {
        "digests": [company.digest, company.timing_digest],
        "changes": [(each.case, each.sequence, each.change, each.at_ns) for each in transitions],
        "features": features(),
        "hash": hash("tieline"),
        "late": sorted(loaded() - before),
    }
    print(json.dumps(ended))  # noqa: T201 - what it is for
