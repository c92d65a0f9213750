"""Pictures and pages that `gradlight export` writes for slides, looked at with other programs."""

import os
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree
import zlib

from exported import GOOD, SVG, USAGE, Files, export, fixture, lesson, tool


class Slide(Files):
    """Pieces for other people's slides."""

    def picture(self, *words):
        path = self.path("x.svg")
        step = [] if "--step" in words else ["--step", "11"]
        done = export(lesson("23-autograd"), *step, "-f", "svg-text", "-o", path, *words)
        self.assertEqual(done.returncode, GOOD, done.stderr)
        return ElementTree.parse(path).getroot(), done.stderr

    def test_no_text_is_smaller_than_18_points(self):
        for view in ("graph", "equation", "tensor", "code"):
            for size, most in (("full", 960), ("half", 480), ("third", 320)):
                root, said = self.picture("--view", view, "--slide", size)
                sizes = [float(text.get("font-size")) for text in root.iter(SVG + "text")]
                self.assertTrue(sizes, (view, size))
                self.assertGreaterEqual(min(sizes), 18, (view, size))
                self.assertTrue(root.get("width").endswith("pt"))
                if float(root.get("width")[:-2]) > most + 10:
                    self.assertIn("no room", said)
        for view in ("curve", "fit", "landscape"):
            path = self.path("y.svg")
            self.good(lesson("34-regression"), "--view", view, "--slide", "half", "-f", "svg-text", "-o", path)
            sizes = [float(text.get("font-size")) for text in ElementTree.parse(path).iter(SVG + "text")]
            self.assertGreaterEqual(min(sizes), 18, view)

    def test_a_transposed_matrix_is_called_so_and_not_permuted(self):
        path = self.path("t.svg")
        self.good(lesson("14-matmul"), "--at", "1:6", "--view", "tensor", "-f", "svg-text", "-o", path)
        texts = [text.text for text in ElementTree.parse(path).iter(SVG + "text")]
        self.assertIn("transposed", texts)
        self.assertIn("xᵀ", texts)

    def test_a_layer_that_fails_shows_what_it_turned(self):
        path = self.path("w.svg")
        self.good(lesson("44-dynamic-graph"), "--step", "18", "--view", "present", "-f", "svg-text", "-o", path)
        texts = [text.text for text in ElementTree.parse(path).iter(SVG + "text")]
        self.assertIn("model.fc2.weightᵀ", texts)
        self.assertIn("(20, 10) float32", texts)

    def test_nothing_to_be_seen_is_said(self):
        path = self.path("x.png")
        self.good(lesson("34-regression"), "--view", "equation", "--step", "12", "-o", path)
        os.remove(path)
        done = export(lesson("34-regression"), "--view", "equation", "--step", "41", "-o", path)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (USAGE, 2), done.stderr)
        self.assertIn("nothing of that to be seen", done.stderr)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_tensor_without_room_for_its_operands_shows_its_numbers(self):
        for size in ("full", "half", "third"):
            path = self.path("x.svg")
            self.good(lesson("34-regression"), "--view", "tensor", "--slide", size, "--step", "40",
                      "-f", "svg-text", "-o", path)
            words = [text.text for text in ElementTree.parse(path).iter(SVG + "text")]
            self.assertIn("10.924", words, size)

    def test_what_is_put_aside_says_how_many_tensors_where_nothing_is_computed(self):
        path = self.path("a.svg")
        self.good(lesson("46-logistic-xor"), "--step", "59", "--view", "present", "--lang", "en",
                  "--theme", "projector", "--size", "1920x1080", "-f", "svg-text", "-o", path)
        texts = [text.text for text in ElementTree.parse(path).iter(SVG + "text")]
        self.assertEqual(texts[texts.index("tensors") - 1], "2")
        self.assertNotIn("0", texts)

    def test_one_operation_is_not_called_operations(self):
        path = self.path("o.svg")
        self.good(lesson("43-first-model"), "--step", "57", "--view", "present", "--lang", "en",
                  "--theme", "projector", "--size", "1920x1080", "-f", "svg-text", "-o", path)
        texts = [text.text for text in ElementTree.parse(path).iter(SVG + "text")]
        self.assertEqual(texts[texts.index("operation") - 1], "1")
        self.assertEqual(texts[texts.index("operations") - 1], "7")

    def page(self, name, step, *more):
        """The texts of a step as the class sees it."""
        path = self.path("page.svg")
        self.good(lesson(name), "--step", str(step), "--view", "present", "--lang", "en", "--theme", "projector",
                  "--size", "1920x1080", "-f", "svg-text", "-o", path, *more)
        return [text.text or "" for text in ElementTree.parse(path).iter(SVG + "text")]

    def test_what_only_a_machine_reads_with_ease_stands_beneath_a_sentence(self):
        for name, step, sentence, beneath in (
                ("33-linear", 26, "Prints W.grad, shape (2, 5).", "tensor([[ 0.0191,"),
                ("44-dynamic-graph", 21, "Prints the error message of this line: result = model(-x)",
                 "RuntimeError: mat1 and mat2 shapes"),
                ("44-dynamic-graph", 19, "self.fc2(x) cannot be computed: RuntimeError.",
                 "RuntimeError: mat1 and mat2 shapes"),
                ("43-first-model", 29, "Prints model.", "MyFirstModel("),
                ("42-embedding", 9, "Prints: tensor([-0.1116, -0.6136,  0.0316]", "tensor([-0.1116,")):
            texts = self.page(name, step)
            self.assertTrue(any(text.startswith(sentence) for text in texts), (sentence, texts))
            self.assertTrue(any(text.startswith(beneath) for text in texts), (beneath, texts))

    def deck_page(self, name, number):
        """The texts of a page of the deck of stops, counted from 1."""
        folder = self.path("pages-" + name)
        self.good(lesson(name), "--deck", "stops", "--view", "present", "--lang", "en", "--theme", "projector",
                  "--size", "1920x1080", "-f", "svg-text", "-o", folder)
        path = os.path.join(folder, sorted(os.listdir(folder))[number - 1])
        return [text.text or "" for text in ElementTree.parse(path).iter(SVG + "text")]

    def test_a_class_is_told_by_its_name_and_stands_whole_on_the_stage(self):
        texts = self.deck_page("44-dynamic-graph", 2)
        self.assertIn("Defined: class SimpleDynamicNet(nn.Module):", texts)
        self.assertIn("relu", texts)  # of its last line, which the strip has no room for

    def test_what_is_printed_stands_beside_the_code_that_the_strip_has_no_room_for(self):
        texts = self.deck_page("35-exercise", 3)
        self.assertEqual(texts.count("w = -0.2489, b = 0.0451"), 1)  # on the stage: no band repeats it
        self.assertIn("MSELoss", texts)

    def test_a_cell_that_says_so_is_shown_whole_beside_what_it_printed(self):
        for name, number, code, printed in (
                ("31-one-step", 12, "no_grad", "w is a leaf: True"),
                ("37-adam-step", 8, "v_hat", "corrected: -2.9421, 8.6559"),
                ("41-module", 9, "BytesIO", "before: False"),
                ("43-first-model", 2, "class", "Defined: class MyFirstModel(nn.Module):"),
                ("44-dynamic-graph", 12, "parameter", "None: ['fc1.weight', 'fc1.bias']"),
                ("45-static-graph", 4, "model", "tensor(7.)"),
                ("45-static-graph", 6, "__mul__", "Defined: class Recorder:"),
                ("47-vanishing", 6, "product", "* 0.250 = 2.5e-01"),
                ("51-images", 19, "__getitem__", "Defined: class DrawnDigits(Dataset):"),
                ("52-devices", 16, "float64", "True")):
            texts = self.deck_page(name, number)
            self.assertTrue(any(code in text for text in texts), (name, code, texts))
            self.assertIn(printed, texts, name)

    def test_of_a_line_that_prints_only_that_is_said(self):
        texts = self.deck_page("41-module", 12)
        self.assertEqual([text for text in texts if "plain number" in text], [])
        self.assertTrue([text for text in self.page("28-detach", 17) if "plain number" in text])
        self.assertFalse([text for text in self.page("28-detach", 17) if "gone" in text])  # x * x is of this line

    def test_where_a_part_was_written_the_rest_of_the_gradient_passes(self):
        path = self.path("part.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\na = torch.tensor([1.0, 2.0], requires_grad=True)\nb = a * 2\n"
                       "b[0] = 0.0\ns = b.sum()\ns.backward()\n")
        self.good(path, "--step", "7", "--view", "explore", "--level", "pytorch", "--lang", "en",
                  "--size", "1366x768", "-f", "svg-text", "-o", self.path("part.svg"))
        texts = [text.text or "" for text in ElementTree.parse(self.path("part.svg")).iter(SVG + "text")]
        self.assertTrue([text for text in texts if text.endswith(", [0] ← 0")], texts)
        self.assertEqual([text for text in texts if "× 0" in text], [])

    def test_a_view_of_what_was_written_to_has_its_term(self):
        self.good(fixture("written_part.trace"), "--step", "14", "--view", "explore", "--lang", "en",
                  "--size", "1366x768", "-f", "svg-text", "-o", self.path("view.svg"))
        texts = [text.text or "" for text in ElementTree.parse(self.path("view.svg")).iter(SVG + "text")]
        self.assertIn("0, [i:j] ← ∂s/∂v", texts)

    def test_what_a_mask_picks_is_written_as_the_lesson_says_it(self):
        path = self.path("mask.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\na = torch.tensor([1.0, -2.0], requires_grad=True)\nb = a * 2\n"
                       "mask = b < 0\nb[mask] = 0\ns = b.sum()\ns.backward()\n")
        self.good(path, "--step", "8", "--view", "explore", "--lang", "en", "--size", "1366x768",
                  "-f", "svg-text", "-o", self.path("mask.svg"))
        texts = [text.text or "" for text in ElementTree.parse(self.path("mask.svg")).iter(SVG + "text")]
        self.assertIn("b[mask] ← 0", texts)
        self.assertIn("∂s/∂b, [mask] ← 0", texts)
        self.assertIn("Through b: [1, 0], to a * 2.", texts)

    def test_a_layer_that_writes_in_place_has_a_name_of_its_own(self):
        path = self.path("relu.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\nfrom torch import nn\n"
                       "model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True), nn.Linear(3, 1))\n"
                       "y = model(torch.ones(1, 2)).sum()\ny.backward()\n")
        texts = []
        for step in range(8, 16):
            self.good(path, "--step", str(step), "--view", "present", "--lang", "en", "--size", "1920x1080",
                      "-f", "svg-text", "-o", self.path("relu.svg"))
            texts += [text.text or "" for text in ElementTree.parse(self.path("relu.svg")).iter(SVG + "text")]
        self.assertIn("Through model.1: a gradient of shape (1, 3), to model.0.", texts)

    def test_what_a_backward_computes_is_called_by_its_formula(self):
        path = self.path("second.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\nx = torch.tensor(2.0, requires_grad=True)\nu = (x + 1) ** 3\n"
                       "g = torch.autograd.grad(u, x, create_graph=True)[0]\nh = g * 2\nh.backward()\n")
        self.good(path, "--step", "11", "--view", "present", "--lang", "en", "--size", "1920x1080",
                  "-f", "svg-text", "-o", self.path("second.svg"))
        texts = [text.text or "" for text in ElementTree.parse(self.path("second.svg")).iter(SVG + "text")]
        self.assertIn("Through g: 2 × 1 = 2, to (x + 1)² · 3.", texts)
        self.assertIn("∂h/∂((x + 1)² · 3) = ∂h/∂g × (∂u/∂u)", texts)

    def test_a_name_that_was_bound_again_stands_on_one_side_only(self):
        path = self.path("again.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\nw = torch.tensor(3.0, requires_grad=True)\nh = w * 2\n"
                       "h = h * 5\nh.backward()\n")
        self.good(path, "--step", "5", "--view", "present", "--lang", "en", "--size", "1366x768",
                  "-f", "svg-text", "-o", self.path("again.svg"))
        texts = [text.text or "" for text in ElementTree.parse(self.path("again.svg")).iter(SVG + "text")]
        self.assertIn("Through h: 1 × 5 = 5, to h (old).", texts)
        self.assertIn("∂h/∂h (old) = ∂h/∂h × 5", texts)

    def test_a_product_that_fails_shows_the_weight_as_it_was_turned(self):
        texts = self.page("44-dynamic-graph", 21)
        self.assertIn("model.fc2.weightᵀ", texts)
        self.assertIn("(20, 10) float32", texts)

    def test_a_conversion_is_called_what_the_lesson_calls_it(self):
        texts = self.page("17-numpy", 14, "--view", "tensor")
        self.assertIn("float", texts)
        self.assertNotIn("to", texts)

    def test_no_sentence_of_the_step_before_stands_above_a_question(self):
        for name, number, before in (("13-arithmetic", 10, "Prints"), ("26-second-backward", 3, "Prints")):
            for page in (number, number + 1):
                texts = self.deck_page(name, page)
                self.assertTrue(any("A" == text for text in texts), (name, texts))
                self.assertFalse([text for text in texts if text.startswith(before)], name)

    def test_a_page_for_a_whole_cell_has_all_that_it_printed(self):
        for name, number, printed in (
                ("12-tensor", 8, ("Shape của tensor: torch.Size([2, 2])", "Device lưu trữ tensor: cpu")),
                ("13-arithmetic", 9, ("torch.Size([2, 3])", )),
                ("22-chain-rule", 7, ("dy/du = 8.0", "du/dx = 3.0", "product: 24.0")),
                ("25-leaves", 3, ("w is a leaf: True", "w.grad before backward: None"))):
            texts = self.deck_page(name, number)
            for line in printed:
                self.assertIn(line, texts, name)
        self.assertTrue([text for text in self.deck_page("13-arithmetic", 8) if "must match" in text])
        self.assertNotIn("w is a leaf: True", self.page("25-leaves", 6))  # each step has its own

    def test_where_a_whole_cell_has_no_room_its_comments_and_imports_make_it(self):
        for name, number, code, away in (("21-eager", 2, ("x", "y"), "import"), ("23-autograd", 5, ("backward", ), "# Ta"),
                                         ("24-paths", 2, ("requires_grad", "a", "b"), "import")):
            texts = [text.strip() for text in self.deck_page(name, number)]
            for part in code:
                self.assertIn(part, texts, name)
            self.assertEqual([text for text in texts if text.startswith(away)], [], name)

    def test_the_body_of_a_loop_that_has_ended_is_beneath_its_head(self):
        texts = self.deck_page("25-leaves", 14)
        self.assertIn("zero_grad", " ".join(texts))
        self.assertEqual([text for text in texts if text == "…"], [])

    def test_what_an_axis_counts_takes_no_number_s_place(self):
        texts = self.deck_page("32-learning-rate", 3)
        self.assertIn("6", texts)  # the last iteration
        self.assertIn("iteration", texts)

    def test_in_the_window_the_words_come_before_such_a_cell(self):
        self.assertIn("dictionary:", self.page("41-module", 32))  # what the lesson says here
        self.assertIn("before: False", self.page("41-module", 41))

    def test_a_printed_line_keeps_its_last_bracket(self):
        self.assertIn("new w: tensor(2.6000, grad_fn=<SubBackward0>)", self.deck_page("31-one-step", 5))

    def test_a_printed_line_that_is_long_is_not_small(self):
        self.assertIn("[35.09, 5.65, 0.91, 0.15, 0.03, ", self.deck_page("53-debugging", 4))

    def test_what_such_a_cell_computes_is_on_the_stage_until_it_has(self):
        self.assertIn("w * x", self.page("31-one-step", 44))  # a card
        self.assertIn("passing, not kept", self.page("31-one-step", 48))
        self.assertIn("passing, not kept", self.page("31-one-step", 53))  # w -= lr * w.grad
        self.assertNotIn("passing, not kept", self.page("31-one-step", 57))

    def test_a_line_before_has_the_room_that_no_line_behind_needs(self):
        texts = self.deck_page("33-linear", 5)  # print(f"Output shape: …
        self.assertIn("{output.shape}", "".join(texts))
        self.assertEqual([text for text in texts if text == "…"], [])

    def test_a_model_that_says_half_everywhere_has_no_regions(self):
        self.assertIn("no decision: p ≈ 0.5 everywhere", self.deck_page("46-logistic-xor", 9))
        self.assertNotIn("no decision: p ≈ 0.5 everywhere", self.deck_page("46-logistic-xor", 12))

    def test_a_loop_with_a_mistake_is_whole_before_what_comes_of_it(self):
        texts = self.deck_page("53-debugging", 6)
        self.assertIn("uncleared_loss", texts)
        self.assertNotIn("zero_grad", texts)  # which is the mistake

    def test_where_a_training_ended_is_in_the_frame_of_its_data(self):
        self.assertIn("15", self.deck_page("53-debugging", 7))  # the line ends at 16.4, the data at 9

    def test_losses_that_are_to_be_compared_begin_at_the_same_number(self):
        for number in (3, 5):
            texts = self.deck_page("32-learning-rate", number)
            self.assertIn("0", texts)
            self.assertIn("10", texts)

    def test_what_has_taken_its_operands_name_stands_beside_the_old_one(self):
        texts = self.deck_page("45-static-graph", 10)
        self.assertIn("x (old)", texts)
        self.assertIn("x", texts)

    def test_the_range_of_a_narrow_gradient_is_not_cut(self):
        texts = self.page("35-exercise", 17)
        self.assertIn("-0.6982 … 0.6557", texts)

    def test_a_part_of_an_object_that_nobody_called_has_no_stage_to_itself(self):
        for step in (7, 9, 36, 37):
            self.assertNotIn("self.offset", self.page("41-module", step))
        self.assertIn("self.offset", self.page("41-module", 29))

    def test_data_give_way_to_the_code_while_that_only_defines(self):
        self.assertIn("(4, 1) · float32", self.page("53-debugging", 2))  # a card's caption
        texts = self.page("53-debugging", 4)
        self.assertNotIn("(4, 1) · float32", texts)
        self.assertIn("show", texts)  # the cell to its end
        self.assertIn("None", self.page("23-autograd", 2))  # a leaf's .grad stays on the stage

    def test_a_call_of_the_library_in_place_is_called_as_the_lesson_wrote_it(self):
        texts = self.page("51-images", 24, "--view", "tensor")
        self.assertIn("normalize(image)", texts)
        self.assertIn("sub", texts)  # what it was before the last operation
        self.assertNotIn("clone", texts)
        texts = self.page("51-images", 59)  # what will be a picture is none before the last operation
        self.assertIn("sub", texts)

    def test_a_model_that_is_only_asked_for_its_names_keeps_the_old_graph_away(self):
        for step in (31, 32):  # torch.save(model.state_dict(), file) and the line behind it
            texts = self.page("41-module", step)
            self.assertNotIn("model.linear : Linear", texts)
            self.assertIn("dictionary:", texts)  # what the lesson says here

    def test_code_without_a_mark_goes_on_with_the_reveal_before_it(self):
        pages = {}
        for mark in ("", ' slideshow={"slide_type": "fragment"}'):
            path = self.path("marks.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write('# %% slideshow={"slide_type": "slide"}\na = 1\nprint(a)\n\n# %%' + mark +
                           "\nb = 2\nprint(b)\n\n# %%" + mark + "\nprint(3)\n")
            out = self.path("marks.pdf")
            self.good(path, "--deck", "stops", "--format", "pdf", "-o", out)
            pages[mark] = self.pdf_pages(out)
        self.assertEqual(sorted(pages.values()), [1, 3])

    def test_what_a_gradient_is_of_is_not_cut_beside_a_long_number(self):
        texts = self.page("47-vanishing", 21)
        self.assertEqual([text for text in texts if text.startswith("∂") and "…" in text], [])
        self.assertEqual(len([text for text in texts if text in ("∂y/∂h", "∂…/∂h")]), 9)

    def test_a_name_without_room_keeps_what_tells_it_from_others(self):
        self.assertIn("…output_layer.weightᵀ", self.page("43-first-model", 18))
        self.assertIn("w.grad (old) = -19.2", self.page("31-one-step", 29))
        self.assertTrue(any("went here" in text and "graph 3" in text
                            for text in self.page("44-dynamic-graph", 38)))

    def test_the_names_of_the_rides_stand_below_their_landscape(self):
        path = self.path("rides.svg")
        self.good(lesson("36-optimizers"), "--step", "94", "--view", "present", "--lang", "en", "--theme", "projector",
                  "--size", "1920x1080", "-f", "svg-text", "-o", path)
        at = {}
        for text in ElementTree.parse(path).iter(SVG + "text"):
            at.setdefault(text.text, []).append(float(text.get("y")))
        for name in ("SGD", "SGD momentum=0.9", "Adagrad", "RMSprop", "Adam", "SGD w=-0.5"):
            self.assertGreater(max(at[name]), at["-0.5"][0], name)  # a number at the axis

    def test_a_norm_without_weights_keeps_its_statistics_within(self):
        script, path = self.path("norm.py"), self.path("norm.dot")
        with open(script, "w", encoding="utf-8") as out:
            out.write("import torch\nnorm = torch.nn.BatchNorm1d(3, affine=False)\n"
                      "x = torch.tensor([[1.0, 2, 3], [3, 2, 1]], requires_grad=True)\nnorm(x).sum().backward()\n")
        self.good(script, "-o", path)
        with open(path, encoding="utf-8") as dot:
            self.assertNotIn("running", dot.read())

    def test_a_graph_keeps_its_crop(self):
        boxes = set()
        for step in ("4", "8", "13"):
            boxes.add(self.picture("--slide", "full", "--step", step)[0].get("viewBox"))
        self.assertEqual(len(boxes), 1)

    def test_a_png_knows_its_size(self):
        path = self.path("x.png")
        self.good(fixture("autograd.py"), "--slide", "full", "--transparent", "-o", path)
        with open(path, "rb") as file:
            head = file.read(60)
        self.assertEqual(head[25], 6)  # with an alpha channel
        self.assertEqual(head[37:41], b"pHYs")
        self.assertEqual(int.from_bytes(head[41:45], "big"), round(144 / 0.0254))
        self.assertEqual(zlib.crc32(head[37:50]), int.from_bytes(head[50:54], "big"))

    def test_a_png_has_as_many_pixels_as_were_asked_for(self):
        path, size = self.path("x.png"), (640, 400)
        for scale in (1, 2, 4):
            for view in ("graph", "present"):
                self.good(fixture("autograd.py"), "--scale", str(scale), "--size", "640x400", "--view", view,
                          "-o", path)
                with open(path, "rb") as file:
                    head = file.read(24)
                pixels = [int.from_bytes(head[at:at + 4], "big") for at in (16, 20)]
                self.assertEqual(pixels, [scale * side for side in size], (scale, view))

    def test_for_slides_only_attributes_and_outlines(self):
        path = self.path("x.svg")
        self.good(fixture("autograd.py"), "-o", path)
        root = ElementTree.parse(path).getroot()
        self.assertFalse([node for node in root.iter() if node.get("style") or node.get("class")])
        self.assertFalse(list(root.iter(SVG + "style")) + list(root.iter(SVG + "text")))
        self.assertEqual((root.get("role"), root.get("aria-labelledby")), ("img", "title description"))
        self.assertTrue(root.find(SVG + "title").text and root.find(SVG + "desc").text)

    def test_a_pdf_can_be_read_aloud(self):
        path = self.path("x.pdf")
        self.good(lesson("23-autograd"), "--deck", "stops", "--view", "present", "--lang", "vi", "-o", path)
        with open(path, "rb") as file:
            pdf = file.read()
        told = [bytes.fromhex(text.decode()).decode("utf-16") for text in
                re.findall(rb"/Alt <([0-9A-F]+)>", pdf)]
        self.assertEqual(len(told), self.pdf_pages(path))
        self.assertTrue(told[0].startswith("Tự động tính đạo hàm với autograd"), told[0])
        self.assertIn(b"/Lang (vi)", pdf)
        info = subprocess.run([tool("pdfinfo"), path], capture_output=True, text=True, check=True).stdout
        self.assertRegex(info, r"Tagged: +yes")
        self.assertRegex(info, r"Title: +23-autograd")
        fonts = subprocess.run([tool("pdffonts"), path], capture_output=True, text=True,
                               check=True).stdout.splitlines()[2:]
        self.assertTrue(fonts)
        for font in fonts:
            self.assertEqual(font.split()[-5:-2], ["yes", "yes", "yes"], font)  # embedded, cut down, readable


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
