"""Whether a row was read before, also in another file, in memory that does not grow with the rows."""

from hashlib import blake2b

import numpy as np

_WORD, _WORDS = 64, 1 << 22  # bits of a word, and words: 32 MB
_PROBES = range(0, 36, 6)  # where the numbers of six bits of the word stand in a digest
_REST = _PROBES.stop


class SeenRows:
    """A Bloom filter over the keys of rows, whose bits of a key are all in one word (Putze, Sanders and Singler 2007).

    A row that came before is always found. A new one is taken for an old one less than once in 10,000 while there are
    at most five million.
    """

    def __init__(self) -> None:
        self._words = np.zeros(_WORDS, dtype=np.uint64).data  # pages that are not touched take no memory

    def add(self, key: str) -> bool:
        """Remember a key; whether it was there before."""
        place, bits = _bits_of(key)
        there = self._words[place]
        if there & bits == bits:
            return True
        self._words[place] = there | bits
        return False

    def __contains__(self, key: str) -> bool:
        """Whether a key was there, nothing being remembered."""
        place, bits = _bits_of(key)
        return self._words[place] & bits == bits


def _bits_of(key: str) -> tuple[int, int]:
    """The word of a key, and its bits in it."""
    digest = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    bits = 0
    for probe in _PROBES:
        bits |= 1 << (digest >> probe) % _WORD
    return (digest >> _REST) % _WORDS, bits
