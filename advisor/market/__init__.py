"""What compute costs: the price book and where rents are expected to go."""
