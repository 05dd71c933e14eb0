"""The id of one number of an answer, made here and nowhere else."""

from typing import TYPE_CHECKING

from advisor.input_id import InputId

if TYPE_CHECKING:
    from advisor.decision.break_even import Crossing, MonthInterval, TermBreakEven
    from advisor.decision.cash.balance_sheet import BalanceSheet
    from advisor.decision.offer_values import ClauseValue
    from advisor.decision.plans.serving_answer import BreakEvenUse, UnitCost
    from advisor.decision.scenarios import Outcome
    from advisor.decision.sensitivity import Flip, Swing

_CAN_BE_TRIED = ("flip", "swing", "tipping", "node", "length")


class NumberId(str):
    """A path such as `option/buy/expected_usd`, `gap/capex`, `term/reserved-12m`: by name, never by position.

    A string, so that it can be the id of a row on a screen; screens only pass it on.
    """

    __slots__ = ()

    @property
    def family(self) -> str:
        """What kind of number it is: `option`, `gap`, `term`, `input` ..."""
        return self.partition("/")[0]

    @property
    def rest(self) -> str:
        """Which one of its family; empty where there is only one."""
        return self.partition("/")[2]

    @property
    def can_be_tried(self) -> bool:
        """Whether it is a value that an input can take."""
        return self.family in _CAN_BE_TRIED

    @classmethod
    def option(cls, option: str, figure: str) -> "NumberId":
        """A figure of an option, by the ids of both."""
        return cls(f"option/{option}/{figure}")

    @classmethod
    def component(cls, option: str, component: str) -> "NumberId":
        """A component of an option's expected cost."""
        return cls.option(option, f"component/{component}")

    @classmethod
    def step(cls, group: str) -> "NumberId":
        """A step of the waterfall from the pick to its rival, by the group of components."""
        return cls(f"{GAP}/{group}")

    @classmethod
    def class_best(cls, option_class: str) -> "NumberId":
        """How often a class of options (rent, reserve_short, reserve_long, buy) is the cheapest."""
        return cls(f"best/{option_class}")

    @classmethod
    def term(cls, term: "TermBreakEven") -> "NumberId":
        """The utilization at which a reserved term breaks even."""
        return cls(f"term/{term.option}")

    @classmethod
    def length(cls, interval: "MonthInterval") -> "NumberId":
        """What is cheapest for an interval of plan lengths."""
        return cls(f"length/{interval.from_month}")

    @classmethod
    def crossing(cls, crossing: "Crossing") -> "NumberId":
        """Where one option's cumulative cost overtakes another's."""
        return cls(f"crossing/{crossing.cheaper_before}/{crossing.cheaper_after}/{crossing.month:.6g}")

    @classmethod
    def scenario(cls, outcome: "Outcome") -> "NumberId":
        """What is cheapest under a named path of rents."""
        return cls(f"scenario/{outcome.name}")

    @classmethod
    def flip(cls, flip: "Flip") -> "NumberId":
        """A value of an input at which the answer changes; one input may have several."""
        return cls(f"flip/{flip.input}/{flip.flips_at:.9g}")

    @classmethod
    def swing(cls, swing: "Swing") -> "NumberId":
        """What an input does to the gap."""
        return cls(f"swing/{swing.input}")

    @classmethod
    def balance(cls, sheet: "BalanceSheet") -> "NumberId":
        """What owning leaves at the end of a month."""
        return cls(f"balance/{sheet.month}")

    @classmethod
    def clause(cls, clause: "ClauseValue") -> "NumberId":
        """What a clause of an offer is worth."""
        return cls(f"clause/{clause.offer}/{clause.name}")

    @classmethod
    def unit_cost(cls, cost: "UnitCost") -> "NumberId":
        """What a million tokens or a thousand requests cost one way."""
        return cls(f"unit-cost/{cost.option}")

    @classmethod
    def use(cls, use: "BreakEvenUse") -> "NumberId":
        """The utilization from which a way costs less than the API."""
        return cls(f"use/{use.option}")

    @classmethod
    def of_input(cls, input_id: InputId) -> "NumberId":
        """The value of an input."""
        return cls(f"input/{input_id}")


CONTENTS, GAP, CONFIDENCE, RUNWAY = map(NumberId, ("contents", "gap", "confidence", "runway"))
TIPPING, NODE_PRICE, PAYBACK = map(NumberId, ("tipping", "node", "payback"))
WAITING, CAPACITY, INFORMATION = map(NumberId, ("waiting", "capacity", "knowing"))
LEAVES_API, IDLE = map(NumberId, ("leaves-api", "idle"))
