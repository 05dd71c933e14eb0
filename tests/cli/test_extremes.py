"""Legal figures at the end of their range, and GPUs without published prices: an answer in every form, without NaN."""

from pathlib import Path

import pytest

from tests.support.json_contracts import strict_json
from tests.support.long_runs import long_unless
from tests.support.processes import run_here

PROFILE = 'schema = 1\nname = "x"\n[[workload]]\nkind = "pre-train"\ngpu = "{gpu}"\nnodes = 16\nmonths = {months}\n'
BUY = '[[quote]]\noption = "buy"\nusd_per_node = 2e5\n'
CASES = {
    "a node price offered where the book has none": PROFILE.format(gpu="MI300X", months=12) + BUY,
    "the same, over four years": PROFILE.format(gpu="MI300X", months=48) + BUY,
    "no node price at all": PROFILE.format(gpu="MI300X", months=12),
    "a list price of 501": PROFILE.format(gpu="H100-SXM", months=12) + "[gpu]\nneocloud_usd_per_gpu_hour = 501\n",
    "a list price of 1,000": PROFILE.format(gpu="H100-SXM", months=12) + "[gpu]\nneocloud_usd_per_gpu_hour = 1000\n",
    "a node for 60 million": PROFILE.format(gpu="H100-SXM", months=12) + "[gpu]\nnode_usd = 6e7\n",
    "a node for a billion": PROFILE.format(gpu="H100-SXM", months=12) + "[gpu]\nnode_usd = 1e9\n",
    "an hour for a cent": PROFILE.format(gpu="H100-SXM", months=12) + '[[quote]]\noption = "on-demand"\n'
    "usd_per_gpu_hour = 0.01\n",
    "rents a thousand times up": PROFILE.format(gpu="H100-SXM", months=12) + "[market]\nrents_path = [[0, 1000]]\n",
}


QUICK = {"a node price offered where the book has none", "a list price of 1,000", "a node for a billion",
         "rents a thousand times up"}  # fmt: skip


@pytest.mark.parametrize("case", long_unless(QUICK, CASES))
def test_an_extreme_profile_is_answered(case: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "x.toml"
    path.write_text(CASES[case], encoding="utf-8")
    found = run_here(["advise", path, "--paths", "100", "--json"])
    assert (found.code, found.err) == (0, "")
    strict_json(found.out)
    runs: list[list[str | Path]] = [["advise", path], ["report", path, "--format", "json"], ["check", path]]
    for words in runs:
        found = run_here([*words, "--paths", "100"])
        assert (found.code, found.err) == (0, "")
        assert "nan" not in found.out.lower().replace("finan", "").split()
    assert not recwarn.list
