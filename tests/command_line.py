"""What tests of the command line share: exit statuses, and how it is called. Each is run as

    cli_..._test.py GRADLIGHT FIXTURES
"""

import os
import subprocess
import sys

PROGRAM, FIXTURES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
GOOD, LESSON, USAGE, INPUT, OUTPUT, LIMIT, STOPPED = 0, 1, 2, 3, 4, 5, 130


def gradlight(*words, folder=None):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, cwd=folder)


def fixture(name):
    return os.path.join(FIXTURES, name)
