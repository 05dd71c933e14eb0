"""A plan over time: what to sign and when, as words, as values and as a picture in text."""
