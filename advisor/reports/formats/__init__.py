"""advisor.reports.formats."""
