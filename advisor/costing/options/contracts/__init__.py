"""Contracts of reservations: their terms, when they run, what they cost, and what idle hours bring."""
