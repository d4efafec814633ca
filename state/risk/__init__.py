"""Risk: factors, scenarios, measures."""
