"""Price catalogues of other tools: parsing, download, cache and price level."""
