"""Whether an error leaves something behind: the recorded error cases, the tests of the face and a share
of the bad input, again and again, until a round ends with no more memory in use than it began with."""

import contextlib
import gc
import glob
import importlib
import io
import os
import sys
import warnings

from torch_golden_common import cases, namespace

WARM_UP, ROUNDS = 2, 8
OURS = 8  # blocks and bytes: at the most what a round itself adds to `history`


def errors(torch, root):
    for case in cases(root, "errors"):
        code = compile(case["setup"] + "\n" + case["code"], "case", "exec")
        names = namespace(torch)
        with contextlib.suppress(Exception):
            exec(code, names)
        for value in names.values():
            if isinstance(value, torch.Tensor) and value.is_leaf:
                value.grad = None  # backward(create_graph=True) ties the two together, as it warns
        names.clear()  # a hook that is a function of the case's holds them, and they hold the hook


def face(torch, root):
    for path in sorted(glob.glob(os.path.join(root, "torch_face*.py"))):
        tests = vars(importlib.import_module(os.path.basename(path)[:-3]))
        for name in sorted(tests):
            if name.startswith("test_"):
                tests[name]()


def bad_input(torch, root):
    import torch_bad_input
    torch_bad_input.run(of=97)


def measured(used, step):
    """What is in use after it, when all that can go is gone."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step()
    sys._clear_type_cache()  # it keeps the names that it has seen
    gc.collect()
    return {"blocks of Python": sys.getallocatedblocks(), **used()}


def growth(used, step):
    """What grew in every round, and the least that it grew by. (A cache fills now and then; a leak is
    there every time.)"""
    history = [None] * (WARM_UP + ROUNDS)  # made before, to hold no more later
    left = {}
    for i in range(WARM_UP + ROUNDS):
        history[i] = measured(used, step)
        if i < WARM_UP:
            continue
        for name, now in history[i].items():
            left[name] = min(left.get(name, sys.maxsize), now - history[i - 1][name] - OURS)
        if max(left.values()) <= 0:
            break
    return {name: grown for name, grown in left.items() if grown > 0}


def leaks(torch, root, used):
    """[what leaked, and how much in each round]"""
    found = []
    for kind in (errors, face, bad_input):
        for name, grown in growth(used, lambda: kind(torch, root)).items():
            found.append(f"{kind.__name__}: {grown} more {name} each time")
    return found
