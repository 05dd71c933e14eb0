"""The public track record: the rule scored on past rents and on synthetic markets, and what its confidence is worth."""
