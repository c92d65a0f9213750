"""How fast the engine is: one table, beside PyTorch where a Python that has it is named.

    bench_engine.py GRADLIGHT [PYTHON-WITH-TORCH]

Everybody takes turns; the best of each counts. Numbers of two machines, or of a busy one, say nothing."""

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


def print_table(best):
    headings = list(best)
    print(f"{'milliseconds':<38}" + "".join(f"{heading:>11}" for heading in headings)
          + "".join(f"{'x ' + heading:>11}" for heading in headings[:-1] if "PyTorch" in best))
    for name in best["Gradlight"]:
        cells = [best[heading].get(name) for heading in headings]
        line = "".join("           " if cell is None else f"{cell:11.3f}" for cell in cells)
        if "PyTorch" in best:
            peer = best["PyTorch"].get(name)
            line += "".join("           " if cell is None or peer is None else f"{peer / cell:11.2f}"
                            for cell in cells[:-1])
        print(f"{name:<38}{line}")


print_table(table(sys.argv[1], sys.argv[2:] or ["python3"]))
