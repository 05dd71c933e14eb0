"""All that files of usage say: the load, how sure it is, the workload, and how many GPUs to commit to."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np

from advisor.array_types import of_one
from advisor.errors import InputError
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Kind, Profile
from advisor.profiles.validation import parse_profile
from advisor.usage.commitment_curve import CommitmentCurve, commitment_curve
from advisor.usage.faults import Faults
from advisor.usage.hourly_usage import HourlyUsage, Week, hourly_usage, models_of
from advisor.usage.plan_risk import PlanRisk, plan_risk
from advisor.usage.read import Window
from advisor.usage.spread import Spread, spread_of
from advisor.usage.tally import FileCounts, Tally
from advisor.usage.workload import workload_table
from advisor.values.quick_dataclass import dataclass

_MOST_NAMED = 8  # models in an error


@dataclass(frozen=True)
class UsageOptions:
    """How usage is evaluated.

    Attributes:
        gpu: The model whose usage counts, and the model of rows that name none.
        kind, months: Of the workload that is made.
        zone: Of days and weeks.
        window: The part of the rows that counts.
        name: Of the profile.
    """

    gpu: str | None
    kind: Kind
    months: float
    zone: tzinfo
    window: Window
    name: str


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        files: what was read of each.
        faults: rows that could not be read.
        models: GPU-hours in use by model; an empty name for rows without one.
        model: which of them the rest is about.
        usage: its load.
        weeks: of it.
        spread: how sure it is; None for too few weeks.
        risk: what that says of the plan; None without a spread, and for a GPU without prices.
        workload: the [[workload]] table of a profile.
        profile: that has it; None for a GPU without prices.
        curve: how many GPUs to commit to; None where `no_curve` says why.
        no_curve: empty where there is a curve.
        zone: of times without one.
    """

    files: tuple[FileCounts, ...]
    faults: Faults
    models: Mapping[str, float]
    model: str
    usage: HourlyUsage
    weeks: tuple[Week, ...]
    spread: Spread | None
    risk: PlanRisk | None
    workload: Mapping[str, Any]
    profile: Profile | None
    curve: CommitmentCurve | None
    no_curve: str
    zone: tzinfo

    @property
    def first(self) -> datetime:
        """When the first hour begins."""
        return datetime.fromtimestamp(self.usage.first_second, self.zone)

    @property
    def last(self) -> datetime:
        """When the last hour ends."""
        return datetime.fromtimestamp(self.usage.first_second + 3600 * self.usage.hours, self.zone)


def findings(tally: Tally, files: tuple[FileCounts, ...], options: UsageOptions, book: PriceBook) -> Findings:
    """What the rows say.

    Args:
        tally: their sums.
        files: what was read of each.
        options: how they are evaluated.
        book: prices.

    Raises:
        InputError: where no row counts, or none is of the GPU asked for.
    """
    models = models_of(tally)
    if not models:
        raise InputError(files[0].path, "no GPU-hours in the rows that count", "rows of GPUs in use")
    model, gpu = _model_of(models, options.gpu, book)
    window = options.window
    usage = hourly_usage(tally, model, gpu, (window.since, window.until) if window.named else None)
    weeks = usage.weeks(options.zone)
    spread = spread_of(weeks, options.months)
    rental = book.assumptions(gpu).rental if gpu in book.gpus else None
    per_node = int(book.figure("rental.gpus_per_node").value if rental is None else of_one(rental.gpus_per_node))
    table = workload_table(usage, spread, options.kind, options.months, per_node)
    profile = _profile(table, files, usage, spread, options, book) if gpu in book.gpus else None
    curve, why = _curve(profile, usage, spread, book)  # it counts the sizes of the load itself, not by the plan risk
    risk = None
    if profile is not None and spread is not None:
        risk = plan_risk(profile, spread, book)
        told = {"plan_change_per_month": risk.per_month, "residual_share": risk.residual_share}
        table = {**table, **told}
        profile = profile.model_copy(update={"workload": (profile.workload[0].model_copy(update=told),)})
    return Findings(
        files, tally.faults, models, model, usage, weeks, spread, risk, table, profile, curve, why, options.zone
    )


def _model_of(models: Mapping[str, float], wanted: str | None, book: PriceBook) -> tuple[str, str]:
    """The model of the rows, and its id for the reader."""
    if wanted is None:
        first = next(iter(models))
        return first, first
    if wanted in models:
        return wanted, wanted
    gpu = book.gpu(wanted, "--gpu").id
    if gpu in models:
        return gpu, gpu
    if "" in models:
        return "", gpu
    names = list(models)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    raise InputError("--gpu", f"no usage of {gpu}", ", ".join(names[:_MOST_NAMED]) + more)


def _profile(
    table: Mapping[str, Any],
    files: tuple[FileCounts, ...],
    usage: HourlyUsage,
    spread: Spread | None,
    options: UsageOptions,
    book: PriceBook,
) -> Profile:
    """A profile with the workload, which says in its notes where it comes from and how sure it is."""
    first = datetime.fromtimestamp(usage.first_second, UTC).date()
    days = usage.hours / 24
    notes = f"From usage of {days:,.1f} days from {first} in {len(files)} file{'s' if len(files) > 1 else ''}."
    if spread is not None:
        notes += (
            f" By its weeks the mean load of the plan is {spread.low:.2f} to {spread.high:.2f} times that, in nine of "
            "ten cases; the plan changes with a chance that counts its falls."
        )
    raw = {"schema": 1, "name": options.name, "notes": notes, "workload": [dict(table)]}
    return parse_profile(raw, book, "usage")


def _curve(
    profile: Profile | None, usage: HourlyUsage, spread: Spread | None, book: PriceBook
) -> tuple[CommitmentCurve | None, str]:
    if profile is None:
        name = usage.gpu or "rows that name no GPU"
        return None, f"no prices for {name}: --gpu names one of the price book"
    if not usage.gpu_hours:
        return None, "nothing was in use"
    curve = commitment_curve(profile, book, usage.in_use, np.ones(1) if spread is None else spread.multiples())
    return curve, "" if curve is not None else "no reservation is offered for this GPU"
