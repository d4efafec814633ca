"""What the dashboard process counts; served with the metrics of every process."""

from __future__ import annotations

from prometheus_client import Gauge

from dashboards.frame import Frame

SCREENS = Gauge("tieline_screens", "Screens open.")
POSITION = Gauge("tieline_screen_position", "Log position the screens show.")
TICK_AGE = Gauge("tieline_screen_tick_age_seconds", "Wall time since the run's clock moved.")
CURRENT = Gauge("tieline_screen_current", "1 while figures may look current, else 0.")


def measure(frame: Frame, screens: int) -> None:
    """Set all of them."""
    SCREENS.set(screens)
    POSITION.set(frame.position)
    TICK_AGE.set(frame.tick_age_seconds)
    CURRENT.set(int(frame.is_current))
