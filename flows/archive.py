"""A live run becomes a day: its recording in one folder, with a manifest and its digests."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.isos import MARKETS
from connectors.log.day_folder import OPENING, Manifest, read_opening
from connectors.log.days import Day
from connectors.log.recording import lines_until, manifest_of, recorded, write_manifest
from connectors.log.redis import RedisLog
from flows.appended import others, write_among
from state.errors import ConfigError
from state.moments import SECOND_NS, from_ns


def archive(recording: Path, target: Path, *, company: str, log: RedisLog) -> Path:
    """Make a day of what was recorded up to the last append, and of what others appended.

    Args:
        recording: of a live run, which may go on.
        target: the day's folder, made anew.
        company: of the run.
        log: of the run: what the gateway, the screens and commands appended is there alone.

    Returns:
        The day's folder; its digests are not recorded yet.

    Raises:
        ConfigError: there is no recording, or no second of one, the log is of another run, or the
            target or its ``.part`` is there already.
        LogError: the log was trimmed.
    """
    found = recorded(recording)
    if found is None:
        reason = f"{recording} holds no recording; follow a market with `tieline up --live` first"
        raise ConfigError(reason)
    if found.until_ns < _first_ns(recording):
        reason = f"{recording} holds no second yet; let the run go on for a moment"
        raise ConfigError(reason)
    require_new(target)
    part = _part(target)
    part.mkdir(parents=True)
    try:
        _copy(recording, part, found.until_ns)
        write_manifest(part, _manifest(part, target.name, company, found.until_ns))
        write_among(part / "records.jsonl", list(others(log, Day.open(part), found)))
        part.rename(target)
    except BaseException:
        shutil.rmtree(part)
        raise
    return target


def require_new(target: Path) -> None:
    """Refuse a day's folder that is there, or whose place of making is taken.

    Raises:
        ConfigError: naming what is there; it is left as it is.
    """
    if target.exists():
        reason = f"{target} is there already; name a folder that is not"
        raise ConfigError(reason)
    part = _part(target)
    if part.exists():
        reason = (
            f"{part} is there already; remove it where it was left by an archive that was cut "
            "short, or name another folder"
        )
        raise ConfigError(reason)


def _part(target: Path) -> Path:
    """Where a day is made until it is whole."""
    return target.with_name(f"{target.name}.part")


def _copy(recording: Path, part: Path, until_ns: int) -> None:
    """Copy what the log has; a run that goes on writes behind it."""
    shutil.copyfile(recording / OPENING, part / OPENING)
    for name in ("receipts.csv", "records.jsonl", "answers.jsonl"):
        with (recording / name).open("rb") as lines, (part / name).open("wb") as kept:
            kept.writelines(lines_until(lines, until_ns))
    with zipfile.ZipFile(part / "payloads.zip", "w", zipfile.ZIP_DEFLATED) as bodies:
        for payload in _distinct(part / "receipts.csv", column=2):
            _require_body(recording / payload)
            bodies.write(recording / payload, payload)


def _require_body(path: Path) -> None:
    if not path.is_file():
        reason = (
            f"{path} is gone; restore it, or take its lines out of receipts.csv beside: what it "
            "gave to the log is there, and an archive takes it from there"
        )
        raise ConfigError(reason)


def _manifest(part: Path, name: str, company: str, until_ns: int) -> Manifest:
    first_ns = _first_ns(part)
    markets = sorted(_distinct(part / "receipts.csv", column=1))
    zone = MARKETS[markets[0]].time_zone if markets else "UTC"
    began = from_ns((first_ns // SECOND_NS - 1) * SECOND_NS)
    return manifest_of(
        name,
        company=company,
        markets=markets,
        time_zone=zone,
        date=f"{began.astimezone(ZoneInfo(zone)):%Y-%m-%d}",
        from_ns=first_ns,
        to_ns=until_ns // SECOND_NS * SECOND_NS,
        title=f"recorded live from {began:%Y-%m-%d %H:%M} UTC",
    )


def _first_ns(folder: Path) -> int:
    """Return the first tick after the opening."""
    return (read_opening(folder / OPENING)[0].received_at_ns // SECOND_NS + 1) * SECOND_NS


def _distinct(receipts: Path, *, column: int) -> list[str]:
    """Return the different values of a column of the receipts, in order of appearance."""
    lines = receipts.read_text(encoding="utf-8").splitlines()[1:]
    return list(dict.fromkeys(line.split(",")[column] for line in lines))
