"""Writes the manual page and the shells' completions from what --help prints, so that they cannot
say anything else.

    from_help.py GRADLIGHT MANUAL.in MANUAL BASH ZSH FISH
"""

import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

COMMAND = re.compile(r"  gradlight ([a-z]\S*) +(?:([^a-z\s]+) +)?(\S.*)")
USAGE = re.compile(r"Usage: gradlight(?: (?P<name>[a-z]\S*))? \[OPTIONS\](?: (?P<takes>.+))?")
# After a switch come two blanks at least, before a value one.
OPTION = re.compile(r"  (?:-(?P<letter>\w), |    )--(?P<name>[\w-]+)(?: (?P<value>\S+))? +(?P<help>\S.*)")


@dataclass
class Option:
    letter: str
    name: str
    value: str
    help: str

    def choices(self):
        return self.value.split("|") if "|" in self.value else []

    def is_file(self):
        return self.value in ("FILE", "PATH", "FOLDER")


@dataclass
class Command:
    name: str  # "" is the window
    takes: str
    summary: str
    text: str = ""
    options: list = field(default_factory=list)

    def takes_lesson(self):
        return "LESSON" in self.takes

    def takes_file(self):
        return bool(self.takes)


def said(program, *words):
    return subprocess.run([program, *words], stdout=subprocess.PIPE, check=True, encoding="utf-8",
                          env=dict(os.environ, LC_ALL="C.UTF-8")).stdout


def read_command(program, name, summary):
    usage, text, table = said(program, name, "--help").rstrip("\n").split("\n\n", 2)
    match = USAGE.fullmatch(usage)
    if not match:
        raise SystemExit(f"gradlight {name} --help: cannot read {usage!r}")
    command = Command(match["name"] or "", match["takes"] or "", summary, text)
    for line in table.split("\n"):
        match = OPTION.fullmatch(line)
        if not match:
            raise SystemExit(f"gradlight {name} --help: cannot read {line!r}")
        command.options.append(Option(match["letter"] or "", match["name"], match["value"] or "",
                                      match["help"]))
    return command


def read_program(program):
    commands = [read_command(program, "window", "open the window")]
    for line in said(program, "--help").split("\n"):
        if line.startswith("  gradlight ") and not line.startswith("  gradlight ["):
            match = COMMAND.fullmatch(line)
            if not match:
                raise SystemExit(f"gradlight --help: cannot read {line!r}")
            commands.append(read_command(program, match[1], match[3]))
    return commands


# ---- the manual page -----------------------------------------------------------------------------


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    return re.sub(r"^([.'])", r"\\&\1", text)


def roff_takes(takes):
    return re.sub(r"[A-Z]+", lambda word: f"\\fI{word[0]}\\fR", roff(takes))


def manual_usage(command):
    words = ["\\fBgradlight\\fR"] + ([f"\\fB{roff(command.name)}\\fR"] if command.name else [])
    return " ".join(words + ["[\\fIOPTIONS\\fR]", roff_takes(command.takes)]).rstrip()


def manual_options(command):
    for option in command.options:
        letter = f"\\fB\\-{option.letter}\\fR, " if option.letter else ""
        value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
        yield f".TP\n{letter}\\fB\\-\\-{roff(option.name)}\\fR{value}\n{roff(option.help)}"


def manual(commands, template, version):
    window, rest = commands[0], commands[1:]
    parts = {
        "VERSION": version,
        "SYNOPSIS": "\n.br\n".join(manual_usage(command) for command in commands),
        "WINDOW": "\n".join([roff(window.text), *manual_options(window)]),
        "COMMANDS": "\n".join("\n".join([f".SS {manual_usage(command)}", roff(command.text),
                                         *manual_options(command)]) for command in rest),
    }
    return re.sub(r"@([A-Z]+)@", lambda name: parts[name[1]], template)


# ---- completions ---------------------------------------------------------------------------------


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


BASH = r"""# What bash offers after "gradlight".

_gradlight_lessons()
{
    gradlight list --paths 2>/dev/null | sed -e 's|.*/||' -e 's|\.lesson\.py$||'
}

# Files with their folders; what a name ends in follows.
_gradlight_files()
{
    local ending
    [ $# -gt 0 ] || compgen -f -- "$cur"
    [ $# -eq 0 ] || compgen -d -- "$cur"
    for ending in "$@"; do
        compgen -f -X "!*$ending" -- "$cur"
    done
}

_gradlight()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=window
    # "--name=value" comes as three words.
    if [ "$cur" = = ]; then
        cur=
    elif [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ "$COMP_CWORD" -gt 1 ]; then
        case ${COMP_WORDS[1]} in
        %(names)s) command=${COMP_WORDS[1]} ;;
        esac
    fi
    COMPREPLY=()
    case $command:$prev in
%(values)s
    esac
    case $command:$cur in
%(options)s
    esac
    mapfile -t COMPREPLY < <(
        if [ "$COMP_CWORD" -eq 1 ]; then
            compgen -W "%(commands)s" -- "$cur"
        fi
        case $command in
        %(lessons)s)
            compgen -W "$(_gradlight_lessons)" -- "$cur"
            _gradlight_files .py .ipynb .trace
            ;;
        %(files)s) _gradlight_files ;;
        esac
    )
    # Folders get their slash.
    compopt -o filenames 2>/dev/null
}
complete -F _gradlight gradlight
"""


def bash_value(command, option):
    flags = [f"{command.name or 'window'}:--{option.name}"]
    flags += [f"{command.name or 'window'}:-{option.letter}"] if option.letter else []
    if option.choices():
        reply = f"mapfile -t COMPREPLY < <(compgen -W {quoted(' '.join(option.choices()))} -- \"$cur\")"
    elif option.is_file():
        reply = 'compopt -o filenames 2>/dev/null\n        mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
    else:
        reply = ":"
    return f"    {' | '.join(flags)})\n        {reply}\n        return\n        ;;"


def bash(commands):
    named = [command for command in commands if command.name]
    options = []
    for command in commands:
        words = [f"--{option.name}" for option in command.options]
        words += [] if command.name else ["--version"]
        options.append(f"    {command.name or 'window'}:-*)\n"
                       f"        mapfile -t COMPREPLY < <(compgen -W {quoted(' '.join(words))} -- \"$cur\")\n"
                       "        return\n        ;;")
    return BASH % {
        "names": " | ".join(command.name for command in named),
        "commands": " ".join(command.name for command in named),
        "values": "\n".join(bash_value(command, option) for command in commands
                            for option in command.options if option.value),
        "options": "\n".join(options),
        "lessons": " | ".join(command.name or "window" for command in commands if command.takes_lesson()),
        "files": " | ".join(command.name for command in named
                            if command.takes_file() and not command.takes_lesson()),
    }


ZSH = r"""#compdef gradlight
# What zsh offers after "gradlight".

_gradlight_lessons()
{
    local -a lessons
    lessons=(${${${(f)"$(gradlight list --paths 2>/dev/null)"}:t}%%.lesson.py})
    _alternative 'lessons:lesson:compadd -a lessons' 'files:file:_files -g "*.(py|ipynb|trace|gtrace)"'
}

_gradlight_commands()
{
    local -a commands
    commands=(
%(commands)s
    )
    _describe command commands
}

_gradlight()
{
    if (( CURRENT > 2 )); then
        case $words[2] in
%(cases)s
        esac
    fi
    _arguments \
%(window)s
}

_gradlight "$@"
"""


def zsh_text(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def zsh_option(option):
    action = ""
    if option.choices():
        action = f":{zsh_text(option.name)}:({' '.join(option.choices())})"
    elif option.value:
        action = f":{zsh_text(option.value)}:{'_files' if option.is_file() else ''}"
    told = quoted(f"[{zsh_text(option.help)}]{action}")
    if option.letter:
        return f"'(-{option.letter} --{option.name})'{{-{option.letter},--{option.name}}}{told}"
    return f"--{option.name}{told}"


def zsh_arguments(command, indent):
    words = [zsh_option(option) for option in command.options]
    if not command.name:
        words += ["--version'[print the version]'", "'1: :{ _gradlight_commands; _gradlight_lessons }'"]
    elif command.takes_lesson():
        words.append("'1: :_gradlight_lessons'")
    elif command.takes_file():
        words.append("'1: :_files'")
    return " \\\n".join(indent + word for word in words)


def zsh(commands):
    named = [command for command in commands if command.name]
    cases = []
    for command in named:
        cases.append(f"        {command.name})\n            shift words\n            (( CURRENT-- ))\n"
                     f"            _arguments \\\n{zsh_arguments(command, ' ' * 16)}\n"
                     "            return\n            ;;")
    return ZSH % {
        "commands": "\n".join(" " * 8 + quoted(f"{command.name}:{zsh_text(command.summary)}")
                              for command in named),
        "cases": "\n".join(cases),
        "window": zsh_arguments(commands[0], " " * 8),
    }


FISH = r"""# What fish offers after "gradlight".

function __gradlight_lessons
    gradlight list --paths 2>/dev/null | string replace -r '.*/' '' | string replace -r '\.lesson\.py$' ''
end

function __gradlight_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

function __gradlight_window
    not __gradlight_command %(names)s
end

complete -c gradlight -f
"""


def fish_option(command, option):
    when = quoted(f"__gradlight_command {command.name}" if command.name else "__gradlight_window")
    words = [f"complete -c gradlight -n {when}"]
    words += [f"-s {option.letter}"] if option.letter else []
    words.append(f"-l {option.name}")
    if option.choices():
        words.append(f"-x -a {quoted(' '.join(option.choices()))}")
    elif option.value:
        words.append("-r -F" if option.is_file() else "-x")
    return " ".join(words + [f"-d {quoted(option.help)}"])


def fish(commands):
    names = " ".join(command.name for command in commands if command.name)
    lines = [FISH % {"names": names},
             "complete -c gradlight -n __gradlight_window -l version -d 'print the version'"]
    for command in commands:
        when = quoted(f"__gradlight_command {command.name}") if command.name else "__gradlight_window"
        if command.name:
            lines.append(f"complete -c gradlight -n __fish_use_subcommand -a {command.name} "
                         f"-d {quoted(command.summary)}")
        if command.takes_lesson():
            lines.append(f"complete -c gradlight -n {when} -a '(__gradlight_lessons)'")
        if command.takes_file():
            lines.append(f"complete -c gradlight -n {when} -F")
        lines += [fish_option(command, option) for option in command.options]
    return "\n".join(lines) + "\n"


def main(program, template, *outputs):
    commands = read_program(program)
    version = said(program, "--version").split()[1]
    template = pathlib.Path(template).read_text(encoding="utf-8")
    texts = [manual(commands, template, version), bash(commands), zsh(commands), fish(commands)]
    for path, text in zip(outputs, texts, strict=True):
        pathlib.Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
