"""Files from the real programs give the GPU-hours that were worked out by hand; their README has the sources."""

import pytest

from advisor.usage.hourly_usage import hourly_usage
from tests.usage.readings import FILES, load_of, read


def test_the_sample_of_the_focus_specification() -> None:
    """Eight instances of one A10G: five for an hour, 0.296111 + 0.683889 + 0.303056; the costs add up to $11."""
    tally, (counts,) = read(FILES / "focus_sample.csv")
    usage = load_of(tally)
    assert (usage.gpu, counts.used, counts.broken) == ("A10G", 8, 0)
    assert usage.gpu_hours == pytest.approx(5 + 0.296111 + 0.683889 + 0.303056)
    assert usage.usd_per_gpu_hour == pytest.approx(11 / 6.283056)
    assert dict(counts.left_out) == {"without GPUs": 3, "no usage (fees, taxes, credits)": 1}


def test_a_real_day_of_sacct() -> None:
    """Jobs with 4 L40S for 20,344, 18,596 and 13,569 s; the first two from 1:35:42 and 1:35:43 to 7:14:46 and 6:45:39,
    the third from 8:35:52 to 12:22:01. One of 3 L40 for 25,192 s; steps come with two of each."""
    tally, (counts,) = read(FILES / "sacct_julia2.txt")
    usage = load_of(tally)
    whole, first, ends = 8.0, 4 * (1458 + 1457) / 3600, (4 + 4 * 2739 / 3600, 4 * 886 / 3600)
    third = [4 * 1448 / 3600, 4, 4, 4, 4 * 1321 / 3600]
    assert usage.gpu == "L40S"
    assert usage.in_use.tolist() == pytest.approx([first, *[whole] * 4, *ends, *third])
    assert usage.gpu_hours == pytest.approx(4 * (20344 + 18596 + 13569) / 3600)
    assert hourly_usage(tally, "l40", "l40").gpu_hours == pytest.approx(3 * 25192 / 3600)
    assert dict(counts.left_out) == {"steps of jobs": 10, "without GPUs": 1}
    assert (counts.used, counts.broken) == (4, 0)


def test_a_real_log_of_nvidia_smi() -> None:
    """Two H200 in seven samples each, a second apart: 6 100 6 99 3 100 3 and 97 0 95 0 94 0 94 %; eleven of fourteen
    above zero."""
    tally, (counts,) = read(FILES / "nvidia-smi_h200.csv")
    usage = load_of(tally)
    assert (usage.gpu, counts.used, counts.broken) == ("H200-SXM", 14, 0)
    assert usage.in_use.tolist() == pytest.approx([2 * 11 / 14 * 7 / 3600], rel=0.01)
    assert usage.work_share == pytest.approx((317 + 380) / 100 / 11)
