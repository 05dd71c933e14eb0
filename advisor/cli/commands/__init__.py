"""The commands, one file each: its options, and the text it answers with. `parser.py` parses, prints and exits."""
