"""Writes files as C strings: embed.py OUT HEADER NAME FILE [NAME FILE]..."""

import sys


def literal(line):
    return '    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def main(out, header, *pairs):
    parts = [f'#include "{header}"\n']
    for name, path in zip(pairs[::2], pairs[1::2]):
        with open(path, encoding="ascii") as file:
            lines = "\n".join(literal(line) for line in file.read().splitlines())
        parts.append(f"const char {name}[] =\n{lines};\n")
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
