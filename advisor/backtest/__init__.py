"""The public track record: the rule scored on past rents and on made-up markets, and what its confidence is worth."""
