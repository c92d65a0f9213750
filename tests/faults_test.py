"""What goes wrong around the program: it is killed, or its helpers are; the disk is full, the home folder
cannot be written, fonts, locale, display or a helper are missing, clocks stand still, and lessons are larger
than any class's. Nothing hangs, and nothing is lost that was saved.

    faults_test.py GRADLIGHT FIXTURES [--slow]      --slow: a hundred kills, and the largest files
"""

import contextlib
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, FIXTURES = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SLOW = "--slow" in sys.argv
BUILD = os.path.dirname(PROGRAM)
GOOD, LESSON, USAGE, INPUT, OUTPUT, LIMIT = 0, 1, 2, 3, 4, 5
# As far as a sanitizer allows one; what a test of ours is not about is not to fill the machine.
SANITIZED = b"__asan_init" in open(PROGRAM, "rb").read()
PATIENCE = 540 if SLOW else 150


def environment(**changed):
    kept = {name: value for name, value in os.environ.items() if changed.get(name, "") is not None}
    return {**kept, **{name: value for name, value in changed.items() if value is not None}}


def limited(memory_mb):
    words = [] if SANITIZED else ["prlimit", f"--as={memory_mb << 20}", "--"]
    return words if shutil.which("prlimit") else []


def gradlight(*words, folder=None, env=None, memory_mb=6000, before=()):
    return subprocess.run([*limited(memory_mb), *before, PROGRAM, *words], capture_output=True, text=True,
                          errors="replace", timeout=PATIENCE, stdin=subprocess.DEVNULL, cwd=folder, env=env)


def fixture(name):
    return os.path.join(FIXTURES, name)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gradlight-faults-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def assert_gone(self, pids):
        end = time.monotonic() + 30
        while any(map(is_running, pids)) and time.monotonic() < end:
            time.sleep(0.005)
        self.assertEqual([pid for pid in pids if is_running(pid)], [])

    def assert_good(self, done):
        self.assertEqual(done.returncode, GOOD, (done.args, done.stderr[-2000:]))


STEPS = "import torch\nx = torch.ones(3, requires_grad=True)\nfor i in range(%d):\n    (x * i).sum().backward()\n"


class Killed(Faults):
    """At any moment, with no chance to clean up."""

    def kill_at(self, seconds, *words):
        """Returns the helpers that it had."""
        with subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            helpers = children(process.pid)
            process.kill()
        return helpers

    def kill_often(self, times, target, whole, *words):
        """The file is what it was or all of what it shall be, and no helper stays."""
        begun = time.monotonic()
        self.assert_good(gradlight(*words))
        self.assertTrue(whole(self.read(target)), words)
        lasts = time.monotonic() - begun
        dice = random.Random(9)
        for _ in range(times):
            self.write(target, "as it was")
            helpers = self.kill_at(dice.uniform(0, lasts * 1.1), *words)
            self.assertTrue(self.read(target) == b"as it was" or whole(self.read(target)), words)
            self.assert_gone(helpers)
            self.assertLessEqual(len(glob.glob(self.path("*.part"))), 1)
        self.assert_good(gradlight(*words))
        self.assertEqual(glob.glob(self.path("*.part")), [])

    def test_while_a_trace_is_kept(self):
        lesson = self.write("lesson.py", STEPS % 40)
        self.kill_often(100 if SLOW else 8, "kept.trace",
                        lambda trace: trace.endswith(b'{"k":"end","how":"finished","status":0}\n'),
                        "run", lesson, "--trace", self.path("kept.trace"))

    def test_while_a_picture_is_written(self):
        self.kill_often(100 if SLOW else 6, "x.png", lambda picture: picture.endswith(b"IEND\xaeB`\x82"),
                        "export", fixture("autograd.trace"), "--view", "present", "-o", self.path("x.png"))

    def test_its_runner(self):
        """What it told until then is kept whole, and why there is no more is said."""
        lesson = self.write("lesson.py", "print('here', flush=True)\n" + STEPS % 10**6)
        dice = random.Random(3)
        for _ in range(100 if SLOW else 5):
            with subprocess.Popen([PROGRAM, "run", lesson, "--trace", self.path("kept.trace")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL) as process:
                while not children(process.pid) and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(dice.uniform(0, 0.6))
                os.kill(children(process.pid)[0], signal.SIGKILL)
                said = process.communicate(timeout=PATIENCE)[1]
            self.assertEqual(process.returncode, 128 + signal.SIGKILL, said)
            self.assertIn("signal 9", said)
            # (The last line may have been cut anywhere, just before its end too.)
            whole = self.read("kept.trace").split(b"\n")[:-1]
            self.assertTrue(all(json.loads(line)["k"] for line in whole))
            if whole:
                self.assertIn(gradlight("describe", self.path("kept.trace")).returncode, (GOOD, LIMIT))

    def test_its_layout(self):
        """A picture comes out all the same. (One that nobody saw was done before it could be killed.)"""
        dice, killed = random.Random(5), 0
        for _ in range(100 if SLOW else 6):
            with subprocess.Popen([PROGRAM, "export", fixture("graphs/blocks.trace"), "-o", self.path("x.svg")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL) as process:
                seen = set()
                while process.poll() is None:
                    for pid in set(children(process.pid)) - seen:
                        time.sleep(dice.uniform(0, 0.01))
                        seen.add(pid)
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                            killed += 1
                said = process.stderr.read()
            self.assertEqual((process.returncode, said), (GOOD, ""))
            self.assertTrue(self.read("x.svg").endswith(b"</svg>\n"))
        self.assertTrue(killed or not SLOW)


class Disk(Faults):
    """Where there is no room, what was there stays and nothing half is left."""

    def small_disk(self, *words):
        """Under a file system of 64 KiB that nobody else sees, with a file on it; None where that cannot be
        made. Prints what is there afterwards."""
        place = self.path("disk")
        os.makedirs(place, exist_ok=True)
        script = ('mount -t tmpfs -o size=64k none "$0" && echo "as it was" >"$0/target" && "$@" >&2; '
                  'echo "$?"; ls "$0"; cat "$0/target"')
        try:
            return subprocess.run(["unshare", "--mount", "--map-root-user", "sh", "-c", script, place, *words],
                                  capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            return None

    def test_full(self):
        target = self.path("disk/target")
        lesson = self.write("lesson.py", STEPS % 300)
        probe = self.small_disk("true")
        if not probe or probe.stdout != "0\ntarget\nas it was\n":
            self.skipTest("no file system can be made")
        for words in (["run", lesson, "--trace", target],
                      ["export", fixture("graphs/blocks.trace"), "--scale", "4", "--format", "png", "-o", target],
                      ["export", fixture("graphs/blocks.trace"), "--format", "html", "-o", target],
                      ["export", fixture("graphs/blocks.trace"), "--format", "pdf", "--view", "explore", "-o", target]):
            done = self.small_disk(PROGRAM, *words)
            self.assertEqual(done.stdout, f"{OUTPUT}\ntarget\nas it was\n", (words, done.stderr))
            self.assertIn("cannot write", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_full_while_a_film_is_written(self):
        """By ffmpeg, for which that is no error unless it is told so."""
        probe = self.small_disk("true")
        if not shutil.which("ffmpeg") or not probe or probe.stdout != "0\ntarget\nas it was\n":
            self.skipTest("no ffmpeg, or no file system can be made")
        done = self.small_disk(PROGRAM, "export", fixture("autograd.trace"), "--format", "mp4", "-o",
                               self.path("disk/target"))
        self.assertEqual(done.stdout, f"{OUTPUT}\ntarget\nas it was\n", done.stderr)
        self.assertIn("ffmpeg could not write", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_limit_of_the_shell(self):
        """Which ends a program that does not expect it."""
        lesson = self.write("lesson.py", STEPS % 300)
        self.write("kept.trace", "as it was")
        done = gradlight("run", lesson, "--trace", self.path("kept.trace"),
                         before=["bash", "-c", 'ulimit -f 16; exec "$@"', "bash"])
        self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
        self.assertEqual(self.read("kept.trace"), b"as it was")
        self.assertEqual(sorted(os.listdir(self.folder)), ["kept.trace", "lesson.py"])

    def test_a_folder_that_cannot_be_written(self):
        for words in (["run", fixture("autograd.py"), "--trace"], ["export", fixture("autograd.trace"), "-o"]):
            done = gradlight(*words, "/proc/gradlight.svg")
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)


class Missing(Faults):
    """What a machine may lack."""

    def test_fonts(self):
        os.mkdir(self.path("none"))
        config = self.write("fonts.conf", f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
                            f'<fontconfig><dir>{self.path("none")}</dir></fontconfig>')
        bare = environment(FONTCONFIG_FILE=config)
        for words in (["export", fixture("autograd.trace"), "-o", self.path("x.png")], [fixture("autograd.trace")]):
            done = gradlight(*words, env=bare)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
            self.assertIn("fonts-dejavu-core", done.stderr)
        done = gradlight("--desktop", fixture("autograd.trace"), env=bare)  # and in a box, where there is a display
        self.assertEqual((done.returncode, "fonts-dejavu-core" in done.stderr), (OUTPUT, True), done.stderr)
        self.assert_good(gradlight("run", fixture("autograd.py"), env=bare))
        self.assertIn("fonts-", gradlight("doctor", env=bare).stdout)

    def test_locale(self):
        """None, one that is not there, and one with a decimal comma: the same text, the same picture."""
        lesson = self.write("lesson.py", "import torch\nprint(torch.tensor([1.5, -2.25e-7]), 'đạo hàm', 1.5)\n")
        seen = set()
        for name in (None, "C", "POSIX", "xx_YY.UTF-8", "vi_VN.UTF-8", "vi_VN"):
            env = environment(LC_ALL=name, LANG=name, LC_NUMERIC=name)
            ran = gradlight("run", lesson, env=env)
            told = gradlight("describe", fixture("linear_adam.trace"), "--lang", "vi", env=env)
            self.assert_good(ran)
            self.assert_good(gradlight("export", fixture("linear_adam.trace"), "-o", self.path("x.svg"), env=env))
            seen.add((ran.stdout, told.stdout, self.read("x.svg")))
        self.assertEqual(len(seen), 1)
        self.assertIn("1.5", ran.stdout)

    def test_helpers(self):
        """Staged without them, as an installation that went wrong."""
        home = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", BUILD], capture_output=True,
                                         text=True, check=True).stdout) if shutil.which("meson") else []
        where = {option["name"]: option["value"] for option in home}
        if "prefix" not in where:
            self.skipTest("meson is not there to say where things are installed to")
        prefix = self.folder + where["prefix"]
        binary = os.path.join(prefix, where["bindir"], "gradlight")
        helpers = os.path.join(prefix, where["libexecdir"], "gradlight")
        os.makedirs(os.path.dirname(binary))
        os.makedirs(helpers)
        shutil.copy(PROGRAM, binary)

        def staged(*words):
            return subprocess.run([binary, *words], capture_output=True, text=True, timeout=PATIENCE,
                                  stdin=subprocess.DEVNULL)
        for words in (["run", fixture("autograd.py")], ["describe", fixture("autograd.py")],
                      ["export", fixture("autograd.py"), "-o", self.path("x.png")]):
            done = staged(*words)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
            self.assertIn("install Gradlight again", done.stderr)
        self.assertIn("gradlight-runner", staged("doctor").stdout)
        self.assert_good(staged("export", fixture("autograd.trace"), "-o", self.path("x.png")))
        self.assertTrue(self.read("x.png").endswith(b"IEND\xaeB`\x82"))

    def test_the_box(self):
        """A kernel with neither Landlock nor seccomp: nothing is run unasked, and every way says so."""
        older = [os.path.join(BUILD, "tests", "older_kernel"), "both"]
        lesson = self.write("lesson.py", "print('it ran')\n")
        for words in (["run", lesson], ["run", lesson, "--no-trace"], ["describe", lesson],
                      ["run", lesson, "--trace", self.path("kept.trace")],
                      ["export", lesson, "-o", self.path("x.png")]):
            done = gradlight(*words, before=older)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (OUTPUT, "", 1), done)
            self.assertIn("was not run: the kernel has neither Landlock nor seccomp", done.stderr)
        self.assertIn(b"it ran", self.read("kept.trace"))  # as its text, to be read before it is run
        self.assertEqual(gradlight("run", lesson, "--no-box", before=older).stdout, "it ran\n")
        self.assertIn("missing box", gradlight("doctor", before=older).stdout)

    def test_home(self):
        """Read-only, or not there at all."""
        for home in ("/proc", "/nonexistent", None, ""):
            env = environment(HOME=home, XDG_CONFIG_HOME=None, XDG_CACHE_HOME=None)
            for words in (["run", fixture("autograd.py")], ["describe", fixture("autograd.py")],
                          ["export", fixture("autograd.py"), "-o", self.path("x.png")], ["doctor"], ["list"]):
                done = gradlight(*words, env=env)
                self.assertEqual(done.returncode, GOOD, (home, words, done.stderr))


class Stopped(Faults):
    """Who stands still for a while goes on where it stood."""

    def test_for_a_while(self):
        lesson = self.write("lesson.py", "import os, time\nprint('here', flush=True)\n"
                            "while not os.path.exists('go'):\n    time.sleep(0.01)\n" + STEPS % 20)
        seconds = 60 if SLOW else 2
        with subprocess.Popen([PROGRAM, "run", lesson, "--trace", self.path("kept.trace")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL) as process:
            self.assertEqual(process.stdout.readline(), "here\n")
            runner = children(process.pid)[0]
            for pids in ([process.pid], [runner], [process.pid, runner]):
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
                time.sleep(seconds)
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            self.write("go", "")
            said = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual((process.returncode, said), (GOOD, ""))
        self.assertTrue(self.read("kept.trace").endswith(b'"status":0}\n'))

    def test_before_the_runner_has_begun(self):
        """Longer, in the slow suite, than a runner may take to begin."""
        with subprocess.Popen([PROGRAM, "run", fixture("autograd.py")], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
            while not children(process.pid) and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGSTOP)
            time.sleep(25 if SLOW else 1)
            process.send_signal(signal.SIGCONT)
            said = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual((process.returncode, said), (GOOD, ""))


class Display(Faults):
    """A real window on a server of its own (Xvfb)."""

    def setUp(self):
        super().setUp()
        if not shutil.which("Xvfb") or not shutil.which("xdotool"):
            self.skipTest("Xvfb or xdotool is not installed")
        self.server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "1024x700x24", "-nolisten",
                                        "tcp", "-noreset"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True)
        self.addCleanup(self.close_server)
        self.display = ":" + self.server.stdout.readline().strip()

    def close_server(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def window(self, **more):
        env = environment(DISPLAY=self.display, SDL_VIDEODRIVER="x11", WAYLAND_DISPLAY=None, LANG="C.UTF-8",
                          **{"XDG_CONFIG_HOME": self.path("config"), **more})
        program = subprocess.Popen([PROGRAM, fixture("autograd.py"), "--size", "1024x700"], env=env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(program.communicate)
        self.addCleanup(program.kill)
        self.press(program, "Right")
        return program

    def press(self, program, key):
        end = time.monotonic() + 60
        while program.poll() is None and time.monotonic() < end:
            done = subprocess.run(["xdotool", "search", "--class", "gradlight", "windowfocus", "key", key],
                                  stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60,
                                  env=environment(DISPLAY=self.display))
            if done.returncode == 0:
                return
            time.sleep(0.05)
        if key != "ctrl+q":  # which may leave no window to release the key in
            self.fail(f"no window for {key}: status {program.poll()}")

    def settings(self):
        try:
            return self.read("config/gradlight/settings").decode()
        except FileNotFoundError:
            return ""

    def language(self):
        return [line for line in self.settings().splitlines() if line.startswith("language = ")]

    def change_a_setting(self, program):
        """Once another language is in the file (where other things are written, too)."""
        before, end = self.language(), time.monotonic() + 60
        while self.language() == before and time.monotonic() < end:
            self.press(program, "l")
            time.sleep(1.5)
        self.assertIn("language = ", self.settings())

    def test_one_that_vanishes(self):
        program = self.window()
        self.change_a_setting(program)
        saved, helpers = self.settings(), children(program.pid)
        self.server.kill()
        said = program.communicate(timeout=60)[1]
        self.assertGreaterEqual(program.returncode, 0, said)
        self.assert_gone(helpers)
        self.assertEqual(self.settings(), saved)

    def test_killed_with_settings_to_save(self):
        """They are those of before or of after, never less."""
        dice = random.Random(4)
        for _ in range(100 if SLOW else 3):
            program = self.window()
            self.change_a_setting(program)
            before = self.settings()
            self.press(program, "l")
            time.sleep(dice.uniform(0.9, 1.2))
            helpers = children(program.pid)
            program.kill()
            program.communicate(timeout=60)
            other = {"vi": "en", "en": "vi"}[before.split("language = ")[1][:2]]
            self.assertIn(self.settings().strip(),
                          (before.strip(), before.replace(f"language = {'vi' if other == 'en' else 'en'}",
                                                          f"language = {other}").strip()))
            self.assert_gone(helpers)

    def test_a_home_that_cannot_be_written(self):
        """It is said in the window; the program works and leaves as ever."""
        program = self.window(XDG_CONFIG_HOME=None, HOME="/proc")
        for key in ("l", "Right", "End"):
            self.press(program, key)
        time.sleep(1.5)
        self.press(program, "ctrl+q")
        said = program.communicate(timeout=60)[1]
        self.assertEqual(program.returncode, GOOD, said)


class Large(Faults):
    """More of everything than a lesson has."""

    def every_way(self, lesson, statuses=(GOOD,), ways=("run", "describe", "export", "check")):
        done = {}
        for way in ways:
            more = ["-o", self.path("x.svg")] if way == "export" else []
            done[way] = gradlight(way, lesson, *more)
            self.assertIn(done[way].returncode, statuses if way == "run" else (GOOD,),
                          (way, done[way].stderr[-2000:]))
        return done

    def test_ten_thousand_cells(self):
        cells = 10000 if SLOW else 2000
        self.every_way(self.write("lesson.py", "".join(f"# %% {i}\nx = {i}\n" for i in range(cells))))

    def test_a_long_line(self):
        lesson = self.write("lesson.py", f"x = '{'y' * (1 << 20)}'\nprint(x)\n")
        done = self.every_way(lesson)
        self.assertEqual(done["run"].stdout, "y" * (1 << 20) + "\n")

    def test_deep_nesting(self):
        deep = 100000
        for text, status in ((f"x = {'(' * deep}1{')' * deep}\n", LESSON), (f"x = {'[' * 150}1{']' * 150}\n", GOOD),
                             (f"x = {'-' * deep}1\n", LESSON),
                             ("def f(n):\n    return f(n + 1)\nf(0)\n", LESSON),
                             ("x = []\nfor i in range(100000):\n    x = [x]\ny = {'a': x}\n", GOOD),
                             ("import torch\nx = torch.ones(1, requires_grad=True)\ny = x\n"
                              "for i in range(20000):\n    y = y * 1\ny.backward()\nprint(x.grad)\n", GOOD),
                             ("import torch.nn as nn\nm = nn.Linear(1, 1)\n"
                              "for i in range(200):\n    m = nn.Sequential(m)\n", GOOD)):
            self.every_way(self.write("lesson.py", text), (status,), ("run", "describe"))
        for name, text in (("deep.ipynb", "[" * deep), ("cells.ipynb", '{"nbformat":4,"cells":' + "[" * deep),
                           ("deep.trace", '{"k":"hello","format":' + "[" * deep + "\n")):
            done = gradlight("describe", self.write(name, text))
            self.assertIn(done.returncode, (GOOD, INPUT, LIMIT), (name, done.stderr[-300:]))

    def test_a_million_lines(self):
        lesson = self.write("lesson.py", f"for i in range({10**6 if SLOW else 10**5}):\n    print(i)\n")
        done = self.every_way(lesson, (GOOD, LIMIT), ("run", "describe"))
        self.assertTrue(done["run"].stdout.startswith("0\n1\n2\n"))

    def test_a_tensor_of_ten_gigabytes(self):
        """More than a lesson may take is refused at once, in PyTorch's words."""
        for text in ("torch.zeros(2_500_000_000)", "torch.ones(50000, 50000)", "torch.rand(10**10)",
                     "torch.ones(100000, 1) @ torch.ones(1, 100000)", "torch.arange(10**10)"):
            begun = time.monotonic()
            done = gradlight("run", self.write("lesson.py", f"import torch\nx = {text}\n"))
            self.assertEqual(done.returncode, LESSON, done.stderr[-500:])
            self.assertIn("Error: ", done.stderr)
            self.assertLess(time.monotonic() - begun, 60)

    def test_nothing_finite(self):
        """Values, gradients, curves and landscapes without one finite number."""
        lesson = self.write("lesson.py", """
import torch, torch.nn as nn
inf, nan = float("inf"), float("nan")
x = torch.tensor([[nan, inf], [-inf, 0.0], [1e38, -1e-45]])
model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=1e38)
for step in range(4):
    loss = ((model(x) - 1e38) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
w = torch.tensor([nan, inf], requires_grad=True)
(w * w / 0).sum().backward()
print(w.grad, torch.full((70, 70), nan), torch.softmax(w, 0))
""")
        self.every_way(lesson, (GOOD,), ("run", "describe"))
        self.assert_good(gradlight("run", lesson, "--trace", self.path("kept.trace")))
        for view in ("present", "explore", "graph"):
            self.assert_good(gradlight("export", self.path("kept.trace"), "--view", view, "--step", "30", "-o",
                                       self.path("x.png")))
        self.assert_good(gradlight("export", self.path("kept.trace"), "--all", "--view", "explore", "-o",
                                   self.path("all")) if SLOW else gradlight("trace", self.path("kept.trace")))

    def test_a_large_trace(self):
        """100 MB (10 in the usual suite) of records of all the usual kinds."""
        with open(fixture("autograd.trace"), encoding="utf-8") as file:
            begin = file.readlines()[:4]
        value = '{"k":"value","t":1,"data":[%d.5]}\n{"k":"update","t":1,"by":"add_"}\n'
        out = '{"k":"line","f":1,"line":%d}\n{"k":"out","stream":"stdout","text":"' + "x" * 300 + '\\n"}\n'
        with open(self.path("large.trace"), "w", encoding="utf-8") as file:
            file.writelines(begin)
            file.write('{"k":"tensor","t":1,"shape":[1],"dtype":"float32","s":1,"requires_grad":true}\n')
            for i in range(250000 if SLOW else 25000):
                file.write(value % i + out % (i % 20 + 1))
            file.write('{"k":"end","how":"finished","status":0}\n')
        self.assertGreater(os.path.getsize(self.path("large.trace")), 10**8 if SLOW else 10**7)
        self.every_way(self.path("large.trace"), (GOOD,), ("describe", "export"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
