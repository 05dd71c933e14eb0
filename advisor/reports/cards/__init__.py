"""Renting, reserving and buying side by side: the cards of a verdict, as values, as a table and as sentences."""
