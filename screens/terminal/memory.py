"""Memory and garbage collection: little time spent at the start, and memory returned to a shared server afterwards."""

import gc
from contextlib import suppress

from advisor.errors import InputError

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h
_OBJECTS_BETWEEN = 100_000
_NEEDS_MB = {"address space": 420, "data": 180}  # all screens of a large profile, beyond what the start has taken


def pause_garbage_collection() -> None:
    """To be called before the imports: what is imported never becomes garbage, and looking takes a tenth of the
    start."""
    gc.disable()


def collect_seldom() -> None:
    """For commands: look for garbage once in 100,000 new objects rather than 700; an answer keeps most of its own."""
    gc.set_threshold(_OBJECTS_BETWEEN)


def leave_garbage() -> None:
    """To be called last: the interpreter would look through all objects once more as it ends, a seventh of a run."""
    gc.freeze()


def check_memory() -> None:
    """Raise InputError when the app may not have the memory that it needs. To be called before it takes the terminal:
    libraries of the engine end the process themselves when they get none."""
    import mmap

    for what, protection in (("address space", mmap.PROT_READ), ("data", mmap.PROT_READ | mmap.PROT_WRITE)):
        try:
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            mmap.mmap(-1, _NEEDS_MB[what] << 20, flags=flags, prot=protection).close()  # nothing of it is touched
        except OSError:
            found, needed = f"less than {_NEEDS_MB[what]} MB of {what}", "more; `ulimit -v` and `ulimit -d` show limits"
            raise InputError("memory", found, needed) from None


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
