"""What the owner earns at a rental price: the other side of a quote, and the article's figures under their own names.

"$2 H100s" (2024-10) calls an annualised multiple an IRR. Both are here: (net cash / capex)^(1/years) - 1 under the name
annualised multiple, and the true internal rate of return of the same flows.
"""

from dataclasses import dataclass

from advisor.finance import RateOfReturn, rates_of_return

HOURS_PER_YEAR = 8760


@dataclass(frozen=True)
class OwnerCase:
    """An owner who rents one GPU out. USD per GPU; mean_price_multiplier: mean rent over the life, as a share of the
    first rent, which falls in a straight line."""

    capex_usd: float
    opex_usd_per_year: float
    years: int
    utilisation: float
    mean_price_multiplier: float

    def revenue_usd_per_year(self, usd_per_gpu_hour: float) -> float:
        """Mean yearly revenue of one GPU."""
        return usd_per_gpu_hour * self.mean_price_multiplier * HOURS_PER_YEAR * self.utilisation

    def net_usd(self, usd_per_gpu_hour: float) -> float:
        """Revenue less running cost over the whole life, before the capex."""
        return (self.revenue_usd_per_year(usd_per_gpu_hour) - self.opex_usd_per_year) * self.years

    def annualised_multiple(self, usd_per_gpu_hour: float) -> float:
        """(net cash / capex)^(1/years) - 1: what the article calls IRR, and is not one."""
        return float((self.net_usd(usd_per_gpu_hour) / self.capex_usd) ** (1 / self.years) - 1)

    def break_even_usd_per_gpu_hour(self) -> float:
        """The first rent at which the life's net cash just returns the capex."""
        per_dollar = self.mean_price_multiplier * HOURS_PER_YEAR * self.utilisation
        return (self.capex_usd / self.years + self.opex_usd_per_year) / per_dollar

    def monthly_flows_usd(self, usd_per_gpu_hour: float) -> list[float]:
        """The capex, then the net cash of each month, the rent falling in a straight line around its mean."""
        months = 12 * self.years
        drop = 2 * (1 - self.mean_price_multiplier)
        hours = HOURS_PER_YEAR / 12 * self.utilisation
        net = (
            usd_per_gpu_hour * hours * (1 - drop * (m + 0.5) / months) - self.opex_usd_per_year / 12
            for m in range(months)
        )
        return [-self.capex_usd, *net]

    def true_return_per_year(self, usd_per_gpu_hour: float) -> RateOfReturn:
        """The true internal rate of return of the monthly flows, as a yearly rate; all roots."""
        monthly = rates_of_return(self.monthly_flows_usd(usd_per_gpu_hour))
        yearly = [float((1 + rate) ** 12 - 1) for rate in monthly.roots]
        unique = None if monthly.unique is None else float((1 + monthly.unique) ** 12 - 1)
        return RateOfReturn(tuple(yearly), unique)
