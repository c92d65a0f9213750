"""Records what lessons print in PyTorch, as tests/lessons/NAME.expected.txt.

    record.py LESSON...   with any PyTorch from 2.6 on; its version stands in the first line

and of programs (tests/programs/NAME.py) as NAME.expected.txt beside them, without that line.

A lesson is run as Gradlight runs it: all code in one namespace, up to the first exception. That is
kept as a last part, `--- exception` and the exception's last line. Warnings are not kept. What is
recorded is what the CPU prints: a GPU is hidden. A lesson about images needs torchvision (0.21).
"""

import contextlib
import io
import os
import re
import sys
import warnings

SUFFIX = ".lesson.py"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lessons")


def is_program(path):
    return os.path.basename(os.path.dirname(os.path.abspath(path))) == "programs"


def expected_path(lesson):
    name = os.path.basename(lesson)
    if is_program(lesson):
        return os.path.splitext(lesson)[0] + ".expected.txt"
    if not name.endswith(SUFFIX):
        sys.exit(f"{lesson} is not named NN-name{SUFFIX}")
    return os.path.join(FOLDER, name[: -len(SUFFIX)] + ".expected.txt")


def mask_addresses(text):
    return re.sub(r"\b0x[0-9a-f]+", "0x0", text)


def run(lesson):
    """What the lesson prints."""
    with open(lesson, encoding="utf-8") as file:
        code = compile(file.read(), os.path.basename(lesson), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"__name__": "__main__"})
        except Exception as error:
            last = f"{type(error).__name__}: {error}".rstrip("\n").split("\n")[-1]
            print(f"--- exception\n{last}")
    return mask_addresses(printed.getvalue())


def record(lesson, version):
    with open(expected_path(lesson), "w", encoding="utf-8") as file:
        head = "" if is_program(lesson) else f"--- PyTorch {version}\n"
        file.write(head + run(lesson))


def main(lessons):
    if not lessons:
        sys.exit(__doc__)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # before torch looks
    import torch

    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
        sys.exit(f"PyTorch {torch.__version__} is too old: 2.6 or later is needed")
    torch.set_num_threads(1)
    for lesson in lessons:
        state = torch.get_rng_state()
        if is_program(lesson):
            torch.manual_seed(0)
        record(lesson, torch.__version__)
        torch.set_rng_state(state)
        torch.set_default_dtype(torch.float32)


if __name__ == "__main__":
    main(sys.argv[1:])
