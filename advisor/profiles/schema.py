"""The Profile: what the user asks, validated on input. Units are in the names or beside the field.

A profile holds only what differs from the defaults; the price book gives the rest. Every field is declared once, here,
with its unit, allowed range and meaning, from which forms and messages are made.
"""

import math
from collections.abc import Mapping
from typing import Literal

from advisor.market.assumptions import Hosting, Tier
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.limits import (
    HOURS_A_WEEK,
    LEAST_MONTHS,
    MAX_GPUS,
    MAX_NODES,
    MAX_PLAN_MONTHS,
    MOST_OTHER_GPUS,
    MOST_QUOTES,
)
from advisor.profiles.load_points import MOST_STEPS, LoadPoint, check_curve
from advisor.profiles.offers.quote import Credit, Quote
from advisor.profiles.serving.service import Serving
from advisor.profiles.training.work import Training
from advisor.values.printable_text import Notes, Text
from advisor.values.validated import Validated, field

Kind = Literal["fine-tune", "pre-train", "inference"]
Mode = Literal["always-on", "scale-to-zero", "office-hours", "batch"]
Stage = Literal["seed", "series-a", "series-b", "later"]
Depreciation = Literal["straight-line", "macrs", "bonus"]

_LAST_RENTS_MONTH, _LEAST_MULTIPLE, _MOST_MULTIPLE = 600, 0.001, 1000
FieldPath = tuple[str | int, ...]  # of a field of a profile: ("workload", 0, "nodes")
# The ways to give the amount of work. A workload has exactly one; `gpus` also goes with GPU-hours and with runs.
_WAYS = (
    "nodes", "gpus", "gpu_hours_per_month", "runs_per_week", "nodes_by_month", "gpus_by_month", "load", "pflops",
    "serving", "training",
)  # fmt: skip
AMOUNT_FIELDS = (*_WAYS, "hours_per_run")
TYPED_FIELDS = (*AMOUNT_FIELDS, "weeks_per_year")  # that another amount of work replaces
# From these the utilization is computed.
_BUSY_FOLLOWS = ("gpu_hours_per_month", "runs_per_week", "load", "serving", "training")


RentPoint = tuple[float, float]


class Workload(Validated):
    """A need for GPUs over some months."""

    kind: Kind = field(..., "", "what the GPUs do: fine-tune, pre-train or inference")
    gpu: Text = field("H100-SXM", "", "the GPU, by the book's name or an alias", label="GPU")
    nodes: int | None = field(None, "nodes", "servers of 8 GPUs needed at the start", ge=1, le=MAX_NODES)
    gpus: int | None = field(
        None, "GPUs", "in place of nodes: GPUs needed at the start; with GPU-hours the most at once, with runs those "
        "of one run", label="GPUs", ge=1, le=MAX_GPUS,
    )  # fmt: skip
    gpu_hours_per_month: float | None = field(
        None, "GPU-h/month", "in place of nodes: hours of work; without gpus on the fewest that can do them; busy "
        "follows", label="GPU-hours a month", gt=0, le=MAX_GPUS * 744,
    )  # fmt: skip
    runs_per_week: float | None = field(
        None, "1/week", "in place of nodes: runs on `gpus` each, side by side where a week is too short; busy follows",
        gt=0, le=1e6,
    )  # fmt: skip
    hours_per_run: float | None = field(None, "hours", "how long a run takes", gt=0, le=1e5)
    nodes_by_month: tuple[int, ...] = field(
        (),
        "nodes",
        "in place of nodes: those of each month from the start; the last holds on",
        max_length=MAX_PLAN_MONTHS,
    )
    gpus_by_month: tuple[int, ...] = field(
        (),
        "GPUs",
        "in place of nodes: GPUs of each month from the start; the last holds on",
        max_length=MAX_PLAN_MONTHS,
        label="GPUs by month",
    )
    load: tuple[LoadPoint, ...] = field(
        (),
        "",
        "in place of nodes: a load curve of [GPUs, share of the hours], from the bottom up: the share in which those "
        "above the number before, up to this one, work; busy follows",
        max_length=MOST_STEPS,
    )
    pflops: float | None = field(
        None,
        "petaFLOP/s",
        "in place of nodes: dense peak performance of all GPUs, which are those that have it together",
        label="petaFLOP/s",
        gt=0,
        le=1e9,
    )
    months: float = field(
        ..., "months", "how long the work lasts", label="plan length", ge=LEAST_MONTHS, le=MAX_PLAN_MONTHS
    )
    busy: float | None = field(
        None,
        "share",
        "share of the time the GPUs work, a mean over all nodes; with office hours or weeks a year a share of those",
        label="utilization",
        book="plan.busy_{kind}_share",
        ge=0.00001,
        le=1,
    )
    mode: Mode | None = field(
        None,
        "",
        "always-on, by default for inference; scale-to-zero: users can wait for a cold start, so serverless is an "
        "option; office-hours: down outside them; batch: nodes run while there is work",
    )
    hours_per_week: float | None = field(
        None,
        "h/week",
        "mode office-hours: hours a week in which the service is up, and billed",
        label="hours a week",
        book="plan.office_hours_per_week",
        ge=1,
        le=HOURS_A_WEEK,
    )
    weeks_per_year: float | None = field(
        None,
        "weeks/year",
        "of work that pauses for days or weeks: those in which it runs; in the others nothing is rented on demand",
        label="weeks a year",
        gt=0,
        le=52,
    )
    base_share: float | None = field(
        None,
        "share",
        "inference: share of the nodes that must always be up, whole nodes, billed for every hour or office hour",
        label="always-on share",
        book="plan.base_inference_share",
        ge=0,
        le=1,
    )
    base_busy: float | None = field(
        None,
        "share",
        "inference: busy share of those nodes, as far as the mean allows; left out: of a service in tokens as its "
        "load curve says",
        label="always-on utilization",
        book="plan.base_busy_inference_share",
        ge=0.001,
        le=1,
    )
    always_on: bool | None = field(
        None, "", "must not be interrupted: no marketplace; by default as `mode` is always-on or office-hours"
    )
    job_nodes: int | None = field(
        None,
        "nodes",
        "nodes that one job needs on one fabric; by default all for a pre-train, else 1",
        label="nodes of a job",
        ge=1,
        le=MAX_NODES,
    )
    growth_per_month: float = field(0.0, "share/month", "growth of the nodes", ge=-0.5, le=0.5)
    start_month: int = field(
        0, "months", "months from now until the work starts", label="start of the work", ge=0, lt=MAX_PLAN_MONTHS
    )
    plan_change_per_month: float | None = field(
        None,
        "share/month",
        "chance in a month that the plan changes",
        label="chance a month that the plan changes",
        book="plan.hazard_{stage}_per_month",
        ge=0,
        le=0.5,
    )
    residual_share: float | None = field(
        None,
        "share",
        "demand left after a change of plan",
        label="demand left after a change of plan",
        book="plan.residual_{kind}_share",
        ge=0,
        le=1,
    )

    memory_gb_per_gpu: float | None = field(
        None, "GB", "memory each GPU must have; rules out other GPUs with less", gt=0, le=10_000, label="memory per GPU"
    )

    serving: Serving | None = field(
        None,
        "",
        "in place of nodes, for inference: the service in tokens or requests, from which GPUs and utilization follow",
    )
    training: Training | None = field(
        None,
        "",
        "in place of nodes: what is trained, from which GPU-hours and the GPUs for `months` follow",
    )

    @property
    def last_month(self) -> int:
        """Its last month, counted from its start at 0."""
        return max(0, math.ceil(self.months) - 1)

    @property
    def way(self) -> str:
        """The field of `AMOUNT_FIELDS` that says how much work there is."""
        return next(name for name in (*_WAYS[2:], *_WAYS[:2]) if getattr(self, name))

    @property
    def busy_when(self) -> str:
        """The hours that `busy` is a share of, ` in office hours`, ` in 12 weeks a year`; empty where it is all."""
        weeks = "" if self.weeks_per_year is None else f" in {self.weeks_per_year:.3g} weeks a year"
        return " in office hours" if self.mode == "office-hours" else weeks

    @property
    def in_nodes(self) -> bool:
        """Whether it is given in nodes, rather than in GPUs, GPU-hours or runs."""
        return self.way in ("nodes", "nodes_by_month")

    def said_by(self, name: str) -> str:
        """The field that says the nodes or the utilization of this workload; the latter may follow from the hours."""
        return self.way if name == "nodes" or self.way in _BUSY_FOLLOWS else name

    def _check(self) -> None:
        self._check_amount()
        if self.start_month + self.months > MAX_PLAN_MONTHS:
            raise ValueError(
                f"start_month {self.start_month} + months {self.months:g}; allowed: at most {MAX_PLAN_MONTHS} together"
            )
        if self.kind != "inference" and (self.base_share is not None or self.base_busy is not None):
            raise ValueError(f"base_share or base_busy with kind {self.kind!r}; allowed: only with kind 'inference'")
        if self.kind != "inference" and self.mode not in (None, "batch"):
            raise ValueError(f"mode {self.mode!r} with kind {self.kind!r}; allowed: 'batch', or kind 'inference'")
        if self.mode == "batch" and self.base_share:
            raise ValueError(f"base_share {self.base_share:g} with mode 'batch'; allowed: 0, or mode 'always-on'")
        self._check_office_hours()
        self._check_weeks()
        last = (self.nodes or 0) * (1 + self.growth_per_month) ** self.last_month
        if last > MAX_NODES:
            raise ValueError(f"growth to {last:,.0f} nodes; allowed: at most {MAX_NODES:,}")

    def _check_office_hours(self) -> None:
        """Raise ValueError for hours a week without office hours, or without them where GPUs follow from hours."""
        if self.hours_per_week is not None and self.mode != "office-hours":
            raise ValueError("hours_per_week; allowed: only with mode 'office-hours'")
        hours = self.way in ("gpu_hours_per_month", "runs_per_week")
        if self.mode == "office-hours" and hours and self.hours_per_week is None:
            raise ValueError(f"{self.way} with mode 'office-hours'; allowed: also hours_per_week")

    def _check_weeks(self) -> None:
        """Raise ValueError for weeks a year of a service that is up, or where the hours of work follow from a model."""
        if self.weeks_per_year is None:
            return
        if self.mode != "batch" and (self.kind == "inference" or self.mode is not None):
            raise ValueError("weeks_per_year of a service that is up; allowed: only with mode 'batch', or in training")
        if self.way in ("load", "serving", "training"):
            raise ValueError(f"weeks_per_year with {self.way}; allowed: with nodes, GPUs, GPU-hours or runs")

    def _check_amount(self) -> None:
        """Raise ValueError unless exactly one way to give the amount of work is used, with all of its fields."""
        given = [name for name in _WAYS if getattr(self, name)]
        with_gpus = [name for name in given if name in ("gpu_hours_per_month", "runs_per_week")]
        ways = [name for name in given if name != "gpus" or not with_gpus]
        if len(ways) != 1:
            found = " and ".join(ways) or "no amount of work"
            raise ValueError(f"{found}; allowed: one of {', '.join(_WAYS)}")
        if (self.runs_per_week is None) != (self.hours_per_run is None):
            found = "hours_per_run" if self.runs_per_week is None else "runs_per_week"
            raise ValueError(f"{found} alone; allowed: runs_per_week and hours_per_run together")
        if self.runs_per_week is not None and self.gpus is None:
            raise ValueError("runs_per_week without gpus; allowed: also gpus, those of one run")
        if self.load and self.base_busy is not None:
            raise ValueError("base_busy with load; allowed: one of the two, since it follows from the curve")
        if ways[0] in _BUSY_FOLLOWS and self.busy is not None:
            follows = self.serving.volume_unit if self.serving else "hours"
            raise ValueError(f"busy with {ways[0]}; allowed: one of the two, since busy follows from the {follows}")
        if self.serving and self.kind != "inference":
            raise ValueError(f"serving with kind {self.kind!r}; allowed: only with kind 'inference'")
        if self.training and self.kind == "inference":
            raise ValueError("training with kind 'inference'; allowed: only with kind 'pre-train' or 'fine-tune'")
        by_month = self.nodes_by_month or self.gpus_by_month
        if (by_month or self.training) and self.growth_per_month:
            raise ValueError(f"growth_per_month with {ways[0]}; allowed: one of the two")
        most = MAX_GPUS if self.gpus_by_month else MAX_NODES
        for number in by_month:
            if not 1 <= number <= most:
                raise ValueError(f"{number:,} in {ways[0]}; allowed: whole numbers from 1 to {most:,}")
        check_curve(self.load, MAX_GPUS)


CASH_FIELDS = ("cash_usd", "committed_funding_usd", "burn_usd_per_month")  # of a company: what its cash pays for


class Company(Validated):
    """The company: stage, money and rules."""

    stage: Stage = field("series-a", "", "sets the chance that the plan changes: seed, series-a, series-b or later")
    cash_usd: float | None = field(
        None, "USD", "cash at hand; left out, cash is not checked", label="cash at hand", ge=0, le=1e12
    )
    committed_funding_usd: float = field(
        0.0, "USD", "funding signed and still to come", label="funding signed", ge=0, le=1e12
    )
    burn_usd_per_month: float = field(
        0.0, "USD/month", "spending besides this compute", label="other burn", ge=0, le=1e11
    )
    discount_rate: float | None = field(
        None, "1/year", "what money costs you, failure not included", book="money.discount_rate", ge=0, le=1
    )
    tax_rate: float = field(
        0.0, "share", "tax on income; 0 for a company that makes losses", label="income tax rate", ge=0, lt=1
    )
    taxable_from_month: int = field(
        0,
        "months",
        "months from now until there is taxable income; deductions before it are lost",
        label="first taxable month",
        ge=0,
        le=120,
    )
    depreciation: Depreciation = field("macrs", "", "how hardware is deducted: straight-line, macrs or bonus")
    hosting: Hosting = field(
        "colocation",
        "",
        "where hardware you buy stands: colocation in a data center, or on-premises, in rooms of your own",
    )
    rental_forbidden_because: Text | None = field(None, "", "a rule that forbids rented GPUs, in your own words")

    @property
    def available_usd(self) -> float:
        """The cash and the funding that is committed, USD; infinite where the cash is not given."""
        return math.inf if self.cash_usd is None else self.cash_usd + self.committed_funding_usd


class Market(Validated):
    """Which market the company buys in, and the user's own view of rents, if any."""

    tier: Tier = field("neocloud", "", "whose price list: neocloud or hyperscaler")
    rents_change_per_year: float | None = field(
        None,
        "1/year",
        "your own view of rents, a fall is negative; left out: the book's view",
        label="your own view of rents",
        gt=-1,
        le=2,
    )
    rents_path: tuple[RentPoint, ...] = field(
        (),
        "",
        "a path of rents of your own beside the named scenarios: [months from now, multiple of today]",
        max_length=60,
    )
    other_gpus: tuple[Text, ...] = field(
        (), "", "other GPUs that could do the same work", max_length=MOST_OTHER_GPUS, label="other GPUs"
    )

    def _check(self) -> None:
        months = [month for month, _ in self.rents_path]
        if months != sorted(set(months)):
            raise ValueError("a rents_path out of order; allowed: rising months")
        for month, multiple in self.rents_path:
            if not (0 <= month <= _LAST_RENTS_MONTH and _LEAST_MULTIPLE <= multiple <= _MOST_MULTIPLE):
                raise ValueError(
                    f"[{month:g}, {multiple:g}] in rents_path; allowed: months from 0 to {_LAST_RENTS_MONTH} and "
                    f"multiples from {_LEAST_MULTIPLE:g} to {_MOST_MULTIPLE:,}"
                )


class Profile(Validated):
    """The user's question: the workloads, the company, and figures that replace the book's."""

    schema_: Literal[1] = field(1, "", "version of this file format", alias="schema")
    name: Text = field(..., "", "what you call this profile", min_length=1)
    notes: Notes = field("", "", "your own notes")
    workload: tuple[Workload, ...] = field(..., "", "the work to be done", min_length=1, max_length=20)
    company: Company = Company()
    market: Market = Market()
    facility: Mapping[str, float] = field({}, "", "your own ownership figures, by the book's names")
    rental: Mapping[str, float] = field({}, "", "your own rental figures, by the book's names")
    forecast: Mapping[str, float] = field({}, "", "your own forecast figures, by the book's names")
    gpu: Mapping[str, float] = field({}, "", "your own figures of the GPU, by the book's names", label="GPU")
    quote: tuple[Quote, ...] = field((), "", "offers you hold", max_length=MOST_QUOTES)
    credit: tuple[Credit, ...] = field((), "", "credits that sellers gave you", max_length=10)
    commitment: tuple[Commitment, ...] = field((), "", "contracts you are already in", max_length=3)
    owned: tuple[Owned, ...] = field((), "", "hardware you already own", max_length=2)

    @property
    def service(self) -> Serving | None:
        """The one service that is all of the work, in tokens or requests; None for other work."""
        return self.workload[0].serving if len(self.workload) == 1 else None

    @property
    def in_nodes(self) -> bool:
        """Whether all of the work is given in nodes, rather than in GPUs, GPU-hours or runs."""
        return all(workload.in_nodes for workload in self.workload)
