"""The README and the pages it leads to are true: their profile opens, their Python runs, the picture is the app's."""

import re
import tomllib
from pathlib import Path

import pytest

from advisor.decision.advise import advise
from advisor.market.book_file import read_overrides
from advisor.market.price_book import built_in_book
from advisor.profiles.store import sample_entries
from advisor.profiles.validation import parse_profile
from tests.support.folders import ROOT
from tests.support.present import present
from tests.support.profile_builder import BOOK, sample
from tests.support.readme_picture import PICTURE, drawn

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, page: str = "README.md") -> list[str]:
    """The fenced blocks of one language in a document."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.S)


def test_the_profile_in_the_documents_opens_and_names_every_table() -> None:
    text, service, images, trained, _ = blocks("toml", "docs/profiles.md")
    profile = parse_profile(tomllib.loads(text), built_in_book())
    assert profile.quote
    assert profile.facility
    served = present(parse_profile({"name": "served", **tomllib.loads(service)}, built_in_book()).workload[0].serving)
    assert served.good_enough == "Llama-3-70B"
    drawn_images = present(parse_profile({"name": "images", **tomllib.loads(images)}, built_in_book()).service)
    assert drawn_images.gpu_seconds_per_request == 6
    run = present(parse_profile({"name": "trained", **tomllib.loads(trained)}, built_in_book()).workload[0].training)
    assert run.tokens == 2e12
    spelt_out = re.sub(r"(?m)^# (\w+ = )", r"\1", text)
    assert parse_profile(tomllib.loads(spelt_out), built_in_book()).market.rents_change_per_year == -0.4


def test_the_gpu_of_ones_own_in_the_documents_is_read(tmp_path: Path) -> None:
    *_, text = blocks("toml", "docs/profiles.md")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    gpu = read_overrides(tmp_path / "mine.toml", built_in_book()).gpus["RTX-5090"]
    assert gpu.label == "RTX 5090"
    assert "taken from the L40S" in gpu.thin


def test_the_python_in_the_documents_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = blocks("python", "docs/commands.md")
    exec(compile(code, "docs/commands.md", "exec"), {})
    option, usd = capsys.readouterr().out.split()
    pick = present(advise(sample("cluster-64"), BOOK).verdict.pick)
    assert (option, int(usd)) == (pick.id, round(pick.cost.expected_usd))


def test_both_commands_are_there_and_start_on_a_sample() -> None:
    first, second = (
        next(block for block in blocks("sh") if word in block) for word in ("gpu-advisor cluster", "pytest")
    )
    assert len(first.strip().splitlines()) == len(second.strip().splitlines()) == 1
    assert first.split()[-1] in {entry.name for entry in sample_entries()}


async def test_the_picture_in_the_readme_is_what_the_app_draws() -> None:
    assert PICTURE.relative_to(ROOT).as_posix() in README
    assert PICTURE.read_text(encoding="utf-8") == await drawn(), "draw it again: python -m tests.support.readme_picture"
