"""How many price paths an answer samples unless told otherwise; for commands as well, so fast to import."""

DEFAULT_PATHS = 6_000
