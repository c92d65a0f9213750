"""What belongs to a desktop: the files that are installed, the manual page and the completions beside
--help, and the files that describe the program to menus, software centres and file managers.

    desktop_test.py GRADLIGHT TERMINAL_FILES SOURCES BUILD MESON

A validator that is not installed skips its test.
"""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

PROGRAM, TERMINAL, SOURCES, BUILD = (pathlib.Path(os.path.abspath(word)) for word in sys.argv[1:5])
MESON = sys.argv[5]
DESKTOP = SOURCES / "assets/desktop"
DEBIAN = SOURCES / "assets/debian"
MANUAL = TERMINAL / "gradlight.1"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def run(*words, **how):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **how)


def said(*words):
    done = run(PROGRAM, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def version():
    return said("--version").split()[1]


def commands():
    return ["window"] + re.findall(r"^  gradlight ([a-z]+)", said("--help"), re.M)


def options(command):
    """Of one subcommand: all its --names, its -letters, and the names that take one of some words."""
    text = said(command, "--help")
    names = re.findall(r"^  (?:-\w,|   ) (--[\w-]+)", text, re.M)
    letters = re.findall(r"^  (-\w),", text, re.M)
    choices = dict(re.findall(r"^  (?:-\w,|   ) (--[\w-]+) (\S+\|\S+)", text, re.M))
    assert "--help" in names
    return names, letters, {name: words.split("|") for name, words in choices.items()}


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed")


class Manual(unittest.TestCase):
    def sections(self):
        """Of each subcommand what the manual says of it, as plain text."""
        text = MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
        text = re.sub(r"\\f.", "", text)
        window = re.search(r"^\.SH THE WINDOW$(.*?)^\.SH", text, re.M | re.S)[1]
        parts = re.split(r"^\.SS gradlight (\w+).*$", re.search(
            r"^\.SH COMMANDS$(.*?)^\.SH", text, re.M | re.S)[1], flags=re.M)
        return {"window": window, **dict(zip(parts[1::2], parts[2::2]))}

    def test_holds_every_option(self):
        sections = self.sections()
        self.assertEqual(list(sections), commands())
        for command, section in sections.items():
            names, letters, choices = options(command)
            told = re.findall(r"^\.TP\n(.*)\n.+", section, re.M)
            self.assertEqual(re.findall(r"--[\w-]+", "\n".join(told)), names, command)
            self.assertEqual(re.findall(r"^-\w", "\n".join(told), re.M), letters, command)
            for name, words in choices.items():
                self.assertIn(f"{name} {'|'.join(words)}", section)

    def test_names_the_version(self):
        self.assertIn(f'"gradlight {version()}"', MANUAL.read_text(encoding="utf-8"))

    def test_holds_every_exit_status(self):
        status = (SOURCES / "app/cli/status.h").read_text(encoding="utf-8")
        told = re.findall(r"^\.B (\d+)$", MANUAL.read_text(encoding="utf-8"), re.M)
        self.assertEqual(told, re.findall(r"STATUS_\w+ = (\d+)", status))

    @needs("man")
    def test_is_well_formed(self):
        done = run("man", "--warnings", "-E", "UTF-8", "-Tutf8", "-l", MANUAL)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("gradlight", done.stdout)


BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
compopt() { :; }
_gradlight
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completions(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name in ("mine.lesson.py", "two words.py", "kept.trace", "picture.png"):
            pathlib.Path(self.folder.name, name).write_text("x = 1\n", encoding="utf-8")
        path = f"{PROGRAM.parent}:{os.environ['PATH']}"
        self.how = {"cwd": self.folder.name, "env": dict(os.environ, PATH=path, LC_ALL="C.UTF-8",
                                                         HOME=self.folder.name)}

    def bash(self, *words):
        done = run("bash", "-c", BASH, "bash", TERMINAL / "gradlight", "gradlight", *words, **self.how)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def fish(self, *words):
        line = f"source {TERMINAL}/gradlight.fish; complete -C 'gradlight {' '.join(words)}'"
        done = run("fish", "--no-config", "-c", line, **self.how)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [word.split("\t")[0] for word in done.stdout.splitlines()]

    def check_shell(self, offers):
        for command in commands():
            names, _, choices = options(command)
            before = [] if command == "window" else [command]
            offered = set(offers(*before, "--")) - {"--version"}
            self.assertEqual(offered, set(names), command)
            for name, words in choices.items():
                self.assertEqual(sorted(offers(*before, name, "")), sorted(words), (command, name))
        self.assertLessEqual(set(commands()[1:]), set(offers("")))
        self.assertIn("23-autograd", offers("run", "23"))
        self.assertIn("mine.lesson.py", offers("run", "mi"))
        self.assertIn("--version", offers("--ver"))

    @needs("bash")
    def test_bash(self):
        self.check_shell(self.bash)

    @needs("bash")
    def test_bash_names_files_as_they_are(self):
        self.assertEqual(self.bash("run", "two"), ["two words.py"])
        self.assertNotIn("picture.png", self.bash("run", ""))
        self.assertIn("kept.trace", self.bash("describe", "ke"))
        self.assertEqual(self.bash("export", "--output", "pic"), ["picture.png"])
        self.assertEqual(self.bash("check", "two"), ["two words.py"])

    @needs("bash")
    def test_bash_after_an_equals_sign(self):
        self.assertEqual(self.bash("list", "--lang", "="), ["vi", "en"])
        self.assertEqual(self.bash("list", "--lang", "=", "v"), ["vi"])

    @needs("fish")
    def test_fish(self):
        self.check_shell(self.fish)

    def test_zsh_holds_every_option(self):
        text = (TERMINAL / "_gradlight").read_text(encoding="utf-8")
        parts = re.split(r"^        (\w+)\)$", text, flags=re.M)
        parts[-1], window = parts[-1].split("        esac", 1)
        told = {"window": window, **dict(zip(parts[1::2], parts[2::2]))}
        self.assertEqual(list(told), commands())
        for command, part in told.items():
            names, letters, choices = options(command)
            for name in names:
                self.assertRegex(part, rf"{name}(\}}|')", command)
            for letter in letters:
                self.assertIn(f"{{{letter},--", part)
            for name, words in choices.items():
                self.assertIn(f":({' '.join(words)})", part)

    @needs("zsh")
    def test_zsh_reads_it(self):
        done = run("zsh", "-f", "-n", TERMINAL / "_gradlight")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Descriptions(unittest.TestCase):
    """The entry in the menu, the page in the software centre, the types of files."""

    def entry(self):
        lines = (DESKTOP / "gradlight.desktop").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def metainfo(self):
        return xml.parse(DESKTOP / "org.gradlight.gradlight.metainfo.xml").getroot()

    def types(self):
        root = xml.parse(DESKTOP / "gradlight.xml").getroot()
        return {kind.get("type"): kind for kind in root.iter(f"{MIME}mime-type")}

    def test_agree_on_the_types(self):
        entry = set(self.entry()["MimeType"].strip(";").split(";"))
        self.assertEqual(entry, set(self.types()))
        self.assertEqual(entry, {kind.text for kind in self.metainfo().iter("mediatype")})

    def test_speak_both_languages(self):
        entry = self.entry()
        for key in ("GenericName", "Comment", "Keywords"):
            self.assertNotEqual(entry[key], entry[f"{key}[vi]"])
        told = list(self.metainfo().iter("p")) + list(self.metainfo().iter("li"))
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        self.assertEqual(sum(part.get(lang) == "vi" for part in told) * 2, len(told))
        for kind in self.types().values():
            self.assertEqual(len(kind.findall(f"{MIME}comment")), 2)

    def test_name_icons_that_are_there(self):
        names = {self.entry()["Icon"], self.metainfo().find("icon").text}
        names |= {icon.get("name") for icon in xml.parse(DESKTOP / "gradlight.xml").iter(f"{MIME}icon")}
        for name in names:
            self.assertTrue((SOURCES / f"assets/icons/{name}.svg").is_file(), name)

    def test_icons_are_square(self):
        for path in (SOURCES / "assets/icons").glob("*.svg"):
            x, y, width, height = xml.parse(path).getroot().get("viewBox").split()
            self.assertEqual((x, y, width), ("0", "0", height), path)

    def test_agree_on_the_version(self):
        newest = next(self.metainfo().iter("release"))
        log = (DEBIAN / "changelog").read_text(encoding="utf-8")
        self.assertEqual(newest.get("version"), version())
        self.assertEqual(re.match(r"gradlight \((.*?)\)", log)[1], version())

    @needs("desktop-file-validate")
    def test_entry_is_valid(self):
        done = run("desktop-file-validate", DESKTOP / "gradlight.desktop")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @needs("appstreamcli")
    def test_metainfo_is_valid(self):
        done = run("appstreamcli", "validate", "--no-net", *DESKTOP.glob("*.metainfo.xml"))
        self.assertEqual(done.returncode, 0, done.stdout)

    @needs("update-mime-database")
    def test_types_are_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            mime = pathlib.Path(folder, "mime")
            (mime / "packages").mkdir(parents=True)
            shutil.copy(DESKTOP / "gradlight.xml", mime / "packages")
            done = run("update-mime-database", mime, env=dict(os.environ, XDG_DATA_HOME=folder))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            globs = (mime / "globs2").read_text(encoding="utf-8")
            self.assertIn("60:text/x-gradlight-lesson:*.lesson.py\n", globs)
            magic = (mime / "magic").read_bytes()
        first = (SOURCES / "tests/fixtures/autograd.trace").read_bytes().splitlines()[0]
        self.assertIn(b"application/x-gradlight-trace", magic)
        self.assertTrue(first.startswith(re.search(rb">0=..(.*)", magic)[1]))


class Debian(unittest.TestCase):
    def test_builds_with_every_library(self):
        """What the build needs stands in two lists; python3-dev has its version in one of them."""
        packages = (SOURCES / ".ci/packages").read_text(encoding="utf-8")
        libraries = re.search(r"^# Libraries\n(.*?)\n\n", packages, re.M | re.S)[1].split()
        control = (DEBIAN / "control").read_text(encoding="utf-8")
        built = re.search(r"^Build-Depends:\n(.*?)\n\n", control, re.M | re.S)[1]
        named = set(re.findall(r"^ ([\w.+-]+)", built, re.M))
        self.assertEqual(set(libraries) - named, {"linux-libc-dev"})


class Installed(unittest.TestCase):
    """As DESTDIR stages it, in a folder with a blank in its name."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name, "staged here")
        done = run(MESON, "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.program = next(cls.root.glob("**/bin/gradlight"))
        cls.prefix = cls.program.parent.parent

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_everything_is_there(self):
        for name in ("share/man/man1/gradlight.1", "share/bash-completion/completions/gradlight",
                     "share/zsh/site-functions/_gradlight", "share/fish/vendor_completions.d/gradlight.fish",
                     "share/applications/gradlight.desktop", "share/mime/packages/gradlight.xml",
                     "share/metainfo/org.gradlight.gradlight.metainfo.xml",
                     "share/icons/hicolor/scalable/apps/gradlight.svg",
                     "share/icons/hicolor/symbolic/apps/gradlight-symbolic.svg",
                     "share/icons/hicolor/scalable/mimetypes/text-x-gradlight-lesson.svg",
                     "share/locale/vi/LC_MESSAGES/gradlight.mo",
                     "share/gradlight/lessons/23-autograd.lesson.py"):
            self.assertTrue((self.prefix / name).is_file(), name)
        for name in ("gradlight-runner", "gradlight-layout"):
            self.assertTrue(glob.glob(f"{glob.escape(str(self.prefix))}/**/gradlight/{name}",
                                      recursive=True), name)

    def test_runs_from_there(self):
        doctor = run(self.program, "doctor", env=dict(os.environ, DISPLAY=":0")).stdout
        self.assertIn(f"gradlight {version()}, installed\n", doctor)
        for part in ("Vietnamese", "layout", "lessons", "runner"):
            self.assertRegex(doctor, f"(?m)^ok +{part} ")
        self.assertIn("staged here", doctor)
        self.assertIn("23-autograd", run(self.program, "list").stdout)
        lesson = run(self.program, "run", "22-chain-rule")
        self.assertEqual((lesson.returncode, lesson.stderr), (0, ""))
        picture = self.root / "graph of a lesson.svg"
        done = run(self.program, "export", "22-chain-rule", "--format", "svg", "-o", picture)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("<svg", picture.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
