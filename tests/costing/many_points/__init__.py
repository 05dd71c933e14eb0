"""Many points in one case: each costs what it costs alone."""
