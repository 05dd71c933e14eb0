"""Formulas of finance and numerical routines that know nothing of GPUs."""
