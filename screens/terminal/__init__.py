"""The terminal below the app: what it can show, what is sent to it, and what it sends."""
