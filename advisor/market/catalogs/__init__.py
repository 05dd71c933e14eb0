"""Price catalogs of other tools: parsing, download, cache and price level."""
