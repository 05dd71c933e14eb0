"""What the company has already: contracts that still run, and hardware it owns."""
