"""The digest: a chain of hashes over the canonical effects, tick by tick.

Two runs with equal digests had the same alerts for the same causes, and the same positions,
values and risk at every tick. Log positions and receipt counts are no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from state.fingerprint import fingerprint
from state.messages import FloatColumn
from state.views import Transition


class DigestChain:
    """Chains what happened since the last tick to what happened before.

    >>> chain = DigestChain()
    >>> chain.link(1)
    >>> chain.hex[:8]
    '9ea2d098'
    """

    def __init__(self, link: bytes = b"") -> None:
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

    def note_figures(self, figures: Iterable[FloatColumn]) -> None:
        """Take in figures that changed."""
        self._since.extend(np.ascontiguousarray(figure).tobytes() for figure in figures)

    def note_state(self, digest: bytes) -> None:
        """Take in the digest of a state as a whole."""
        self._since.append(digest)

    def link(self, tick_ns: int) -> None:
        """Close the tick."""
        link = hashlib.blake2b(self._link, digest_size=16)
        link.update(tick_ns.to_bytes(8, "little", signed=True))
        for part in self._since:
            link.update(len(part).to_bytes(4, "little"))
            link.update(part)
        self._link = link.digest()
        self._since.clear()

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
    return hashlib.blake2b(_digest_encoder.encode(state), digest_size=16).digest()
