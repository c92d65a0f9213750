"""Decks and worksheets that `gradlight export` writes, looked at with other programs."""

import os
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

from exported import OUTPUT, SVG, USAGE, Files, export, fixture, lesson, tool


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
        order = ["Derivatives worked out for us", "y = x + 2 = 3", "What will x.grad be?",
                 "follows only one", "x.grad receives 18", "Why there is an error", "Remember:"]
        places = [text.index(part) for part in order]
        self.assertEqual(places, sorted(places))

    def test_a_slide_s_words_are_on_one_page(self):
        path = self.path("w.pdf")
        self.good(lesson("33-linear"), "--deck", "reveals", "--format", "pdf", "--view", "present", "--lang", "en",
                  "-o", path)
        text = " ".join(self.pdf_text(path).split())
        self.assertEqual(text.count("Change the two numbers and guess first"), 1)
        self.assertEqual(text.count("is a layer that turns"), 1)
        self.assertGreater(text.count("linear.parameters()"), 3)  # where there is nothing else, the code

    def test_the_last_step_shows_what_it_printed_and_the_sentence_to_remember_comes_once(self):
        path = self.path("last.pdf")
        self.good(lesson("42-embedding"), "--deck", "stops", "--format", "pdf", "--view", "present", "--lang", "en",
                  "-o", path)
        text = " ".join(self.pdf_text(path).split())
        self.assertEqual(text.count("Remember:"), 1)
        self.assertLess(text.index("IndexError: index out of range in self"), text.index("Remember:"))

    def test_notes_stand_under_their_pages(self):
        plain, noted = self.pdf_text(self.deck("stops")), self.pdf_text(self.deck("stops", "--notes"))
        self.assertNotIn("no hurry", plain)
        self.assertIn("no hurry", " ".join(noted.split()))

    def test_numbered_pictures_have_one_size(self):
        names = self.good(lesson("23-autograd"), "--deck", "stops", "--format", "svg-text", "--lang",
                          "vi", "-o", self.path("out")).split()
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

    def places(self, path):
        """Of the cards in a picture, by what they stand for."""
        found = {}
        for group in ElementTree.parse(path).iter(SVG + "g"):
            box = group.find(SVG + "rect")
            if re.match("(tensor|drawer|op)-", group.get("id", "")) and box is not None:
                found[group.get("id")] = [box.get(side) for side in ("x", "y", "width", "height")]
        return found

    def test_slides_laid_over_each_other_do_not_jump(self):
        """Pages with an operation in common show the same graph, whose leaves may be in others, too."""
        for name in "24-paths", "31-one-step":
            before, together, folder = {}, 0, self.path(name)
            for path in self.good(lesson(name), "--all", "--format", "svg", "-o", folder).split():
                now = self.places(path)
                both = before.keys() & now.keys()
                if any(card.startswith("op-") for card in both):
                    together += 1
                    self.assertEqual({card: now[card] for card in both},
                                     {card: before[card] for card in both}, path)
                before = now
            self.assertGreater(together, 15, name)

    def test_numbered_pixels_have_one_size(self):
        heads = set()
        for path in self.good(lesson("24-paths"), "--deck", "stops", "--format", "png", "--size",
                              "640x360", "-o", self.path("png")).split():
            with open(path, "rb") as picture:
                heads.add(picture.read(26)[16:])
        self.assertEqual(heads, {(640).to_bytes(4, "big") + (360).to_bytes(4, "big") + b"\x08\x02"})

    def test_a_caption_says_where_the_picture_is_from(self):
        path = self.path("x.svg")
        for lang, step in (("en", "Step"), ("vi", "Bước")):
            for slide in ([], ["--slide", "full"]):
                self.good(fixture("autograd.py"), "--step", "4", "--format", "svg-text", "--caption", "--lang", lang,
                          *slide, "-o", path)
                with open(path, encoding="utf-8") as picture:
                    self.assertRegex(picture.read(), rf"autograd · {step} 4/\d+ · Gradlight \d")

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


class Worksheet(Files):
    def sheets(self, name, *words):
        told = self.good(lesson(name), "--worksheet", "-o", self.path("sheet.pdf"), *words).split()
        self.assertEqual([os.path.basename(path) for path in told], ["sheet.pdf", "sheet-answers.pdf"])
        return [" ".join(self.pdf_text(path).split()) for path in told]

    def test_blanks_and_in_a_second_file_their_answers(self):
        asked, answered = self.sheets("23-autograd", "--lang", "vi")
        for part in ("Phiếu học tập", "Họ và tên:", "Câu hỏi 1", "x.grad sẽ là bao nhiêu?", "Đến lượt bạn"):
            self.assertIn(part, asked)
        for part in ("Đáp án", "hai phần đóng góp", "18 × 1 = 18", "9 + 9 = 18"):
            self.assertIn(part, answered)
        for part in ("hai phần đóng góp", "18 × 1", "9 + 9", "= 18"):
            self.assertNotIn(part, asked)
        self.assertIn("__", asked)

    def test_a4_in_black_and_white(self):
        self.sheets("14-matmul", "--lang", "en")
        for name in ("sheet.pdf", "sheet-answers.pdf"):
            info = subprocess.run([tool("pdfinfo"), self.path(name)], capture_output=True, text=True,
                                  check=True).stdout
            self.assertIn("595 x 842", info)
            picture = subprocess.run([tool("pdftoppm"), "-r", "40", self.path(name)], capture_output=True,
                                     check=True).stdout
            pixels = picture.split(b"\n", 3)[3]
            self.assertTrue(all(abs(pixels[i] - pixels[i + 2]) < 3 and abs(pixels[i] - pixels[i + 1]) < 3
                                for i in range(0, len(pixels) - 2, 3)))

    def test_a_graph_a_little_too_wide_stays_whole(self):
        asked, answered = self.sheets("23-autograd", "--lang", "en")
        for name, text in (("sheet.pdf", asked), ("sheet-answers.pdf", answered)):
            info = subprocess.run([tool("pdfinfo"), self.path(name)], capture_output=True, text=True,
                                  check=True).stdout
            self.assertRegex(info, r"Pages: +1\n")
            self.assertNotIn("→ ", text.split("D. 81")[1])

    def test_a_large_graph_goes_on_below(self):
        asked, answered = self.sheets("43-first-model", "--lang", "en")
        for part in ("input_data", "model.embedding", "model.linear", "hidden", "model.output_layer", "output"):
            self.assertIn(part, asked)
            self.assertIn(part, answered)

    def test_what_is_asked_for_in_words_is_not_told(self):
        for name, tells in (("43-first-model", "(1, 4, 2)"), ("52-devices", "float32"),
                            ("41-module", "'linear.weight'"), ("51-images", "False")):
            with self.subTest(lesson=name):
                asked, answered = self.sheets(name, "--lang", "en")
                behind = asked[max(asked.index(option) for option in ("A. ", "B. ", "C. ")) + 20:]
                self.assertNotIn(tells, behind)

    def question(self, right, code):
        """What a sheet and its answers say behind the options of a question that these answer."""
        told = f"""# %% First
import torch
x = torch.tensor(2.0, requires_grad=True)
w = torch.tensor(3.0)

# %% [markdown] lang="en" tags=["question"] hide=["y"]
# Which operation ends in y?
#
# - [ ] `x + w`
{right}
# - [ ] neither of them

# %% Answer
{code}
"""
        with open(self.path("asks.lesson.py"), "w", encoding="utf-8") as asks:
            asks.write(told)
        self.good(self.path("asks.lesson.py"), "--worksheet", "-o", self.path("sheet.pdf"))
        return [" ".join(self.pdf_text(self.path(name)).split()).split("neither of them")[1]
                for name in ("sheet.pdf", "sheet-answers.pdf")]

    def test_an_answer_that_multiplies_is_not_told(self):
        asked, answered = self.question("# - [x] `x * w * 2`", "y = torch.relu(x * w * 2)")
        self.assertIn("x * w * 2", answered)
        self.assertNotIn("x * w * 2", asked)
        self.assertIn("____", asked)

    def test_neither_of_two_right_answers_is_told(self):
        asked, answered = self.question("# - [x] `x * w`\n# - [x] *x - w*", "y = torch.relu(x * w) + torch.relu(x - w)")
        for tells in "x * w", "x - w":
            self.assertIn(tells, answered)
            self.assertNotIn(tells, asked)

    def test_an_answer_of_two_marks_is_not_told(self):
        asked, answered = self.question("# - [x] `()`", "y = torch.ones(2, 3).sum()")
        self.assertRegex(answered, r"(^| )\(\)")
        self.assertNotRegex(asked, r"(^| )\(\)")

    def test_a_lesson_that_asks_nothing(self):
        done = export(fixture("autograd.py"), "--worksheet", "-o", self.path("x.pdf"))
        self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
        self.assertIn("no question", done.stderr)
        self.assertEqual(os.listdir(self.folder.name), [])
        self.assertEqual(export(fixture("autograd.py"), "--worksheet", "-o", "x.png").returncode, USAGE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
