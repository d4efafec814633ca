"""``tieline archive``: a live run as a day that replays to the same digests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors.log.days import Day
from connectors.log.redis import RedisLog
from flows.archive import archive as make_archive
from flows.commands.options import Config
from flows.commands.up import LIVE_RUN
from flows.fold import fold
from flows.proof import record
from flows.runs import require_folder
from flows.settings import load_settings
from flows.store_open import store_open


def archive(
    target: Annotated[Path, typer.Argument(help="The day's folder, made anew.")],
    *,
    run: Annotated[str, typer.Option(help="The live run.")] = LIVE_RUN,
    config: Config = None,
) -> int:
    """Make a day of what a live run has recorded, with its digests."""
    settings = load_settings(config, run=run)
    require_folder(settings)
    with store_open(settings) as client:
        folder = make_archive(
            settings.run_dir / "recording",
            target,
            company=settings.company,
            log=RedisLog(client, settings.run),
        )
    return tell(folder)


def tell(folder: Path) -> int:
    """Record the digests of a day that was made, and say so."""
    company, _ = fold(Day.open(folder))
    record(folder, digest=company.digest, timing_digest=company.timing_digest)
    sys.stdout.write(
        f"{folder}: digest {company.digest}; play it with `tieline up --day {folder}`, "
        f"prove it with `tieline replay {folder} --prove`\n"
    )
    return 0
