"""Files that `gradlight export` writes for slides, hand-outs and homework, looked at with other programs.

    export_test.py GRADLIGHT FIXTURES COURSE
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

PROGRAM, FIXTURES, COURSE = map(os.path.abspath, sys.argv[1:4])
GOOD, USAGE, OUTPUT, STOPPED = 0, 2, 4, 130
SVG = "{http://www.w3.org/2000/svg}"


def export(*words, **more):
    return subprocess.run([PROGRAM, "export", *words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **more)


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


class Deck(Files):
    def deck(self, grain, *more):
        path = self.path("deck.pdf")
        self.good(lesson("23-autograd"), "--deck", grain, "--format", "pdf", "--view", "present",
                  "-o", path, *more)
        return path

    def test_a_page_for_each_stop_and_for_each_reveal(self):
        stops, reveals = self.pdf_pages(self.deck("stops")), self.pdf_pages(self.deck("reveals"))
        self.assertGreater(stops, 6)
        self.assertGreater(reveals, stops + 6)

    def test_words_questions_and_their_answers_come_in_order(self):
        text = " ".join(self.pdf_text(self.deck("reveals")).split())
        order = ["Derivatives by themselves", "y = x + 2 = 3", "What will x.grad be?",
                 "follows only one", "x.grad receives 18", "Why there is an error", "Remember:"]
        places = [text.index(part) for part in order]
        self.assertEqual(places, sorted(places))

    def test_notes_stand_under_their_pages(self):
        plain, noted = self.pdf_text(self.deck("stops")), self.pdf_text(self.deck("stops", "--notes"))
        self.assertNotIn("no hurry", plain)
        self.assertIn("no hurry", " ".join(noted.split()))

    def test_numbered_pictures_have_one_size(self):
        names = self.good(lesson("23-autograd"), "--deck", "stops", "--format", "svg-text", "--view",
                          "present", "--lang", "vi", "-o", self.path("out")).split()
        self.assertEqual(names, sorted(names))
        sizes = {ElementTree.parse(name).getroot().get("viewBox") for name in names}
        self.assertEqual(sizes, {"0 0 1920 1080"})

    def test_cards_stay_where_they_are(self):
        self.good(fixture("autograd.py"), "--all", "--format", "svg-text", "-o", self.path("out"))
        places = {}
        for name in sorted(os.listdir(self.path("out"))):
            for group in ElementTree.parse(os.path.join(self.path("out"), name)).iter(SVG + "g"):
                box = group.find(SVG + "rect")
                if group.get("id", "").startswith("tensor-") and box is not None:
                    places.setdefault(group.get("id"), set()).add((box.get("x"), box.get("y")))
        self.assertGreater(len(places), 3)
        for name, found in places.items():
            self.assertEqual(len(found), 1, (name, found))

    def test_a_caption_says_where_the_picture_is_from(self):
        path = self.path("x.svg")
        self.good(fixture("autograd.py"), "--step", "4", "--format", "svg-text", "--caption", "-o", path)
        with open(path, encoding="utf-8") as picture:
            self.assertRegex(picture.read(), r"autograd · step 4/\d+ · Gradlight \d")

    def test_what_a_question_asks_for_is_hidden_before_it(self):
        before, behind = self.path("a.svg"), self.path("b.svg")
        for path, at in ((before, "2:13"), (behind, "3:2")):
            self.good(lesson("23-autograd"), "--at", at, "--format", "svg-text", "--view", "explore",
                      "--size", "1920x2400", "-o", path)
        texts = []
        for path in (before, behind):
            texts.append("".join(ElementTree.parse(path).getroot().itertext()))
        self.assertNotIn("dz/dx = 18", texts[0])
        self.assertIn("dz/dx = 18", texts[1])


class Faults(Files):
    def test_nothing_is_left_of_what_fails(self):
        for words in (["--step", "999"], ["--scale", "8", "--size", "2500x2500"], ["--at", "9:9"],
                      ["--format", "bmp"], ["--notes"], ["--deck", "slides"], ["--deck", "stops", "--all"]):
            done = export(fixture("autograd.py"), *words, "-o", self.path("x.png"))
            self.assertEqual(done.returncode, USAGE, (words, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 2, done.stderr)  # the sentence, and the hint
            self.assertEqual(os.listdir(self.folder.name), [], words)

    def test_a_full_disk_is_said(self):
        for kind in ("png", "svg", "pdf", "html"):
            done = subprocess.run(
                ["bash", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "bash", PROGRAM, "export",
                 fixture("autograd.py"), "--format", kind, "--scale", "4", "-o", self.path("x")],
                capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), (kind, done.stderr))
            self.assertIn("cannot write", done.stderr)
            self.assertEqual(os.listdir(self.folder.name), [], kind)


def fixture(name):
    return os.path.join(FIXTURES, name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
