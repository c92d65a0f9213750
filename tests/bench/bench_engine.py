"""How fast the engine is: one table, beside PyTorch where a Python that has it is named.

    bench_engine.py GRADLIGHT [PYTHON-WITH-TORCH] [--row WORD]... [--turns N]

Everybody takes turns; the best of each counts. Beside each ratio stands the goal, and "<" where it is
missed. Numbers of two machines, or of a busy one, say nothing. With --row only the rows with that word in
their names are run: cheap enough for many turns."""

import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def measured(command, script):
    """{name of a row: milliseconds}; empty when the command cannot run it."""
    done = subprocess.run(command + [script], capture_output=True, text=True, env=ONE_THREAD, check=False)
    if done.returncode != 0:
        print(done.stderr.strip().splitlines()[-1:] or done.returncode, file=sys.stderr)
        return {}
    return {name: float(value) for name, value in
            (line.split("\t") for line in done.stdout.splitlines())}


def script_with(words, name, folder):
    """The script, in the folder, told which rows are wanted: a lesson in its box has no arguments."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        text = file.read()
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"WORDS = {words!r}\n{text}")
    return path


def columns(gradlight, python, words, folder):
    """(heading, command, scripts)"""
    loops = script_with(words, "engine_loops.py", folder)
    kernels = script_with(words, "engine_kernels.py", folder)
    yield "Gradlight", [gradlight, "run", "--no-trace"], [loops, kernels]
    yield "traced", [gradlight, "run", "--trace", os.path.join(folder, "trace")], [loops]
    if subprocess.run(python + ["-c", "import torch"], capture_output=True, check=False).returncode == 0:
        yield "PyTorch", python, [loops, kernels]


def table(gradlight, python, words, turns):
    """{heading: {row: milliseconds}}"""
    best = {}
    with tempfile.TemporaryDirectory() as folder:
        plan = list(columns(gradlight, python, words, folder))
        for _ in range(turns):
            for heading, command, scripts in plan:
                for script in scripts:
                    for name, value in measured(command, script).items():
                        cells = best.setdefault(heading, {})
                        cells[name] = min(value, cells.get(name, value))
    return best


# How many times as fast as PyTorch: {row: goal}, untraced and with the full trace; 1 for the others.
GOALS = {"Adam, 500 epochs": 20, "SGD, 200 epochs": 20, "2000 scalar backwards": 20,
         "MLP 784-128-10, batch 64, a step": 1.5, "matmul 1000x1000": 0.95,
         "matmul 1000x1000, NumPy on OpenBLAS": 0.95}
TRACED_GOAL = 5


def ratio_cells(name, best):
    """How often the peer's time holds ours, the goal, and a mark where it is missed; for each heading."""
    peer = best["PyTorch"].get(name)
    for heading in list(best)[:-1]:
        ours = best[heading].get(name)
        if ours is None or peer is None:
            yield " " * 19
            continue
        goal = TRACED_GOAL if heading == "traced" else GOALS.get(name, 1)
        mark = "" if peer / ours >= goal else " <"
        yield f"{peer / ours:11.2f} /{goal:4g}{mark:2}"


def print_table(best):
    headings = list(best)
    peered = "PyTorch" in best
    print(f"{'milliseconds':<38}" + "".join(f"{heading:>11}" for heading in headings)
          + "".join(f"{'x ' + heading + ' / goal':>19}" for heading in headings[:-1] if peered))
    for name in best["Gradlight"]:
        cells = [best[heading].get(name) for heading in headings]
        line = "".join(" " * 11 if cell is None else f"{cell:11.3f}" for cell in cells)
        print(f"{name:<38}{line}" + ("".join(ratio_cells(name, best)) if peered else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("gradlight")
    parser.add_argument("python", nargs="?", default="python3")
    parser.add_argument("--row", action="append", metavar="WORD", help="only rows with it in their names")
    parser.add_argument("--turns", type=int, default=3, help="how often everybody's turn comes")
    args = parser.parse_args()
    print_table(table(args.gradlight, [args.python], args.row or [""], args.turns))


main()
