"""advisor.offers."""
