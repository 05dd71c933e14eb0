"""What the founder sees: the Textual app. It computes nothing."""
