"""What the clauses of offers are worth, explained."""

from advisor.decision.advise import Advice
from advisor.explain.number import Number, inputs_of, option_named, thing_of
from advisor.explain.number_id import NumberId
from advisor.formatting import usd_exact


def _clause(number: NumberId, advice: Advice) -> Number:
    found = thing_of(number, advice.clauses, NumberId.clause)
    (option,) = option_named(found.offer, advice)
    return Number(
        f"Worth of a clause of {option.cost.option.label}",
        usd_exact(found.usd),
        f"What it is worth to you that {found.words}: present value, with all other clauses as they are.",
        f"{usd_exact(found.usd_without)} without it, {usd_exact(found.usd_with)} with it; both expected over rents and "
        "the month in which your plan changes",
        inputs_of((option,), advice),
    )


OFFER_NUMBERS = {"clause": _clause}
