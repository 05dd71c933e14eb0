"""Contracts and hardware that a company already has, as the user states them."""

import datetime

from advisor.formatting import plural
from advisor.profiles.limits import MAX_GPUS, MAX_NODES, MAX_PLAN_MONTHS
from advisor.values.printable_text import Text
from advisor.values.validated import Validated, field

_MONTHS_A_DAY = 12 / 365


class Commitment(Validated):
    """A reservation under contract; what has been prepaid is spent and does not count, but for a refund."""

    nodes: int | None = field(None, "nodes", "servers under contract; needed unless gpus is given", ge=1, le=MAX_NODES)
    gpus: int | None = field(
        None, "GPUs", "in place of nodes, for work that is given in GPUs: GPUs under contract", ge=1, le=MAX_GPUS
    )
    gpu: Text | None = field(
        None, "", "the GPU it is about, where it is another one than the work's; needed where the work is on several",
        label="GPU",
    )  # fmt: skip
    months_left: int | None = field(None, "months", "months the contract still runs", ge=1, le=MAX_PLAN_MONTHS)
    ends: datetime.date | None = field(None, "", "in place of months_left: the last day of the contract")
    usd_per_gpu_hour: float = field(
        ..., "USD/GPU-h", "what is still to be paid for each GPU-hour", ge=0, le=1000, label="price per GPU-hour"
    )
    termination_fee_share: float | None = field(
        None, "share", "share of the payments left that leaving costs", book="rental.termination_fee_share", ge=0, le=1
    )
    termination_fee_usd: float | None = field(
        None, "USD", "in place of a share: the sum that leaving costs, beside the months of notice", ge=0, le=1e11,
        label="exit fee",
    )  # fmt: skip
    notice_months: int = field(
        0,
        "months",
        "months that are paid in full after you leave, before the share of the rest",
        ge=0,
        le=MAX_PLAN_MONTHS,
    )
    refund_usd: float = field(
        0.0, "USD", "of what is prepaid, paid back if you leave today", ge=0, le=1e11, label="refund"
    )
    may_be_resold: bool = field(True, "", "whether the contract lets you sublet")
    from_: Text = field("", "", "who it is with", alias="from")

    @property
    def months(self) -> int:
        """The months that it still runs; 0 where it has ended, or has a last day that `on` has not been asked about."""
        return self.months_left or 0

    @property
    def size_words(self) -> str:
        """`8 nodes` or `4 GPUs`."""
        if self.gpus is not None:
            return f"{self.gpus} {plural('GPU', self.gpus)}"
        return f"{self.nodes} {plural('node', self.nodes or 0)}"

    def nodes_of(self, gpus_per_node: float) -> float:
        """The servers, or the part of one, under contract."""
        return float(self.nodes or 0) if self.gpus is None else self.gpus / gpus_per_node

    @property
    def words(self) -> str:
        """`8 nodes for 6 months`, with a GPU that it names; of one that has ended until when it ran."""
        term = f"for {self.months} {plural('month', self.months)}" if self.months else f"until {self.ends}"
        return f"{self.what} {term}"

    @property
    def what(self) -> str:
        """`8 nodes`, with a GPU that it names."""
        return f"{self.size_words}{'' if self.gpu is None else f' of {self.gpu}'}"

    def on(self, day: datetime.date) -> "Commitment":
        """The same with the whole months that it still runs on a day, where it has a last day; none after that."""
        if self.ends is None:
            return self
        days = (self.ends - day).days + 1
        months = max(1, round(days * _MONTHS_A_DAY)) if days > 0 else 0
        return self.model_copy(update={"months_left": months, "notice_months": min(self.notice_months, months)})

    def _check(self) -> None:
        if (self.nodes is None) == (self.gpus is None):
            found = "neither nodes nor gpus" if self.gpus is None else "nodes and gpus"
            raise ValueError(f"{found}; allowed: one of the two")
        if (self.months_left is None) == (self.ends is None):
            found = "neither months_left nor ends" if self.ends is None else "months_left and ends"
            raise ValueError(f"{found}; allowed: one of the two")
        if self.termination_fee_share is not None and self.termination_fee_usd is not None:
            raise ValueError("termination_fee_share and termination_fee_usd; allowed: one of the two")
        if self.months_left is not None and self.notice_months > self.months_left:
            raise ValueError(f"notice_months {self.notice_months}; allowed: at most months_left, {self.months_left}")


class Owned(Validated):
    """Hardware in hand; what was paid for it is spent and does not count."""

    nodes: int = field(..., "nodes", "servers you own", ge=1, le=MAX_NODES)
    gpu: Text | None = field(
        None, "", "the GPU in them, where it is another one than the work's; needed where the work is on several",
        label="GPU",
    )  # fmt: skip
    sells_for_usd_per_node: float | None = field(
        None,
        "USD/node",
        "what one sells for today; left out: the book's used price, or its new one aged",
        ge=0,
        le=1e8,
        label="selling price of a node",
    )
    age_months: int = field(0, "months", "how long you have had it, where the book has no used price", ge=0, le=240)
    bought: datetime.date | None = field(None, "", "in place of age_months: the day on which you bought it")
    hosting_paid: bool = field(False, "", "whether its place and power are paid for already and cost nothing more")
    may_be_let: bool = field(True, "", "whether you may let others use it")

    @property
    def words(self) -> str:
        """`8 nodes`, with a GPU that it names."""
        return f"{self.nodes} {plural('node', self.nodes)}{'' if self.gpu is None else f' of {self.gpu}'}"

    def on(self, day: datetime.date) -> "Owned":
        """The same with its age on a day, where it has a date of purchase."""
        if self.bought is None:
            return self
        months = 12 * (day.year - self.bought.year) + day.month - self.bought.month - (day.day < self.bought.day)
        return self.model_copy(update={"age_months": max(0, months)})

    def _check(self) -> None:
        if self.bought is not None and self.age_months:
            raise ValueError("bought and age_months; allowed: one of the two")
