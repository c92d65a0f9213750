"""Writes what the corpora hold that no other folder of the tests does. Run by hand, when a format changes:

    make_corpus.py FOLDER      corpus/ beside this file
"""

import base64
import json
import os
import struct
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
FOLDER = sys.argv[1]


def write(target, name, data):
    os.makedirs(os.path.join(FOLDER, target), exist_ok=True)
    with open(os.path.join(FOLDER, target, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def cells():
    write("cells", "percent.py", (
        '# %% [markdown] lang="en" slide="slide"\n# # A title\n#\n# Words with **marks** and $x^2$.\n'
        '# %% [markdown] lang="vi"\n# # Một tựa đề\n'
        '# %% The first tags=["hide-input", "exercise"] hide=["y", "x.grad"] id="a1"\n'
        'import torch\nx = torch.tensor(2.0, requires_grad=True)\ny = x * x  #@param {type:"number"}\n'
        '# %% [raw]\n# <b>not markup</b>\n'
        '# %%\n"""a text\n# %% that is no cell\n"""\nfor i in range(3):\n    y.backward(retain_graph=True)\n'))
    write("cells", "plain.py", "a = 1\n\tb = 2\nwhile a:\n  a -= 1\n")
    write("cells", "odd.py", b"\xef\xbb\xbf# %% one\r\nx = 1\r\n#%% two\r\ny\xc2\xa0= 2\r\n# In[3]:\r\nz = '\xe2\x80\xae'\n")
    write("cells", "metadata.py", '# %% t session=2 minutes=45 tags=["a"\n1\n# %% u key={"a": [1, 2, {"b": null}]}\n2\n')


def notebook(cells_, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells_, **more},
                      ensure_ascii=False, indent=1)


def notebooks():
    markdown = {"cell_type": "markdown", "metadata": {"lang": "vi"}, "source": ["# Một\n", "chữ"]}
    code = {"cell_type": "code", "execution_count": None, "metadata": {"tags": ["exercise"]},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "1\n"}],
            "source": "x = 1\nx"}
    raw = {"cell_type": "raw", "metadata": {}, "source": ["# %% looks like a cell\n"]}
    write("notebook", "usual.ipynb", notebook([markdown, code, raw]))
    write("notebook", "magic.ipynb", notebook([{**code, "source": ["%matplotlib inline\n", "!ls\n", "1"]}]))
    write("notebook", "old.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": []}]}))
    write("notebook", "empty.ipynb", notebook([]))


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def saved():
    write("saved", "two.safetensors", safetensors(
        {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
         "n": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}, bytes(32)))
    write("saved", "empty.safetensors", safetensors({}, b""))
    for name in ["sd_26.pt", "mix_26.pt", "ours.pt"]:
        with zipfile.ZipFile(os.path.join(TESTS, "golden", "files", name)) as archive:
            inside = [entry for entry in archive.namelist() if entry.endswith("/data.pkl")]
            write("saved", name.replace(".pt", ".pkl"), archive.read(inside[0]))


def settings():
    write("settings", "usual", (
        "# Gradlight's settings: name = value. Edit it while Gradlight is closed.\n"
        "theme = dark\nlanguage = vi\ntext-scale = 1.25\nlesson-width = 0.375\nreduced-motion = yes\n"
        "window = 1280x800+10+20\nmaximized = no\nkeys.next = Right, PageDown, Ctrl+J\nkeys.play =\n"
        "keys.nothing = Comma\nodd\\ename = \\sa \\\\n line\\nand another\\s\n"))
    write("settings", "broken", b"= 3\nnonsense here\n\xff\xfe = 1\na\0b = 2\ntheme=dark\r\ntheme = light")


def layout():
    answer = struct.pack("<4i2f", 0x676C6C31, 3, 2, 1, 400.0, 100.0)
    answer += struct.pack("<6f", 50, 25, 200, 25, 350, 60)
    answer += struct.pack("<2i", 4, 4)
    answer += struct.pack("<8f", 100, 25, 120, 25, 130, 25, 150, 25)
    answer += struct.pack("<8f", 250, 30, 270, 40, 290, 60, 310, 60)
    answer += struct.pack("<4f", 140, 0, 260, 100)
    write("layout", "honest", answer)
    write("layout", "nan", answer.replace(struct.pack("<f", 350), struct.pack("<f", float("nan"))))


def order():
    lesson = b"# %% a\nprint(1)\n"
    write("order", "usual", b'{"path":"a/lesson.py","length":%d}\n' % len(lesson) + lesson)
    write("order", "short", b'{"path":"lesson.py","length":100}\nx')
    write("order", "none", b'{"path":"","length":0}\n')


def floats(*numbers):
    return base64.b64encode(struct.pack("<%df" % len(numbers), *numbers)).decode()


def trace():
    """What the fixtures have no record of: probes, devices, limits, refusals, text in pieces."""
    span = [1, 1, 0, 1, 1]
    lines = [
        {"k": "hello", "format": 1, "program": "gradlight", "python": "3.11", "device": "cpu",
         "box": {"rlimits": True, "no_new_privs": True, "landlock": 0, "seccomp": False, "why": "old"}},
        {"k": "source", "cell": 1, "kind": "markdown", "line": 1, "title": "T", "lang": "vi", "slide": "slide",
         "tags": ["question"], "hide": ["w.grad"], "text": "# Một\n\n* a **b** $x^2$ `c` <b>d</b> [e](f)\n"},
        {"k": "source", "cell": 2, "kind": "code", "in": 1, "line": 5, "more": True, "text": "w = 1\nfor i in "},
        {"k": "source", "cell": 2, "kind": "code", "in": 1, "line": 5,
         "text": "range(2):\n    if i:\n        w\n# \u202e \u0007\n"},
        {"k": "cell", "in": 1, "f": 1}, {"k": "line", "f": 1, "line": 1},
        {"k": "tensor", "t": 1, "shape": [2], "dtype": "float32", "s": 1, "requires_grad": True, "parameter": True},
        {"k": "value", "t": 1, "data": [1, "nan"]},
        {"k": "op", "o": 1, "op": "odd", "attrs": {"size": [2], "a": [1, [2, [3]]]}, "out": [1], "at": span},
        {"k": "module", "m": 1, "class": "Linear", "text": "Linear()", "params": [["weight", 1]]},
        {"k": "bind", "f": 1, "name": "model", "m": 1},
        {"k": "bind", "f": 1, "name": "n", "type": "int", "text": "3"},
        {"k": "line", "f": 1, "line": 2}, {"k": "call", "f": 2, "parent": 1, "in": 1, "line": 1, "name": "g"},
        {"k": "line", "f": 2, "line": 1}, {"k": "return", "f": 2},
        {"k": "mode", "grad": "off", "inference": True, "at": span}, {"k": "mode", "grad": "on", "at": span},
        {"k": "enter", "m": 1, "at": span}, {"k": "leave", "m": 1},
        {"k": "cond", "f": 1, "kind": "if", "at": [1, 3, 7, 3, 8], "value": True, "t": 1, "body": [4, 4]},
        {"k": "tensor", "t": 2, "shape": [1], "dtype": "float32", "s": 2, "requires_grad": True},
        {"k": "value", "t": 2, "data": ["inf"]},
        {"k": "node", "n": 1, "name": "SumBackward0", "edges": [{"leaf": 1}],
         "saved": [{"name": "self", "t": 1}, {"name": "other", "value": 3}]},
        {"k": "opdef", "op": "sum", "symbol": "Σ", "formula": "Σ a", "derivatives": ["1"], "provenance": "reduce"},
        {"k": "op", "o": 2, "op": "sum", "in": [{"t": 1}], "out": [2], "at": span, "m": 1, "n": 1},
        {"k": "tensor", "t": 3, "shape": [1], "dtype": "float32", "role": "grad"}, {"k": "value", "t": 3, "data": [1]},
        {"k": "backward", "b": 1, "root": 2, "grad": 3, "retain_graph": True, "at": span},
        {"k": "tensor", "t": 4, "shape": [2], "dtype": "float32", "role": "grad"}, {"k": "value", "t": 4, "data": [1, 1]},
        {"k": "visit", "b": 1, "n": 1, "in": [3], "edges": [{"to": {"leaf": 1}, "grad": 4, "local": 1}]},
        {"k": "free", "n": 1}, {"k": "tensor", "t": 5, "shape": [2], "dtype": "float32", "role": "grad"},
        {"k": "value", "t": 5, "data": [1, 1]}, {"k": "accumulate", "b": 1, "t": 1, "grad": 4, "total": 5},
        {"k": "backward_end", "b": 1},
        {"k": "optim", "p": 1, "class": "SGD", "groups": [{"params": [{"t": 1}], "lr": 0.1}]},
        {"k": "value", "t": 1, "data": [0.9, 1]}, {"k": "update", "t": 1, "by": "step"},
        {"k": "step", "p": 1, "at": span, "params": [{"t": 1, "state": {"step": 1}}]},
        {"k": "update", "t": 1, "by": "zero_grad", "grad": "none"},
        {"k": "taken", "t": 2, "by": "item", "at": span},
        {"k": "failed", "type": "RuntimeError", "text": "no", "op": "sum", "in": [{"t": 1}, None], "at": span},
        {"k": "tensor", "t": 6, "shape": [2, 3, 80, 90], "dtype": "uint8", "s": 3},
        {"k": "value", "t": 6, "sample": [64, 64], "b64": base64.b64encode(bytes(4096)).decode(), "stats": [0, 0, 0, 0]},
        {"k": "copy", "t": 6, "from": 1, "bytes": 8, "ms": 0.5}, {"k": "kernel", "o": 2, "queued": 0.1, "run": 2},
        {"k": "out", "stream": "stderr", "text": "\u001b[31mred\u202e\r\n\tx"}, {"k": "display", "in": 1, "text": "9"},
        {"k": "denied", "what": "open", "text": "a lesson may not write", "at": span},
        {"k": "budget", "what": "events", "limit": 3, "text": "enough"},
        {"k": "gone", "t": [6], "n": [1]},
        {"k": "error", "type": "ValueError", "text": "bad", "frames": [{"name": "<module>", "at": span}], "node": 1,
         "traceback": "Traceback\nValueError: bad"},
        {"k": "end", "how": "error", "status": 1},
        {"k": "probe", "what": "check", "of": {"t": 1}, "b": 1, "element": 0, "agrees": True, "autograd": 1,
         "difference": 1, "left": 1, "right": 1, "step": 0.001},
        {"k": "probe", "what": "surface", "b": 1, "x": [{"t": 1}, 0, -1, 1, 3], "y": [{"t": 1}, 1, -1, 1, 2],
         "exact": True, "row": 0, "numbers": floats(1, 2, 3, 4, 5, float("nan"))},
        {"k": "probe", "what": "race", "b": 1, "x": [{"t": 1}, 0, 0], "y": [{"t": 1}, 1, 0], "lr": 0.1, "steps": 2,
         "optimizer": "Adam", "points": floats(0, 0, 1, 1, 2, 2), "losses": floats(3, 2, 1),
         "state": [["exp_avg", floats(0, 0, 0), floats(1, 1, 1)]]},
        {"k": "probe", "what": "fit", "b": 1, "of": {"t": 1}, "n": 1, "moment": 3, "x": [-1, 1, 2], "y": [-1, 1, 2],
         "outputs": 1, "row": 0, "numbers": floats(1, 2, 3, 4)},
    ]
    write("trace", "rare.trace", "".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))


for make in (cells, notebooks, saved, settings, layout, order, trace):
    make()
