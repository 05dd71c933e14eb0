"""JSON that is safe to print on a terminal."""


def as_json(report: object, indent: int | None = 2) -> str:
    """A report as JSON; what a terminal would not print (a control character in a path) is escaped.

    indent: None for one line.
    """
    import json

    text = json.dumps(report, indent=indent, ensure_ascii=False)
    printable = (letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)
    return "".join(printable) + "\n"
