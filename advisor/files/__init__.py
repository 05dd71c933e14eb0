"""advisor.files."""
