"""Styles of cells, and the SGR sequences that lead from one to the next."""

from functools import lru_cache

_SWITCHED_OFF_BY = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 7: 27, 8: 28, 9: 29, 53: 55}
_RARE = {6, 21, 51, 52}  # terminals differ in how these end; a full reset ends them everywhere
_COLOR_LENGTHS = {5: 3, 2: 5}

Style = tuple[frozenset[int], str, str]
"""Attributes by their SGR number, foreground and background as SGR parameters; "" is the terminal's own color."""
DEFAULT: Style = (frozenset(), "", "")


@lru_cache(maxsize=4096)
def styled(style: Style, parameters: str) -> Style:
    """The style after an SGR sequence."""
    attributes, foreground, background = set(style[0]), style[1], style[2]
    codes = [int(code or 0) for code in parameters.split(";")]
    while codes:
        code = codes[0]
        length = _COLOR_LENGTHS.get(codes[1], 2) if code in (38, 48) and len(codes) > 1 else 1
        text = ";".join(map(str, codes[:length]))
        codes = codes[length:]
        if code == 0:
            attributes, foreground, background = set(), "", ""
        elif code in (38, 39) or 30 <= code <= 37 or 90 <= code <= 97:
            foreground = "" if code == 39 else text
        elif code in (48, 49) or 40 <= code <= 47 or 100 <= code <= 107:
            background = "" if code == 49 else text
        elif code in _SWITCHED_OFF_BY or code in _RARE:
            attributes.add(code)
        else:
            attributes -= _ENDED_BY.get(code, set())
    return frozenset(attributes), foreground, background


_ENDED_BY = {
    **{off: {on for on, by in _SWITCHED_OFF_BY.items() if by == off} for off in set(_SWITCHED_OFF_BY.values())},
    24: {4, 21},
    25: {5, 6},
    54: {51, 52},
}


@lru_cache(maxsize=4096)
def change(old: Style | None, new: Style) -> str:
    """The shortest SGR sequence from one style to another; old is None when the terminal's style is not known."""
    colors = [color for color in new[1:] if color]
    fresh = [*map(str, sorted(new[0])), *colors]
    whole = "\x1b[" + ";".join(["", *fresh]) + "m"
    if old is None or _RARE & (old[0] | new[0]):
        return whole
    ended = old[0] - new[0]
    offs = {_SWITCHED_OFF_BY[attribute] for attribute in ended}
    begun = {on for on in new[0] if on not in old[0] or _SWITCHED_OFF_BY[on] in offs}
    parts = [*map(str, sorted(offs)), *map(str, sorted(begun))]
    parts += [new[1] or "39"] if old[1] != new[1] else []
    parts += [new[2] or "49"] if old[2] != new[2] else []
    return min("\x1b[" + ";".join(parts) + "m", whole, key=len)
