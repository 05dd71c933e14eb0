"""The profile as a form: its fields, and how typed text becomes values."""
