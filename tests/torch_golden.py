"""Holds the torch face against what PyTorch 2.6 printed, raised and computed: the course's scripts and
the cases in golden/. Run inside the program under test (test_torch_golden.c), where `torch` is
Gradlight's. Every case is compared unless torch_golden_scope.py names it with its reason."""

import contextlib
import io
import os
import re
import warnings

from torch_golden_common import cases, namespace
from torch_golden_graphs import graphs
from torch_golden_numbers import operations, optimizers, streams, trainings
from torch_golden_scope import OUT_OF_SCOPE

ADDRESS = re.compile("0x[0-9a-f]+")
# What our errors add to the name of what is missing.
MISSING = re.compile(r" \([\w.]+ is not supported by Gradlight.*\)$")
# Where in PyTorch's own source a warning arose.
TRIGGERED = re.compile(r" \(Triggered internally at .*\)$")


def run(torch, code, names):
    """(what was printed, None or [type, text of the exception], texts of the user warnings)"""
    out, error = io.StringIO(), None
    torch.manual_seed(0)
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(code, "case", "exec"), names)
        except Exception as exception:
            error = [type(exception).__name__, str(exception)]
    return masked(out.getvalue()), error, [str(warning.message) for warning in caught
                                           if warning.category is UserWarning]


def masked(text):
    return ADDRESS.sub("0xADDR", text)


# ---- the course's scripts ----------------------------------------------------------------------

def compare_script(torch, path):
    with open(path + ".py", encoding="utf-8") as file:
        code = file.read()
    with open(path + ".expected.txt", encoding="utf-8") as file:
        wanted, _, exception = file.read().partition("--- exception\n")
    out, error, _ = run(torch, code, {"__name__": "__main__"})
    raised = ": ".join(error) + "\n" if error else ""
    if out != masked(wanted) or raised != exception:
        return [f"printed {out!r}, raised {raised!r}"]
    return []


def scripts(folder_name):
    def each(torch, root):
        folder = os.path.join(root, folder_name)
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py"):
                yield name, lambda: compare_script(torch, os.path.join(folder, name[:-3]))
    return each


# ---- code with its output, exception and warnings, word for word -------------------------------

def compare_printed(torch, case):
    out, error, warned = run(torch, case["setup"] + "\n" + case["code"], namespace(torch))
    wanted = [TRIGGERED.sub("", text) for kind, text in case["warn"] if kind == "UserWarning"]
    problems = []
    if out != case["out"]:
        problems.append(f"printed {out!r}\n   instead {case['out']!r}")
    if error and error[0] == "AttributeError":
        error[1] = MISSING.sub("", error[1])
    if error != case["err"]:
        problems.append(f"raised {error}\n   instead {case['err']}")
    if warned != wanted:
        problems.append(f"warned {warned}\n   instead {wanted}")
    return problems


def printed(name):
    def each(torch, root):
        for case in cases(root, name):
            label = f"{case['setup']}\n{case['code']}".strip().replace("\n", " | ")
            yield label, lambda: compare_printed(torch, case)
    return each


def compare_text(torch, case):
    torch.manual_seed(0)
    got = repr(eval(case["code"], namespace(torch)))
    return [] if got == case["text"] else [f"{got}\n   instead {case['text']}"]


def texts(torch, root):
    for case in cases(root, "print"):
        yield case["code"], lambda: compare_text(torch, case)


# ---- judging -----------------------------------------------------------------------------------

KINDS = {
    "course": scripts("course"),
    "errors": printed("errors"),
    "graph": graphs,
    "ops": operations,
    "optim": optimizers,
    "print": texts,
    "programs": scripts("programs"),
    "refusals": printed("refusals"),
    "rng": streams,
    "text": printed("text"),
    "training": trainings,
}


def problems_of(torch, check):
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return check()
    except Exception as exception:
        return [f"{type(exception).__name__}: {exception}"]


def compare(torch, root, kind):
    """(one line to print, list of differences)"""
    same, differences, seen = 0, [], set()
    for label, check in KINDS[kind](torch, root):
        label = label if label not in seen else label + " #2"
        seen.add(label)
        if label in OUT_OF_SCOPE[kind]:
            continue
        problems = problems_of(torch, check)
        same += not problems
        if problems:
            differences.append("\n   ".join([f"{kind}: {label}", *problems]))
    differences += [f"{kind}: no case is called {label}" for label in OUT_OF_SCOPE[kind]
                    if label not in seen]
    return (f"{kind}: {len(seen)} cases, {same} as in PyTorch, {len(OUT_OF_SCOPE[kind])} out of scope",
            differences)
