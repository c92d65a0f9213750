"""Plants a mistake at a time in the CPU (faulty.c) and expects the comparison to find it, and only it.

    faults.py PARITY PLUG-IN
"""

import os
import subprocess
import sys

# The mistake -> the part that is run, and what the comparison must say.
FAULTS = {
    "one-bit": ("maps", "map add float32"),
    "series": ("maps", "map sin float32"),
    "nan-as-number": ("maps", "the CPU's nan"),
    "number-as-nan": ("maps", "is nan"),
    "minus-zero": ("maps", "map relu float32"),
    "beside-the-view": ("maps", "is 7, the CPU's"),
    "division-by-zero": ("errors", "status 0"),
    "sum": ("reductions", "reduce sum float32"),
    "position": ("reductions", "with index"),
    "product": ("products", "gemm float32"),
    "reads-what-was-there": ("products", "is nan"),
    "index-text": ("errors", '"a bad index"'),
    "order-of-equals": ("scans", "scan sort"),
    "chain": ("chains", "chain float32"),
    "row": ("rows", "rows softmax float32"),
}


def run(parity, plugin, fault, part):
    done = subprocess.run([parity, plugin, "quick", part], env={**os.environ, "PARITY_FAULT": fault},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def main(parity, plugin):
    bad = 0
    for part in sorted({part for part, _ in FAULTS.values()}):
        status, said = run(parity, plugin, "", part)
        if status != 0:
            print(f"{part} without a mistake: status {status}\n{said}")
            bad += 1
    for fault, (part, text) in FAULTS.items():
        status, said = run(parity, plugin, fault, part)
        if status != 1 or text not in said:
            print(f"{fault} was not found in {part}: status {status}\n{said}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
