"""The GPUs of a profile: its workloads grouped by the GPU they run on, each group as a profile of its own."""

from collections.abc import Mapping
from typing import Any

from advisor.errors import InputError
from advisor.formatting import listed
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import FieldPath, Profile

OF_ONE_GPU = ("quote", "commitment", "owned")  # tables that are about the GPU they name, or about the only one
_IN_HAND = ("commitment", "owned")  # which may be of any GPU where the work is on one


def groups_of(profile: Profile, book: PriceBook, where: str = "profile") -> tuple[Profile, ...]:
    """A profile for each GPU, in the order in which the workloads name them.

    A group has the workloads, offers and contracts on its GPU; the company, the market and the figures of the profile
    are those of all groups. A profile of one GPU is its only group.

    Raises:
        InputError: For an unknown GPU, or where it is not clear which GPU an offer or a figure is about.
    """
    by_gpu = _workloads_by_gpu(profile, book, where)
    named = {table: _gpus_named(profile, table, tuple(by_gpu), book, where) for table in OF_ONE_GPU}
    if len(by_gpu) == 1:
        return (profile,)
    if profile.gpu:
        names = listed(list(by_gpu))
        raise InputError(f"{where}: gpu", f"figures of one GPU with {names}", "[gpu.NAME] in a --book file", ("gpu",))
    return tuple(
        profile.model_copy(
            update={
                "workload": tuple(profile.workload[at] for at in places),
                **{
                    table: tuple(one for one, its in zip(getattr(profile, table), gpus, strict=True) if its == gpu)
                    for table, gpus in named.items()
                },
            }
        )
        for gpu, places in by_gpu.items()
    )


def gpus_of(profile: Profile, book: PriceBook) -> tuple[str, ...]:
    """The GPUs that a profile is about, by their ids, in the order in which the workloads name them."""
    return tuple(_workloads_by_gpu(profile, book, "profile"))


def of_one_gpu(profile: Profile, book: PriceBook) -> None:
    """Raise InputError when a profile has workloads on several GPUs."""
    by_gpu = _workloads_by_gpu(profile, book, "profile")
    if len(by_gpu) > 1:
        allowed = "one GPU here; advise, report, profiles and the app take several"
        raise InputError("profile", f"workloads on {listed(list(by_gpu))}", allowed, ("workload",))


def with_group(profile: Profile, gpu: str, edited: Profile, book: PriceBook) -> Profile:
    """The profile in which one group has been edited; what the groups share is that of the edited one.

    Args:
        profile: With all of its groups.
        gpu: The id of the group's GPU before the edit.
        edited: The group as a profile of its own.
        book: Knows the GPUs by name.
    """
    if len(by_gpu := _workloads_by_gpu(profile, book, "profile")) == 1:
        return edited
    works = list(profile.workload)
    for at, work in zip(by_gpu[gpu], edited.workload, strict=True):
        works[at] = work
    changes: dict[str, Any] = {"workload": tuple(works), "credit": profile.credit}  # a group may have a part of them
    for table in OF_ONE_GPU:
        mine = [one.model_copy(update={"gpu": gpu}) if one.gpu is None else one for one in getattr(edited, table)]
        others = [one for one in getattr(profile, table) if book.gpu(one.gpu).id != gpu]
        changes[table] = (*mine, *others)
    return edited.model_copy(update=changes)


def field_in_group(profile: Profile, gpu: str, path: FieldPath, book: PriceBook) -> FieldPath | None:
    """Where a field of the profile is in the group of a GPU; None when it is of another one's workload."""
    if path[0] != "workload":
        return path
    places = _workloads_by_gpu(profile, book, "profile")[gpu]
    return ("workload", places.index(int(path[1])), *path[2:]) if path[1] in places else None


def _workloads_by_gpu(profile: Profile, book: PriceBook, where: str) -> Mapping[str, list[int]]:
    """The positions of the workloads on each GPU, by its id."""
    found: dict[str, list[int]] = {}
    for at, workload in enumerate(profile.workload):
        gpu = book.gpu(workload.gpu, f"{where}: workload {at + 1}, gpu", ("workload", at, "gpu"))
        found.setdefault(gpu.id, []).append(at)
    return found


def _gpus_named(profile: Profile, table: str, gpus: tuple[str, ...], book: PriceBook, where: str) -> tuple[str, ...]:
    """The id of the GPU that each entry of a table is about."""
    found = []
    for at, one in enumerate(getattr(profile, table)):
        place, field = f"{where}: {table} {at + 1}, gpu", (table, at, "gpu")
        if one.gpu is None and len(gpus) > 1:
            raise InputError(place, "nothing", f"one of {', '.join(gpus)}, since the work is on several GPUs", field)
        found.append(gpus[0] if one.gpu is None else book.gpu(one.gpu, place, field).id)
        if found[-1] not in gpus and (table not in _IN_HAND or len(gpus) > 1):
            raise InputError(place, found[-1], f"one of {', '.join(gpus)}, which the work is on", field)
    return tuple(found)
