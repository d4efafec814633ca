"""Sparklines: the path of a line as wide and high as its cell."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def sparkline(history: NDArray[np.float64], width: float, height: float) -> str:
    """Return the path of some values, the last one rightmost; a gap where there is none.

    >>> sparkline(np.array([1.0, 2.0]), 76, 15)
    'M0.0,14.0 L76.0,1.0'
    """
    known = np.isfinite(history)
    if not known.any():
        return ""
    low, high = float(history[known].min()), float(history[known].max())
    scale = (height - 2) / (high - low) if high > low else 0.0
    step = width / max(1, len(history) - 1)
    path, pen = [], "M"
    for index, value in enumerate(history):
        if math.isfinite(value):
            y = height - 1 - (value - low) * scale
            path.append(f"{pen}{index * step:.1f},{y:.1f}")
        pen = "L" if math.isfinite(value) else "M"
    return " ".join(path)
