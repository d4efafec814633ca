"""Duties: what somebody must do after a breach, by when, and whether it was done."""
