"""What tests of `gradlight export` share: how it is called, and a folder for what it writes. Each is run as

    export_..._test.py GRADLIGHT FIXTURES COURSE
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, FIXTURES, COURSE = map(os.path.abspath, sys.argv[1:4])
GOOD, USAGE, OUTPUT, STOPPED = 0, 2, 4, 130
SVG = "{http://www.w3.org/2000/svg}"


def export(*words, **more):
    return subprocess.run([PROGRAM, "export", *words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **more)


def fixture(name):
    return os.path.join(FIXTURES, name)


def lesson(name):
    return os.path.join(COURSE, name + ".lesson.py")


def tool(name):
    """The program, for tests of what it reads; they are skipped without it."""
    path = shutil.which(name)
    if not path:
        raise unittest.SkipTest(name + " is not installed")
    return path


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def good(self, *words, **more):
        done = export(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""), words)
        return done.stdout

    def pdf_text(self, path, *words):
        return subprocess.run([tool("pdftotext"), *words, path, "-"], capture_output=True, text=True,
                              check=True).stdout

    def pdf_pages(self, path):
        told = subprocess.run([tool("pdfinfo"), path], capture_output=True, text=True, check=True)
        return int(re.search(r"Pages: +(\d+)", told.stdout).group(1))
