"""advisor.market.forecast.forecast."""
