"""`gpu-advisor completion SHELL`: a script that completes commands, options, choices and the names of profiles.

Names of profiles are asked of `gpu-advisor profiles --names` at every completion; they are data, and never expanded.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from advisor.cli.parser import COMMANDS, Request, Tell
from advisor.market.gpu_names import gpu_names

if TYPE_CHECKING:
    from advisor.cli.usage import Argument

_HOW = {
    "bash": 'eval "$(gpu-advisor completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(gpu-advisor completion zsh)" in ~/.zshrc, after compinit',
    "fish": "gpu-advisor completion fish > ~/.config/fish/completions/gpu-advisor.fish",
}


def add_arguments(parser: ArgumentParser) -> None:
    """What may stand on the command line."""
    parser.add_argument("shell", metavar="SHELL", choices=list(_HOW), help="bash, zsh or fish")
    parser.epilog = "To have it in every shell:\n" + "\n".join(f"  {how}" for how in _HOW.values())


def answer(request: Request, tell: Tell) -> str:
    """The script."""
    makers: dict[str, Callable[[], Iterator[str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    shell = request.options.shell
    return "\n".join(["#compdef gpu-advisor"] * (shell == "zsh") + [f"# {_HOW[shell]}", *makers[shell]()]) + "\n"


_BASH = r"""
_gpu_advisor_offer() {
    local kind=$1 current=$2 name quoted i folder=()
    case $kind in
    words*)
        COMPREPLY+=($(compgen -W "${kind#words}" -- "$current"))
        ;;
    profile)
        for ((i = 1; i < COMP_CWORD; i++)); do
            [[ ${COMP_WORDS[i]} == --profiles ]] && folder=(--profiles "${COMP_WORDS[i + 1]}")
        done
        while IFS= read -r name; do
            if [[ $name == "$current"* ]]; then
                printf -v quoted %q "$name"
                COMPREPLY+=("$quoted")
            fi
        done < <("${COMP_WORDS[0]}" profiles --names ${folder[@]+"${folder[@]}"} 2>/dev/null)
        while IFS= read -r name; do
            [[ $name == *.toml || -d $name && -n $current ]] && COMPREPLY+=("$name")
        done < <(compgen -f -- "$current")
        [[ ${#COMPREPLY[@]} -gt 0 ]] || _gpu_advisor_offer file "$current"
        ;;
    file | folder)
        compopt -o filenames 2>/dev/null
        local flag=-f
        [[ $kind == folder ]] && flag=-d
        while IFS= read -r name; do
            COMPREPLY+=("$name")
        done < <(compgen "$flag" -- "$current")
        ;;
    esac
}
_gpu_advisor() {
    local IFS=$' \t\n' current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command= takes= options= plain=
    COMPREPLY=()
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = && COMP_CWORD -gt 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
"""
_BASH_END = r"""    esac
    if [[ -n $takes ]]; then
        _gpu_advisor_offer "$takes" "$current"
    elif [[ $current == -* ]]; then
        _gpu_advisor_offer "words $options" "$current"
    else
        [[ $COMP_CWORD -eq 1 ]] && _gpu_advisor_offer "words $commands" "$current"
        _gpu_advisor_offer "$plain" "$current"
    fi
}
complete -F _gpu_advisor gpu-advisor"""


def _bash() -> Iterator[str]:
    from advisor.cli.usage import command_arguments

    yield _BASH.strip("\n")
    commands = list(COMMANDS)
    yield f'    local commands="{" ".join(commands)}"'
    known = " | ".join(commands)
    yield f"    [[ $COMP_CWORD -gt 1 ]] && case ${{COMP_WORDS[1]}} in {known}) command=${{COMP_WORDS[1]}} ;; esac"
    yield "    case $command in"
    for name in (*commands, None):
        arguments = command_arguments(name)
        yield f"    {name or chr(39) * 2})"
        yield f'        options="{" ".join(flag for one in arguments for flag in one.flags)}"'
        for one in [one for one in arguments if not one.flags][:1]:
            yield f'        plain="{_bash_kind(one)}"'
        yield "        case $previous in"
        for one in arguments:
            if one.flags and one.takes != "nothing":
                yield f'        {" | ".join(one.flags)}) takes="{_bash_kind(one)}" ;;'
        yield "        esac"
        yield "        ;;"
    yield _BASH_END


def _bash_kind(one: "Argument") -> str:
    if one.takes in ("choice", "gpu"):
        return f"words {' '.join(_words(one))}"
    return one.takes


def _words(one: "Argument") -> list[str]:
    """The only values of an argument, or those that are likely."""
    return gpu_names() if one.takes == "gpu" else list(one.choices)


_ZSH = r"""_gpu_advisor_profiles() {
    local -a names folder
    local at=${words[(i)--profiles]}
    (( at < CURRENT )) && folder=(--profiles ${words[at + 1]})
    names=(${(f)"$(gpu-advisor profiles --names $folder 2>/dev/null)"})
    compadd -a names
    _files -g '*.toml'
}
_gpu_advisor_first() {
    local -a commands
    commands=("""
_ZSH_END = r"""    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _gpu_advisor "$@"
else
    compdef _gpu_advisor gpu-advisor
fi"""
_ZSH_ACTIONS = {"profile": "_gpu_advisor_profiles", "file": "_files", "folder": "_files -/", "text": " "}


def _zsh() -> Iterator[str]:
    from advisor.cli.usage import command_arguments

    yield _ZSH
    yield from (f"        {_quoted(f'{name}:{meaning}')}" for name, meaning in COMMANDS.items())
    yield "    )\n    _describe -t commands command commands\n    _gpu_advisor_profiles\n}"
    yield "_gpu_advisor() {\n    local command=\n    (( CURRENT > 2 )) && command=$words[2]\n    case $command in"
    for name in COMMANDS:
        yield f"    {name})\n        shift words\n        (( CURRENT-- ))"
        yield from _zsh_arguments(command_arguments(name), "")
    yield "    *)"
    yield from _zsh_arguments(command_arguments(None), "_gpu_advisor_first")
    yield _ZSH_END


def _zsh_arguments(arguments: "tuple[Argument, ...]", first: str) -> Iterator[str]:
    yield "        _arguments \\"
    for one in arguments:
        action = f"({' '.join(_words(one))})" if one.takes in ("choice", "gpu") else _ZSH_ACTIONS.get(one.takes, "")
        value = "" if one.takes == "nothing" else f":{_zsh_escaped(one.value)}:{action}"
        if not one.flags:
            yield f"            {_quoted(('*' if one.many else '') + (f':{one.value}:{first or action}'))} \\"
        for flag in one.flags:
            star = "*" if one.many else ""
            yield f"            {_quoted(f'{star}{flag}[{_zsh_escaped(one.meaning)}]{value}')} \\"
    yield "            && return\n        ;;"


def _zsh_escaped(text: str) -> str:
    """Text within a specification of _arguments."""
    return "".join(f"\\{letter}" if letter in "\\[]:" else letter for letter in text)


def _quoted(text: str) -> str:
    """One word for bash and zsh, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


_FISH = r"""function __gpu_advisor_command
    set -l words (commandline -opc)
    if set -q words[2]; and contains -- $words[2] COMMANDS
        echo $words[2]
    end
end
function __gpu_advisor_at
    set -l command (__gpu_advisor_command)
    test "$argv[1]" = "$command"
end
function __gpu_advisor_first
    test (count (commandline -opc)) -eq 1
end
function __gpu_advisor_profiles
    set -l words (commandline -opc)
    set -l folder
    if set -l at (contains -i -- --profiles $words)
        set folder --profiles $words[(math $at + 1)]
    end
    gpu-advisor profiles --names $folder 2>/dev/null
    functions -q __fish_complete_suffix; and __fish_complete_suffix .toml
end
complete -c gpu-advisor -f"""


def _fish() -> Iterator[str]:
    from advisor.cli.usage import command_arguments

    yield _FISH.replace("COMMANDS", " ".join(COMMANDS))
    for name, meaning in COMMANDS.items():
        yield f"complete -c gpu-advisor -n __gpu_advisor_first -a {name} -d {_fish_quoted(meaning)}"
    for command in (None, *COMMANDS):
        at = f"complete -c gpu-advisor -n {_fish_quoted(f'__gpu_advisor_at {command or chr(34) * 2}')}"
        for one in command_arguments(command):
            flags = "".join(f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}" for flag in one.flags)
            told = f" -d {_fish_quoted(one.meaning)}" if one.flags else ""
            yield f"{at}{flags}{_fish_value(one)}{told}"


def _fish_value(one: "Argument") -> str:
    needs = " -r" if one.flags else ""
    match one.takes:
        case "nothing":
            return ""
        case "choice" | "gpu":
            return f"{' -x' if one.flags else ''} -a {_fish_quoted(' '.join(_words(one)))}"
        case "profile":
            return f"{needs} -a '(__gpu_advisor_profiles)'"
        case "file":
            return f"{needs} -F"
        case "folder":
            return f"{' -x' if one.flags else ''} -a '(__fish_complete_directories)'"
        case _:
            return " -x" if one.flags else ""


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
