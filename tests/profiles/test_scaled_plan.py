"""A plan of the map as an edit: all workloads scaled alike."""

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.profiles.amount_of_work import nodes_at_start
from advisor.profiles.scaled_plan import at_plan
from advisor.profiles.store import load_profile, sample_entries
from tests.support.present import present
from tests.support.profile_builder import PLANS, two_workloads

BOOK = built_in_book()


def test_several_workloads_keep_their_proportions() -> None:
    changed = at_plan(two_workloads(), 80, 24, BOOK)
    assert [(work.nodes, work.months) for work in changed.workload] == [(60, 24), (20, 12)]
    assert [work.start_month for work in changed.workload] == [0, 3]
    smallest = at_plan(two_workloads(), 1, 12, BOOK)
    assert [work.nodes for work in smallest.workload] == [1, 1]


@pytest.mark.parametrize("name", PLANS)
def test_the_same_plan_changes_nothing_and_another_only_size_and_length(name: str) -> None:
    entry = next(entry for entry in sample_entries() if entry.name == name)
    profile = load_profile(entry.path, BOOK)
    work = profile.workload[0]
    assert at_plan(profile, present(work.nodes), work.months, BOOK) == profile
    changed = at_plan(profile, 7, 3, BOOK)
    assert (changed.workload[0].nodes, changed.workload[0].months) == (7, 3)
    back = changed.workload[0].model_copy(update={"nodes": present(work.nodes), "months": work.months})
    assert changed.model_copy(update={"workload": (back,)}) == profile


def test_another_size_of_a_service_is_other_tokens_a_day() -> None:
    entry = next(entry for entry in sample_entries() if entry.name == "serve-70b")
    profile = load_profile(entry.path, BOOK)
    own = nodes_at_start(profile, BOOK.assumptions("H100-SXM"))
    assert at_plan(profile, own, profile.workload[0].months, BOOK) == profile
    serving = present(at_plan(profile, 2 * own, 12, BOOK).workload[0].serving)
    assert serving.tokens_per_day == pytest.approx(800e6)


def test_a_plan_that_may_not_be_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="Plan") as refused:
        at_plan(two_workloads(), 80, 61, BOOK)
    assert "\n" not in str(refused.value)
