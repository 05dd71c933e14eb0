"""screens.views.registry."""
