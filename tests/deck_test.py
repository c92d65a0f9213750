"""An exported lesson in a real browser: stepped by keys, in both languages, offline.

    deck_test.py GRADLIGHT LESSON

Skipped (77) where no Chromium is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, LESSON = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Browser:
    """Chromium, spoken to over a pair of pipes: JSON messages with a NUL behind each."""

    def __init__(self, program, folder):
        theirs, self.to = os.pipe()
        self.fro, ours = os.pipe()
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                 "--no-first-run", "--user-data-dir=" + os.path.join(folder, "profile")]
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{theirs} 4>&{ours}', "sh", *words],
            pass_fds=(theirs, ours), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        os.close(ours)
        self.bytes, self.number, self.session, self.requests = b"", 0, None, []

    def close(self):
        os.close(self.to)
        self.process.terminate()
        self.process.wait(timeout=60)
        os.close(self.fro)

    def message(self):
        while b"\0" not in self.bytes:
            more = os.read(self.fro, 1 << 16)
            if not more:
                raise RuntimeError("the browser has gone")
            self.bytes += more
        line, self.bytes = self.bytes.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        self.number += 1
        wanted = self.number
        ask = {"id": wanted, "method": method, "params": params}
        if self.session:
            ask["sessionId"] = self.session
        os.write(self.to, json.dumps(ask).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Network.enable")
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        self.value("new Promise(done => document.readyState === 'complete' ? done(1) "
                   ": addEventListener('load', () => done(1)))")

    def value(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press(self, key, **more):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **more)


class Deck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.path = os.path.join(cls.folder.name, "lesson.html")
        done = subprocess.run([PROGRAM, "export", LESSON, "--format", "html",
                               "--lang", "vi", "--notes", "-o", cls.path], capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        cls.browser = Browser(BROWSER, cls.folder.name)
        cls.browser.open("file://" + cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.folder.cleanup()

    def setUp(self):
        self.browser.value("document.activeElement.blur()")
        self.browser.press("Home")
        if self.browser.value("document.documentElement.lang") != "vi":
            self.browser.press("l")

    def place(self):
        return self.browser.value("document.getElementById('place').textContent")

    def said(self):
        return self.browser.value("document.getElementById('said').textContent")

    def test_keys_step(self):
        count = int(self.place().split(" / ")[1])
        self.assertGreater(count, 10)
        self.assertEqual(self.place(), f"1 / {count}")
        for key, place in (("ArrowRight", 2), ("PageDown", 3), (" ", 4), ("n", 5), ("ArrowLeft", 4),
                           ("PageUp", 3), ("Backspace", 2), ("End", count), ("ArrowRight", count),
                           ("Home", 1), ("ArrowLeft", 1)):
            self.browser.press(key)
            self.assertEqual(self.place(), f"{place} / {count}", key)

    def test_the_picture_changes_and_speaks_both_languages(self):
        self.browser.press("ArrowRight")
        vietnamese = self.browser.value("document.querySelector('#stage svg').textContent")
        self.browser.press("l")
        english = self.browser.value("document.querySelector('#stage svg').textContent")
        self.assertNotEqual(vietnamese, english)
        self.assertEqual(self.browser.value("document.documentElement.lang"), "en")
        self.assertIn("2/", self.said())

    def test_answers_come_after_their_questions(self):
        seen = []
        for _ in range(int(self.place().split(" / ")[1])):
            text = self.browser.value("document.querySelector('#stage svg').textContent")
            seen.append(" ".join(text.split()))
            self.browser.press("ArrowRight")
        # (As a word: an address that the lesson prints may hold these digits, too.)
        asked = next(i for i, text in enumerate(seen) if re.search(r"\b81\b", text))
        self.assertNotIn("9 + 9 = 18", "".join(seen[:asked + 1]))
        self.assertIn("9 + 9 = 18", seen[asked + 1])

    def test_zoom_keeps_the_picture_in_its_frame(self):
        box = "document.querySelector('#stage svg').getAttribute('viewBox')"
        whole = self.browser.value(box)
        self.browser.press("+")
        near = self.browser.value(box)
        self.assertNotEqual(whole, near)
        self.browser.press("ArrowRight")
        self.assertEqual(self.browser.value(box), near)
        self.browser.press("0")
        self.assertEqual(self.browser.value(box), whole)

    def test_a_screen_reader_is_told(self):
        self.browser.press("ArrowRight")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        told = {(node.get("role", {}).get("value"), node.get("name", {}).get("value")) for node in nodes
                if not node.get("ignored")}
        sentence = self.said().split(". ", 1)[1]
        self.assertTrue({("image", sentence), ("img", sentence)} & told, told)
        roles = {role for role, _ in told}
        self.assertLessEqual({"heading", "button", "slider", "status"}, roles)
        self.assertFalse([name for role, name in told if role == "button" and not name])

    def test_fonts_come_along(self):
        loaded = self.browser.value("document.fonts.ready.then(() => [...document.fonts]"
                                    ".filter(f => f.status === 'loaded').length)")
        self.assertGreater(loaded, 1)

    def test_it_is_small(self):
        self.assertLess(os.path.getsize(self.path), 500_000)

    def test_nothing_is_asked_of_a_network(self):
        self.browser.value("document.fonts.ready.then(() => 1)")
        asked = [url for url in self.browser.requests if not url.startswith(("file:", "data:"))]
        self.assertEqual(asked, [])
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(set(re.findall(r"https?://[^\s\"'<>\\]*", text)), {"http://www.w3.org/2000/svg"})

    def test_prints_a_sheet_for_each_page(self):
        self.browser.value("dispatchEvent(new Event('beforeprint'))")
        sheets = self.browser.value("document.querySelectorAll('.sheet > svg').length")
        self.browser.value("dispatchEvent(new Event('afterprint'))")
        self.assertEqual(str(sheets), self.place().split(" / ")[1])


if __name__ == "__main__":
    BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
    if not BROWSER:
        print("skipped: no Chromium is installed (" + ", ".join(NAMES) + ")")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
