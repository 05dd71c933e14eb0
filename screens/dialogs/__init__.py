"""screens.dialogs.questions."""
