"""Names of the keys of a run in the store: they are written down here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

RUN_SHOWN = "tieline:run"
"""Names the run the screens show."""


@dataclass(frozen=True)
class RunKeys:
    """The keys of one run (``docs/architecture.md`` says what each holds).

    >>> RunKeys("live").offsets
    'tieline:live:log:offsets'
    """

    run: str

    @property
    def log(self) -> str:
        """Stream of messages, ids ``N-0`` without a gap."""
        return self._named("log")

    @property
    def seen(self) -> str:
        """Idempotency key to the digest of its last accepted content, and its position."""
        return self._named("log:seen")

    @property
    def offsets(self) -> str:
        """Source to the offset of the next item to read."""
        return self._named("log:offsets")

    @property
    def dead(self) -> str:
        """Stream of dead letters."""
        return self._named("dead")

    @property
    def refused(self) -> str:
        """Stream of entries of the log that the core refused, ids ``position-n``."""
        return self._named("refused")

    @property
    def readers(self) -> str:
        """Reader to the log position it will never ask for again."""
        return self._named("readers")

    @property
    def view(self) -> str:
        """View name to its newest value; ``position`` to the position of the newest write."""
        return self._named("view")

    @property
    def alerts(self) -> str:
        """Stream of transitions, ids ``position-n``."""
        return self._named("alerts")

    @property
    def deliveries(self) -> str:
        """Stream of what notify sent."""
        return self._named("deliveries")

    @property
    def outbox(self) -> str:
        """Sink to the last id of the alert stream it has dealt with."""
        return self._named("outbox")

    @property
    def starts(self) -> str:
        """Stream of the starts of processes."""
        return self._named("starts")

    @property
    def heartbeat(self) -> str:
        """Process to the wall-clock nanoseconds of its last sign of life."""
        return self._named("heartbeat")

    def _named(self, name: str) -> str:
        return f"tieline:{self.run}:{name}"
