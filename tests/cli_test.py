"""The command line but for running: what is printed, where, and the exit status."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from command_line import FIXTURES, GOOD, INPUT, LESSON, OUTPUT, PROGRAM, USAGE, fixture, gradlight


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

    def test_new_writes_no_script_that_is_called_a_notebook(self):
        with tempfile.TemporaryDirectory() as folder:
            book = os.path.join(folder, "mine.ipynb")
            done = gradlight("new", book)
            self.assertEqual((done.returncode, done.stdout, os.listdir(folder)), (OUTPUT, "", []))
            self.assertIn("a new lesson is a script", done.stderr)

    def test_check_names_what_hides_nothing_and_tags_that_are_none_in_the_order_of_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "mine.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write('# %% [markdown] tags=["question"] hide=["xx.grad", "x.grad"]\n# # T\n'
                           '# - [x] 1 — *one*\n# - [ ] 2 — *two*\n\n'
                           '# %% tags=["a", "a", "b,c"]\nx = 1\n%time\ny =\n\n'
                           '# %% [markdown] tags=["remember"]\n# R\n\n# %% color="red"\nz = 1\n')
            told = gradlight("check", lesson).stdout.replace(lesson, "mine.py").splitlines()
            self.assertEqual([line.split(" ", 1)[0] for line in told],
                             ["mine.py:2:", "mine.py:7:", "mine.py:7:", "mine.py:8:", "mine.py:9:", "mine.py:14:", "4"])
            self.assertIn("hide names xx.grad, but no code cell speaks of xx", told[0])
            self.assertIn('the tag "a" stands there twice', told[1])
            self.assertIn('the tag "b,c" has a comma', told[2])

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
