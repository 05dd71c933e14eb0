"""JSON that a terminal may show."""


def as_json(report: object, indent: int | None = 2) -> str:
    """JSON that a terminal may show: what is not printable (in a path, say) is escaped and stays what it is. indent:
    None for all of it on one line."""
    import json

    text = json.dumps(report, indent=indent, ensure_ascii=False)
    shown = (letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)
    return "".join(shown) + "\n"
