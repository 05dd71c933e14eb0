"""The frozen price book replaces the one that ships, everywhere and for as long as it is asked for."""

import shutil
from pathlib import Path

import pytest

from advisor.market.forecast.expert_weights import expert_mixture
from advisor.market.price_book import built_in_book
from advisor.market.price_history import built_in_history
from tests.support.frozen_book import FIGURES, FROZEN, LIVE, frozen_book, with_figures_of

LIST_PRICE = "H100-SXM.neocloud_usd_per_gpu_hour"


def test_the_engine_reads_the_frozen_book_and_then_its_own_again(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FROZEN, tmp_path / "book"))
    gpus = (folder / "gpus.toml").read_text("utf-8")
    (folder / "gpus.toml").write_text(gpus.replace("{ value = 300000,", "{ value = 123456,", 1), encoding="utf-8")
    live = built_in_book()
    node_usd = live.figure("H100-SXM.node_usd").value
    with frozen_book(folder):
        book = built_in_book()
        anchor = expert_mixture(book.assumptions("H100-SXM"))[2][0]
    assert book.figure("H100-SXM.node_usd").value == 123456
    live_anchor = expert_mixture(live.assumptions("H100-SXM"))[2][0]
    assert anchor.level_log < live_anchor.level_log  # owners' costs follow the book
    assert built_in_book().figure("H100-SXM.node_usd").value == node_usd


@pytest.mark.parametrize("name", FIGURES)
def test_the_frozen_book_has_the_figures_of_the_one_that_ships(name: str) -> None:
    frozen = (FROZEN / name).read_text("utf-8")
    assert frozen == with_figures_of((LIVE / name).read_text("utf-8"), frozen), "add the new ones: make freeze"


def test_only_new_figures_are_added_to_the_frozen_book() -> None:
    """A figure of a section or of a GPU comes in, one that is gone goes out; a new value, GPU or price stays out."""
    frozen = "[rental]\nold = 1\nkept = 2\n\n# Of debt.\n[debt]\nfee = 3\n"
    live = "[rental]\nkept = 9\nnew = 4\n\n# Of debt.\n[debt]\nfee = 3\n"
    assert with_figures_of(live, frozen) == "[rental]\nkept = 2\nnew = 4\n\n# Of debt.\n[debt]\nfee = 3\n"
    frozen = "[figure]\nrent = 1\nused = 1\n\n[A]\nrent = 5\n"
    live = "[figure]\nrent = 1\nused = 1\nlife = 1\n\n[A]\nrent = 6\nused = 7\nlife = 8\n\n[B]\nrent = 2\nlife = 9\n"
    added = "[figure]\nrent = 1\nused = 1\nlife = 1\n\n[A]\nrent = 5\nlife = 8\n"
    assert with_figures_of(live, frozen) == added


def test_the_frozen_files_load() -> None:
    with frozen_book():
        assert built_in_book().figure(LIST_PRICE).value > 0
        assert built_in_history().last_month >= "2026-10"
