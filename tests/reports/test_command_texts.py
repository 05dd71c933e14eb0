"""What commands print for a person has the figures that people read."""

import pytest

from tests.reports.odd_figures import odd_figures
from tests.support.folders import CASES
from tests.support.processes import run_here

USAGE = CASES / "usage"
COMMANDS = {
    "one GPU by its petaFLOP/s": ["size", "--pflops", "0.9"],
    "a training within months": ["size", "--params", "671B", "--active", "37B", "--tokens", "14.8T", "--gpu", "GB200"],
    "a small service": ["size", "--params", "1B", "--tokens", "1M", "--kind", "inference", "--gpu", "L4"],
    "a bill of two hours": ["usage", str(USAGE / "focus.csv")],
    "samples with a broken row": ["usage", str(USAGE / "dcgm.csv")],
    "jobs": ["usage", str(USAGE / "slurm.txt")],
    "offers for one GPU": ["offers", "one-gpu-speech", "--add", "1 A100 GPU, 1 month, $1.5/GPU-hr, from Acme"],
    "one GPU beside one node": ["compare", "one-gpu-speech", "lora-one-node"],
    "profiles": ["profiles"],
    "prices": ["market"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_figures_that_people_read(name: str) -> None:
    printed = run_here(COMMANDS[name]).out
    assert printed
    assert list(odd_figures(printed)) == []


def test_a_plan_of_one_gpu_is_offered_a_gpu_and_not_a_node() -> None:
    """In the answer to its seller, in the table and in what is paid."""
    printed = run_here(COMMANDS["offers for one GPU"]).out
    assert "for 1 GPU of A100 80 GB SXM" in printed
    assert "$1,095" in printed  # 730 hours of one GPU
