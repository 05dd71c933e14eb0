"""Flips: the inputs that are moved, what options cost at points, and where the pick changes class."""
