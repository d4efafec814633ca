"""Wiring: the flows, the processes around them, and the command line."""
