"""advisor.explain."""
