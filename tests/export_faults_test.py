"""`gradlight export` that cannot, or is stopped: it says why and leaves nothing behind."""

import os
import pty
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree

from exported import GOOD, OUTPUT, PROGRAM, STOPPED, USAGE, Files, export, fixture, lesson


class Faults(Files):
    def test_an_ending_that_nobody_knows(self):
        """A picture is not written as something else than its name says."""
        path = self.path("picture.jpg")
        done = export(fixture("autograd.py"), "-o", path)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("picture.jpg ends in no format", done.stderr)
        self.assertFalse(os.path.exists(path))
        self.good(fixture("autograd.py"), "--format", "png", "-o", path)
        self.good(fixture("autograd.py"), "-o", self.path("PICTURE.SVG"))
        ElementTree.parse(self.path("PICTURE.SVG"))

    def test_a_folder_that_is_not_there_is_said_at_once(self):
        done = export(fixture("autograd.py"), "-o", self.path("missing/x.png"))
        self.assertEqual(done.returncode, OUTPUT)
        self.assertIn("cannot write", done.stderr)  # why is the system's word, in the reader's language
        self.assertIn("missing/x.png", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_long_run_says_so_on_a_terminal(self):
        slow = self.path("slow.lesson.py")
        with open(slow, "w", encoding="utf-8") as out:
            out.write("import torch, time\nx = torch.tensor(1.0)\nfor i in range(30):\n"
                      "    x = x + 1\n    time.sleep(0.1)\n")
        reader, terminal = pty.openpty()
        done = subprocess.run(
            [PROGRAM, "export", slow, "-o", self.path("x.png")], stdout=subprocess.DEVNULL,
            stderr=terminal, stdin=subprocess.DEVNULL, timeout=120)
        os.close(terminal)
        self.assertEqual(done.returncode, GOOD)
        self.assertRegex(os.read(reader, 1 << 16).decode(), r"Running… · \d+ steps so far")
        os.close(reader)

    def test_nothing_is_left_of_what_fails(self):
        for words in (["--step", "999"], ["--scale", "8", "--size", "2500x2500"], ["--at", "9:9"],
                      ["--format", "gif", "--view", "tensor"], ["--format", "mp4", "--slide", "half"],
                      ["--format", "gif", "--size", "12000x12000"], ["--format", "mp4", "--size", "12000x12000"],
                      ["--format", "bmp"], ["--notes"], ["--deck", "slides"], ["--deck", "stops", "--all"]):
            done = export(fixture("autograd.py"), *words, "-o", self.path("x.png"))
            self.assertEqual(done.returncode, USAGE, (words, done.stderr))
            self.assertEqual(done.stderr.count("\n"), 2, done.stderr)  # the sentence, and the hint
            self.assertEqual(os.listdir(self.folder.name), [], words)

    def test_ctrl_c_leaves_nothing_behind(self):
        for name, words in (("x.gif", ["--all"]), ("x.pdf", ["--deck", "reveals"]), ("x.html", []),
                            ("x.png", ["--size", "4000x4000", "--scale", "2"])):
            with subprocess.Popen([PROGRAM, "export", lesson("43-first-model"), *words, "--view", "present",
                                   "-o", self.path(name)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
                while process.poll() is None and not os.listdir(self.folder.name):
                    time.sleep(0.01)  # until it has begun to write, or written all
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)[1]
            # (One that writes all at the end, or a fast machine, may have been done before the signal.)
            self.assertEqual(said, b"", name)
            if process.returncode == STOPPED:
                self.assertEqual(os.listdir(self.folder.name), [], name)
            else:
                self.assertEqual(os.listdir(self.folder.name), [name])
            for left in os.listdir(self.folder.name):
                os.remove(self.path(left))

    def test_progress_is_told_on_a_terminal(self):
        ours, theirs = pty.openpty()
        with subprocess.Popen([PROGRAM, "export", lesson("43-first-model"), "--all", "--size", "1280x720",
                               "-o", self.path("x.gif")], stdout=subprocess.DEVNULL, stderr=theirs,
                              stdin=subprocess.DEVNULL) as process:
            os.close(theirs)
            said = b""
            try:
                while b"s left" not in said:
                    said += os.read(ours, 1000)
            except OSError:  # the program has ended
                pass
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        os.close(ours)
        if process.returncode != GOOD:  # it was not done within a second
            self.assertRegex(said.decode(), r"\d+ % · \d+ s left")
            self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_full_disk_is_said(self):
        for kind in ("png", "svg", "pdf", "html", "gif"):
            done = subprocess.run(
                ["bash", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "bash", PROGRAM, "export",
                 fixture("autograd.py"), "--format", kind, "--scale", "4", "-o", self.path("x")],
                capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), (kind, done.stderr))
            self.assertIn("cannot write", done.stderr)
            self.assertEqual(os.listdir(self.folder.name), [], kind)

    def test_no_empty_folder_is_left_of_a_deck(self):
        for kept in (False, True):
            if kept:
                os.mkdir(self.path("deck"))
            done = subprocess.run(
                ["bash", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "bash", PROGRAM, "export",
                 fixture("autograd.py"), "--deck", "stops", "--format", "png", "-o", self.path("deck")],
                capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
            self.assertEqual(os.listdir(self.folder.name), ["deck"] if kept else [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
