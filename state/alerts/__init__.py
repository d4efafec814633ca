"""Alerts: figures held against limits, and the cases that come of it."""
