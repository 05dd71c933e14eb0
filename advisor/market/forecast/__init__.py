"""Where rents go: three experts, the mixture of them, what it says of each month, and paths sampled from it."""
