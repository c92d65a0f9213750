"""Every lesson of the course, run by Gradlight, prints what PyTorch printed.

    lessons_test.py GRADLIGHT LESSON   compares with tests/lessons/NAME.expected.txt
"""

import difflib
import os
import subprocess
import sys

from record import expected_path, mask_addresses

GOOD, RAISED = 0, 1


def printed_by(gradlight, lesson, *options):
    """What `gradlight run` prints; an exception's last line as record.py keeps it."""
    done = subprocess.run([gradlight, "run", *options, lesson], capture_output=True, text=True,
                          encoding="utf-8", check=False)
    text = done.stdout
    if done.returncode == RAISED:
        text += "--- exception\n" + done.stderr.rstrip("\n").split("\n")[-1] + "\n"
    elif done.returncode != GOOD:
        sys.exit(f"{lesson}: exit status {done.returncode}\n{done.stderr}")
    return mask_addresses(text)


def main(gradlight, lesson):
    with open(expected_path(lesson), encoding="utf-8") as file:
        head, expected = file.readline(), file.read()
    if not head.startswith("--- PyTorch "):
        sys.exit(f"{expected_path(lesson)} does not say which PyTorch it was recorded with")
    faults = []
    for options in ((), ("--no-trace",)):
        actual = printed_by(gradlight, lesson, *options)
        faults += difflib.unified_diff(expected.splitlines(), actual.splitlines(),
                                       head.strip("- \n"), " ".join(("gradlight run",) + options),
                                       lineterm="")
    print("\n".join(faults) if faults else f"{os.path.basename(lesson)}: the same")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
