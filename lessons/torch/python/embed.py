"""Writes the Python parts of the face as C strings: embed.py OUT ROOT FILE...

Each file is named by its path below ROOT: torch/nn/__init__.py is the module torch.nn."""

import os
import sys


def literal(line):
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"'


def row(root, path):
    name = os.path.relpath(path, root).replace(os.sep, "/")
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    return "\n".join([f'    {{ "{module}", "{name}",'] + [literal(line) for line in lines] + ["    },"])


def main(out, root, *paths):
    rows = "\n".join(row(root, path) for path in paths)
    with open(out, "w", encoding="ascii") as file:
        file.write('#include "lessons/torch/embedded.h"\n\n'
                   "const struct embedded_source embedded_sources[] = {\n"
                   f"{rows}\n    {{ NULL, NULL, NULL }},\n}};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
