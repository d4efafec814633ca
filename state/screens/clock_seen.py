"""What the screens read of the fold: where it stands."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class ClockView(View, kw_only=True, tag="clock"):
    """Where the fold stands.

    Attributes:
        tick_ns: the last tick; 0 before the first.
        phase: of the run: ``started``, ``paused``, ``resumed`` or ``ended``.
        day: the replayed day, empty when live.
        digest: the chain of canonical effects up to the last tick, hex.
        timing_digest: the chain of effects of timing (ages, feed cases, dead letters), hex.
    """

    company: str
    position: int
    tick_ns: int
    run: str = ""
    phase: str = ""
    day: str = ""
    speed: float = 1.0
    digest: str = ""
    timing_digest: str = ""
    policies: list[str] = msgspec.field(default_factory=list)  # ``name version``, in force
