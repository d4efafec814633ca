"""Policies of limits: what they may say, and how their text is read."""
