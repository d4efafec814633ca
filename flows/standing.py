"""The company as it stands: at the end of a run's log, or of a day folded here."""

from __future__ import annotations

from pathlib import Path

from connectors.log.day_folder import local_moment_ns
from connectors.log.days import Day
from flows.days import find_day
from flows.fold import fold
from flows.runs import with_run
from flows.settings import load_settings
from flows.state_at import present_state
from flows.store_reach import reach_store
from state.company import Company


def company_of(
    replayed: str = "", *, until: str = "", run: str | None = None, config: Path | None = None
) -> Company:
    """Return the state at the end of a run's log, or of a day folded here.

    Args:
        replayed: a day's name; empty for the run.
        until: of a day, market-local HH:MM; else its end.
        run: the run; by default the one shown.
        config: settings as YAML.

    Raises:
        LogError: neither the log's head nor a snapshot is left.
    """
    if not replayed:
        settings = with_run(load_settings(config, run=run))
        return present_state(
            reach_store(settings),
            settings.run,
            company=settings.company,
            snapshots=settings.run_dir / "snapshots",
        )
    day = Day.open(find_day(replayed))
    until_ns = local_moment_ns(day.manifest, until) if until else None
    company, _ = fold(day, until_ns=until_ns)
    return company
