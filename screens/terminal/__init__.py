"""screens.terminal.capabilities."""
