"""Memory and garbage collection: little time spent at the start, and memory returned to a shared server afterwards."""

import gc
from contextlib import suppress

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def pause_garbage_collection() -> None:
    """To be called before the imports: what is imported never becomes garbage, and looking takes a tenth of the
    start."""
    gc.disable()


def resume_garbage_collection() -> None:
    """Collect from now on, without looking through what the start has imported each time."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def share_arenas() -> None:
    """Let threads allocate from the existing arenas, where the C library can be told (glibc): each new one keeps its
    own fragments, and only one thread works at a time. To be called before those threads are started."""
    import ctypes  # imported with numpy anyway, but not before the first paint

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def return_free_memory() -> None:
    """Return free memory to the system, where the C library can (glibc): an answer needs tens of megabytes for a
    moment."""
    import ctypes

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
