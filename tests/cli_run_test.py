"""Running a lesson at the command line: what is printed, where, and the exit status."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from command_line import GOOD, INPUT, LESSON, LIMIT, OUTPUT, PROGRAM, STOPPED, fixture, gradlight


def masked(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)


AUTOGRAD = """x: tensor([1.], requires_grad=True)
y: tensor([3.], grad_fn=<AddBackward0>)
grad_fn của y: <AddBackward0 object at 0x>
Đạo hàm của z theo x: tensor([18.])
"""
SECOND_TIME = ("RuntimeError: Trying to backward through the graph a second time (or directly access "
               "saved tensors after they have already been freed). Saved intermediate values of the "
               "graph are freed when you call .backward() or autograd.grad(). Specify "
               "retain_graph=True if you need to backward through the graph a second time or if you "
               "need to access saved tensors after calling backward.")


class Run(unittest.TestCase):
    def test_prints_what_the_script_prints(self):
        done = gradlight("run", fixture("autograd.py"))
        self.assertEqual(masked(done.stdout), AUTOGRAD)
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""))

    def test_without_a_trace(self):
        done = gradlight("run", "--no-trace", fixture("autograd.py"))
        self.assertEqual(masked(done.stdout), AUTOGRAD)
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""))

    def test_second_backward(self):
        for words in (["run"], ["run", "--no-trace"]):
            done = gradlight(*words, fixture("second_backward.py"))
            self.assertEqual(masked(done.stdout), AUTOGRAD)
            self.assertEqual(done.returncode, LESSON)
            self.assertEqual(done.stderr.rstrip("\n").split("\n")[-1], SECOND_TIME)
            self.assertIn("Traceback (most recent call last)", done.stderr)

    def test_retain_graph_accumulates_to_36(self):
        done = gradlight("run", fixture("retain_graph.py"))
        self.assertIn("tensor([36.])", done.stdout)
        self.assertEqual(done.returncode, GOOD)

    def test_keeps_the_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "kept.trace")
            self.assertEqual(gradlight("run", fixture("autograd.py"), "--trace", path).returncode, GOOD)
            with open(path, encoding="utf-8") as kept, \
                    open(fixture("autograd.trace"), encoding="utf-8") as wanted:
                self.assertEqual([masked(line) for line in kept][1:],
                                 [masked(line) for line in wanted][1:])
            self.assertEqual(gradlight("describe", path).returncode, GOOD)
            self.assertEqual(gradlight("trace", path).returncode, GOOD)

    def test_exit_status_of_the_lesson(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "leaves.py")
            for code, status in (("raise SystemExit(7)", 7), ("import sys\nsys.exit()", 0),
                                 ("1 / 0", LESSON), ("print('a')\nx = = 1", LESSON)):
                with open(path, "w", encoding="utf-8") as lesson:
                    lesson.write(code + "\n")
                self.assertEqual(gradlight("run", path).returncode, status, code)

    def test_syntax_error_is_shown_at_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "wrong.py")
            with open(path, "w", encoding="utf-8") as lesson:
                lesson.write("x = 1\ny = (\n")
            done = gradlight("run", path)
            self.assertIn("SyntaxError", done.stderr)
            self.assertIn("line 2", done.stderr)


class BadInput(unittest.TestCase):
    def test_a_module_that_changes_while_it_is_told(self):
        code = """import torch
class Growing(torch.nn.Module):
    def extra_repr(self):
        for i in range(3000):
            self.register_buffer(f"part_{i}", torch.zeros(1))
        return ""
    def forward(self, x):
        return x * 2
print(Growing()(torch.ones(1)))
"""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "lesson.py"), "w", encoding="utf-8") as lesson:
                lesson.write(code)
            done = gradlight("run", "lesson.py", folder=folder)
            self.assertEqual((done.returncode, done.stdout), (GOOD, "tensor([2.])\n"), done.stderr)

    """Each gets one clear sentence and its exit status."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as lesson:
            lesson.write(data)
        return path

    def inputs(self):
        return {
            "missing": os.path.join(self.folder.name, "nothing.py"),
            "a folder": self.folder.name,
            "empty": self.write("empty.py", b""),
            "binary": self.write("binary.py", bytes(range(256)) * 8),
            "an image": self.write("image.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
            "blank": self.write("blank.py", b"\n\n  \n"),
            "only narrative": self.write("words.py", b"# %% [markdown]\n# Hello\n"),
        }

    def test_one_sentence_and_the_status(self):
        for what, path in self.inputs().items():
            for command in (["run"], ["describe"], ["export", "-o", "x.png"]):
                done = gradlight(*command, path, folder=self.folder.name)
                self.assertEqual(done.returncode, INPUT, (what, command, done.stderr))
                self.assertEqual(done.stdout, "", (what, command))
                self.assertEqual(done.stderr.count("\n"), 1, (what, command, done.stderr))
                self.assertTrue(done.stderr.startswith("gradlight: "), (what, done.stderr))

    def test_a_cut_trace_shows_what_it_has(self):
        with open(fixture("autograd.trace"), "rb") as whole:
            path = self.write("cut.trace", whole.read()[:3000])
        done = gradlight("describe", path)
        self.assertIn("x is a new tensor", done.stdout)
        self.assertIn("line", done.stderr)

    def test_no_terminal_obeys_a_lesson(self):
        hostile = "a\x1b]0;title\x07\u202eb\x9b31m"
        cell = "# %% " + hostile.replace("\x1b", "") + "\nx = 1\n"
        script = self.write("turned.py", ("import torch\nx = torch.ones(1, requires_grad=True)\nprint(%a)\n"
                                          "raise ValueError(%a)\n" % (hostile, hostile)).encode())
        marked = self.write("marked.py", cell.encode())
        named = self.write("a\x1b[31m\u202eb\x9b.py", b"x = 1\n")
        kept = os.path.join(self.folder.name, "kept.trace")
        gradlight("run", script, "--trace", kept)
        for done in (gradlight("describe", script), gradlight("check", marked), gradlight("run", hostile),
                     gradlight("check", named), gradlight("check", "--fix", named), gradlight("trace", kept)):
            for sign in "\x1b\x07\u202e\x9b":
                self.assertNotIn(sign, done.stdout + done.stderr, done.args)
        self.assertIn("⇆", gradlight("describe", script).stdout)
        self.assertIn(hostile, [record["text"].strip() for record in map(json.loads, gradlight(
            "trace", kept).stdout.splitlines()) if record["k"] == "out"])

    def test_a_shape_changed_in_place_is_told(self):
        path = self.write("turned.py", b"import torch\nx = torch.ones(2, 3)\nx.t_()\n")
        self.assertRegex(gradlight("describe", path).stdout, r"x\.t_\(\).*, shape \(3, 2\)")

    def test_what_is_no_file(self):
        pipe = os.path.join(self.folder.name, "pipe.py")
        os.mkfifo(pipe)
        for path, word in ((pipe, "pipe"), ("/dev/zero", "device"),
                           (self.write("book.ipynb", b'{"nbformat": 3, "worksheets": []}'), "version")):
            done = gradlight("run", path)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (INPUT, 1), done.stderr)
            self.assertIn(word, done.stderr)


class Output(unittest.TestCase):
    """Files are written whole or not at all, and never over the lesson."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.lesson = os.path.join(self.folder.name, "lesson.py")
        self.text = "for i in range(20000):\n    print(i)\n"
        with open(self.lesson, "w", encoding="utf-8") as lesson:
            lesson.write(self.text)

    def test_the_lesson_is_not_overwritten(self):
        for words in (["run", self.lesson, "--trace", self.lesson],
                      ["export", self.lesson, "--format", "png", "-o", self.lesson]):
            done = gradlight(*words)
            self.assertEqual(done.returncode, OUTPUT, done.stderr)
            self.assertIn("the lesson itself", done.stderr)
            with open(self.lesson, encoding="utf-8") as lesson:
                self.assertEqual(lesson.read(), self.text)

    def test_no_device_is_replaced(self):
        for words in (["run", self.lesson, "--trace", "/dev/full"],
                      ["export", self.lesson, "-o", "/dev/full"]):
            done = gradlight(*words)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)

    def test_nothing_is_left_of_a_failure(self):
        target = os.path.join(self.folder.name, "kept.trace")
        self.assertEqual(gradlight("run", "nothing.py", "--trace", target).returncode, INPUT)
        self.assertEqual(os.listdir(self.folder.name), ["lesson.py"])

    def test_a_full_disk_is_said(self):
        for words in (["run", self.lesson], ["run", "--no-trace", self.lesson], ["list"],
                      ["--help"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE,
                                      text=True, timeout=60, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1),
                             (words, done.stderr))

    def test_without_a_display(self):
        hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        bare = {name: value for name, value in os.environ.items() if name not in hidden}
        done = subprocess.run([PROGRAM, self.lesson], env=bare, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, OUTPUT, done.stderr)
        self.assertIn("no window can be opened", done.stderr)

    def test_a_reader_that_leaves_ends_the_lesson(self):
        with open(self.lesson, "w", encoding="utf-8") as lesson:
            lesson.write("while True:\n    print('again')\n")
        for words in (["run"], ["run", "--no-trace"]):
            with subprocess.Popen([PROGRAM, *words, self.lesson], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
                self.assertEqual(process.stdout.readline(), b"again\n")
                process.stdout.close()
                self.assertEqual(process.wait(timeout=60), OUTPUT, words)

    def test_the_trace_is_kept_when_nobody_reads(self):
        target = os.path.join(self.folder.name, "kept.trace")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "run", self.lesson, "--trace", target], stdout=full,
                                  stderr=subprocess.DEVNULL, timeout=60,
                                  stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, OUTPUT)
        with open(target, encoding="utf-8") as trace:
            self.assertIn('"k":"end"', trace.readlines()[-1])


class Misbehaviour(unittest.TestCase):
    """Lessons that do not end, or not as they should."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "lesson.py")

    def write(self, code):
        with open(self.path, "w", encoding="utf-8") as lesson:
            lesson.write(code)

    def interrupt(self, *words):
        """Sends SIGINT once the lesson has said that it is there."""
        with subprocess.Popen([PROGRAM, *words, self.path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
            if words[0] == "run":
                self.assertEqual(process.stdout.readline(), "here\n")
            else:
                time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            return process.wait(timeout=60), process.stderr.read()

    def test_interrupt(self):
        self.write("print('here', flush=True)\nwhile True:\n    pass\n")
        for words in (["run"], ["run", "--no-trace"]):
            status, said = self.interrupt(*words)
            self.assertEqual(status, STOPPED, (words, said))
            self.assertIn("KeyboardInterrupt", said, words)
        self.assertEqual(self.interrupt("describe")[0], STOPPED)
        self.assertEqual(self.interrupt("export", "-o", self.path + ".png")[0], STOPPED)

    def test_a_lesson_that_does_not_listen(self):
        self.write("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                   "print('here', flush=True)\nwhile True:\n    pass\n")
        status, said = self.interrupt("run")
        # A fast machine may reach the trace's limit before the end and say so in a line of its own.
        self.assertEqual((status, said.splitlines()[-1:]),
                         (STOPPED, ["gradlight: the lesson did not listen to Stop and was ended"]))
        self.assertNotIn("Traceback", said)

    def test_leaving_the_process(self):
        self.write("import os\nprint('here')\nos._exit(7)\n")
        done = gradlight("run", self.path)
        self.assertEqual((done.returncode, done.stdout), (7, "here\n"))
        self.assertIn("status 7", done.stderr)

    def test_a_crash(self):
        self.write("import os\nprint('here')\nos.abort()\n")
        done = gradlight("run", self.path)
        self.assertEqual((done.returncode, done.stdout), (134, "here\n"))
        self.assertIn("signal 6", done.stderr)

    def test_a_flood_is_cut_and_told(self):
        self.write("print('x' * 5000000)\nprint('more')\n")
        done = gradlight("run", self.path)
        self.assertEqual((done.returncode, len(done.stdout)), (GOOD, 4 << 20))
        self.assertIn("printed so much", done.stderr)

    def test_what_goes_past_print(self):
        self.write("import os\nos.write(1, b'raw\\n')\n")
        self.assertIn("raw\n", gradlight("run", self.path).stderr)

    def test_a_lesson_that_writes_into_its_trace(self):
        self.write("import os\nprint('here')\nfor i in range(3, 64):\n    try:\n"
                   "        os.write(i, b'rubbish\\n')\n    except OSError:\n        pass\n"
                   "while True:\n    pass\n")
        done = gradlight("run", self.path)
        self.assertEqual((done.returncode, done.stdout), (LIMIT, "here\n"), done.stderr)
        self.assertIn("only in part", done.stderr)

    def test_a_zero_in_an_error(self):
        self.write("raise ValueError('a\\x00b')\n")
        self.assertTrue(gradlight("run", self.path).stderr.endswith("ValueError: a\\x00b\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
