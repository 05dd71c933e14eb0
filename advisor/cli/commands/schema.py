"""`gpu-advisor schema NAME`: the JSON schema of what a command prints with --json."""

from argparse import ArgumentParser

from advisor.cli.parser import Request, Tell
from advisor.reports.json_models import schema_names, schema_text


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "name",
        metavar="NAME",
        choices=schema_names(),
        help="a command; `figure` is market --figure, `names` profiles --names, `sweep` a line of it, "
        "`expected` a line of sweep --expected",
    )


def answer(request: Request, tell: Tell) -> str:
    """The schema as it ships."""
    return schema_text(request.options.name)
