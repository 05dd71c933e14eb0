"""What to do with contracts and hardware in hand, in words."""

from collections.abc import Iterator

from advisor.array_types import of_one
from advisor.costing.options.in_hand.contracts_in_hand import Disposition
from advisor.decision.advise import Advice
from advisor.decision.commitment_disposition import CommitmentVerdict
from advisor.formatting import listed, usd
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.schema import Profile


def in_hand_text(advice: Advice, *, to_do: bool = False) -> str:
    """`keep vendor B and sell the node you own`: what to do with what is in hand; empty where there is nothing. to_do:
    whether contracts that have ended are left out."""
    held = advice.costing.commitments
    if held is None:
        return ""
    names = [one.from_ or one.words for one in held.contracts]
    names += [f"the {one.words.removeprefix('1 ')} you own" for one in held.hardware]
    done = zip(held.dispositions, names, strict=True)
    return listed([_done_with(name, one) for one, name in done if not (to_do and one == "ended")])


def in_hand_lines(advice: Advice) -> Iterator[str]:
    """What to do with what is in hand, and what each disposition costs with the best way to serve the rest."""
    held, what = advice.costing.commitments, in_hand_text(advice)
    if held is None:
        return
    best, *others = [(listed(done), usd(amount)) for done, amount in held.usd[:3] if amount is not None]
    otherwise = "".join(f"; {done} {amount}" for done, amount in others)
    in_all = f" ({best[1]} in all{otherwise})" if len(held.usd) > 1 else ""
    yield f"{'In hand' if advice.profile.owned else 'Contracts in hand'}: {what}{in_all}"
    yield from _of_no_use(held, advice.profile)


def _of_no_use(held: CommitmentVerdict, profile: Profile) -> Iterator[str]:
    """What is in hand and cannot be kept for the work, with the reason."""
    fewer = "" if profile.workload[0].job_nodes else "; set Nodes a job if one needs fewer"
    every: list[Commitment | Owned] = [*held.contracts, *held.hardware]
    for one, *ways in zip(every, *[dispositions for dispositions, _ in held.usd], strict=True):
        if {"keep", "ended"} & set(ways):
            continue
        job = of_one(held.by_gpu[one.gpu].case.demand.largest_job)  # in nodes of its own GPU
        if why := held.why_not(one) or (f"a job takes {job:,.0f} on one fabric{fewer}" if job > 1 else ""):
            yield f"{one.what if isinstance(one, Commitment) else one.words} cannot serve this work: {why}"


def _done_with(name: str, disposition: Disposition) -> str:
    """What is done with one thing in hand, in words."""
    said = {"idle": f"leave {name} idle", "ended": f"the contract of {name} has ended"}
    return said.get(disposition, f"{disposition} {name}")
