"""The entry point: a command, the app, or the plain report where no terminal can show the app."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from advisor.cli.parser import fail, parse, run
from advisor.errors import AdvisorError, ExitCode
from screens.failure import failure_line
from screens.terminal.capabilities import can_show_app, is_dumb
from screens.terminal.memory import check_memory, collect_seldom, leave_garbage, pause_garbage_collection


def main(argv: Sequence[str] | None = None) -> int:
    """Run gpu-advisor; returns the exit code. An unexpected error is one line too."""
    _open_closed_streams()
    request = parse(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small arrays: threads only cost start-up time and cores
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every package installed
    try:
        if request.command is None and not request.plain and can_show_app():
            check_memory()
            pause_garbage_collection()  # until `AdvisorApp` has started
            from screens.state.preload import start_preload  # commands do without it, too

            today = date.today()
            preload = start_preload(request, today)
            _fence_textual()
            from screens.app import run_app  # Textual takes 0.2 s to import; commands do without it

            return run_app(request, today, preload)
        collect_seldom()
        code = run(replace(request, plain=request.plain or is_dumb()))
        leave_garbage()
        return code
    except AdvisorError as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print(failure_line(error), file=sys.stderr)
        return ExitCode.INTERNAL


def _open_closed_streams() -> None:
    """Send to nowhere what goes to a stream that the caller has closed: `print` would put notes for a closed stderr
    into stdout, among the answer."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the rest of the run


def _fence_textual() -> None:
    """Keep what Textual reads of the environment from the app: it is for those who develop with Textual, and a wrong
    value ends the program. `TerminalApp` reads the theme."""
    theme = os.environ.get("TEXTUAL_THEME")
    for name in [name for name in os.environ if name == "TEXTUAL" or name.startswith("TEXTUAL_")]:
        del os.environ[name]
    import textual.constants  # noqa: F401 - it reads the environment once, now

    if theme is not None:
        os.environ["TEXTUAL_THEME"] = theme


if __name__ == "__main__":
    sys.exit(main())
