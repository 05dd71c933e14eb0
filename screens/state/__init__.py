"""The open profile, the answers about it, and what is done with files."""
