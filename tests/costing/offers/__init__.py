"""Offers and credits as options: contracts, hardware, what credits pay."""
