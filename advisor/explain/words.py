"""The words of the screens and reports, each explained in a sentence: what help, palette and glossary say of them."""

from collections.abc import Iterator

from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Word:
    """A term as it is written on a screen, what it means, and other spellings that stand there for it."""

    term: str
    meaning: str
    spellings: tuple[str, ...] = ()


WORDS = (
    Word("expected", "present value of all costs of the same work, averaged over whether and when the plan changes"),
    Word("plan holds", "the same cost where the plan runs to its end"),
    Word("day one", "what is paid at signing, before any compute is used", ("due on day one",)),
    Word("best in", "share of the simulated futures in which this is the cheapest way"),
    Word("confidence", "how often verdicts with such a lead were right in simulated markets: r shows the record"),
    Word("blind guess", "always the answer that is most often right: how often it is, to compare the confidence with"),
    Word("too close to call", "the inputs cannot tell the two best ways apart: take the one that commits less"),
    Word("of your cash", "the highest sum of all payments so far, less what came back", ("most paid",)),
    Word("busy GPU-hour", "an hour of one GPU at work; idle hours are paid for, and raise its cost"),
    Word("utilization", "share of the time in which the GPUs do work", ("busy",)),
    Word("ends early", "chance that the plan changes before its end; what is signed is then paid for, or sublet"),
    Word("runway", "months until the cash is spent: with this plan, and without it"),
    Word("on demand", "by the hour, with no commitment", ("on-demand",)),
    Word("reservation", "a contract for a number of months, at a lower price an hour"),
    Word(
        "colocating", "putting your own servers into a data center that sells space, power and cooling", ("colocation",)
    ),
    Word("hosting", "keeping your own servers in rooms of your own", ("on premises", "on-premises")),
    Word("not feasible", "it cannot be used; the reason follows, most often that the cash does not last"),
    Word("sublet", "let idle hours to others"),
    Word("PUE", "power of the whole site divided by that of the servers"),
    Word("capex", "what the hardware costs to buy: servers, network, storage, installation"),
    Word("committed", "payments for a reservation, used or not"),
    Word("resale", "what your own hardware brings when the plan ends"),
    Word("rental extras", "storage, traffic and support beside the GPU price"),
    Word("rates alone", "prices compared without the chance that the plan changes"),
    Word("list price", "the price a provider posts; yours may be lower", ("list ",)),
    Word("thin", "few or weak sources stand behind the figure, mostly fewer than three", ("n=1", "n=2")),
    Word("n", "number of sources behind a figure", ("n=",)),
    Word("discount rate", "by how much a dollar next year counts less than one today"),
    Word("hurdle", "what a way that puts more at stake must save before it is preferred"),
    Word("regret", "what a choice cost more than the best one, seen afterwards"),
    Word("percentile", "the share of posted prices that are lower"),
    Word("break-even", "the value of an input at which two ways cost the same"),
)


def words_in(text: str) -> Iterator[Word]:
    """The words that stand in a text, in the order of the list."""
    lowered = f" {' '.join(text.lower().split())} "
    for word in WORDS:
        if any(spelling.lower() in lowered for spelling in (f" {word.term} ", *_long(word), *word.spellings)):
            yield word


def _long(word: Word) -> tuple[str, ...]:
    """A term that is long enough not to stand within another word."""
    return (word.term,) if len(word.term) > 4 else ()
