"""The command line: the parser, its commands, and what they share."""
