"""screens.state."""
