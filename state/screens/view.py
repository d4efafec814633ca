"""What every view is; the views themselves stand in ``<subject>_seen.py``."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


class View(msgspec.Struct, kw_only=True):
    """Is one named value in the read model."""
