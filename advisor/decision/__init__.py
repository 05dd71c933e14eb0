"""What to do: the rule that ranks the options by their costs, how certain the pick is, and what would change it."""
