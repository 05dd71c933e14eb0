"""Cash: what it rules out, and what it pays for."""
