"""The rules of reading: each takes the words that it understands, and says which field of an offer they are."""
