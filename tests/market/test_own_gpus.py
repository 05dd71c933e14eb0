"""GPUs of the user's own in a book file: what is needed, what is lent, what is left out, and what is refused."""

from pathlib import Path

import pytest

from advisor.decision.advise import advise
from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.explain.input_labels import figure_label
from advisor.market.book_file import read_overrides
from advisor.market.forecast.expert_weights import expert_mixture
from advisor.market.price_book import PriceBook
from advisor.market.price_history import built_in_history
from advisor.market.provenance import trace
from advisor.profiles.check_file import check_file
from advisor.profiles.validation import parse_profile
from advisor.reports.formats.text import text_report
from advisor.usage.gpu_of_name import GpuNames
from tests.support.app_driver import TODAY
from tests.support.profile_builder import BOOK

THIN = "[gpu.My-Card]\nneocloud_usd_per_gpu_hour = 1.10\ngpu_memory_gb = 32\n"
COMPLETE = (
    """[gpu.RTX-5090]
label = "RTX 5090 [bold]"
neocloud_usd_per_gpu_hour = 0.65
hyperscaler_usd_per_gpu_hour = 1.3
marketplace_usd_per_gpu_hour = 0.45
serverless_usd_per_gpu_hour = 1
sublet_discount_share = 0.2
node_usd = 35000
used_node_usd = 25000
used_chassis_usd = 5000
node_kw = 4
lead_months = 1
gpu_memory_gb = 32
peak_flops_per_second = 209e12
throughput_fine_tune = 0.3
throughput_pre_train = 0.2
throughput_inference = 0.3
fabric_max_nodes = 8
"""
    "neocloud_term_discount = { 1 = 0.05, 12 = 0.2 }\n"
)


def book_of(folder: Path, text: str) -> PriceBook:
    return read_overrides(written(folder, text), BOOK)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def work(gpu: str, *others: str) -> dict[str, object]:
    workload = {"kind": "inference", "gpu": gpu, "nodes": 2, "months": 12}
    return {"name": "x", "workload": [workload], "market": {"other_gpus": list(others)}}


def test_a_thin_gpu_has_its_own_prices_and_is_lent_the_rest(tmp_path: Path) -> None:
    book = book_of(tmp_path, THIN)
    mine, h100 = book.gpu("my card"), BOOK.gpus["H100-SXM"]
    assert (mine.id, mine.label) == ("MY-CARD", "My-Card")
    assert mine.figures["neocloud_usd_per_gpu_hour"].own
    assert mine.value("neocloud_usd_per_gpu_hour") == 1.10
    assert mine.value("node_kw") == h100.value("node_kw")
    assert mine.figures["node_kw"].is_thin
    assert "borrowed from the H100 SXM" in mine.figures["node_kw"].note
    prices = ("node_usd", "used_node_usd", "marketplace_usd_per_gpu_hour", "serverless_usd_per_gpu_hour")
    assert [mine.value(name) for name in prices] == [None] * 4, "no price is made up"
    assert "MY-CARD" not in BOOK.gpus


def test_another_gpu_may_lend(tmp_path: Path) -> None:
    mine = book_of(tmp_path, THIN + 'like = "l40s"\n').gpus["MY-CARD"]
    assert mine.value("node_kw") == BOOK.gpus["L40S"].value("node_kw")
    assert "taken from the L40S: " in mine.thin


def test_a_range_is_as_wide_as_the_lenders_in_proportion(tmp_path: Path) -> None:
    """The H100's list prices are 2.96 to 6.16: 1.44 times below and above their middle of 4.27."""
    price = book_of(tmp_path, THIN).figure("MY-CARD.neocloud_usd_per_gpu_hour")
    assert [price.low, price.high] == pytest.approx([1.10 / 1.4426, 1.10 * 1.4426], rel=1e-3)


def test_a_thin_gpu_gives_an_answer_that_says_what_was_assumed_and_is_missing(tmp_path: Path) -> None:
    book = book_of(tmp_path, THIN)
    found = advise(parse_profile(work("my card", "L40S"), book), book, paths=100)
    told = " ".join(found.reasons.warnings)
    assert "no marketplace and node price for the My-Card" in told
    assert (
        "taken from the H100 SXM: sublet discount, power of a node, delivery time, throughput and largest fabric"
        in told
    )
    assert "The price book has no price of the My-Card for a term: reserving needs an offer." in told
    assert found.verdict.pick is not None
    assert "purchase price" in " ".join(
        why for option in found.verdict.ranked if option.id == "buy" for why in option.infeasible_because
    )


@pytest.mark.parametrize("held", [False, True])
def test_what_is_lent_to_another_gpu_is_told_where_it_decides(tmp_path: Path, held: bool) -> None:
    """A GPU of the user's own was picked, or a contract for it kept, by the throughput of the H100, and not a word said
    so."""
    book = book_of(tmp_path, THIN)
    contract = {"gpu": "My-Card", "nodes": 2, "months_left": 12, "usd_per_gpu_hour": 0.5}
    raw = work("H100") | {"commitment": [contract]} if held else work("H100", "My-Card")
    found = advise(parse_profile(raw, book), book, paths=100)
    assert any("My-Card is a GPU of your own; taken from the H100 SXM" in line for line in found.reasons.warnings)


def test_a_complete_gpu_is_compared_in_every_way(tmp_path: Path) -> None:
    book = book_of(tmp_path, COMPLETE)
    found = advise(parse_profile(work("RTX 5090", "H100"), book), book, paths=100)
    ids = {option.id for option in found.verdict.ranked if option.id}
    assert {"on-demand", "reserved-1m", "reserved-12m", "buy", "buy-used", "lease", "marketplace"} <= ids
    assert "RTX 5090 [bold] · GPU cloud list $0.65" in text_report(found, TODAY), "a label is text, not markup"
    assert not any("GPU of your own" in line for line in found.reasons.warnings)


def test_a_gpu_of_ones_own_may_be_the_other_gpu(tmp_path: Path) -> None:
    """At 0.3 times an H100's throughput the same work takes 2 / 0.3 nodes, 7 of them whole."""
    book = book_of(tmp_path, COMPLETE)
    costs = {cost.option.id: cost for cost in cost_options(parse_profile(work("H100", "rtx_5090"), book), book).costs}
    peaks = [float(costs[name].case.demand.peak.max()) for name in ("on-demand", "RTX-5090:on-demand")]
    assert peaks == [2, 7]


def test_its_rents_are_forecast_without_a_history_and_an_owners_cost(tmp_path: Path) -> None:
    """A node price of one's own says nothing about the market's."""
    book = book_of(tmp_path, COMPLETE)
    experts = {expert.name: expert for expert, _ in expert_mixture(book.assumptions("RTX-5090"))}
    assert experts["cost-anchor"].note.startswith("no node price")
    behind = trace("expert.RTX-5090.cost-anchor", book, built_in_history(), TODAY).made_of
    assert behind
    assert not any("node_usd" in one for one in behind)
    assert figure_label("RTX-5090.node_usd") == "price of a node"


def test_exports_of_usage_know_it(tmp_path: Path) -> None:
    assert GpuNames(book_of(tmp_path, COMPLETE)).id_of("NVIDIA RTX 5090") == "RTX-5090"


def test_a_check_says_what_was_assumed_and_what_is_missing(tmp_path: Path) -> None:
    checked = check_file(written(tmp_path, THIN + COMPLETE), BOOK)
    assert (checked.kind, checked.faults) == ("book", ())
    thin, complete = checked.doubts
    assert "taken from the H100 SXM" in thin
    assert "Not in the file, so not compared: hyperscalers' price, marketplace price" in thin
    assert complete == "RTX 5090 [bold] is a GPU of your own, with everything that is needed."


WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    "no memory": (THIN.replace("gpu_memory_gb = 32\n", ""), ("unknown GPU 'My-Card'", "gpu_memory_gb")),
    "no rent": ("[gpu.My-Card]\ngpu_memory_gb = 32\n", ("unknown GPU 'My-Card'", "neocloud_usd_per_gpu_hour")),
    "an unknown figure": (THIN + "node_us = 1\n", ("node_us", "did you mean node_usd")),
    "an unknown term": (THIN + "neocloud_term_discount = { 13 = 0.1 }\n", ("neocloud_term_discount.13",)),
    "a discount that is not a table": (THIN + "neocloud_term_discount = 0.1\n", ("neocloud_term_discount",)),
    "out of bounds": (THIN + "lead_months = 99\n", ("lead_months", "from 0 to 36")),
    "a word for a number": (THIN + 'node_usd = "much"\n', ("node_usd", "'much'", "a number")),
    "a rent of nothing": (THIN.replace("1.10", "0"), ("neocloud_usd_per_gpu_hour", "from 0.01")),
    "like nothing known": (THIN + 'like = "H10"\n', ("gpu, like", "'H10'", "did you mean")),
    "like a number": (THIN + "like = 3\n", ("gpu, like", "the name of a GPU")),
    "a label of two lines": (THIN + 'label = "a\\nb"\n', ("gpu, label", "printable")),
    "no label at all": (THIN + 'label = " "\n', ("gpu, label", "1 to 40")),
    "a long label": (THIN + f'label = "{"x" * 41}"\n', ("gpu, label", "1 to 40")),
    "a name with a dot": (THIN.replace("My-Card", '"a.b"'), ("the name 'a.b'", "letters, digits")),
    "an escaped name of control characters": (THIN.replace("My-Card", '"\\u001b[2J"'), ("the name", "letters, digits")),
    "only a maker": (THIN.replace("My-Card", "NVIDIA"), ("the name 'NVIDIA'", "maker")),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line_and_among_the_faults_of_a_check(case: str, tmp_path: Path) -> None:
    text, words = WRONG[case]
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_overrides(path, BOOK)
    message = str(caught.value)
    assert "\n" not in message
    assert "\x1b" not in message
    assert all(word in message for word in (str(path), *words)), message
    faults = check_file(path, BOOK).faults
    found = [fault for fault in faults if fault.found == caught.value.found]
    assert found, faults
    assert found[0].line is not None or "escaped" in case
