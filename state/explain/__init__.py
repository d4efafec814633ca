"""The explain: what moved P&L, open position and VaR, and the arithmetic behind a case."""
