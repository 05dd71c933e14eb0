"""What can be offered, and what a price may be for."""

from typing import Literal

QuoteOption = Literal[
    "on-demand", "reserved", "block", "spot", "committed-spend", "buy", "buy-used", "hosted", "lease",
    "loan", "sale-leaseback",
]  # fmt: skip
CreditOption = Literal["on-demand", "spot"]
PriceUnit = Literal[
    "gpu-hour", "node-hour", "rack-hour", "gpu-day", "node-day", "gpu-month", "node-month", "rack-month", "month",
    "total", "gpu", "node", "rack",
]  # fmt: skip
SIGNED = ("reserved", "block", "committed-spend")  # for a term
BOUGHT = ("buy", "buy-used")
FINANCED = ("lease", "loan", "sale-leaseback")
PAID_MONTHLY = (*FINANCED, "hosted")  # payments beside the price of the hardware
RENTAL_UNITS: tuple[PriceUnit, ...] = (
    "gpu-hour", "node-hour", "gpu-day", "node-day", "gpu-month", "node-month", "month", "total",
)  # fmt: skip
DAYS_OF_A_MONTH = 30  # below, a term is counted in days rather than rounded to months
