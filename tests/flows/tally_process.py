"""A monitor of the tally as a process of its own: settings come from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.log.redis import connect
from flows import monitor
from flows.monitor import Monitored
from tests.flows.tally import Tally


def monitored() -> Monitored:
    """Return what the environment says is folded."""
    return Monitored(
        run=os.environ["TALLY_RUN"],
        company="company",
        fold=Tally,
        snapshots=Path(os.environ["TALLY_SNAPSHOTS"]),
        every_ticks=100,
        pause_seconds=0.0,
        until_ended=True,
    )


if __name__ == "__main__":
    monitor.run(connect(os.environ["TALLY_URL"]), monitored())
