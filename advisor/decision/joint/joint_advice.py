"""Profile + price book -> JointAdvice: each GPU's workloads are advised as one, and joined to one plan
(docs/model.md#several-gpus)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from advisor.decision.advise import Advice, advise
from advisor.decision.cash.runway import Runway
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.joint.joint_choice import JointChoice, choose_jointly
from advisor.decision.joint.shared_credits import with_own_credits
from advisor.decision.risk import Spread, spread_of
from advisor.decision.sampled_costs import SampledCosts
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.forecast.forecast import Forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.schema import Profile
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class JointAdvice:
    """The answer for a profile of one or several GPUs.

    Attributes:
        profile: The whole question.
        parts: The answer for the workloads of each GPU as if they were all, the company's cash included.
        choice: What is taken for each of them, since one company pays for all.
        spread: How the total cost is spread; None when nothing is taken.
    """

    profile: Profile
    parts: tuple[Advice, ...]
    choice: JointChoice
    spread: Spread | None

    @property
    def is_of_one_gpu(self) -> bool:
        """Whether there is nothing to join."""
        return len(self.parts) == 1

    @property
    def runway(self) -> Runway | None:
        """The runway without and with all that is taken; None when cash or burn is not given."""
        if self.is_of_one_gpu:
            return self.parts[0].runway
        return None if self.choice.cash is None else self.choice.cash.runway(self.profile.company)

    @property
    def costliest(self) -> int:
        """The place of the part that costs most, or that lacks an answer."""
        costs = [float("inf") if one is None else one.cost.expected_usd for one in self.choice.choices]
        return costs.index(max(costs))


Answer = TypeVar("Answer")


def _each(profile: Profile, book: PriceBook, answer: Callable[[Profile], Answer]) -> tuple[Answer, ...]:
    """The answer for each group, in the order of the profile."""
    groups = groups_of(profile, book)
    if len(groups) > 1 and profile.credit:
        groups = with_own_credits(groups, profile.company, book)
    return tuple(map(answer, groups))


def cost_jointly(profile: Profile, book: PriceBook) -> tuple[tuple[Costing, ...], JointChoice]:
    """What each group's options are expected to cost and what is taken: the first half of `advise_jointly`."""
    costings = _each(profile, book, lambda group: cost_options(group, book))
    return costings, choose_jointly([costing.verdict for costing in costings], profile.company)


def advise_jointly(profile: Profile, book: PriceBook, paths: int = DEFAULT_PATHS, seed: int = 0) -> JointAdvice:
    """The advice for the workloads of each GPU, and the plan they make together.

    A profile of one GPU has one part: the result of `advise`.

    Raises:
        InputError: When the profile names an unknown GPU or figure.
    """
    parts = _each(profile, book, lambda group: advise(group, book, paths, seed))
    choice = choose_jointly([part.verdict for part in parts], profile.company)
    if len(parts) == 1:
        (taken,) = choice.choices
        return JointAdvice(profile, parts, choice, None if taken is None else parts[0].risk.spreads[taken.id])
    forecasts = {gpu: forecast for part in parts for gpu, forecast in part.costing.forecasts.items()}
    return JointAdvice(profile, parts, choice, _spread(choice, forecasts, paths, seed))


def _spread(choice: JointChoice, forecasts: Mapping[str, Forecast], paths: int, seed: int) -> Spread | None:
    """The spread of the sum over the paths: prices of all GPUs are drawn with the same numbers, and on each path the
    plans of all groups change at the same quantile."""
    if not choice.costs:
        return None
    total = np.zeros(paths)
    for cost in choice.costs:
        sampled = SampledCosts([cost], forecasts[cost.case.assumptions.gpu.id], paths, seed)
        total += sampled.costs_by_path()[0]
    return spread_of(total, total, 1.0)
