"""The long run of the track record: past rents, and many synthetic markets, half of them held out as a check.

    .venv/bin/python -m tests.benchmarks.synthetic [--markets N] [--jobs N | --dask ADDRESS] [--write]

Prints the record; --write puts it into `advisor/market/data/record.toml`, whose `limits` and `tried` are kept by hand,
and into the tables of `docs/track-record.md`. The first half of the markets sets the confidence levels, the other half
is held out. Both seeds are fresh: none of their markets was looked at before the four classes were fixed.
"""

import argparse
import tomllib
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

import advisor
from advisor.backtest.markets import real_markets
from advisor.backtest.scoring import bands, buckets, series_result, synthetic_result
from advisor.backtest.walk_forward import walk
from advisor.cli import workers
from advisor.cli.commands.backtest import synthetic_scores
from advisor.cli.progress import progress_bar
from advisor.decision.confidence import shipped_record
from advisor.market.price_book import built_in_book
from tests.support.generated_docs import write_parts

CALIBRATION_SEED, HELD_OUT_SEED = 20261128, 20261129
WORDS = ("too close to call", "medium", "high")
HEADER = (
    "# The track record as shipped: `python -m tests.benchmarks.synthetic --write` writes all but limits and tried.\n"
)
RECORD = Path(advisor.__file__).parent / "market" / "data" / "record.toml"


def measured(markets: int, where: argparse.Namespace) -> dict[str, Any]:
    """Everything the record holds but its limits and what was tried. Shares to four decimals."""
    book = built_in_book()
    real = real_markets(book)
    scores = walk(real, book)
    progress = progress_bar(quiet=False)
    halves = {
        seed: synthetic_scores(book, markets // 2, seed, where, progress, print)
        for seed in (CALIBRATION_SEED, HELD_OUT_SEED)
    }
    calibration, held_out, past = (buckets(found) for found in (*halves.values(), scores))
    earned = [
        {
            "word": word,
            "from_gap": one.from_gap,
            "to_gap": one.to_gap,
            "right_share": one.right_share,
            "base_share": one.base_share,
            "mean_regret": one.mean_regret,
            "p95_regret": one.p95_regret,
            "n": one.n,
            "held_out_share": other.right_share,
            "held_out_n": other.n,
            "real_share": was.right_share,
            "real_n": was.n,
        }
        for word, one, other, was in zip(WORDS, calibration, held_out, past, strict=True)
    ]
    series = [asdict(series_result(market, scores)) for market in real]
    synthetic = {
        name: asdict(synthetic_result(halves[seed], seed))
        for name, seed in (("tuning", CALIBRATION_SEED), ("held_out", HELD_OUT_SEED))
    }
    return {
        "date": date.today().isoformat(),
        "commands": {
            "real": "gpu-advisor backtest",
            "synthetic": f"gpu-advisor backtest --synthetic {markets // 2} --seed {CALIBRATION_SEED}",
        },
        "earned": earned,
        "real": {
            "series": series,
            "right_calls": [asdict(one) for one in past],
            "band": [asdict(one) for one in bands(scores)],
        },
        "synthetic": synthetic,
    }


def tidy(value: Any) -> Any:
    """Plain values for TOML: four decimals, no nulls."""
    if isinstance(value, dict):
        return {key: tidy(each) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [tidy(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """Measure, print, and write on request."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.synthetic")
    parser.add_argument("--markets", type=int, default=2000, help="synthetic markets, half of them held out (2000)")
    parser.add_argument("--write", action="store_true", help=f"write {RECORD.name}")
    workers.add_arguments(parser)
    options = parser.parse_args()
    found = tidy(measured(options.markets, options))
    kept = tomllib.loads(RECORD.read_text(encoding="utf-8"))
    text = HEADER + tomli_w.dumps({"limits": kept["limits"], "tried": kept["tried"], **found})
    print(text)
    if options.write:
        RECORD.write_text(text, encoding="utf-8")
        shipped_record.cache_clear()
        write_parts("past rents", "synthetic markets", "confidence levels")


if __name__ == "__main__":
    main()
