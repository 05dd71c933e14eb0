"""The colors of a hosted API, of renting, reserving and buying, and the shades that fill the cells of the map."""

from textual.color import Color

_COLORS = {  # Okabe and Ito's palette, told apart by color-blind readers too; darker on light ground
    True: {"api": "#009e73", "rent": "#56b4e9", "reserve": "#e69f00", "buy": "#cc79a7"},
    False: {"api": "#00543d", "rent": "#005080", "reserve": "#6a4700", "buy": "#7d3063"},
}
ACTIONS = tuple(_COLORS[True])
_GROUND = {True: "#121212", False: "#ffffff"}
_SHADES = (0.12, 0.3, 1.0)  # how much of the color: a close call, a lead, a clear lead


def action_colors(*, dark: bool) -> dict[str, str]:
    """Theme variables: `api`, `rent`, `reserve` and `buy`, and the shades of each from `rent-0`, the faintest, on."""
    ground = Color.parse(_GROUND[dark])
    shades = {
        f"{action}-{step}": ground.blend(Color.parse(color), share).hex
        for action, color in _COLORS[dark].items()
        for step, share in enumerate(_SHADES)
    }
    return {**_COLORS[dark], **shades, "map-ground": _GROUND[dark]}
