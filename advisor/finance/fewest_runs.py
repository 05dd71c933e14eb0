"""The fewest runs of one choice along a line of points, where choices that cost nearly the same are told as one."""

import numpy as np

from advisor.array_types import Floats


def fewest_runs(cost: Floats, tolerance_share: float, known: tuple[int, int] | None = None) -> list[int]:
    """Choose for every point one that costs little more than the cheapest, in as few runs of the same as possible.

    Of equally few runs those are taken that add the least cost.

    Args:
        cost: of each choice at each point (choices, points); infinite where there is none.
        tolerance_share: how much more than the cheapest a choice may cost.
        known: a point and its choice, which is kept there.

    Returns:
        The choice at each point; -1 where none has a finite cost.

    >>> fewest_runs(np.array([[1.0, 2.02, 3.0], [1.01, 2.0, 9.0]]), 0.02)
    [0, 0, 0]
    """
    best = cost.min(axis=0)
    scale = np.where(np.isfinite(best) & (best != 0), np.abs(best), 1.0)
    extra = np.where(np.isfinite(cost), cost - np.where(np.isfinite(best), best, 0.0), np.inf) / scale
    extra = np.vstack([np.where(extra <= tolerance_share, extra, np.inf), np.where(np.isfinite(best), np.inf, 0.0)])
    if known is not None:
        point, choice = known
        extra[np.arange(extra.shape[0]) != choice, point] = np.inf
    new_run = 1.0 + tolerance_share * cost.shape[1]  # costs more than all that may be added within the tolerance
    score, before = extra[:, 0], []
    for added in extra.T[1:]:
        turned = int(score.argmin())
        stays = score <= score[turned] + new_run
        before.append(np.where(stays, np.arange(score.size), turned))
        score = np.where(stays, score, score[turned] + new_run) + added
    chosen = [int(score.argmin())]
    for came_from in reversed(before):
        chosen.append(int(came_from[chosen[-1]]))
    none = cost.shape[0]
    return [-1 if one == none else one for one in reversed(chosen)]
