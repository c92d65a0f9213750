"""The command line as a user meets it: what is printed, where, and the exit status.

    cli_test.py GRADLIGHT FIXTURES
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, FIXTURES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
GOOD, LESSON, USAGE, INPUT, OUTPUT, LIMIT, STOPPED = 0, 1, 2, 3, 4, 5, 130


def gradlight(*words, folder=None):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, cwd=folder)


def fixture(name):
    return os.path.join(FIXTURES, name)


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


class Usage(unittest.TestCase):
    def test_wrong_words(self):
        lesson = fixture("autograd.py")
        for words in (["run"], ["run", "a", "b"], ["run", "--nonsense", lesson],
                      ["run", lesson, "--trace"], ["export", lesson],
                      ["export", lesson, "-o", "x", "--format", "bmp"],
                      ["export", lesson, "-o", "x", "--theme", "pink"],
                      ["export", lesson, "-o", "x", "--size", "10x10"],
                      ["export", lesson, "-o", "x", "--step", "0"],
                      ["export", lesson, "-o", "x", "--step", "1", "--all"],
                      ["export", lesson, "-o", "x", "--at", "one"],
                      ["describe", lesson, "--lang", "fr"], ["list", "x"]):
            done = gradlight(*words)
            self.assertEqual(done.returncode, USAGE, (words, done.stderr))
            self.assertTrue(done.stderr.startswith("gradlight: "), words)
            self.assertIn("--help", done.stderr)

    def test_help_and_version(self):
        for words in (["--help"], ["run", "--help"], ["export", "-h"], ["describe", "-h"],
                      ["list", "-h"], ["keys", "-h"], ["doctor", "-h"], ["trace", "-h"], ["window", "-h"]):
            done = gradlight(*words)
            self.assertEqual((done.returncode, done.stderr), (GOOD, ""), words)
            self.assertIn("radlight", done.stdout)
        self.assertRegex(gradlight("--version").stdout, r"^gradlight \d+\.\d+\.\d+\n$")


class Export(unittest.TestCase):
    STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "svg-text": b"<?xml", "pdf": b"%PDF",
              "dot": b"digraph"}

    def test_every_format(self):
        with tempfile.TemporaryDirectory() as folder:
            for kind, start in self.STARTS.items():
                path = os.path.join(folder, "picture")
                done = gradlight("export", fixture("autograd.py"), "--format", kind, "-o", path,
                                 "--lang", "vi")
                self.assertEqual((done.returncode, done.stderr), (GOOD, ""), kind)
                with open(path, "rb") as picture:
                    self.assertTrue(picture.read().startswith(start), kind)
                self.assertEqual(os.listdir(folder), ["picture"])
                os.remove(path)

    def test_dot_holds_the_graph_and_its_data(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "graph.dot")
            done = gradlight("export", fixture("autograd.py"), "--format", "dot", "-o", path)
            self.assertEqual(done.returncode, GOOD, done.stderr)
            with open(path, encoding="utf-8") as picture:
                dot = picture.read()
            for part in ('label="y * y"', 'grad_fn="MulBackward0"', 'value="27"', 'grad="18"'):
                self.assertIn(part, dot)
            self.assertEqual(dot.count(" -> "), 6)

    def test_every_step_is_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            done = gradlight("export", fixture("autograd.trace"), "--all", "--format", "svg", "-o",
                             os.path.join(folder, "out"), "--view", "present")
            self.assertEqual(done.returncode, GOOD, done.stderr)
            steps = gradlight("describe", fixture("autograd.trace")).stdout.count("\n")
            self.assertEqual(len(os.listdir(os.path.join(folder, "out"))), steps)

    def test_a_moment_by_address(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.svg")
            lesson = fixture("autograd.py")
            words = ["export", lesson, "--format", "svg", "-o", path]
            self.assertEqual(gradlight(*words, "--at", "1:14").returncode, GOOD)
            self.assertEqual(gradlight(*words, "--at", "9:99").returncode, USAGE)
            self.assertEqual(gradlight(*words, "--step", "9999").returncode, USAGE)

    def test_the_same_bytes_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("png", "svg", "svg-text", "dot"):
                twice = []
                for name in ("a", "b"):
                    path = os.path.join(folder, name)
                    gradlight("export", fixture("second_backward.py"), "--format", kind, "-o", path)
                    with open(path, "rb") as picture:
                        twice.append(picture.read())
                self.assertEqual(*twice, kind)

    def test_what_cannot_be_written(self):
        done = gradlight("export", fixture("autograd.py"), "-o", "/no/such/folder/x.png")
        self.assertEqual(done.returncode, OUTPUT)
        self.assertIn("/no/such/folder/x.png", done.stderr)


class Describe(unittest.TestCase):
    def test_tells_every_step_in_both_languages(self):
        english = gradlight("describe", fixture("second_backward.py"))
        vietnamese = gradlight("describe", fixture("second_backward.py"), "--lang", "vi")
        self.assertEqual(english.returncode, GOOD)
        self.assertEqual(english.stdout.count("\n"), vietnamese.stdout.count("\n"))
        self.assertIn("y = x + 2 = 3", english.stdout)
        self.assertIn("9 + 9 = 18", english.stdout)
        self.assertIn("x.grad receives 18", english.stdout)
        self.assertIn("freed", english.stdout)
        self.assertIn("đã giải phóng", vietnamese.stdout)
        for number, line in enumerate(english.stdout.splitlines(), 1):
            self.assertTrue(line.startswith(f"{number}. ["), line)

    def test_accumulation_is_written_out(self):
        self.assertIn("18 + 18 = 36", gradlight("describe", fixture("retain_graph.py")).stdout)

    def test_gradients_are_confirmed(self):
        confirmed = "✓ autograd 18 · finite difference 18.0000"
        plain = gradlight("describe", fixture("retain_graph.py"))
        asked = gradlight("describe", "--check", fixture("retain_graph.py"))
        self.assertEqual((plain.stdout.count(confirmed), asked.stdout.count(confirmed)), (0, 2))
        self.assertEqual((asked.returncode, asked.stderr), (GOOD, ""))

    def test_a_kept_trace_holds_the_answers(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "kept.trace")
            done = gradlight("run", "--check", "--trace", path, fixture("autograd.py"))
            self.assertEqual((done.returncode, done.stderr), (GOOD, ""))
            self.assertIn("✓ autograd 18", gradlight("describe", path).stdout)
            asked = gradlight("describe", "--check", path)
            self.assertIn("a recorded run cannot be asked", asked.stderr.lower())
        self.assertEqual(gradlight("run", "--check", fixture("autograd.py")).returncode, USAGE)


class Authoring(unittest.TestCase):
    def test_a_new_lesson_is_good_and_goes_home_as_a_notebook(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "mine.lesson.py")
            book = os.path.join(folder, "mine.ipynb")
            self.assertEqual(gradlight("new", lesson).returncode, GOOD)
            self.assertIn("is there already", gradlight("new", lesson).stderr)
            checked = gradlight("check", lesson)
            self.assertEqual((checked.returncode, checked.stderr), (GOOD, ""), checked.stdout)
            self.assertEqual(gradlight("run", lesson).stdout, "tensor(4.)\n")
            self.assertEqual(gradlight("export", lesson, "-o", book, "--lang", "vi").returncode, GOOD)
            with open(book, encoding="utf-8") as file:
                cells = json.load(file)["cells"]
            self.assertNotIn("en", [cell["metadata"].get("lang") for cell in cells])
            self.assertEqual(gradlight("run", book).stdout, "tensor(4.)\n")
            again = os.path.join(folder, "again.ipynb")
            self.assertEqual(gradlight("export", book, "-o", again, "--lang", "vi").returncode, GOOD)
            with open(again, encoding="utf-8") as file:
                self.assertEqual([cell["source"] for cell in json.load(file)["cells"]],
                                 [cell["source"] for cell in cells])

    def test_check_names_params_without_a_control_and_numbers_that_are_none(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "mine.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write('# %% [markdown] minutes=ten tags=["remember"]\n# # T\n\n# %%\n'
                           'a = 1  #@param {type:"slider", min:0, max:2}\n'
                           'lr = 0.1  #@param {type:"slder"}\n')
            told = gradlight("check", lesson).stdout
            self.assertIn("mine.py:1: minutes is a whole number", told)
            self.assertNotIn("mine.py:5:", told)
            self.assertIn("mine.py:6: advice: no control", told)
            self.assertIn("1 fault, 1 advice\n", told)

    def test_check_names_the_line_of_the_file_for_what_the_parser_says(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "mine.py")
            for text, told in (
                    ('# %%\nx = 1\n%matplotlib inline\n', "mine.py:3: advice: '%matplotlib inline' is a"),
                    ('# %% [markdown]\n# # T\nx = 1\n', "mine.py:3: this is code within a narrative cell")):
                with open(lesson, "w", encoding="utf-8") as file:
                    file.write(text)
                self.assertIn(told, gradlight("check", lesson).stdout)

    def test_check_names_lists_that_are_none_and_languages_that_nobody_sees(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "mine.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write('# %% [markdown] lang="fr" tags="remember" hide=x.grad\n# # T\n\n'
                           '# %% tags=["a", 2]\nx = 1\n')
            told = gradlight("check", lesson).stdout
            self.assertIn('mine.py:1: advice: lang is "vi" or "en"', told)
            self.assertIn('mine.py:1: tags is a list: write tags=["remember"]', told)
            self.assertIn('mine.py:1: hide is a list: write hide=["x.grad"]', told)
            self.assertIn('mine.py:4: tags is a list of words', told)
            gradlight("check", "--fix", lesson)
            with open(lesson, encoding="utf-8") as file:
                self.assertTrue(file.read().startswith(
                    '# %% [markdown] lang="fr" tags=["remember"] hide=["x.grad"]\n'))

    def test_check_has_python_read_each_cell_and_names_the_lines_of_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "broken.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write('# %% [markdown]\n# # T\n\n# %%\nx = 1\nif x == 1\n    print(x)\n\n'
                           '# %%\nprint("ran")\n\n# %%\nfor i in range(3):\nprint(i)\n\n# %%\nreturn 3\n')
            told = gradlight("check", lesson)
            self.assertEqual((told.returncode, told.stderr), (INPUT, ""))
            self.assertIn("broken.py:6: this is no Python: SyntaxError: ", told.stdout)
            self.assertIn("broken.py:14: this is no Python: IndentationError: ", told.stdout)
            self.assertIn("broken.py:17: this is no Python: SyntaxError: 'return' outside function",
                          told.stdout)
            self.assertIn("3 faults, 1 advice\n", told.stdout)
            self.assertNotIn("ran\n", told.stdout)

    def test_check_names_lines_and_mends_marks(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "broken.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write("# %% [md] lang=vi\n# # T\n\n# %%\nx = 1\n")
            told = gradlight("check", lesson)
            self.assertEqual(told.returncode, INPUT)
            self.assertIn("broken.py:1: VS Code does not know [md]", told.stdout)
            mended = gradlight("check", "--fix", lesson)
            self.assertEqual(mended.returncode, GOOD, mended.stdout)
            with open(lesson, encoding="utf-8") as file:
                self.assertTrue(file.read().startswith('# %% [markdown] lang="vi"\n# # T\n'))


class Rest(unittest.TestCase):
    def test_list_names_the_lessons(self):
        done = gradlight("list", "--lang", "vi")
        self.assertEqual(done.returncode, GOOD)
        self.assertRegex(done.stdout, r"(?m)^  23-autograd .*Tự động tính đạo hàm")
        bare = gradlight("list", "--paths").stdout.splitlines()
        self.assertIn("23-autograd.lesson.py", [os.path.basename(path) for path in bare])

    def test_a_lesson_of_the_course_opens_by_its_name(self):
        done = gradlight("run", "23-autograd")
        self.assertIn("x.grad", done.stdout + done.stderr)
        self.assertNotIn("cannot open", done.stderr)

    def test_keys_are_lines_for_the_settings(self):
        lines = gradlight("keys").stdout.splitlines()
        self.assertIn("keys.blank = B, .", lines)
        self.assertEqual(lines[lines.index("keys.blank = B, .") - 1],
                         "# Black screen, and back (while presenting)")
        self.assertIn("keys.blank-white = W, Comma", lines)
        vi = gradlight("keys", "--lang", "vi").stdout
        self.assertIn("# Bước tiếp\nkeys.next = ", vi)

    def test_doctor_finds_what_is_needed(self):
        done = gradlight("doctor")
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""), done.stdout)
        self.assertIn("runs a lesson", done.stdout)

    def test_doctor_lists_torch(self):
        done = gradlight("doctor", "--torch")
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""), done.stdout)
        areas = dict(re.findall(r"^([\w.]+): \d+ names\nhas +((?:.+\n(?: {8})?)*)", done.stdout, re.M))
        for area, names in (("torch", "tensor zeros no_grad"), ("torch.Tensor", "backward numpy T"),
                            ("torch.nn", "Linear Module"), ("torch.nn.functional", "relu"),
                            ("torch.optim", "Adam SGD"), ("torch.autograd", "grad Function")):
            self.assertLessEqual(set(names.split()), set(areas[area].split()), area)
        self.assertRegex(done.stdout, r"(?s)\nlacks  .*\bcompile\b")
        self.assertNotRegex(done.stdout, r"\b_\w+")
        self.assertLessEqual(max(map(len, done.stdout.split("\n"))), 98)

    def test_what_torch_lacks_says_where_the_list_is(self):
        hint = "`gradlight doctor --torch` lists what is)"
        for code, start in (
                ("import torch\ntorch.fft.fft(1)", "AttributeError: module 'torch' has no attribute 'fft'"),
                ("import torch\ntorch.ones(1).foo", "AttributeError: 'Tensor' object has no attribute 'foo'"),
                ("import torch.nn as nn\nnn.Foo()", "AttributeError: module 'torch.nn' has no attribute 'Foo'"),
                ("import torch.fft", "ModuleNotFoundError: No module named 'torch.fft'"),
                ("from torch import vmap", "ImportError: cannot import name 'vmap' from 'torch'"),
                ("import torchvision.models", "ModuleNotFoundError: No module named 'torchvision.models'"),
                ("import safetensors.numpy", "ModuleNotFoundError: No module named 'safetensors.numpy'")):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "lesson.py")
                with open(path, "w", encoding="utf-8") as lesson:
                    lesson.write(code + "\n")
                done = gradlight("run", path)
            last = done.stderr.rstrip("\n").split("\n")[-1]
            self.assertTrue(last.startswith(start), last)
            self.assertTrue(last.endswith(hint), last)

    def test_the_courses_blocks_that_need_more_say_so(self):
        folder = os.path.join(os.path.dirname(FIXTURES.rstrip("/")), "course_absent")
        done = gradlight("run", os.path.join(folder, "004_II_2_transformers.py"))
        self.assertEqual(done.returncode, LESSON)
        self.assertEqual(done.stderr.rstrip("\n").split("\n")[-1],
                         "ModuleNotFoundError: No module named 'transformers' (a lesson can import "
                         "Python's own library, numpy, Gradlight's torch and torchvision, and files "
                         "beside it)")

    def test_a_lesson_reads_what_lies_beside_it_if_it_may_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("lesson/helper.py", "word = 'found'\n"), ("lesson/data/file", "read"),
                               ("secret", "no"), ("lesson/lesson.py", "import helper\n"
                                "print(helper.word, open('data/file').read())\nopen('../secret')\n")):
                os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            for words in (["run"], ["run", "--no-trace"]):
                done = gradlight(*words, "--allow-read", "lesson/lesson.py", folder=folder)
                self.assertEqual(done.stdout, "found read\n")
                self.assertIn("may not read ../secret", done.stderr)
                # Nobody has allowed it: then it is said how to.
                done = gradlight(*words, "lesson/lesson.py", folder=folder)
                self.assertEqual(done.stdout, "")
                self.assertIn("may not read helper.py", done.stderr)
                self.assertIn("--allow-read", done.stderr)
            done = gradlight("describe", "lesson/lesson.py", "--allow-read", folder=folder)
            self.assertIn("Prints: found read", done.stdout)
            done = gradlight("export", "lesson/lesson.py", "--allow-read", "-o", "x.dot", folder=folder)
            self.assertEqual(done.returncode, 0)
            # All of somebody's files are not a lesson's, whoever allows it.
            for home in ("lesson", "lesson/data"):
                done = subprocess.run([PROGRAM, "run", "--allow-read", "lesson/lesson.py"],
                                      capture_output=True, text=True, timeout=60, cwd=folder, check=False,
                                      env={**os.environ, "HOME": os.path.join(folder, home)})
                self.assertIn("put it into a folder of its own", done.stderr)

    def test_what_torch_saves_is_kept_until_the_run_ends(self):
        code = """import pathlib, torch
class Net(torch.nn.Module):
    pass
torch.save({"epoch": 3}, "model.pth")
torch.save(Net(), pathlib.Path("whole.pt"))
print(torch.load("./model.pth"), torch.load("whole.pt", weights_only=False))
"""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "lesson.py"), "w", encoding="utf-8") as lesson:
                lesson.write(code)
            for words in (["run"], ["run", "--no-trace"]):
                done = gradlight(*words, "lesson.py", folder=folder)
                self.assertEqual(done.stdout, "{'epoch': 3} Net()\n", done.stderr)
                self.assertEqual(done.stderr.count("keeps 'model.pth' in memory"), 1)
            self.assertEqual(os.listdir(folder), ["lesson.py"])

    def test_no_display_is_a_sentence(self):
        done = subprocess.run([PROGRAM, fixture("autograd.py")], capture_output=True, text=True,
                              timeout=60, env={"SDL_VIDEODRIVER": "x11", "PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, OUTPUT)
        self.assertIn("no window can be opened", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
