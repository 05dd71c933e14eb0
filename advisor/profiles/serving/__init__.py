"""A service of a model: in the words of the user, and what it needs in GPUs."""
