"""Sentences on why an option is the pick."""
