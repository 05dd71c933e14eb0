"""What Grafana exports: a column for each GPU, under several names, or a row for each sample."""

from pathlib import Path

import pytest

from tests.usage.readings import load_of, read


def test_a_column_for_each_uuid_is_one_for_each_gpu(tmp_path: Path) -> None:
    """Grafana heads a column with the label alone where a query keeps only that: avg by (UUID) (...)."""
    one, two = (f"GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e5{last}" for last in "12")
    rows = [f'"Time","{one}","{two}"', "2026-09-07 00:00:00,100%,40%", "2026-09-07 00:30:00,50%,"]
    (tmp_path / "panel.csv").write_text("\n".join(rows), encoding="utf-8")
    assert load_of(read(tmp_path / "panel.csv")[0]).in_use.tolist() == [2.0]


def test_a_table_of_values_without_a_metric_is_in_per_cent(tmp_path: Path) -> None:
    """So Grafana exports avg by (UUID, modelName) (...) in the format Table."""
    rows = ['"Time","UUID","modelName","Value"', "2026-09-07 00:00:00,GPU-a,NVIDIA H200,100"]
    rows += ["2026-09-07 00:30:00,GPU-a,NVIDIA H200,0"]
    (tmp_path / "table.csv").write_text("\n".join(rows), encoding="utf-8")
    usage = load_of(read(tmp_path / "table.csv")[0])
    assert (usage.gpu, usage.in_use.tolist()) == ("H200-SXM", [0.5])


def test_a_cell_without_a_sample_is_no_idle_gpu(tmp_path: Path) -> None:
    """Two of three samples of one GPU, all of the other: hours with one, two and two GPUs."""
    rows = ["Time,GPU 0,GPU 1", "2026-09-07 00:00:00,100,", "2026-09-07 01:00:00,50,20", "2026-09-07 02:00:00,0,20"]
    (tmp_path / "panel.csv").write_text("\n".join(rows), encoding="utf-8")
    usage = load_of(read(tmp_path / "panel.csv")[0])
    assert usage.in_use.tolist() == pytest.approx([1, 2, 1])
    assert usage.idle_gpu_hours == pytest.approx(1)
