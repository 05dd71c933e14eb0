"""Where rents may go over the plan: as values, as a plot, as a table, and as a picture in text."""
