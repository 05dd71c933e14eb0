"""JSON that is safe to print on a terminal."""


def as_json(report: object, indent: int | None = 2) -> str:
    """Return JSON in which characters that are not printable (in a path, say) are escaped, so that no terminal obeys
    them.

    Args:
        report: plain lists, maps, texts and numbers.
        indent: spaces for each level; None puts all of it on one line.
    """
    import json

    lines = json.dumps(report, indent=indent, ensure_ascii=False).split("\n")
    return "".join(f"{line if line.isprintable() else _escaped(line)}\n" for line in lines)


def _escaped(line: str) -> str:
    import json

    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)
