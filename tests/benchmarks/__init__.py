"""How long things take and how much they send: run by hand, never asserted on. See __main__.py."""
