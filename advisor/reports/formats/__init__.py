"""An answer in each format: text, JSON, CSV, Markdown, HTML with its pictures, and sentences for screen readers."""
