"""Policies of limits, written policies and stress: what they may say, how their text is read."""
