"""Every number that one decision depends on, in typed sections, without provenance."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Literal, TypeVar

import numpy as np

from advisor.array_types import Amount, Months, among
from advisor.values.quick_dataclass import dataclass, replace

S = TypeVar("S")


Tier = Literal["neocloud", "hyperscaler"]
Hosting = Literal["colocation", "on-premises"]  # where hardware that is bought stands


@dataclass(frozen=True)
class Rental:
    """Rules and costs of renting and reserving; units and sources in `data/terms.toml`."""

    hours_per_month: Amount
    gpus_per_node: Amount
    storage_egress_usd_per_node_month: Amount
    support_share: Amount
    goodput_loss_share: Amount
    setup_usd_per_node: Amount
    setup_from_nodes: Amount
    cluster_premium_per_doubling: Amount
    release_doublings: Amount
    on_demand_max_nodes: Amount
    volume_discount_per_doubling: Amount
    volume_discount_from_nodes: Amount
    volume_discount_max_share: Amount
    idle_fill_share: Amount
    freed_fill_share: Amount
    sublet_loss_per_doubling: Amount
    months_to_let: Amount
    sublet_right_neocloud: Amount
    sublet_right_hyperscaler: Amount
    sublet_fee_share: Amount
    prepaid_share: Amount
    prepay_bonus_per_year: Amount
    prepay_bonus_max_share: Amount
    prepay_bonus_from_share: Amount
    provider_default_per_month: Amount
    termination_fee_share: Amount
    start_delay_days: Amount
    wait_months: Amount
    growth_step_months: Amount
    minimum_term_from_64_nodes_months: Amount
    minimum_term_from_128_nodes_months: Amount
    minimum_term_from_256_nodes_months: Amount
    marketplace_max_nodes: Amount
    marketplace_interruptions_per_node_hour: Amount
    marketplace_restart_hours: Amount
    marketplace_checkpoint_hours: Amount
    spot_outage_hours: Amount
    spot_short_share: Amount
    serverless_idle_share: Amount


@dataclass(frozen=True)
class ForecastFigures:
    """How rents and used prices move; units and sources in `data/terms.toml`."""

    decline_shift_per_year: Amount
    decline_sd_per_year: Amount
    level_sd: Amount
    reversion_per_year: Amount
    volatility_per_sqrt_year: Amount
    reversion_log_sd: Amount
    volatility_log_sd: Amount
    resale_rent_elasticity: Amount
    resale_ageing_per_year: Amount
    resale_sd_per_sqrt_year: Amount
    resale_floor_share: Amount
    resale_cap_share: Amount


@dataclass(frozen=True)
class ExpertFigures:
    """Priors of the three experts on rents, and how they are weighted; units and sources in `data/terms.toml`."""

    level_prior_sd: Amount
    decline_prior_per_year: Amount
    decline_prior_sd_per_year: Amount
    commitment_discount_prior: Amount
    commitment_discount_prior_sd: Amount
    quote_noise: Amount
    min_term_quotes: Amount
    pooled_quote_months: Amount
    pooled_quote_noise: Amount
    trend_prior_decline_per_year: Amount
    trend_prior_months: Amount
    short_history_months: Amount
    score_months: Amount
    score_temper: Amount
    weight_floor: Amount
    owner_return_per_year: Amount
    owner_life_years: Amount
    owner_utilisation_share: Amount
    owner_residual_share: Amount
    owner_fabric_usd_per_node: Amount
    owner_staff_fte_per_node: Amount
    owner_pue: Amount
    cost_decline_per_year: Amount
    cost_level_sd: Amount


@dataclass(frozen=True)
class Money:
    """Discounting and what counts as too close; units and sources in `data/terms.toml`."""

    discount_rate: Amount
    cash_safety_share: float
    close_call_share: float
    tie_share: float
    small_difference_share: float
    waiting_edge_share: float
    prepaid_hurdle_share: Amount
    straight_line_months: float


@dataclass(frozen=True)
class OnPremises:
    """What takes the place of the figures of `Facility` with the same names where hardware stands in rooms of the
    company's own, and how much power such rooms have; units and sources in `data/ownership.toml`."""

    colocation_usd_per_kw_month: Amount
    electricity_usd_per_kwh: Amount
    pue: Amount
    setup_usd_per_node: Amount
    most_kw: Amount


@dataclass(frozen=True)
class Debt:
    """Terms of lenders and lessors for a start-up; units and sources in `data/ownership.toml`."""

    cost_of_debt_per_year: Amount
    loan_apr: Amount
    loan_to_value_share: Amount
    loan_months: Amount
    loan_fee_share: Amount
    lease_apr: Amount
    lease_months: Amount
    lease_residual_share: Amount
    lease_financed_share: Amount
    lease_exit_share: Amount


@dataclass(frozen=True)
class Plan:
    """Plan risk and the defaults of a workload; units and sources in `data/terms.toml`."""

    hazard_seed_per_month: Amount
    hazard_series_a_per_month: Amount
    hazard_series_b_per_month: Amount
    hazard_later_per_month: Amount
    residual_training_share: Amount
    residual_other_share: Amount
    busy_fine_tune_share: Amount
    busy_pre_train_share: Amount
    busy_inference_share: Amount
    base_inference_share: Amount
    base_busy_inference_share: Amount
    office_hours_per_week: Amount
    fine_tune_max_nodes: Amount
    pre_train_min_nodes: Amount
    plan_length_spread: Amount
    plan_size_spread: Amount

    def busy_share(self, kind: str) -> Amount:
        """The usual utilization of a kind of work: fine-tune, pre-train or inference."""
        found: Amount = getattr(self, f"busy_{kind.replace('-', '_')}_share")
        return found


@dataclass(frozen=True)
class Sizing:
    """From model size and tokens to GPUs; units and sources in `data/terms.toml`."""

    model_flops_utilisation: Amount
    training_flops_per_parameter_token: Amount
    adapter_flops_per_parameter_token: Amount
    adapter_share: Amount
    serving_tokens_in: Amount
    serving_tokens_out: Amount
    serving_first_token_seconds: Amount
    serving_next_token_seconds: Amount
    requests_per_user_day: Amount
    serving_flops_per_parameter_token: Amount
    training_bytes_per_parameter: Amount
    frozen_bytes_per_parameter: Amount
    memory_headroom_share: Amount


@dataclass(frozen=True)
class Api:
    """Prices of the hosted API that a service is compared with; units and sources in `data/terms.toml`."""

    input_usd_per_mtok: Amount
    output_usd_per_mtok: Amount
    cached_price_share: Amount
    batch_price_share: Amount
    price_change_per_year: Amount
    price_sd_per_sqrt_year: Amount


@dataclass(frozen=True)
class Facility:
    """What owning costs around the GPUs; units and sources in `data/ownership.toml`."""

    switch_usd: Amount
    cable_usd_per_gpu_no_layer: Amount
    cable_usd_per_gpu_one_layer: Amount
    cable_usd_per_gpu_two_layers: Amount
    cable_usd_per_gpu_three_layers: Amount
    max_nodes_no_layer: Amount
    max_nodes_one_layer: Amount
    max_nodes_two_layers: Amount
    switches_per_64_nodes_one_layer: Amount
    switches_per_64_nodes_two_layers: Amount
    switches_per_64_nodes_three_layers: Amount
    storage_usd_per_node: Amount
    setup_usd_per_node: Amount
    deposit_share: Amount
    colocation_usd_per_kw_month: Amount
    colocation_min_months: Amount
    colocation_exit_share: Amount
    electricity_usd_per_kwh: Amount
    pue: Amount
    idle_power_share: Amount
    maintenance_share_per_year: Amount
    insurance_share_per_year: Amount
    staff_small_fte_per_node: Amount
    staff_fixed_fte: Amount
    staff_fte_per_node: Amount
    staff_usd_per_fte_year: Amount
    availability_share: Amount
    failure_share_per_gpu_year: Amount
    used_lead_months: Amount
    used_maintenance_share_per_year: Amount
    used_failure_share_per_gpu_year: Amount
    used_life_months: Amount
    used_max_nodes: Amount
    exit_months: Amount
    selling_cost_share: Amount


@dataclass(frozen=True)
class Evidence:
    """When a price is old, which catalog prices are plausible, and the owner in the 2024 latent.space article; units
    and sources in `data/terms.toml`."""

    stale_days: float
    catalog_least_usd_per_gpu_hour: float
    catalog_most_usd_per_gpu_hour: float
    catalog_unreadable_share: float
    catalog_odd_ratio: float
    article_capex_usd_per_gpu: float
    article_running_usd_per_gpu_year: float
    article_life_years: float
    article_utilisation_share: float
    article_mean_rent_share: float
    article_high_usd_per_gpu_hour: float
    article_middle_usd_per_gpu_hour: float
    article_low_usd_per_gpu_hour: float


@dataclass(frozen=True)
class Negotiation:
    """What is asked of the seller of an offer; units and sources in `data/terms.toml`."""

    prepaid_share: float
    free_months: float
    termination_fee_share: float
    extension_months: float
    sla_credit_share: float
    delay_credit_share_per_month: float
    least_worth_share: float


@dataclass(frozen=True)
class GpuPrices:
    """Prices and properties of one GPU, after overrides. USD; hours are GPU-hours."""

    id: str
    label: str
    neocloud_usd_per_gpu_hour: Amount
    hyperscaler_usd_per_gpu_hour: Amount | None
    marketplace_usd_per_gpu_hour: Amount | None
    serverless_usd_per_gpu_hour: Amount | None
    neocloud_available_share: Amount | None
    sublet_discount_share: Amount
    node_usd: Amount | None
    used_node_usd: Amount | None
    used_chassis_usd: Amount | None
    node_kw: Amount
    lead_months: Amount
    gpu_memory_gb: float
    peak_flops_per_second: float | None
    throughput_fine_tune: Amount
    throughput_pre_train: Amount
    throughput_inference: Amount
    fabric_max_nodes: Amount
    gpus_per_node: Amount | None  # where it is not that of [rental]
    least_rented_gpus: Amount | None  # where single GPUs are not rented
    term_discounts: Mapping[Tier, Mapping[int, Amount]]


@dataclass(frozen=True, eq=False)  # compared by identity: amounts may be arrays, and what follows from them is kept
class Assumptions:
    """Every number that one decision depends on: the book's, with the user's own in their place.

    Any figure may be one number, or one for each of P points: see `Amount`. peaks: the dense peak performance of every
    GPU of the book that has one, FLOP/s by id, since throughput is measured on any of them.
    """

    gpu: GpuPrices
    rental: Rental
    forecast: ForecastFigures
    experts: ExpertFigures
    money: Money
    plan: Plan
    sizing: Sizing
    facility: Facility
    on_premises: OnPremises
    debt: Debt
    api: Api
    evidence: Evidence
    negotiation: Negotiation
    peaks: Mapping[str, float]

    @property
    def points(self) -> int | None:
        """P, the number of points of its figures; None where all are single numbers."""
        sections = (vars(section).values() for section in self._sections.values())
        discounts = (tier.values() for tier in self.gpu.term_discounts.values())
        figures = chain.from_iterable((*sections, *discounts))
        return next((len(figure) for figure in figures if isinstance(figure, np.ndarray)), None)

    def among(self, points: Months) -> "Assumptions":
        """The figures of some of the points."""
        return replace(self, **{name: _among(section, points) for name, section in self._sections.items()})

    @property
    def _sections(self) -> dict[str, Any]:
        """What holds figures that may be of many points."""
        return {name: section for name, section in vars(self).items() if name != "peaks"}


def _among(section: S, points: Months) -> S:
    """A section at some of its points."""
    changed = {name: among(one, points) for name, one in vars(section).items() if isinstance(one, np.ndarray)}
    if isinstance(section, GpuPrices):
        tiers = section.term_discounts.items()
        changed["term_discounts"] = {  # type: ignore[assignment]  # the one field that is not an amount
            tier: {term: among(share, points) for term, share in terms.items()} for tier, terms in tiers
        }
    return replace(section, **changed) if changed else section  # type: ignore[type-var]  # every section is a dataclass


SECTION_TYPES: Mapping[str, type] = {
    name: kind for name, kind in Assumptions.__annotations__.items() if name not in ("gpu", "peaks")
}
