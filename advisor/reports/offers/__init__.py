"""Evaluated offers as the screens, the commands and the reports show them."""
