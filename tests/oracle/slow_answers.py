"""The slow loop's answer for each option of a costing, existing commitments included."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from operator import add

from advisor.costing.option import Option
from advisor.costing.options.in_hand.contracts_in_hand import Disposition
from advisor.costing.valuation import OptionCost
from advisor.decision.cost_options import Costing
from advisor.market.assumptions import Assumptions
from advisor.market.forecast.forecast import Forecast, expected_forecast
from advisor.profiles.defaults import resolve
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.schema import Profile
from tests.oracle.slow_choices import Fork, beside_another, fixed, from_month, on_a_base, rent_then_decide, reserve
from tests.oracle.slow_demand import (
    TOLERANCE,
    Given,
    Scene,
    Taxes,
    Work,
    above,
    below,
    own_nodes_of_one,
    rest_above,
    rounded_up,
    scene_of,
)  # fmt: skip
from tests.oracle.slow_hardware import pay_hardware
from tests.oracle.slow_loop import (
    Contract,
    Ledger,
    Walk,
    fill_share,
    hard_to_rent,
    lacking,
    let_by_size,
    marketplace,
    may_reserve,
    offers,
    on_demand,
    reserved,
    reserved_in_steps,
    serverless,
    storage,
    sublet_share,
    with_extras,
)
from tests.oracle.slow_owning import bridge, buy, buy_used, buy_with_loan, lease

# The clauses that are used by what rents have done by then.
RIGHTS = (
    "termination_fee_share", "notice_months", "refund_share", "rerate_months", "most_favored", "extension_months",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """One option as the loop sees it: the inputs and the ways it may go."""

    scene: Scene
    fork: Fork


def scene_for(profile: Profile, figures: Assumptions, own: Assumptions, forecast: Forecast) -> Scene:
    """The inputs on a GPU with these figures; `own` are those of the profile's own GPU."""
    mine = figures.gpu.id == own.gpu.id
    tier = profile.market.tier if mine or figures.gpu.hyperscaler_usd_per_gpu_hour is not None else "neocloud"
    company, rents = profile.company, forecast.usd_per_gpu_hour.tolist()
    return scene_of(
        Given(
            figures,
            tier,
            profile.quote if mine else (),
            works_of(profile, figures, own),
            rents,
            forecast.resale_share.tolist(),
            Taxes(company.tax_rate, company.taxable_from_month, company.depreciation),
            [
                rent / rents[0]
                for rent in expected_forecast(figures, profile.market.rents_change_per_year).usd_per_gpu_hour
            ],
        )
    )


def works_of(profile: Profile, figures: Assumptions, own: Assumptions) -> list[Work]:
    """The workloads, in the number of nodes that does them in the same time."""
    works = []
    for workload in profile.workload:
        name = "throughput_" + workload.kind.replace("-", "_")
        ratio = getattr(own.gpu, name) / getattr(figures.gpu, name)
        ratio *= own.rental.gpus_per_node / figures.rental.gpus_per_node
        w = resolve(workload, profile.company, own)
        assert w.base_busy is not None
        amounts = (w.months, w.start_month, w.growth_per_month, w.busy, w.base_share, w.base_busy)
        months, start, growth, busy, base_share, base_busy = map(float, amounts)
        hazard, residual = float(w.hazard_per_month), float(w.residual_share)
        nodes, job = float(w.nodes) * ratio, float(w.job_nodes if w.job_nodes == 1 else w.job_nodes * ratio)
        amounts_of = (nodes, months, int(start), growth, busy, base_share, base_busy, hazard, residual, job)
        open_share, ramp = float(w.open_share), [float(share) for share in w.ramp]
        unit = float(resolve(workload, profile.company, figures, own).unit)  # what can be rented of this GPU
        works.append(Work(*amounts_of, unit=unit, ramp=ramp, open_share=open_share, load=w.load))
    return works


class Answers:
    """The options of one costing as the loop sees them."""

    def __init__(self, profile: Profile, costing: Costing) -> None:
        self.profile, self.costing = profile, costing
        self.own = costing.case.assumptions
        self.scenes: dict[str, Scene] = {}

    def scene(self, figures: Assumptions) -> Scene:
        """All inputs on one GPU at expected prices."""
        gpu = figures.gpu.id
        if gpu not in self.scenes:
            forecast = expected_forecast(figures, self.profile.market.rents_change_per_year)
            self.scenes[gpu] = scene_for(self.profile, figures, self.own, forecast)
        return self.scenes[gpu]

    def of(self, cost: OptionCost, dispositions: Sequence[Disposition] | None = None) -> Answer:
        """One option. dispositions: of the commitments, where they are not those that were found best."""
        scene, mine = self.scene(cost.case.assumptions), cost.case.assumptions.gpu.id == self.own.gpu.id
        if dispositions is None:
            dispositions = self.costing.commitments.dispositions if self.costing.commitments else ()
        if not dispositions:
            return Answer(scene, fork_for(cost.option, scene))
        contracts, hardware = in_hand(self.profile, self.costing.book)
        holdings: tuple[Holding, ...] = (*contracts, *hardware)
        named = [one.gpu for one in holdings if one.gpu is not None]
        by_gpu: dict[str | None, Scene] = {None: self.scene(self.own)}
        by_gpu.update((gpu, self.scene(self.costing.book.assumptions(gpu))) for gpu in named)
        held = InHand(by_gpu, holdings, tuple(dispositions), on_own=mine)
        return Answer(scene, beside_commitments(fork_for(cost.option, held.rest(scene)), held))


def fork_for(option: Option, scene: Scene) -> Fork:
    """The loop's way through an option, by its name; the size of a base stands in its label."""
    name = option.id.rsplit(":", maxsplit=1)[-1]
    plain: dict[str, Walk] = {
        "on-demand": on_demand,
        "held": on_demand,
        "marketplace": marketplace,
        "serverless": serverless,
        "buy": buy,
        "buy-used": buy_used,
        "buy-loan": buy_with_loan,
        "lease": lease,
    }
    if name in plain:
        return fixed(plain[name])
    if found := re.fullmatch(r"reserved-(\d+)m(-prepaid)?", name):
        listed = Contract(int(found[1]), all_prepaid=bool(found[2]))
        return reserve(listed, may_leave=may_leave(scene, listed))
    if name.startswith("reserved") and "-and-" not in name:
        offer = offer_named(scene, option.seller)
        return reserve(offer, may_leave=may_leave(scene, offer), in_steps=not decides_later(offer))
    if found := re.fullmatch(r"rent-(\d+)m-then-decide", name):
        return rent_first(scene, int(found[1]))
    return fork_in_parts(option, scene)


def fork_in_parts(option: Option, scene: Scene) -> Fork:
    """The loop's way through an option that serves the plan in two parts, by the sizes in its label."""
    label = option.label
    if found := re.fullmatch(r"(\d+) nodes? from (\w+) and \d+ nodes? from (\w+) reserved", label):
        base, rest = (reserved(offer_named(scene, seller)) for seller in found.group(2, 3))
        return fixed(beside_another(base, rest, int(found[1])))
    found = re.match(r"(reserving|buying) (\d+) nodes?( from \w+)?, renting peaks", label)
    assert found, f"the loop does not know the option {option.id}, {label}"
    if option.term_months is None:
        return on_a_base(fixed(buy), int(found[2]))
    signed = offer_named(scene, option.seller) if option.seller else Contract(option.term_months)
    on_top = reserve(signed, may_leave=may_leave(scene, signed), in_steps=False)
    return on_a_base(on_top, int(found[2]))


def offer_named(scene: Scene, seller: str) -> Contract:
    """The contract that a seller offers."""
    return next(one for one in offers(scene) if one.offer is not None and one.offer.from_ == seller)


def may_leave(scene: Scene, contract: Contract) -> bool:
    """Whether leaving costs less than all that is owed: of this contract or of one that may be signed beside it."""
    shorter = [one for one in offers(scene) if one.term < contract.term]
    return any(one.may_be_left(scene) for one in (contract, *shorter))


def decides_later(contract: Contract) -> bool:
    """Whether a clause is used by what rents have done by then."""
    return contract.offer is not None and bool(set(RIGHTS) & set(contract.offer.clauses))


def may_buy(scene: Scene) -> bool:
    """Whether there is a price, the machines come before the plan is over, something serves the work until then, and
    what a change of plan leaves can be served."""
    gpu = scene.given.figures.gpu
    lead = int(gpu.lead_months)
    earliest = max(scene.decided, scene.start - lead) + lead
    contract, delivery = bridge(scene, earliest)
    priced = scene.given.quote("buy") is not None or gpu.node_usd is not None
    gap = any(hard_to_rent(scene, stack.fabric) for stack in scene.alive_stacks[scene.start : earliest])
    if not priced or delivery >= scene.months or (gap and contract is None):
        return False
    left = any(hard_to_rent(scene, stack.fabric) for stack in scene.after_stacks[delivery:])
    return not (left and scene.hazard > 0 and delivery - lead >= 1)


def rent_first(scene: Scene, wait: int) -> Fork:
    """Rent on demand for some months of work, then go on in any way that is feasible by then."""
    decided = scene.start + wait
    later = from_month(scene, decided)
    signed = [one for one in reversed(offers(later)) if may_reserve(later, one)]
    ways: list[Walk] = [(reserved if decides_later(one) else reserved_in_steps)(one) for one in signed]
    if may_buy(later):
        ways.append(buy)
    return rent_then_decide(ways, decided)


def sizes_to_try(scene: Scene) -> list[int]:
    """A dozen sizes of a base from one node to one less than all, the steps of the load and the least ever wanted, in
    whole nodes below and above, without those that split a job."""
    most = scene.whole_peak
    if most < 2:
        return []
    even = [round(1 + step * (most - 2) / 11) for step in range(12)]
    blocks = len(scene.alive_stacks[0].blocks)
    steps = [max(stack.blocks[at].top for stack in scene.alive_stacks) for at in range(blocks - 1)]
    levels = [*steps, min(month.nodes for month in scene.alive)]
    sizes = sorted({*even, *map(rounded_up, levels), *(int(level + TOLERANCE) for level in levels)})
    return [size for size in sizes if 1 <= size < most and not splits_a_job(scene, (float(size),) * scene.months)]


def splits_a_job(scene: Scene, heights: Sequence[float]) -> bool:
    """Whether a base and what is above it have no room for all jobs of the largest size, each in one of the two."""
    for stack, height in zip(scene.alive_stacks, heights, strict=True):
        if stack.nodes > 0:
            job = max(stack.fabric, 1)
            if int(height / job) + int(max(0.0, stack.nodes - height) / job) < stack.jobs:
                return True
    return False


@dataclass(frozen=True)
class Base:
    """One way to have a base and rent the peaks: whether it is feasible, and its ways."""

    nodes: int
    contract: Contract | None
    feasible: bool
    fork: Fork


def bases_to_try(scene: Scene, kind: str) -> list[Base]:
    """All bases of a kind that are compared."""
    rental = scene.given.figures.rental
    contracts: list[Contract | None] = [None] if kind == "buy" else [*reversed(offers(scene))]
    found = []
    for nodes in sizes_to_try(scene):
        heights = (float(nodes),) * scene.months
        base, rentable = below(scene, heights), above(scene, heights).largest_job <= rental.on_demand_max_nodes
        for one in contracts:
            can = rentable and (may_buy(base) if one is None else may_reserve(base, one))
            way = fixed(buy) if one is None else reserve(one, may_leave=may_leave(scene, one), in_steps=False)
            found.append(Base(nodes, one, can, on_a_base(way, nodes)))
    return found


Holding = Commitment | Owned


ByGpu = Mapping[str | None, Scene]  # all of the work on each GPU of what is in hand; None: that of the work


def dispositions_to_try(by_gpu: ByGpu, holdings: Sequence[Holding]) -> list[tuple[Disposition, ...]]:
    """What may be done with what is in hand: what is kept must serve something without splitting a job, what is let
    must allow it, and what is left idle must not."""
    of_contracts: tuple[Disposition, ...] = ("keep", "sublet", "idle", "terminate")
    of_hardware: tuple[Disposition, ...] = ("keep", "let", "sell")
    ways = [of_hardware if isinstance(one, Owned) else of_contracts if one.months else ("ended",) for one in holdings]
    found = []
    for dispositions in product(*ways):
        possible, taken = True, (0.0,) * by_gpu[None].months
        for one, disposition in zip(holdings, dispositions, strict=True):
            may_be_let = one.may_be_resold if isinstance(one, Commitment) else one.may_be_let
            possible &= disposition not in ("sublet", "let") or may_be_let
            possible &= disposition != "idle" or not may_be_let
            if disposition == "keep":
                rest = left_on(by_gpu[one.gpu], by_gpu[None], taken)
                heights = heights_of(one, disposition, rest)
                wanted = any(month.nodes > 0 and height for month, height in zip(rest.alive, heights, strict=False))
                possible &= wanted and not splits_a_job(rest, heights)
                taken = with_more(taken, by_gpu[None], by_gpu[one.gpu], heights)
        if possible:
            found.append(dispositions)
    return found


def left_on(there: Scene, own: Scene, taken: tuple[float, ...]) -> Scene:
    """What is left on a GPU when some nodes of the work's GPU are served."""
    if not any(taken):
        return there
    return rest_above(there, tuple(nodes / own_nodes_of_one(own, there, t) for t, nodes in enumerate(taken)))


def with_more(taken: tuple[float, ...], own: Scene, there: Scene, heights: tuple[float, ...]) -> tuple[float, ...]:
    """The nodes of the work's GPU that are served when nodes of another one are added."""
    more = (height * own_nodes_of_one(own, there, t) for t, height in enumerate(heights))
    return tuple(map(add, taken, more))


def heights_of(one: Holding, disposition: Disposition, scene: Scene) -> tuple[float, ...]:
    """The nodes of a contract, or of hardware until the plan ends, that serve, by month."""
    there = one.months if isinstance(one, Commitment) else scene.months
    months = there if disposition == "keep" else 0
    return tuple(float((one.nodes or 0) if t < months else 0) for t in range(scene.months))


@dataclass(frozen=True)
class InHand:
    """What is in hand and what is done with it. on_own: whether the option beside it is on the work's GPU, whose prices
    may be those of a path; on other GPUs it is valued at expected prices."""

    by_gpu: ByGpu
    holdings: tuple[Holding, ...]
    dispositions: tuple[Disposition, ...]
    on_own: bool

    def kept(self, scene: Scene) -> tuple[tuple[Scene, ...], tuple[float, ...]]:
        """What each contract or lot of hardware that is kept serves, in turn, and the nodes of the work's GPU that are
        served in all."""
        by_gpu = {**self.by_gpu, None: scene} if self.on_own else self.by_gpu
        return _kept(tuple(by_gpu.items()), self.holdings, self.dispositions)

    def rest(self, scene: Scene) -> Scene:
        """What is left on the GPU of the option."""
        own = self.by_gpu[None]
        return left_on(scene, own, self.kept(own)[1])


@lru_cache(maxsize=64)
def _kept(
    by_gpu_given: tuple[tuple[str | None, Scene], ...],
    holdings: tuple[Holding, ...],
    dispositions: tuple[Disposition, ...],
) -> tuple[tuple[Scene, ...], tuple[float, ...]]:
    by_gpu = dict(by_gpu_given)
    served, taken = [], (0.0,) * by_gpu[None].months
    for one, disposition in zip(holdings, dispositions, strict=True):
        rest = left_on(by_gpu[one.gpu], by_gpu[None], taken)
        heights = heights_of(one, disposition, rest)
        served.append(below(rest, heights))
        taken = with_more(taken, by_gpu[None], by_gpu[one.gpu], heights)
    return tuple(served), taken


def beside_commitments(fork: Fork, in_hand: InHand) -> Fork:
    """The ways of an option with what is in hand beside them."""

    def held(scene: Scene, change: int, ledger: Ledger) -> None:
        run, (served, _) = 0, in_hand.kept(scene)
        for one, disposition, serves in zip(in_hand.holdings, in_hand.dispositions, served, strict=True):
            if isinstance(one, Commitment):
                pay_commitment(one, disposition, serves, change, ledger)
            else:
                pay_hardware(one, disposition, serves, change, ledger, run)
                run += 0 if disposition == "sell" else one.nodes

    return replace(fork, parts=lambda scene: fork.parts(in_hand.rest(scene)), beside=held)


def pay_commitment(
    commitment: Commitment, disposition: Disposition, serves: Scene, change: int, ledger: Ledger
) -> None:
    """A commitment: terminate it for its notice and its fee, less a refund, or pay on and sublet idle hours."""
    given = serves.given
    hours = serves.node_hours * (commitment.nodes or 0)
    if disposition == "terminate":
        own = commitment.termination_fee_share
        share = given.figures.rental.termination_fee_share if own is None else own
        after_notice = commitment.months - commitment.notice_months
        fee = share * after_notice * hours * commitment.usd_per_gpu_hour
        fee = fee if commitment.termination_fee_usd is None else commitment.termination_fee_usd
        ledger.pay(0, fee - commitment.refund_usd)
        for t in range(commitment.notice_months):
            ledger.pay(t, hours * commitment.usd_per_gpu_hour)
        return
    wait = int(given.figures.rental.months_to_let)

    def let(t: int) -> float:
        """Hours let in a month, as if a freed block had a tenant."""
        if not commitment.may_be_resold:
            return 0.0
        if disposition == "sublet":
            share = given.figures.rental.idle_fill_share if t < wait else given.figures.rental.freed_fill_share
            return float(let_by_size(serves, commitment.nodes) * share * hours)
        return fill_share(serves, t, change, there_from=0) * (hours - serves.wanted(t, change).occupied)

    for t in range(commitment.months):
        due = hours * commitment.usd_per_gpu_hour
        ledger.pay(t, with_extras(serves, due) if disposition == "keep" else due)
        ledger.pay_through(t, -let(t) * sublet_share(given) * given.rents[t])
        if disposition == "keep" and t == change:
            search = range(t, min(t + wait, commitment.months))
            idle = sum(hours - serves.wanted(later, change).occupied for later in search)
            empty = commitment.may_be_resold * lacking(serves) * idle
            ledger.pay_through(t, empty * sublet_share(given) * given.rents[t])
    for t in range(serves.months if disposition == "keep" else 0):
        month = serves.wanted(t, change)
        ledger.pay_through(t, storage(serves, month.nodes, month))
