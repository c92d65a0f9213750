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
    "torch.softmax(torch.ones(2,2))": "names the missing argument instead of listing two signatures",
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


# The cases of golden/graph.json that only a name describes: name, what is computed, of which shapes.
GRAPHS = {
    "a+b": ("a+b", {"a": (2, 3), "b": (2, 3)}),
    "a+2": ("a+2", {"a": (2, 3)}),
    "2+a": ("2+a", {"a": (2, 3)}),
    "a+b (broadcast (2,3)+(3))": ("a+b", {"a": (2, 3), "b": (3,)}),
    "a+const tensor": ("a+torch.ones(2,3)", {"a": (2, 3)}),
    "const+a": ("torch.ones(2,3)+a", {"a": (2, 3)}),
    "torch.add(a,b,alpha=2)": ("torch.add(a,b,alpha=2)", {"a": (2, 3), "b": (2, 3)}),
    "a-b": ("a-b", {"a": (2, 3), "b": (2, 3)}),
    "a-2": ("a-2", {"a": (2, 3)}),
    "2-a": ("2-a", {"a": (2, 3)}),
    "a*b": ("a*b", {"a": (2, 3), "b": (2, 3)}),
    "a*a": ("a*a", {"a": (2, 3)}),
    "a*3": ("a*3", {"a": (2, 3)}),
    "3*a": ("3*a", {"a": (2, 3)}),
    "a*const": ("a*torch.ones(2,3)", {"a": (2, 3)}),
    "a*b bcast": ("a*b", {"a": (2, 3), "b": (3,)}),
    "a*0-dim": ("a*b", {"a": (2, 3), "b": ()}),
    "a/b": ("a/b", {"a": (2, 3), "b": (2, 3)}),
    "a/2": ("a/2", {"a": (2, 3)}),
    "2/a": ("2/a", {"a": (2, 3)}),
    "a**2": ("a**2", {"a": (2, 3)}),
    "a**0.5": ("a**0.5", {"a": (2, 3)}),
    "a**b": ("a**b", {"a": (2, 3), "b": (2, 3)}),
    "2**a": ("2**a", {"a": (2, 3)}),
    "-a": ("-a", {"a": (2, 3)}),
    "abs": ("abs(a)", {"a": (2, 3)}),
    "a@M (mm)": ("a@b", {"a": (2, 3), "b": (3, 4)}),
    "a@v (mv)": ("a@b", {"a": (2, 3), "b": (3,)}),
    "v@w (dot)": ("a@b", {"a": (3,), "b": (3,)}),
    "v@M (vec-mat)": ("a@b", {"a": (3,), "b": (3, 4)}),
    "bmm": ("torch.bmm(a,b)", {"a": (5, 2, 3), "b": (5, 3, 4)}),
    "B1@B2 (3d@3d)": ("a@b", {"a": (5, 2, 3), "b": (5, 3, 4)}),
    "B1@M (3d@2d)": ("a@b", {"a": (5, 2, 3), "b": (3, 4)}),
    "B1@v (3d@1d)": ("a@b", {"a": (5, 2, 3), "b": (3,)}),
    "a@B2 (2d@3d)": ("a@b", {"a": (2, 3), "b": (5, 3, 4)}),
    "v@B2 (1d@3d)": ("a@b", {"a": (3,), "b": (5, 3, 4)}),
    "4d@4d": ("a@b", {"a": (2, 5, 2, 3), "b": (2, 5, 3, 4)}),
    "4d@2d": ("a@b", {"a": (2, 5, 2, 3), "b": (3, 4)}),
    "4d(1)@4d bcast": ("a@b", {"a": (1, 5, 2, 3), "b": (2, 1, 3, 4)}),
    "a@c (const right)": ("a@torch.ones(3,4)", {"a": (2, 3)}),
    "addmm": ("torch.addmm(d,a,b)", {"a": (2, 3), "b": (3, 4), "d": (4,)}),
    "a.T": ("a.T", {"a": (2, 3)}),
    "a.t()": ("a.t()", {"a": (2, 3)}),
    "v.t()": ("a.t()", {"a": (3,)}),
    "a.mT": ("a.mT", {"a": (2, 3)}),
    "a.transpose(0,1)": ("a.transpose(0,1)", {"a": (2, 3)}),
    "permute": ("a.permute(2,0,1)", {"a": (5, 2, 3)}),
    "view": ("a.view(3,2)", {"a": (2, 3)}),
    "reshape same shape": ("a.reshape(2,3)", {"a": (2, 3)}),
    "reshape non-contig (a.t().reshape(-1))": ("a.t().reshape(-1)", {"a": (2, 3)}),
    "contiguous on non-contig": ("a.t().contiguous()", {"a": (2, 3)}),
    "squeeze()": ("a.squeeze()", {"a": (2, 1, 3)}),
    "squeeze(1)": ("a.squeeze(1)", {"a": (2, 1, 3)}),
    "squeeze(0) no-op dim": ("a.squeeze(0)", {"a": (2, 1, 3)}),
    "unsqueeze(0)": ("a.unsqueeze(0)", {"a": (2, 3)}),
    "expand": ("a.expand(2,3)", {"a": (3,)}),
    "sum()": ("a.sum()", {"a": (2, 3)}),
    "sum(dim=1,keepdim)": ("a.sum(dim=1,keepdim=True)", {"a": (2, 3)}),
    "mean()": ("a.mean()", {"a": (2, 3)}),
    "mean(0)": ("a.mean(0)", {"a": (2, 3)}),
    "exp": ("a.exp()", {"a": (2, 3)}),
    "log": ("a.log()", {"a": (2, 3)}),
    "sqrt": ("a.sqrt()", {"a": (2, 3)}),
    "sin": ("a.sin()", {"a": (2, 3)}),
    "cos": ("a.cos()", {"a": (2, 3)}),
    "tanh": ("a.tanh()", {"a": (2, 3)}),
    "sigmoid": ("a.sigmoid()", {"a": (2, 3)}),
    "relu": ("a.relu()", {"a": (2, 3)}),
    "reciprocal": ("a.reciprocal()", {"a": (2, 3)}),
    "sign": ("a.sign()", {"a": (2, 3)}),
    "clamp(0,1)": ("a.clamp(0,1)", {"a": (2, 3)}),
    "clamp(max=1)": ("a.clamp(max=1)", {"a": (2, 3)}),
    "mse_loss": ("F.mse_loss(a,torch.ones(2,3))", {"a": (2, 3)}),
    "mse_loss both grads": ("F.mse_loss(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "softmax dim=1": ("F.softmax(a,dim=1)", {"a": (2, 3)}),
    "torch.softmax": ("torch.softmax(a,1)", {"a": (2, 3)}),
    "log_softmax": ("F.log_softmax(a,1)", {"a": (2, 3)}),
    "cross_entropy": ("F.cross_entropy(a,torch.tensor([2,0]))", {"a": (2, 3)}),
    "cross_entropy reduction=none":
        ("F.cross_entropy(a,torch.tensor([2,0]),reduction='none')", {"a": (2, 3)}),
    "cross_entropy reduction=sum":
        ("F.cross_entropy(a,torch.tensor([2,0]),reduction='sum')", {"a": (2, 3)}),
    "cross_entropy 4d":
        ("F.cross_entropy(a,torch.zeros(2,4,4,dtype=torch.int64))", {"a": (2, 3, 4, 4)}),
    "nll_loss": ("F.nll_loss(a,torch.tensor([2,0]))", {"a": (2, 3)}),
    "x[0]": ("a[0]", {"a": (2, 3)}),
    "x[:,1]": ("a[:,1]", {"a": (2, 3)}),
    "x[1,1]": ("a[1,1]", {"a": (2, 3)}),
    "x[1:]": ("a[1:]", {"a": (2, 3)}),
    "x[...]": ("a[...]", {"a": (2, 3)}),
    "x[:,None]": ("a[:,None]", {"a": (2, 3)}),
    "x[:, 1:3]": ("a[:, 1:3]", {"a": (2, 3)}),
    "x[...,0]": ("a[...,0]", {"a": (2, 3)}),
    "x[0][1]": ("a[0][1]", {"a": (2, 3)}),
    "F.linear 2d bias": ("F.linear(x,w,b)", {"x": (2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 2d nobias": ("F.linear(x,w)", {"x": (2, 3), "w": (4, 3)}),
    "F.linear 2d bias, const x": ("F.linear(torch.ones(2,3),w,b)", {"w": (4, 3), "b": (4,)}),
    "F.linear 1d bias": ("F.linear(x,w,b)", {"x": (3,), "w": (4, 3), "b": (4,)}),
    "F.linear 1d nobias": ("F.linear(x,w)", {"x": (3,), "w": (4, 3)}),
    "F.linear 3d bias": ("F.linear(x,w,b)", {"x": (5, 2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 3d bias const x": ("F.linear(torch.ones(5,2,3),w,b)", {"w": (4, 3), "b": (4,)}),
    "F.linear 3d nobias": ("F.linear(x,w)", {"x": (5, 2, 3), "w": (4, 3)}),
    "F.linear 3d nobias const x": ("F.linear(torch.ones(5,2,3),w)", {"w": (4, 3)}),
    "F.linear 3d non-contig x bias":
        ("F.linear(x.transpose(0,1),w,b)", {"x": (2, 5, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 4d bias": ("F.linear(x,w,b)", {"x": (2, 5, 2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 4d nobias": ("F.linear(x,w)", {"x": (2, 5, 2, 3), "w": (4, 3)}),
    "where(cond,a,b)": ("torch.where(a>0,a,b)", {"a": (2, 3), "b": (2, 3)}),
    "where(cond,a,0.)": ("torch.where(a>0,a,0.)", {"a": (2, 3)}),
    "clone": ("a.clone()", {"a": (2, 3)}),
    "detach then *": ("a.detach()*a", {"a": (2, 3)}),
    "a.to(float64)": ("a.to(torch.float64)", {"a": (2, 3)}),
    "in-place add_ on clone": ("a.clone().add_(b)", {"a": (2, 3), "b": (2, 3)}),
    "in-place mul_ on clone": ("a.clone().mul_(2)", {"a": (2, 3)}),
    "in-place zero_ on clone": ("a.clone().zero_()", {"a": (2, 3)}),
    "fill_": ("a.clone().fill_(1.)", {"a": (2, 3)}),
    "copy_": ("torch.zeros(2,3).copy_(a)", {"a": (2, 3)}),
    "in-place on view: y=a*2; y[0]=0":
        ("(lambda y:(y.__setitem__(0,0),y)[1])(a*2)", {"a": (2, 3)}),
    "y[0]+=b": ("(lambda y:(y[0].add_(b),y)[1])(a*2)", {"a": (2, 3), "b": (3,)}),
    "y[0,1]=b(0-d)":
        ("(lambda y:(y.__setitem__((0,1),b),y)[1])(a*2)", {"a": (2, 3), "b": ()}),
    "multi use z=y*y*3": ("(lambda y:y*y*3)(x+2)", {"x": (1,)}),
    "seed: x**2+3*x+1": ("x**2+3*x+1", {"x": (1,)}),
}


def saved(fn, name):
    """"T[2, 3]i64" or "None", as the golden file writes what a node keeps."""
    kept = getattr(fn, "_saved_" + name)
    if kept is None:
        return "None"
    dtype = {"torch.int64": "i64", "torch.float64": "d", "torch.bool": "b"}.get(str(kept.dtype), "")
    return f"T{list(kept.shape)}{dtype}"


def graphs(torch, root):
    """Which nodes an expression makes, in which order, and what they keep."""
    compared, differences = 0, []
    known = {}
    for case in cases(root, "graph"):
        known.setdefault(case["case"], case)
    for label, (code, shapes) in GRAPHS.items():
        case, names = known[label], namespace(torch)
        for name, shape in shapes.items():
            names[name] = (torch.rand(shape) + 0.5).requires_grad_()
        out = eval(code, names)
        compared += 1
        wanted = re.sub(r"AccumulateGrad\(\w+\)", "AccumulateGrad", case["graph"])
        got = graph(out.grad_fn)
        if got != wanted.replace("torch::autograd::", ""):
            differences.append(f"{label}: {got} instead of {wanted}")
        kept = case["saved"].get(out.grad_fn.name(), {})
        for name, value in kept.items():
            if value.startswith("T[") and saved(out.grad_fn, name) != value:
                differences.append(f"{label}: keeps {name} as {saved(out.grad_fn, name)}, not {value}")
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
