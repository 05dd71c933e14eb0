"""Which GPU a name in an export means: a GRES type, or a driver's name."""

from advisor.formatting import cut, one_line
from advisor.market.price_book import PriceBook

_LONGEST_NAME = 60
MOST_MODELS = 64  # of one run; further ones are put together
OTHERS = "other models"


class GpuNames:
    """The ids of GPUs by the names that rows give them. Text of the book where it knows the GPU, else the name itself,
    safe to print; empty where a row names none."""

    def __init__(self, book: PriceBook) -> None:
        self._book = book
        self._known: dict[str, str] = {"": ""}
        self._found: set[str] = set()

    def id_of(self, name: str) -> str:
        """The id of a GPU."""
        found = self._known.get(name)
        if found is None:
            gpu = self._book.find_gpu(name)
            found = cut(one_line(name.strip()), _LONGEST_NAME) if gpu is None else gpu.id
            if found not in self._found and len(self._found) >= MOST_MODELS:
                return OTHERS
            self._found.add(found)
            if len(self._known) < 1 << 14:
                self._known[name] = found
        return found
