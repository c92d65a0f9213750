"""The architecture's arrows, checked: which folder may include which, and which file may include
which foreign library. Both are tables below; the README says what they mean.

    check_includes.py ROOT          checks the tree, one line "file:line: what is wrong" a fault
    check_includes.py --self-test   plants faults in a temporary tree and expects every one found
"""

import fnmatch
import os
import re
import sys
import tempfile

# Folder -> what its files may include of ours, besides the folder itself. A file belongs to the
# longest folder that its path begins with. An entry is a folder or one header.
FOLDERS = {
    "engine/base": [],
    "engine/formulas": [],
    "engine": ["engine/base", "engine/formulas"],
    "gpu": ["engine/backend.h", "engine/base", "engine/formulas"],
    "lessons/trace": ["engine/base"],
    "lessons/torch": ["engine", "engine/base", "lessons/trace"],
    "lessons/runner": ["engine", "engine/base", "lessons/torch", "lessons/trace", "config.h"],
    "render": ["engine/base", "lessons/trace", "config.h"],
    "app": ["engine/base", "lessons/trace", "lessons/runner/client.h",
            "lessons/runner/cell_check.h", "lessons/runner/notebook.h",
            "lessons/runner/nursery.h", "render", "config.h"],
    "tests": ["engine", "engine/base", "lessons/trace", "lessons/torch", "lessons/runner",
              "render", "app", "config.h"],
    "tests/cuda_on_cpu": ["engine/backend.h", "engine/base", "gpu"],
}

# Foreign header -> the files that may include it. A pattern's * matches within a name only.
FOREIGN = {
    "SDL_ttf.h": ["app/window/chrome*.c", "app/window/chrome_private.h"],
    "SDL2/SDL_ttf.h": ["app/window/chrome*.c", "app/window/chrome_private.h"],
    "SDL*.h": ["app/window/window*.c", "app/window/window_private.h", "app/window/chrome*.c",
               "app/window/chrome_private.h"],
    "SDL2/*": ["app/window/window*.c", "app/window/window_private.h", "app/window/chrome*.c",
               "app/window/chrome_private.h"],
    "X11/*": ["app/window/window_x11.h"],
    "X11/extensions/*": ["app/window/window_displays.c"],
    "hb*.h": ["render/text/*.c", "render/text/private.h"],
    "harfbuzz/*": ["render/text/*.c", "render/text/private.h"],
    "ft2build.h": ["render/text/*.c", "render/text/private.h"],
    "FT_*_H": ["render/text/*.c", "render/text/private.h"],
    "freetype/*": ["render/text/*.c", "render/text/private.h"],
    "fontconfig/*": ["render/text/*.c"],
    "cairo*.h": ["render/canvas/cairo*.c", "render/canvas/cairo.h"],
    "cairo/*": ["render/canvas/cairo*.c", "render/canvas/cairo.h"],
    "gif_lib.h": ["render/canvas/gif.c"],
    "zlib.h": ["app/export/pack.c", "render/canvas/png.c"],
    "md4c.h": ["render/text/markdown.c"],
    "gvc.h": ["render/layout/worker.c"],
    "gvplugin.h": ["render/layout/worker.c"],
    "cgraph.h": ["render/layout/worker.c"],
    "cdt.h": ["render/layout/worker.c"],
    "graphviz/*": ["render/layout/worker.c"],
    "Python.h": ["lessons/torch/*", "lessons/runner/*"],
    "structmember.h": ["lessons/torch/*", "lessons/runner/*"],
    "frameobject.h": ["lessons/torch/*", "lessons/runner/*"],
    "opcode.h": ["lessons/runner/*"],
    "internal/*": ["lessons/runner/frame_variable.c"],
    "cblas.h": ["engine/cpu/*.c", "tests/cuda_on_cpu/blas.cpp"],
    "seccomp.h": ["lessons/runner/box*.c", "tests/older_kernel.h", "tests/test_hostile.c"],
    "linux/seccomp.h": ["lessons/runner/box*.c"],
    "linux/landlock.h": ["lessons/runner/box*.c"],
    "cuda*.h": ["gpu/*", "tests/cuda_on_cpu/*.h", "tests/cuda_on_cpu/include/*.h"],
    "cublas*.h": ["gpu/*", "tests/cuda_on_cpu/blas.cpp"],
    "curand*.h": ["gpu/*"],
    "sanitizer/*": ["tests/cuda_on_cpu/*.cpp"],
    "cmocka.h": ["tests/test.h"],
}

# The C library and the system's own calls: everybody may use them.
SYSTEM = set("""
    assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h
    setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
    stdnoreturn.h string.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h
    dirent.h dlfcn.h fcntl.h fnmatch.h ftw.h getopt.h glob.h grp.h langinfo.h libgen.h libintl.h
    link.h poll.h pthread.h pwd.h sched.h semaphore.h spawn.h strings.h syslog.h sysexits.h
    termios.h ucontext.h unistd.h wordexp.h execinfo.h malloc.h features.h
    arm_neon.h cpuid.h immintrin.h x86intrin.h
""".split())
# The library of C++, for the two folders that are not C.
SYSTEM_CPP = set("""
    algorithm chrono cmath csignal cstdarg cstddef cstdint cstdio cstdlib cstring deque functional map
    memory random string type_traits utility vector
""".split())
CPP_FOLDERS = ("gpu/", "tests/cuda_on_cpu/")
SYSTEM_FOLDERS = ("sys/", "linux/", "netinet/", "arpa/", "asm/", "bits/")

SUFFIXES = (".c", ".h", ".cu", ".cuh", ".cpp", ".hpp", ".inc")
GENERATED = {"config.h"}
SKIPPED = re.compile(r"^(\..*|build.*|out|__pycache__)$")
INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*(?:include|include_next|import)\b[ \t\v]*(?:<([^>\n]+)>|"([^"\n]+)"|(\w+))', re.M)


def source_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not SKIPPED.match(name))
        for name in sorted(names):
            if name.endswith(SUFFIXES):
                yield os.path.relpath(os.path.join(folder, name), root)


def blank(match):
    """A comment's newlines, so that lines keep their numbers; strings and the rest unchanged."""
    text = match.group(0)
    return re.sub(r"[^\n\v]", " ", text) if text.startswith("/") else text


def includes(text):
    """(line, angled or macro, name) of every include that is not in a comment."""
    # A line that a backslash continues is one line here; \v keeps count of the real ones.
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text.replace("\\\n", " \v"),
                  flags=re.S)
    for match in INCLUDE.finditer(text):
        angled, quoted, macro = match.groups()
        line = 1 + sum(text.count(end, 0, match.start()) for end in "\n\v")
        yield line, quoted is None, angled or quoted or macro


def matches(name, pattern):
    return fnmatch.fnmatchcase(name, pattern) and name.count("/") == pattern.count("/")


def home(path):
    """The folder of the table that a file or an include belongs to, or None."""
    found = [folder for folder in FOLDERS if path.startswith(folder + "/")]
    return max(found, key=len, default=None)


def ours_fault(root, path, name):
    """What is wrong with including our own header `name`, or None."""
    if name not in GENERATED and not os.path.isfile(os.path.join(root, name)):
        return f'"{name}" is no file, seen from the top of the tree'
    folder, target = home(path), home(name) or name
    if folder is None:
        return "this folder is in no table of tests/check_includes.py"
    if target == folder or target in FOLDERS[folder] or name in FOLDERS[folder]:
        return None
    return f"may not include {name}"


def foreign_fault(path, name):
    """What is wrong with including <name>, or None."""
    for pattern, files in FOREIGN.items():
        if matches(name, pattern):
            if any(matches(path, allowed) for allowed in files):
                return None
            return f"<{name}> belongs in {' or '.join(files)}"
    if name in SYSTEM or name.startswith(SYSTEM_FOLDERS):
        return None
    if name in SYSTEM_CPP and path.startswith(CPP_FOLDERS):
        return None
    return f"<{name}> is in no table of tests/check_includes.py"


def faults(root):
    for path in source_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for line, angled, name in includes(text):
            fault = foreign_fault(path, name) if angled else ours_fault(root, path, name)
            if fault:
                yield f"{path}:{line}: {fault}"


PLANTED = {
    # path: (text, the faults that it must bring, as "line: what")
    "engine/base/error.h": ("#pragma once\n#include <stdbool.h>\n", []),
    "engine/base/bad.c": ('#include "engine/tensor/tensor.h"\n',
                          ["1: may not include engine/tensor/tensor.h"]),
    "engine/backend.h": ('#include "engine/base/error.h"\n', []),
    "engine/tensor/tensor.h": ('#include "engine/base/error.h"\n', []),
    "engine/tensor/bad.c": ('#include "engine/tensor/tensor.h"\n\n#  include "render/scene/scene.h"\n',
                            ["3: may not include render/scene/scene.h"]),
    "engine/cpu/matmul.c": ("#include <cblas.h>\n", []),
    "engine/tensor/python.c": ("#include <Python.h>\n",
                               ["1: <Python.h> belongs in lessons/torch/* or lessons/runner/*"]),
    "gpu/cuda.cu": ('#include <cuda_runtime.h>\n#include "engine/backend.h"\n'
                    '#include "engine/tensor/tensor.h"\n',
                    ["3: may not include engine/tensor/tensor.h"]),
    "engine/guest.c": ('#include "gpu/cuda.h"\n#include <cuda.h>\n#include <vector>\n',
                       ["1: may not include gpu/cuda.h",
                        "2: <cuda.h> belongs in gpu/* or tests/cuda_on_cpu/*.h or tests/cuda_on_cpu/include/*.h",
                        "3: <vector> is in no table of tests/check_includes.py"]),
    "gpu/cuda.h": ("#pragma once\n#include <vector>\n", []),
    "lessons/trace/trace.h": ('#include "engine/base/error.h"\n', []),
    "lessons/trace/bad.c": ('#include "engine/backend.h"\n',
                            ["1: may not include engine/backend.h"]),
    "lessons/torch/face.h": ('#include <Python.h>\n#include "engine/tensor/tensor.h"\n', []),
    "lessons/torch/bad.c": ('#include "lessons/runner/client.h"\n',
                            ["1: may not include lessons/runner/client.h"]),
    "lessons/runner/client.h": ('#include "lessons/trace/trace.h"\n', []),
    "lessons/runner/host.h": ('#include "lessons/torch/face.h"\n#include "config.h"\n', []),
    "lessons/runner/box.c": ("#include <linux/landlock.h>\n#include <seccomp.h>\n", []),
    "render/scene/scene.h": ('#include "lessons/trace/trace.h"\n', []),
    "render/graph/view_graph.c": ('/* #include "engine/backend.h" */\n// #include <SDL.h>\n'
                            'const char *s = "/*";\n#include "engine/backend.h"\n',
                            ["4: may not include engine/backend.h"]),
    "render/code/view_code.c": ('/* two\nlines */ #include "lessons/torch/face.h"\n#include \\\n<SDL.h>\n',
                           ["2: may not include lessons/torch/face.h",
                            "3: <SDL.h> belongs in app/window/window*.c or app/window/window_private.h or app/window/chrome*.c or app/window/chrome_private.h"]),
    "render/canvas/cairo.c": ("#include <cairo-pdf.h>\n", []),
    "render/text/shape.c": ("#include <ft2build.h>\n#include FT_FREETYPE_H\n#include <hb-ft.h>\n",
                            []),
    "render/layout/layout.c": ("#include <graphviz/gvc.h>\n#include FT_FREETYPE_H\n",
                        ["1: <graphviz/gvc.h> belongs in render/layout/worker.c",
                         "2: <FT_FREETYPE_H> belongs in render/text/*.c or render/text/private.h"]),
    "app/window/window.c": ('#include <SDL2/SDL.h>\n#include "render/scene/scene.h"\n'
                     '#include "lessons/runner/client.h"\n', []),
    "app/app.c": ('#include "lessons/runner/host.h"\n#include "scene.h"\n#include <cairo.h>\n',
                  ["1: may not include lessons/runner/host.h",
                   '2: "scene.h" is no file, seen from the top of the tree',
                   "3: <cairo.h> belongs in render/canvas/cairo*.c or render/canvas/cairo.h"]),
    "app/command/window.c": ("#include <SDL.h>\n",
                          ["1: <SDL.h> belongs in app/window/window*.c or app/window/window_private.h or app/window/chrome*.c or app/window/chrome_private.h"]),
    "tests/test.h": ("#include <cmocka.h>\n", []),
    "tests/test_x.c": ('#include "tests/test.h"\n#include "render/scene/scene.h"\n#include <cmocka.h>\n'
                       "#include <boost.hpp>\n",
                       ["3: <cmocka.h> belongs in tests/test.h",
                        "4: <boost.hpp> is in no table of tests/check_includes.py"]),
    "stray/file.c": ('#include "render/scene/scene.h"\n',
                     ["1: this folder is in no table of tests/check_includes.py"]),
    "build-dev/made.c": ('#include "nothing.h"\n', []),
}


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, (text, _) in PLANTED.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        wanted = sorted(f"{path}:{fault}" for path, (_, found) in PLANTED.items()
                        for fault in found)
        found = sorted(faults(root))
    for line in set(wanted) - set(found):
        print(f"not found: {line}")
    for line in set(found) - set(wanted):
        print(f"found without cause: {line}")
    return 0 if found == wanted else 1


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not any(source_files(arguments[0])):
        print(f"no C file under {arguments[0]}", file=sys.stderr)
        return 2
    found = list(faults(arguments[0]))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
