"""Where the checkout and the recorded cases of the tests are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
CATALOGS = CASES / "catalogs"
PUBLISHED_CASES = CASES / "published.toml"
BUYER_CASES = CASES / "buyers"
