"""Simulated ISOs: a replay day, published in an ISO's own form at its own times.

What an engineer tries a configuration against, and what live feeds are proved against: no machine
needs to reach an ISO for either.
"""
