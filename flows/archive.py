"""A live run becomes a day: its recording in one folder, with a manifest and its digests."""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.isos import MARKETS
from connectors.log.day_folder import read_opening
from connectors.log.recording import manifest_of, write_manifest
from state.errors import ConfigError

_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILES = ("opening.jsonl.gz", "receipts.csv", "records.jsonl", "answers.jsonl")


def archive(recording: Path, target: Path, *, company: str) -> Path:
    """Make a day of what was recorded up to the last append.

    Args:
        recording: of a live run, which may go on.
        target: the day's folder, made anew.
        company: of the run.

    Returns:
        The day's folder; its digests are not recorded yet.

    Raises:
        ConfigError: there is no recording, or the target is there already.
    """
    opening = recording / "opening.jsonl.gz"
    if not opening.is_file() or not (recording / "until").is_file():
        reason = f"{recording} holds no recording; follow a market with `tieline up --live` first"
        raise ConfigError(reason)
    if target.exists():
        reason = f"{target} is there already; name a folder that is not"
        raise ConfigError(reason)
    until_ns = int((recording / "until").read_text(encoding="ascii"))
    began_ns = read_opening(opening)[0].received_at_ns
    target.mkdir(parents=True)
    for name in _FILES:
        shutil.copyfile(recording / name, target / name)
    with zipfile.ZipFile(target / "payloads.zip", "w", zipfile.ZIP_DEFLATED) as bodies:
        for payload in _payloads(target / "receipts.csv"):
            bodies.write(recording / payload, payload)
    markets = _markets(target / "receipts.csv")
    first_ns = (began_ns // _SECOND_NS + 1) * _SECOND_NS
    local = _EPOCH + timedelta(seconds=began_ns // _SECOND_NS)
    manifest = manifest_of(
        target.name,
        company=company,
        markets=markets,
        time_zone=MARKETS[markets[0]].time_zone if markets else "UTC",
        date=f"{local:%Y-%m-%d}",
        from_ns=first_ns,
        to_ns=max(first_ns, until_ns // _SECOND_NS * _SECOND_NS),
        title=f"recorded live from {local:%Y-%m-%d %H:%M} UTC",
    )
    write_manifest(target, manifest)
    return target


def _payloads(receipts: Path) -> list[str]:
    return _distinct(receipts, column=2)


def _markets(receipts: Path) -> list[str]:
    return sorted(_distinct(receipts, column=1))


def _distinct(receipts: Path, *, column: int) -> list[str]:
    """Return the different values of a column of the receipts, in order of appearance."""
    lines = receipts.read_text(encoding="utf-8").splitlines()[1:]
    return list(dict.fromkeys(line.split(",")[column] for line in lines))
