"""The entry point: a command, the app, or the plain report where no terminal can show the app."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from advisor.cli.parser import fail, parse, run
from advisor.errors import AdvisorError, ExitCode
from screens.failure import failure_line
from screens.state.preload import start_preload
from screens.terminal.capabilities import can_show_app, is_dumb
from screens.terminal.memory import check_memory, pause_garbage_collection


def main(argv: Sequence[str] | None = None) -> int:
    """Run gpu-advisor; returns the exit code. An unexpected error is one line too."""
    request = parse(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small arrays: threads only cost start-up time and cores
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every package installed
    try:
        if request.command is None and not request.plain and can_show_app():
            check_memory()
            pause_garbage_collection()  # until `AdvisorApp` has started
            today = date.today()
            preload = start_preload(request, today)
            from screens.app import run_app  # Textual takes 0.2 s to import; commands do without it

            return run_app(request, today, preload)
        return run(replace(request, plain=request.plain or is_dumb()))
    except AdvisorError as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print(failure_line(error), file=sys.stderr)
        return ExitCode.INTERNAL


if __name__ == "__main__":
    sys.exit(main())
