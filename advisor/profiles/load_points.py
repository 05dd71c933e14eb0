"""A load curve as a profile gives it: GPUs, and the share of the hours in which they work."""

LoadPoint = tuple[int, float]
Load = tuple[tuple[float, float], ...]  # the share of the nodes in each step of a load curve, and their utilization
MOST_STEPS = 24


def check_curve(points: tuple[LoadPoint, ...], most_gpus: int) -> None:
    """Raise ValueError unless the GPUs rise from step to step, and their share of the hours does not."""
    below, most = 0, 1.0
    for gpus, share in points:
        if not below < gpus <= most_gpus or not 0 < share <= most:
            raise ValueError(
                f"[{gpus:,}, {share:g}] in load; allowed: more GPUs from step to step, up to {most_gpus:,}, in a share "
                "of the hours from 0 to 1 that does not rise"
            )
        below, most = gpus, share


def load_of(points: tuple[LoadPoint, ...]) -> Load:
    """The share of all GPUs in each step, from the bottom up, and their utilization.

    >>> load_of(((8, 1.0), (16, 0.5)))
    ((0.5, 1.0), (0.5, 0.5))
    """
    tops = [gpus for gpus, _ in points]
    widths = (top - below for top, below in zip(tops, [0, *tops[:-1]], strict=True))
    return tuple((width / tops[-1], share) for width, (_, share) in zip(widths, points, strict=True))


def scaled_curve(points: tuple[LoadPoint, ...], share: float) -> tuple[LoadPoint, ...]:
    """A curve with this share of the GPUs; of steps that become one the lowest is kept."""
    found: dict[int, float] = {}
    for gpus, hours in points:
        found.setdefault(max(1, round(gpus * share)), hours)
    return tuple(found.items())
