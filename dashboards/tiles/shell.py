"""The head of the page: whose run this is, how far it can be trusted, and what the keys do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dashboards import formats
from dashboards.frame import Frame, Standing
from dashboards.tiles.tile import Scene

_BADGES = {
    Standing.WAITING: "WAITING",
    Standing.LIVE: "● LIVE",
    Standing.REPLAY: "▶ REPLAY",
    Standing.PAUSED: "❚❚ PAUSED",
    Standing.ENDED: "■ ENDED",
    Standing.STALE: "STALE",
    Standing.UNREACHABLE: "NO STORE",
}


def values(scene: Scene, titles: Mapping[str, str]) -> dict[str, object]:
    """Return what the head says.

    Args:
        scene: what is shown.
        titles: of the pages, by name, in their order.
    """
    frame = scene.frame
    return {
        "choice": scene.choice,
        "person": scene.person,
        "pages": titles,
        "facts": _facts(scene, titles),
        "badge": _BADGES[frame.standing],
        "words": _words(frame),
        "banner": banner(frame, scene.zone),
        "time": formats.clock(frame.clock.tick_ns, scene.zone) if frame.clock else "",
        "utc": formats.clock_utc(frame.clock.tick_ns) if frame.clock else "",
        "position": formats.number(frame.position),
        "markets": frame.markets,
        "market": scene.market,
    }


def _facts(scene: Scene, titles: Mapping[str, str]) -> dict[str, str]:
    """Return what the page's body has to know, for its style sheet.

    ``still`` is for its watch over the connection: while the clock stands (paused, ended, the store
    away) nothing else of the head changes, and a page that is told nothing holds itself cut off.
    """
    clock, standing = scene.frame.clock, scene.frame.standing.value
    return {
        "standing": standing,
        "still": f"{scene.frame.tick_age_seconds:.0f}",
        "run": "replay" if clock and clock.day else "live",
        "page": scene.choice.page,
        "theme": scene.choice.theme,
        "kiosk": "1" if scene.choice.kiosk else "",
        "title": f"{titles[scene.choice.page]} · Tieline"
        + ("" if scene.frame.is_current else f" · {standing.upper()}"),
    }


def _words(frame: Frame) -> list[str]:
    clock = frame.clock
    if clock is None:
        return []
    replayed = [f"{formats.speed(clock.speed)} of {clock.day}"] if clock.day else []
    return [*replayed, clock.company]


def banner(frame: Frame, zone: str) -> str:
    """Return the sentence across the page, empty when all is as it should be."""
    last = formats.day_and_clock(frame.clock.tick_ns, zone) if frame.clock else formats.UNKNOWN
    if frame.standing is Standing.UNREACHABLE:
        since, read = _wall(frame.unreachable_since), _wall(frame.read_at)
        return (
            f"Store unreachable since {since}, last frame {read}. Nothing below is current. "
            "The dashboard reconnects by itself."
        )
    if frame.standing is Standing.STALE:
        return (
            f"No tick for {formats.age(frame.tick_age_seconds)}: last state at {last}. Nothing "
            "below is current. Ingest or the monitor stands still: /readyz of each says why."
        )
    if frame.standing is Standing.ENDED:
        return (
            f"Replay ended, last state at {last}."
            if frame.clock and frame.clock.day
            else (f"The run ended, last state at {last}.")
        )
    if frame.standing is Standing.PAUSED:
        return f"Paused at {last}."
    if frame.standing is Standing.WAITING:
        return "Waiting for the first tick: the monitor has written nothing yet."
    return ""


def _wall(moment: dt.datetime | None) -> str:
    return moment.astimezone().strftime("%H:%M:%S %Z") if moment else "never"
