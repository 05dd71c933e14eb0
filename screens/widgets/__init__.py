"""The widgets of the screens; each draws what it is given."""
