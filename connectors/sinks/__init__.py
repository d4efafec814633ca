"""Where alerts go: a sink is one file of this package and one line of :data:`SINKS`.

A sink translates a :class:`Notice` into what an outside system takes, once. Retries, the order of
alerts, the delivery log and the deadline of a call that hangs are the outbox's
(``flows/outbox.py``), so that a sink stays a page long.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Protocol

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from connectors.options import read_kind

SINKS: dict[str, str] = {
    "apprise": "connectors.sinks.apprise:AppriseOptions",
    "console": "connectors.sinks.console:ConsoleOptions",
    "webhook": "connectors.sinks.webhook:WebhookOptions",
}
"""The options of each kind of sink, imported when one is configured: apprise takes its time."""

Severity = Literal["warn", "unknown", "breach"]
Change = Literal[
    "warned", "breached", "unknown", "known", "eased", "resolved", "expired", "reopened",
    "acknowledged", "assigned", "commented", "mitigated", "owed", "duty_done", "waived",
    "waiver_over", "closed",
]  # fmt: skip
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]

ANNOUNCED: tuple[Change, ...] = (
    "warned", "breached", "unknown", "reopened", "resolved", "expired", "waived", "waiver_over",
)  # fmt: skip
"""Changes of a case that go out unless the sink is told otherwise."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to the outside: one transition of one case.

    Attributes:
        change: the transition (``breached``, …), or ``clock_dead`` and ``clock_alive``.
        severity: worst state of the case while open: ``warn``, ``unknown`` or ``breach``.
        at_ns: when it changed; ``since_ns``: when the case opened.
        passive: False when a trade or an adjustment caused it.
        replay: True when the run replays a day; nothing of it happens now.
    """

    case: str
    sequence: int
    change: str
    headline: str
    severity: str
    at_ns: int
    since_ns: int
    clause: str = ""
    scope: str = ""
    period: str = ""
    value: str = ""
    limit: str = ""
    passive: bool = True
    cause: str = ""
    link: str = ""
    run: str = ""
    replay: bool = False

    @property
    def key(self) -> str:
        """The idempotency key, the same however often the notice is sent.

        >>> Notice(case="c-1", sequence=2, change="breached", headline="NOP over",
        ...        severity="breach", at_ns=0, since_ns=0).key
        'c-1/2'
        """
        return f"{self.case}/{self.sequence}"


class Verdict(StrEnum):
    """How an attempt to deliver ended."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """The end of one attempt; the reason holds no address and no secret."""

    verdict: Verdict
    reason: str = ""


DELIVERED = Outcome(Verdict.DELIVERED)


class Sink(Protocol):
    """One place alerts go to. ``send`` is called from several threads, and may block or raise."""

    outside: ClassVar[bool]
    """Whether it reaches beyond this terminal; a replay reaches no such sink unless told to."""

    def send(self, notice: Notice) -> Outcome:
        """Send once; neither retry nor record."""


class SinkOptions(BaseModel):
    """What every sink can be told.

    Attributes:
        name: its name in the delivery log; two of one kind need different ones.
        minimum_severity: cases that never were this bad are left out.
        changes: which transitions are announced.
        timeout_seconds: how long one attempt may take in all.
        budget_seconds: how long one notice is tried before it is recorded as failed; over an
            hour, so that an endpoint may be away for an hour and miss nothing.
        first_pause_seconds: pause after the first attempt; it doubles, with jitter.
        longest_pause_seconds: what the pause grows to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = ""
    minimum_severity: Severity = "warn"
    changes: tuple[Change, ...] = ANNOUNCED
    timeout_seconds: Seconds = 15.0
    budget_seconds: Seconds = 3_900.0
    first_pause_seconds: Seconds = 0.5
    longest_pause_seconds: Seconds = 30.0

    def open(self) -> Sink:
        """Make the sink.

        Raises:
            ConfigError: an option cannot work, whatever the outside does.
        """
        raise NotImplementedError


def read_options(settings: Mapping[str, object]) -> SinkOptions:
    """Read one sink's settings; a sink without a name is called after its kind.

    Raises:
        ConfigError: the kind is unknown or an option is wrong; the value is not shown, because
            it may be a secret.

    >>> read_options({"kind": "console"}).name
    'console'
    """
    return read_kind(SINKS, settings, SinkOptions, called="sink")
