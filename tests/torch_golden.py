"""Holds the torch face against what PyTorch 2.6 printed, raised and computed: the course's scripts and
the cases in golden/. Run inside the program under test (test_torch_golden.c), where `torch` is
Gradlight's. Each function returns (number compared, list of differences). A case that needs what is
not supported yet says so by the words UNSUPPORTED and is left out of the count; the C test knows how
many must be compared at least, so that the count can only grow."""

import contextlib
import io
import json
import math
import os
import re
import struct
import sys
import warnings

UNSUPPORTED = "is not supported by Gradlight"
ADDRESS = re.compile("0x[0-9a-f]+")


def namespace(torch):
    import torch.nn as nn
    import torch.nn.functional as F
    import torch.optim as optim
    import numpy as np
    from collections import OrderedDict
    return {"OrderedDict": OrderedDict, "torch": torch, "nn": nn, "F": F, "optim": optim, "np": np, "__name__": "__main__"}


def run(torch, code, names):
    """(what was printed, None or [type, text of the exception], texts of warnings)"""
    out, error = io.StringIO(), None
    torch.manual_seed(0)
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(code, "case", "exec"), names)
        except Exception as exception:
            error = [type(exception).__name__, str(exception)]
    return out.getvalue(), error, [str(warning.message) for warning in caught]


def masked(text):
    return ADDRESS.sub("0xADDR", text)


def cases(root, name):
    with open(os.path.join(root, "golden", name + ".json"), encoding="utf-8") as file:
        for case in json.load(file)["cases"]:
            newer = {**case, **case.get("v26", {})}
            if sys.version_info < (3, 12) and "OrderedDict({" in str(newer.get("out")):
                newer["out"] = case["out"]  # Python's own change of how it prints one
            yield newer


def course(torch, root):
    compared, differences = 0, []
    folder = os.path.join(root, "course")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            code = file.read()
        with open(os.path.join(folder, name[:-3] + ".expected.txt"), encoding="utf-8") as file:
            wanted, _, exception = file.read().partition("--- exception\n")
        out, error, _ = run(torch, code, {"__name__": "__main__"})
        got = ": ".join(error) + "\n" if error else ""
        compared += 1
        if masked(out) != masked(wanted) or got != exception:
            differences.append(f"{name}: printed {out!r}, raised {got!r}")
    return compared, differences


# Differences that are meant: code, why.
MEANT = {
    "print(sorted(a for a in dir(y.grad_fn) if not a.startswith('__')))": "fewer attributes",
    "print(sorted(a for a in dir(z.grad_fn) if not a.startswith('__')))": "fewer attributes",
    "print(y.grad_fn._sequence_nr() if hasattr(y.grad_fn,'_sequence_nr') else 'none')":
        "counts nodes since the program began",
    "print(np.ones(2)+torch.ones(2))": "an array takes a tensor as an array",
    "print(Net().parameters())": "a list's iterator, no generator",
    "torch.linspace(0,1)": "names the missing argument instead of listing four signatures",
    "torch.sum(torch.ones(2),dim='a')": "there are no named dimensions",
    "l=F.mse_loss(torch.ones(2,requires_grad=True),torch.ones(2,dtype=torch.float64))\n"
    "print(l)\nl.backward()": "the gradient is converted instead of refused",
}


def printed(torch, root, name):
    """Code with its output and exception, word for word."""
    compared, differences = 0, []
    for case in cases(root, name):
        names = namespace(torch)
        if case["code"].strip() in MEANT:
            continue
        out, error, _ = run(torch, case["setup"] + "\n" + case["code"], names)
        if error and (UNSUPPORTED in error[1] or error[0] == "NotImplementedError") \
                and error != case["err"]:
            continue
        compared += 1
        if masked(out) != case["out"] or error != case["err"]:
            differences.append(f"{case['code']}\n   printed {out!r}\n   instead {case['out']!r}\n"
                               f"   raised  {error}\n   instead {case['err']}")
    return compared, differences


# ---- numbers -----------------------------------------------------------------------------------

def number(value):
    return float(value) if isinstance(value, str) else value


def flat(values):
    return [x for item in values for x in flat(item)] if isinstance(values, list) else [values]


def same(got, wanted, exact):
    """Bit for bit, or to the last few of float32's digits."""
    got, wanted = flat(got), [number(x) for x in wanted]
    if len(got) != len(wanted):
        return False
    for a, b in zip(got, wanted):
        if isinstance(a, float) and not (math.isnan(a) and math.isnan(b)):
            if exact and struct.pack("f", a) != struct.pack("f", b):
                return False
            if not exact and not (a == b or abs(a - b) <= 2e-6 * max(1.0, abs(b))):
                return False
        elif not isinstance(a, float) and a != b:
            return False
    return True


def made(torch, spec):
    dtype = getattr(torch, spec["dtype"])
    data = [number(x) for x in spec["data"]]
    return torch.tensor(data, dtype=dtype).reshape(spec["shape"])


def graph(fn):
    if fn is None:
        return "None"
    if type(fn).__name__ == "AccumulateGrad":
        return "AccumulateGrad"
    return f"{fn.name()}[{', '.join(graph(next_fn) for next_fn, _ in fn.next_functions)}]"


# addmm and powers: other kernels than the reference's, in the last bits.
INEXACT = re.compile(r"addmm|\*\*1|sin|cos|tan|erf|gelu|norm|conv|linalg|det|inv|elu|softplus|sigmoid|log2|log10")


def operations(torch, root):
    compared, differences = 0, []
    for case in cases(root, "ops"):
        names = namespace(torch)
        inputs = {}
        try:
            for name, spec in case["inputs"].items():
                inputs[name] = made(torch, spec)
                if case["requires_grad"] and spec["dtype"].startswith("float"):
                    inputs[name].requires_grad_()
            names.update(inputs)
            out = eval(case["expr"], names)
            if isinstance(out, tuple):
                out = out[0]
        except (AttributeError, NotImplementedError, TypeError) as exception:
            unsupported = isinstance(exception, NotImplementedError) or \
                UNSUPPORTED in str(exception) or "unexpected keyword" in str(exception)
            if not unsupported:
                differences.append(f"{case['expr']}: {exception!r}")
            continue
        exact = not INEXACT.search(case["expr"])
        wanted = case["out"]
        compared += 1
        problems = []
        if list(out.shape) != wanted["shape"] or str(out.dtype) != "torch." + wanted["dtype"]:
            problems.append(f"shape {out.shape}, dtype {out.dtype}")
        if not same(out.detach().tolist(), wanted["data"], exact):
            problems.append(f"values {out.tolist()} instead of {wanted['data']}")
        elif repr(out) != wanted["repr"]:
            problems.append(f"text {out!r} instead of {wanted['repr']}")
        if case.get("graph"):
            shape = re.sub(r"AccumulateGrad\(\w+\)", "AccumulateGrad", case["graph"])
            if graph(out.grad_fn) != shape:
                problems.append(f"graph {graph(out.grad_fn)} instead of {shape}")
        if case.get("grad_out") is not None and not problems:
            data = [number(x) for x in case["grad_out"]]
            out.backward(torch.tensor(data, dtype=out.dtype).reshape(out.shape))
            for name, grad in case["grads"].items():
                got = inputs[name].grad
                if (got is None) != (grad is None) or \
                        (got is not None and not same(got.tolist(), grad["data"], exact)):
                    problems.append(f"gradient of {name}: {got} instead of {grad}")
        if problems:
            differences.append(f"{case['expr']}: " + "; ".join(problems))
    return compared, differences


def optimizers(torch, root):
    compared, differences = 0, []
    for case in cases(root, "optim"):
        names = namespace(torch)
        try:
            cls = getattr(names["optim"], case["optimizer"])
        except AttributeError:
            continue
        p = torch.tensor(case["p0"], requires_grad=True)
        names.update(p=p, scale=torch.tensor(case["scale"]))
        optimizer = cls([p], **case["kwargs"])
        for i, step in enumerate(case["steps"]):
            optimizer.zero_grad()
            loss = eval(case["loss"], names)
            loss.backward()
            grad = p.grad.tolist()
            optimizer.step()
            compared += 1
            if not same([loss.item()], [step["loss"]], True) or \
                    not same(grad, step["grad"], True) or \
                    not same(p.tolist(), step["param"], True):
                differences.append(f"{case['optimizer']} {case['kwargs']}, step {i}: loss "
                                   f"{loss.item()}, param {p.tolist()} instead of {step}")
                break
    return compared, differences
