"""The Textual app. It computes nothing: everything it shows is an answer of `advisor`."""
