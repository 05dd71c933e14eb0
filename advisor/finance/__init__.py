"""advisor.finance.irr."""
