"""A training: in the words of the user, and what it needs in GPU-hours."""
