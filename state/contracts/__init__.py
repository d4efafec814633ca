"""Contracts: their records, and how they enter the days and the forward book of a market."""
