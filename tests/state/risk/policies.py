"""A policy of one limit on VaR, under terms of risk that a test writes."""

from __future__ import annotations

from state.messages import Policy

LIMITS = """
name: {name}
version: "{version}"
title: How the VaR is struck
{risk}
limits:
  - id: value-at-risk-of-{name}
    rule: var
    title: Value at risk
    clause: desk limits §3
    unit: $
    ceiling: 250000
    warn_at: 0.8
    clear_at: 0.95
    materiality: material
"""


def policy(terms: str = "", name: str = "desk", version: str = "1") -> Policy:
    risk = f"risk: {{{terms}}}" if terms else ""
    source = LIMITS.format(name=name, risk=risk, version=version)
    return Policy(policy=name, version=version, source=source)
