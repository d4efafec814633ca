"""What feeds of markets that are followed live are called, without their market."""

from __future__ import annotations

LIVE_FEEDS = (
    "RTD", "RTD_prelim", "RTD_final", "RTD_verified", "FMM", "DA", "corrections",
    "load_actual", "load_forecast", "load_day_ahead", "load_short_term",
    "renewables_actual", "renewables_day_ahead", "generation_mix",
    "outlook_demand", "outlook_fuelsource", "system_wide_demand", "fuel_mix",
)  # fmt: skip
"""A policy may say how often each is expected, as it may of every kind of message."""
