"""What each option costs: a demand becomes a cost table for each way to get the compute, and that an expected cost."""
