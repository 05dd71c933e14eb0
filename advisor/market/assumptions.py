"""Every number that one decision depends on, in typed sections, without provenance."""

from collections.abc import Mapping
from typing import Literal

from advisor.values.quick_dataclass import dataclass

Tier = Literal["neocloud", "hyperscaler"]


@dataclass(frozen=True)
class Rental:
    """Rules and costs of renting and reserving; units and sources in `data/terms.toml`."""

    hours_per_month: float
    gpus_per_node: float
    storage_egress_usd_per_node_month: float
    support_share: float
    goodput_loss_share: float
    setup_usd_per_node: float
    setup_from_nodes: float
    cluster_premium_per_doubling: float
    release_doublings: float
    on_demand_max_nodes: float
    volume_discount_per_doubling: float
    volume_discount_from_nodes: float
    volume_discount_max_share: float
    idle_fill_share: float
    freed_fill_share: float
    sublet_loss_per_doubling: float
    months_to_let: float
    sublet_right_neocloud: float
    sublet_right_hyperscaler: float
    sublet_fee_share: float
    prepaid_share: float
    prepay_bonus_per_year: float
    prepay_bonus_max_share: float
    prepay_bonus_from_share: float
    provider_default_per_month: float
    termination_fee_share: float
    wait_months: float
    growth_step_months: float
    minimum_term_from_64_nodes_months: float
    minimum_term_from_128_nodes_months: float
    minimum_term_from_256_nodes_months: float
    marketplace_max_nodes: float
    marketplace_interruptions_per_node_hour: float
    marketplace_restart_hours: float
    marketplace_checkpoint_hours: float
    serverless_idle_share: float


@dataclass(frozen=True)
class ForecastFigures:
    """How rents and used prices move; units and sources in `data/terms.toml`."""

    decline_shift_per_year: float
    decline_sd_per_year: float
    level_sd: float
    reversion_per_year: float
    volatility_per_sqrt_year: float
    reversion_log_sd: float
    volatility_log_sd: float
    resale_rent_elasticity: float
    resale_ageing_per_year: float
    resale_sd_per_sqrt_year: float
    resale_floor_share: float
    resale_cap_share: float


@dataclass(frozen=True)
class ExpertFigures:
    """Priors of the three experts on rents, and how they are weighted; units and sources in `data/terms.toml`."""

    level_prior_sd: float
    decline_prior_per_year: float
    decline_prior_sd_per_year: float
    commitment_discount_prior: float
    commitment_discount_prior_sd: float
    quote_noise: float
    min_term_quotes: float
    pooled_quote_months: float
    pooled_quote_noise: float
    trend_prior_decline_per_year: float
    trend_prior_months: float
    short_history_months: float
    score_months: float
    score_temper: float
    weight_floor: float
    owner_return_per_year: float
    owner_life_years: float
    owner_utilisation_share: float
    owner_residual_share: float
    owner_fabric_usd_per_node: float
    owner_staff_fte_per_node: float
    owner_pue: float
    cost_decline_per_year: float
    cost_level_sd: float


@dataclass(frozen=True)
class Money:
    """Discounting and what counts as too close; units and sources in `data/terms.toml`."""

    discount_rate: float
    cash_safety_share: float
    close_call_share: float
    tie_share: float
    small_difference_share: float
    waiting_edge_share: float
    prepaid_hurdle_share: float
    straight_line_months: float


@dataclass(frozen=True)
class Debt:
    """Terms of lenders and lessors for a start-up; units and sources in `data/ownership.toml`."""

    cost_of_debt_per_year: float
    loan_apr: float
    loan_to_value_share: float
    loan_months: float
    loan_fee_share: float
    lease_apr: float
    lease_months: float
    lease_residual_share: float
    lease_exit_share: float


@dataclass(frozen=True)
class Plan:
    """Plan risk and the defaults of a workload; units and sources in `data/terms.toml`."""

    hazard_seed_per_month: float
    hazard_series_a_per_month: float
    hazard_series_b_per_month: float
    hazard_later_per_month: float
    residual_training_share: float
    residual_other_share: float
    busy_fine_tune_share: float
    busy_pre_train_share: float
    busy_inference_share: float
    base_inference_share: float
    base_busy_inference_share: float
    fine_tune_max_nodes: float
    pre_train_min_nodes: float
    plan_length_spread: float
    plan_size_spread: float


@dataclass(frozen=True)
class Sizing:
    """From model size and tokens to GPUs; units and sources in `data/terms.toml`."""

    model_flops_utilisation: float
    training_flops_per_parameter_token: float
    adapter_flops_per_parameter_token: float
    adapter_share: float
    serving_flops_utilisation: float
    serving_flops_per_parameter_token: float
    training_bytes_per_parameter: float
    frozen_bytes_per_parameter: float
    memory_headroom_share: float


@dataclass(frozen=True)
class Facility:
    """What owning costs around the GPUs; units and sources in `data/ownership.toml`."""

    switch_usd: float
    cable_usd_per_gpu_no_layer: float
    cable_usd_per_gpu_one_layer: float
    cable_usd_per_gpu_two_layers: float
    cable_usd_per_gpu_three_layers: float
    max_nodes_no_layer: float
    max_nodes_one_layer: float
    max_nodes_two_layers: float
    switches_per_64_nodes_one_layer: float
    switches_per_64_nodes_two_layers: float
    switches_per_64_nodes_three_layers: float
    storage_usd_per_node: float
    setup_usd_per_node: float
    deposit_share: float
    colocation_usd_per_kw_month: float
    colocation_min_months: float
    colocation_exit_share: float
    electricity_usd_per_kwh: float
    pue: float
    idle_power_share: float
    maintenance_share_per_year: float
    insurance_share_per_year: float
    staff_small_fte_per_node: float
    staff_fixed_fte: float
    staff_fte_per_node: float
    staff_usd_per_fte_year: float
    availability_share: float
    failure_share_per_gpu_year: float
    used_lead_months: float
    used_maintenance_share_per_year: float
    used_failure_share_per_gpu_year: float
    used_life_months: float
    used_max_nodes: float
    exit_months: float
    selling_cost_share: float


@dataclass(frozen=True)
class Evidence:
    """When a price is old, which catalogue prices are plausible, and the owner in the 2024 latent.space article; units
    and sources in `data/terms.toml`."""

    stale_days: float
    catalogue_least_usd_per_gpu_hour: float
    catalogue_most_usd_per_gpu_hour: float
    catalogue_unreadable_share: float
    catalogue_odd_ratio: float
    article_capex_usd_per_gpu: float
    article_running_usd_per_gpu_year: float
    article_life_years: float
    article_utilisation_share: float
    article_mean_rent_share: float
    article_high_usd_per_gpu_hour: float
    article_middle_usd_per_gpu_hour: float
    article_low_usd_per_gpu_hour: float


@dataclass(frozen=True)
class GpuPrices:
    """Prices and properties of one GPU, after overrides. USD; hours are GPU-hours."""

    id: str
    label: str
    neocloud_usd_per_gpu_hour: float
    hyperscaler_usd_per_gpu_hour: float | None
    marketplace_usd_per_gpu_hour: float | None
    serverless_usd_per_gpu_hour: float | None
    sublet_discount_share: float
    node_usd: float | None
    used_node_usd: float | None
    used_chassis_usd: float | None
    node_kw: float
    lead_months: float
    gpu_memory_gb: float
    peak_flops_per_second: float
    throughput_fine_tune: float
    throughput_pre_train: float
    throughput_inference: float
    fabric_max_nodes: float
    term_discounts: Mapping[Tier, Mapping[int, float]]


@dataclass(frozen=True)
class Assumptions:
    """Every number that one decision depends on: the book's, with the user's own in their place."""

    gpu: GpuPrices
    rental: Rental
    forecast: ForecastFigures
    experts: ExpertFigures
    money: Money
    plan: Plan
    sizing: Sizing
    facility: Facility
    debt: Debt
    evidence: Evidence


SECTION_TYPES: Mapping[str, type] = {
    "rental": Rental,
    "forecast": ForecastFigures,
    "experts": ExpertFigures,
    "money": Money,
    "plan": Plan,
    "sizing": Sizing,
    "facility": Facility,
    "debt": Debt,
    "evidence": Evidence,
}
