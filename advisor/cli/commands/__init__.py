"""The commands, one file each: its options, and the text it answers with. `cli.py` parses, prints and exits."""
