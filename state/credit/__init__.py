"""Counterparty credit: what is owed, the six limits, suspensions (risk policy §6)."""
