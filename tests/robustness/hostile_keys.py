"""Keys pressed by somebody who means harm, or by a cat; the same for the same seed.

    .venv/bin/python -m tests.robustness.hostile_keys FOLDER SEED COUNT  one JSON line a start: the keys, what it showed

Every start meets a folder of a good, a broken and a hostile profile, and a run of keys and pastes without a pause
between them.
"""

import asyncio
import json
import random
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from textual.events import Paste

from advisor.errors import AdvisorError
from screens.app import AdvisorApp
from tests.robustness.hostile_files import ESCAPES, EXPANSIONS, NAMES, START, WORK
from tests.support.app_driver import TODAY, remember_answers, request, screen_text

KEYS_EACH = 14
REST_WITHIN_S = 240  # a guard against an app that never comes to rest
NAMED = [
    "enter", "enter", "enter", "escape", "tab", "shift+tab", "up", "down", "down", "down", "left", "right",
    "home", "end", "pageup", "pagedown", "space", "backspace", "delete", "insert", "f1", "f5", "ctrl+a", "ctrl+d",
    "ctrl+k", "ctrl+l", "ctrl+n", "ctrl+p", "ctrl+u", "ctrl+v", "ctrl+w", "ctrl+z", "alt+x", "shift+up",
    "ctrl+right",
]  # fmt: skip
LETTERS = (
    "abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789.,-+/:;?!()[]{}%$#@*\\'\"~^&|<>=_`"  # no q: it ends
)
ODD = "éß漢\u202e\u200b\u0301\U0001f600\ufeff"


def sequences(seed: int, count: int) -> list[tuple[str | None, list[str]]]:
    """So many starts: the profile that is opened (None: Home), and the keys; `paste:` stands before what is pasted."""
    chance = random.Random(seed)
    return [
        (chance.choice((None, "cluster-64", "good")), [_key(chance) for _ in range(KEYS_EACH)]) for _ in range(count)
    ]


def _key(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(NAMED)
    if kind < 0.85:
        return chance.choice(LETTERS)
    if kind < 0.9:
        return chance.choice(ODD)
    return "paste:" + chance.choice((*ESCAPES, *EXPANSIONS, *NAMES, "9" * 400, "\n" * 50, "1e999"))


async def meet(profile: str | None, keys: Sequence[str], folder: Path) -> str:
    """Everything the app showed on its way, one key after the other."""
    seen = []
    app = AdvisorApp(request(profile, folder), TODAY)
    remember_answers(app.session)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in keys:
            if app.return_code is not None:
                break
            if key.startswith("paste:"):
                app.post_message(Paste(key.removeprefix("paste:")))
                await pilot.pause()
            else:
                await pilot.press(key)
            seen.append(screen_text(app))
        if app.return_code is None:
            async with asyncio.timeout(REST_WITHIN_S):
                while not all(worker.is_finished for worker in app.workers):
                    await asyncio.sleep(0.005)
        await pilot.pause()
        seen.append(screen_text(app))
    return "\n".join(seen)


def main() -> None:
    """As the arguments say."""
    home, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    (home / "harness").mkdir(exist_ok=True)
    folder = home / "shared" / "profiles"
    for profile, keys in sequences(seed, count):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in {"good": START + WORK, "broken": "a = [", "\x1b[2J[red]": START + WORK}.items():
            (folder / f"{name}.toml").write_text(content)
        code, out, err = 0, "", ""
        try:
            out = asyncio.run(meet(profile, keys, folder))
        except AdvisorError as error:
            code, err = 1, f"{error}"
        except BaseException:  # noqa: BLE001 - a traceback is what is looked for
            code, err = 3, traceback.format_exc()
        outcome = {"what": f"{profile} {keys!a}", "act": "keys", "code": code, "out": out, "err": err}
        print(json.dumps(outcome), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
