"""How fast the engine is: one table, beside PyTorch where a Python that has it is named.

    bench_engine.py GRADLIGHT [PYTHON-WITH-TORCH]

Everybody takes turns; the best of each counts. Beside each ratio stands the goal, and "<" where it is
missed. Numbers of two machines, or of a busy one, say nothing."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TURNS = 3
ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def measured(command, script):
    """{name of a row: milliseconds}; empty when the command cannot run it."""
    done = subprocess.run(command + [os.path.join(HERE, script)], capture_output=True, text=True,
                          env=ONE_THREAD, check=False)
    if done.returncode != 0:
        print(done.stderr.strip().splitlines()[-1:] or done.returncode, file=sys.stderr)
        return {}
    return {name: float(value) for name, value in
            (line.split("\t") for line in done.stdout.splitlines())}


def columns(gradlight, python, traces):
    """(heading, command, scripts)"""
    yield "Gradlight", [gradlight, "run", "--no-trace"], ["engine_loops.py", "engine_kernels.py"]
    yield "traced", [gradlight, "run", "--trace", os.path.join(traces, "trace")], ["engine_loops.py"]
    if subprocess.run(python + ["-c", "import torch"], capture_output=True, check=False).returncode == 0:
        yield "PyTorch", python, ["engine_loops.py", "engine_kernels.py"]


def table(gradlight, python):
    """{heading: {row: milliseconds}}"""
    best = {}
    with tempfile.TemporaryDirectory() as traces:
        plan = list(columns(gradlight, python, traces))
        for _ in range(TURNS):
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


print_table(table(sys.argv[1], sys.argv[2:] or ["python3"]))
