"""advisor.profiles."""
