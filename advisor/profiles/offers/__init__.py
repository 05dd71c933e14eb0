"""Offers and credits of a profile: how they are written, and the terms that they come down to."""
