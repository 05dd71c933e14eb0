"""How many tokens a GPU serves: measured, interpolated between measurements, or the user's own."""
