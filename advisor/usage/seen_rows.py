"""Whether a row was read before, also in another file, in memory that does not grow with the rows."""

from hashlib import blake2b

import numpy as np

_BITS = 1 << 28  # 32 MB
_PROBES = 6


class SeenRows:
    """A Bloom filter over the keys of rows.

    A row that came before is always found. A new one is taken for an old one less than once in 100,000 while there are
    at most five million.
    """

    def __init__(self) -> None:
        self._bits = np.zeros(_BITS >> 3, dtype=np.uint8).data  # pages that are not touched take no memory

    def add(self, key: str) -> bool:
        """Remember a key; whether it was there before."""
        new = False
        bits = self._bits
        for place in _places(key):
            if not bits[place >> 3] & 1 << (place & 7):
                bits[place >> 3] |= 1 << (place & 7)
                new = True
        return not new

    def __contains__(self, key: str) -> bool:
        """Whether a key was there, nothing being remembered."""
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in _places(key))


def _places(key: str) -> list[int]:
    digest = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=16).digest(), "big")
    first, step = digest >> 64, digest & (1 << 64) - 1 | 1
    return [(first + probe * step) % _BITS for probe in range(_PROBES)]
