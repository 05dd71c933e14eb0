"""What the user asks: profiles, their checks, files and form."""
