"""advisor.costing."""
