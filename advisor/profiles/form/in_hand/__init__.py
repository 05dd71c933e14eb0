"""Contracts and hardware in hand as lines of the form, in the user's words."""
