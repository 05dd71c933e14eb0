"""advisor.market.catalogs."""
