"""Whether the VaR of a book or the firm is honest: its backtest, by two tests.

Both figures are probabilities, so that one ceiling holds for any number of days: how likely at
most so many exceptions are (Basel's traffic light: yellow above 95 %, red above 99.99 %), and how
sure conditional coverage is rejected (1 − its p-value; 99 % is a significance of 1 %).
"""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

EXCEPTIONS = Rule(
    name="var_exceptions",
    figure="var_exceptions",
    unit="probability",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"VaR exceptions of {scope}, cumulative probability",
    how="binomial probability of at most as many exceptions in the days observed, 250 at most",
    least=0.0,
    most=1.0,
)
COVERAGE = Rule(
    name="var_conditional_coverage",
    figure="var_conditional_coverage",
    unit="probability",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"VaR conditional coverage of {scope} rejected with",
    how="1 - p-value of Christoffersen's test of the number and the clustering of exceptions",
    least=0.0,
    most=1.0,
)
