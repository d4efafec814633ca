"""The digest: a chain of hashes over the canonical effects, tick by tick.

Two runs with equal digests had the same alerts for the same causes, and the same positions,
values and risk at every tick. Log positions and receipt counts are no part of it. A tick without
effects is no link of its own: the next link counts it.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import Any

import msgspec
import numpy as np

from state.proof.fingerprint import fingerprint
from state.screens.views import Transition

_TICK, _LENGTH = Struct("<qQ"), Struct("<I")


class DigestChain:
    """Chains what happened since the last tick to what happened before.

    >>> chain = DigestChain()
    >>> chain.note_text("a refusal")
    >>> chain.link(1, number=1)
    >>> chain.hex[:8]
    'b4c7267c'
    """

    def __init__(self, link: bytes = bytes(16)) -> None:
        self._link = link
        self._since: list[bytes] = []

    @property
    def hex(self) -> str:
        """The chain up to the last tick."""
        return self._link.hex()

    def note(self, transition: Transition) -> None:
        """Take in an alert by its cause's business key."""
        row = transition.row
        parts = (
            transition.case,
            transition.sequence,
            transition.change,
            transition.at_ns,
            row.headline,
            row.cause_key,
            row.severity,
            row.condition,
            row.status,
        )
        self._since.append("\0".join(map(str, parts)).encode())

    def note_text(self, text: str) -> None:
        """Take in a line."""
        self._since.append(text.encode())

    def note_fingerprint(self, fingerprint: bytes) -> None:
        """Take in what stands for figures that moved, or for a state as a whole."""
        self._since.append(fingerprint)

    def link(self, tick_ns: int, *, number: int) -> None:
        """Close a tick; one without effects leaves the chain as it is.

        Args:
            tick_ns: the tick.
            number: how many ticks there were, this one included.
        """
        since = self._since
        if not since:
            return
        parts = [self._link, _TICK.pack(tick_ns, number)]
        for part in since:
            parts += _LENGTH.pack(len(part)), part
        self._link = blake2b(b"".join(parts), digest_size=16).digest()
        since.clear()

    def snapshot(self) -> list[bytes]:
        """Return what :meth:`restore` needs."""
        return [self._link, *self._since]

    @classmethod
    def restore(cls, saved: list[bytes]) -> DigestChain:
        """Go on from a snapshot."""
        chain = cls(saved[0])
        chain._since = list(saved[1:])
        return chain


def _array_to_fingerprint(value: object) -> msgspec.msgpack.Ext:
    if isinstance(value, np.ndarray):
        head = f"{value.dtype.str}{value.shape}".encode()
        return msgspec.msgpack.Ext(1, head + fingerprint(value))
    reason = f"{type(value).__name__} has no saved form"
    raise NotImplementedError(reason)


_digest_encoder = msgspec.msgpack.Encoder(enc_hook=_array_to_fingerprint)


def state_digest(state: Any) -> bytes:
    """Hash saved state, its arrays by their fingerprints.

    >>> state_digest({"a": np.eye(2)}) == state_digest({"a": np.eye(2)})
    True
    """
    return blake2b(_digest_encoder.encode(state), digest_size=16).digest()
