"""Whether reading a mail takes time that grows faster than its length: the same text in lines twice as long, and twice
the text, each beside the other in one run.

`python -m tests.benchmarks.mails`; a ratio of 1 in the first column and of 2 in the second is a time that grows with
the length."""

import time
from datetime import date

from advisor.market.price_book import built_in_book
from advisor.offers.mail.read import LONGEST_TEXT, read_mail

LINE = 490  # characters; longer lines are cut
SHAPES = (
    "$1 ", "$1,", "12 ", "-$0.30/hr ", "H100 ", "12 months ", "$2.30 12 months, ", "8 H100 nodes at $265k each ",
    "1.1.", "i.e. $1 ", "25% off ", "storage ",
)  # fmt: skip


def of_lines(shape: str, characters: int, line: int) -> str:
    """A text of some length, in paragraphs of one line."""
    one = (shape * line)[:line]
    return f"{one}\n\n" * (characters // (line + 2))


def seconds(text: str) -> float:
    """The processor time of reading a text once."""
    start = time.process_time()
    read_mail(text, built_in_book(), date(2026, 11, 30))
    return time.process_time() - start


def main() -> None:
    """Print the ratios of each shape."""
    seconds("H100 12 months $2")  # which compiles the patterns
    print("| shape | lines twice as long | twice the text |\n|---|---:|---:|")
    for shape in SHAPES:
        short, long, half = (
            seconds(of_lines(shape, characters, line))
            for characters, line in ((LONGEST_TEXT, LINE // 2), (LONGEST_TEXT, LINE), (LONGEST_TEXT // 2, LINE))
        )
        print(f"| `{shape}` | {long / short:.2f} | {long / half:.2f} |")


if __name__ == "__main__":
    main()
