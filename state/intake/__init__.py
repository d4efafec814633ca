"""Intake: what a message must be, what it refers to, what reference and market data do."""
