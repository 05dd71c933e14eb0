"""Offers: how a quote compares with posted prices, what its seller earns, and what it does for a profile."""
