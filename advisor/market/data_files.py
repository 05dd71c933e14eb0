"""Where the price book and the price history are read from."""

from importlib.resources import files

FOLDER = files("advisor.market") / "data"  # tests of what a screen looks like read a frozen copy instead


def data_text(name: str) -> str:
    """The content of one of the files."""
    return (FOLDER / name).read_text(encoding="utf-8")
