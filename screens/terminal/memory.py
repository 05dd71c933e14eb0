"""Keeps memory small: an answer needs tens of megabytes for a moment, and a shared server should not keep them lent."""

import ctypes
from contextlib import suppress

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def share_arenas() -> None:
    """Let threads allocate from the arenas that are there, where the C library can be told (glibc): each new one keeps
    its own fragments, and only one thread works at a time. To be called before those threads are."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free to the system, where the C library can (glibc); elsewhere do nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
