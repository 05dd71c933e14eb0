"""advisor.cli.parser."""
