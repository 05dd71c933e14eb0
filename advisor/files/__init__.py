"""Files of the user: written whole or not at all, by one program at a time, and with the user's own comments."""
