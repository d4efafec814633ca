"""What every view is; the views themselves stand in ``<subject>_seen.py``."""

from __future__ import annotations

import msgspec


class View(msgspec.Struct, kw_only=True):
    """Is one named value in the read model."""
