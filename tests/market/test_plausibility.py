"""A catalog's prices against each other and against the book: the odd ones are named and not used."""

from datetime import date
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.market.catalogs.parse import Catalog, parse
from advisor.market.catalogs.plausibility import odd_lines, odd_prices, without_odd
from advisor.market.catalogs.price_level import catalog_level
from advisor.market.catalogs.read import read_catalogs
from advisor.market.gpu_names import name_parts
from advisor.profiles.doubts import doubts
from tests.support.folders import CATALOGS
from tests.support.frozen_book import frozen_prices
from tests.support.json_contracts import strict_json
from tests.support.processes import run_here
from tests.support.profile_builder import a_profile

BOOK = frozen_prices()

DAY = date(2026, 11, 20)
HEADER = "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,Region,Price,SpotPrice\n"


def catalog(*rows: str, provider: str = "runpod", name: str = "H100-SXM") -> Catalog:
    """rows: count, region, price and spot price of a machine."""
    lines = []
    for number, row in enumerate(rows):
        count, region, price, spot = row.split()
        lines.append(f"m{number},1,1,{name},{count},{region},{price},{'' if spot == '-' else spot}")
    return parse(HEADER + "\n".join(lines) + "\n", provider, DAY, "a file", BOOK)


def odd(found: Catalog) -> list[tuple[int, float, bool]]:
    return sorted((offer.gpus, round(offer.usd_per_gpu_hour, 2), offer.spot) for offer in odd_prices(found, BOOK))


def test_a_price_that_was_not_scaled_by_the_number_of_gpus_is_odd() -> None:
    """One GPU at 3.29 and a machine of eight at 3.29: 3.29 a GPU is the price, not 0.41."""
    found = catalog("1 CA 3.29 2.69", "8 CA 3.29 2.69")
    assert odd(found) == [(8, 0.34, True), (8, 0.41, False)]
    believed = without_odd(found, BOOK).offers
    assert [offer.usd_per_gpu_hour for offer in believed if not offer.spot] == [3.29]
    assert list(odd_lines(found, "H100-SXM", BOOK)) == [
        "runpod: 0.41 on demand, 8 GPUs, CA: the machine costs what one of 1 GPU does; not used",
        "runpod: 0.34 spot, 8 GPUs, CA: the machine costs what one of 1 GPU does; not used",
    ]


def test_the_small_machine_is_the_odd_one_when_its_price_is_that_of_the_large() -> None:
    assert odd(catalog("1 CA 26.32 -", "8 CA 26.32 -")) == [(1, 26.32, False)]


def test_a_machine_out_of_proportion_to_another_is_odd() -> None:
    assert odd(catalog("1 CA 3.4 -", "8 CA 13.2 -")) == [(8, 1.65, False)]
    assert odd(catalog("1 CA 4.29 -", "8 CA 23.92 -")) == [], "a discount for a whole node"


def test_one_price_for_a_gpu_in_machines_of_all_sizes_is_not_odd() -> None:
    assert odd(catalog("1 CA 3.2 -", "2 CA 6.4 -", "8 CA 25.6 -")) == []


def test_spot_above_on_demand_of_the_same_machine_leaves_both_unused() -> None:
    """Swapped columns: 19.92 on demand and 26.32 spot for eight."""
    assert odd(catalog("8 CA 19.92 26.32")) == [(8, 2.49, False), (8, 3.29, True)]
    assert odd(catalog("8 CA 26.32 19.92")) == []
    assert odd(catalog("8 CA 26.32 26.32")) == []


@pytest.mark.parametrize(
    ("usd", "spot", "is_odd"), [(1.5, "-", True), (1.7, "-", False), (12.0, "-", False), (13.0, "-", True)]
)
def test_a_price_far_from_the_books_range_is_odd(usd: float, spot: str, is_odd: bool) -> None:
    """GPU clouds: 3.20 to 6.16; half of the lowest and twice the highest are believed."""
    assert bool(odd(catalog(f"8 CA {8 * usd} {spot}"))) is is_odd


def test_a_marketplace_is_not_held_against_its_own_sizes() -> None:
    assert odd(catalog("1 CA 5.0 -", "8 CA 16.8 -", provider="vast")) == []


def test_recorded_catalogs_are_believed() -> None:
    assert [
        line for one in read_catalogs(CATALOGS, BOOK) for gpu in BOOK.gpus for line in odd_lines(one, gpu, BOOK)
    ] == []


def test_odd_prices_make_no_level(tmp_path: Path) -> None:
    unscaled, plain = catalog("1 CA 3.29 -", "8 CA 3.29 -"), catalog("8 CA 28.0 -", provider="lambda")
    assert catalog_level([unscaled, plain], "H100-SXM", BOOK).value == pytest.approx(3.5)
    with pytest.raises(InputError, match="no neocloud with a node of H100-SXM on demand at a plausible price"):
        catalog_level([unscaled], "H100-SXM", BOOK)


def test_a_level_outside_the_books_range_lowers_the_confidence() -> None:
    plain, low = (catalog(f"8 CA {8 * usd} -", provider="lambda") for usd in (3.5, 2.4))
    assert catalog_level([plain], "H100-SXM", BOOK).doubt == ""
    level = catalog_level([low], "H100-SXM", BOOK)
    assert level.doubt.startswith("The list price from catalogs, $2.40, lies outside the book's $3.20 to $6.16")
    gpu = BOOK.gpus["H100-SXM"]
    book = BOOK.with_level(gpu.id, level, BOOK.sources[gpu.figures["neocloud_usd_per_gpu_hour"].source])
    assert doubts(a_profile(), book) == (level.doubt,)


def test_the_commands_name_what_they_do_not_use(tmp_path: Path) -> None:
    (tmp_path / "runpod").mkdir()
    file = tmp_path / "runpod" / "vms.csv"
    file.write_text(f"{HEADER}a,1,1,H100-SXM,1,CA,3.29,\nb,1,1,H100-SXM,8,CA,3.29,\n", encoding="utf-8")
    line = "runpod: 0.41 on demand, 8 GPUs, CA: the machine costs what one of 1 GPU does; not used"
    found = run_here(["market", "--catalog", str(tmp_path), "--gpu", "H100"]).out
    assert f"odd: {line}" in " ".join(found.split())
    assert "catalog.skypilot.runpod.H100-SXM.on-demand  3.29 to 3.29 in 1 region" in found
    record = strict_json(run_here(["market", "--catalog", str(tmp_path), "--gpu", "H100", "--json"]).out)
    odd_of = {offer["gpus"]: offer["odd"] for one in record["catalogs"] for offer in one["offers"]}
    assert odd_of == {1: "", 8: "the machine costs what one of 1 GPU does"}
    refused = run_here(["advise", "cluster-64", "--prices-from", str(tmp_path)])
    assert refused.code == 1
    assert line in refused.err


# Names


def test_names_with_underscores_are_understood() -> None:
    """23.3 for eight H100_SXM5 and 13.2 for eight A100_80G_SXM4."""
    h100 = catalog("8 FIN 23.3 6.4", provider="spheron", name="H100_SXM5")
    a100 = catalog("8 CAN 13.2 -", provider="spheron", name="A100_80G_SXM4")
    assert [(offer.gpu, offer.usd_per_gpu_hour) for offer in h100.offers] == [("H100-SXM", 2.9125), ("H100-SXM", 0.8)]
    assert [(offer.gpu, offer.usd_per_gpu_hour) for offer in a100.offers] == [("A100-80-SXM", 1.65)]


@pytest.mark.parametrize(
    ("name", "gpu"),
    [
        ("H100_SXM5", "H100-SXM"),
        ("h100 sxm", "H100-SXM"),
        ("NVIDIA H100-SXM5", "H100-SXM"),
        ("A100_80G_SXM4", "A100-80-SXM"),
        ("A100-SXM4-80GB", "A100-80-SXM"),
        ("H200_SXM5", "H200-SXM"),
    ],
)
def test_a_profile_and_a_command_take_the_same_names(name: str, gpu: str) -> None:
    assert BOOK.gpu(name).id == gpu
    assert a_profile({"gpu": name}).workload[0].gpu == name


def test_other_forms_have_other_names() -> None:
    assert name_parts("H100-PCIe") != name_parts("H100")
    assert name_parts("A100-40GB-SXM4") != name_parts("A100-80GB-SXM4")
    with pytest.raises(InputError, match="unknown GPU"):
        BOOK.gpu("A100_40G_SXM4")
