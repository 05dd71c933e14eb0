"""advisor.decision."""
