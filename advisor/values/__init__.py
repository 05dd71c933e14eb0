"""Values that do not change once they are made."""
