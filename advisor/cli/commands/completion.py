"""`gpu-advisor completion SHELL`: a script that completes commands, options, choices and the names of profiles.

shtab makes the script from the parser. The functions below add the names of profiles, which are read from
`gpu-advisor profiles --names` at every completion. The names of profiles and of files are data and are never
evaluated: `shtab.cmd` would put them through bash's `compgen -W`, which expands them, and bash inserts an offer into
the line as it stands, so each is quoted.
"""

from argparse import Action, ArgumentParser

from advisor.cli.parser import COMMANDS, Request, Tell, parser_tree
from advisor.market.gpu_names import gpu_names

_INSTALL = {
    "bash": 'eval "$(gpu-advisor completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(gpu-advisor completion zsh)" in ~/.zshrc, after compinit',
    "fish": "gpu-advisor completion fish > ~/.config/fish/completions/gpu-advisor.fish",
}
_BASH = r"""
_gpu_advisor_profiles() {
    local name word=$1 quote= found= index folder=()
    case $word in
    [\"\']*) quote=${word:0:1} word=${word:1} ;;
    *) word=${word//\\/} ;;
    esac
    for ((index = 1; index < COMP_CWORD; index++)); do
        [[ ${COMP_WORDS[index]} == --profiles ]] && folder=(--profiles "${COMP_WORDS[index + 1]}")
    done
    while IFS= read -r name; do
        [[ $name == "$word"* ]] && _gpu_advisor_offer "$name" "$quote" && found=yes
    done < <("${COMP_WORDS[0]}" profiles --names ${folder[@]+"${folder[@]}"} 2>/dev/null)
    while IFS= read -r name; do
        [[ $name == *.toml || -d $name && -n $word ]] && _gpu_advisor_offer "$name" "$quote" && found=yes
    done < <(compgen -f -- "$word")
    [[ -n $found ]] || while IFS= read -r name; do
        _gpu_advisor_offer "$name" "$quote"
    done < <(compgen -f -- "$word")
}
# $1=a name, $2=the quote that is open. Prints the name as the shell must read it, so that none is run as a command.
_gpu_advisor_offer() {
    local home=
    [[ $1 == *[[:cntrl:]]* ]] && return 1
    case $2 in
    \") [[ $1 != *[\"\$\`\\!]* ]] && printf '%s\n' "$1" ;;
    \') [[ $1 != *\'* ]] && printf '%s\n' "$1" ;;
    *)
        [[ $1 =~ ^~[[:alnum:]._-]*/ ]] && home=${BASH_REMATCH[0]}
        printf '%s%q\n' "$home" "${1:${#home}}"
        ;;
    esac
}
_gpu_advisor_gpus() {
    compgen -W "GPU_NAMES" -- "$1"
}
# The first word is a profile or a command.
_shtab_gpu_advisor_pos_0_COMPGEN=_gpu_advisor_profiles
"""
_BASH_END = r"""
# Bash splits --screen=why into three words: the one in the middle is left out.
_gpu_advisor() {
    local IFS=$' \t\n' word index at=0 words=()
    for ((index = 0; index < ${#COMP_WORDS[@]}; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $word == = && $index -gt 1 ]]; then
            [[ $index -eq $COMP_CWORD ]] || continue
            word=
        fi
        [[ $index -eq $COMP_CWORD ]] && at=${#words[@]}
        words+=("$word")
    done
    local COMP_WORDS=("${words[@]}") COMP_CWORD=$at
    _shtab_gpu_advisor
}
complete -F _gpu_advisor gpu-advisor"""
_ZSH = r"""
_gpu_advisor_profiles() {
    local -a names folder
    local at=${words[(i)--profiles]}
    (( at < CURRENT )) && folder=(--profiles ${words[at + 1]})
    names=(${(f)"$(gpu-advisor profiles --names $folder 2>/dev/null)"})
    compadd -a names
    _files -g '*.toml'
}
# The first word is a profile or a command. Options after a command are the command's, not the app's.
_gpu_advisor_app=($_shtab_gpu_advisor_options)
functions[_gpu_advisor_first]=$functions[_shtab_gpu_advisor]
functions[_gpu_advisor_commands]=$functions[_shtab_gpu_advisor_commands]
_shtab_gpu_advisor_commands() {
    _gpu_advisor_commands
    _gpu_advisor_profiles
}
_shtab_gpu_advisor() {
    local options=_shtab_gpu_advisor_${words[2]}_options
    if (( CURRENT == 2 )); then
        _gpu_advisor_first
    elif [[ " COMMAND_NAMES " == *" $words[2] "* ]]; then
        shift words
        (( CURRENT-- ))
        _arguments -s "${(@P)options}"
    else
        _arguments -s $_gpu_advisor_app ':PROFILE:_gpu_advisor_profiles'
    fi
}
"""
_FISH = r"""
function __gpu_advisor_profiles
    set -l words (commandline -opc)
    set -l folder
    if set -l at (contains -i -- --profiles $words)
        set folder --profiles $words[(math $at + 1)]
    end
    gpu-advisor profiles --names $folder 2>/dev/null
    __fish_complete_suffix .toml
end
"""
_FISH_END = (
    "complete -c gpu-advisor -n '_shtab_gpu_advisor_using; and test $_shtab_gpu_advisor_npos -eq 0' "
    "-ka '(__gpu_advisor_profiles)'"
)
_OURS = {"bash": (_BASH, _BASH_END), "zsh": (_ZSH, ""), "fish": (_FISH, _FISH_END)}
_PROFILES = {"bash": "_gpu_advisor_profiles", "zsh": "_gpu_advisor_profiles", "fish": "(__gpu_advisor_profiles)"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("shell", metavar="SHELL", choices=list(_INSTALL), help="bash, zsh or fish")
    parser.epilog = "To have it in every shell:\n" + "\n".join(f"  {how}" for how in _INSTALL.values())


def answer(request: Request, tell: Tell) -> str:
    """The script for a shell."""
    import shtab

    shell = request.options.shell
    tree, by_command = parser_tree()
    for parser in (tree, *by_command.values()):
        for argument in parser.arguments:
            _set_completion(argument)
    functions, end = _OURS[shell]
    functions = functions.replace("GPU_NAMES", " ".join(gpu_names())).replace("COMMAND_NAMES", " ".join(COMMANDS))
    script: str = shtab.complete(tree, shell, preamble=functions)
    first, rest = script.split("\n", 1)  # zsh reads its first line, which must stay the first
    return "\n".join([first, f"# {_INSTALL[shell]}", rest.rstrip(), *([end] if end else [])]) + "\n"


def _set_completion(argument: Action) -> None:
    """Set what completes an argument, in the attribute `complete`, which shtab reads."""
    import shtab

    names = " ".join(gpu_names())
    by_metavar = {
        "PROFILE": _PROFILES,
        "FILE": shtab.FILE,
        "PATH": shtab.FILE,
        "DIR": shtab.DIRECTORY,
        "GPU": {"bash": "_gpu_advisor_gpus", "zsh": f"({names})", "fish": names},
    }
    if not argument.choices and (found := by_metavar.get(str(argument.metavar))):
        argument.complete = found  # type: ignore[attr-defined]  # an attribute of shtab's, not of argparse
