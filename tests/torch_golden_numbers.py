"""Values, gradients, streams of random numbers and trainings, bit for bit where PyTorch's own
arithmetic fixes the bits (golden/ops, rng, optim, training)."""

import math
import os
import re
import struct

from torch_golden_common import cases, namespace

# Kernels whose last bits differ between PyTorch's own builds: vector libraries, oneDNN, LAPACK, and
# the linear algebra library, which decides whether addmm adds before the product or after it.
TOLERANT = re.compile(r"sin|cos|tan|erf|gelu|layer_norm|batch_norm|conv|linalg|det|expm1|log10"
                      r"|softplus|\*\*1\.7|addmm")
TOLERANCE = 2e-6

# A device may add up in an order of its own where engine/backend.h leaves it free: in these, and in the
# gradient of what was broadcast.
IS_DEVICE = "GRADLIGHT_TEST_PLUGIN" in os.environ
FREE_SUMS = re.compile(r"sum\(|mean|std\(|var\(|norm\(|loss|entropy|kl_div|avg_pool")


def number(value):
    return float(value) if isinstance(value, str) else value


def flat(values):
    return [x for item in values for x in flat(item)] if isinstance(values, list) else [values]


def same_number(got, wanted, exact, dtype):
    if not isinstance(got, float):
        return got == wanted
    if math.isnan(got) or math.isnan(wanted):
        return math.isnan(got) and math.isnan(wanted)
    if exact:
        size = "d" if dtype == "float64" else "f"
        return struct.pack(size, got) == struct.pack(size, wanted)
    return got == wanted or abs(got - wanted) <= TOLERANCE * max(1.0, abs(wanted))


def same(got, wanted, exact, dtype="float32"):
    got, wanted = flat(got), [number(x) for x in flat(wanted)]
    return len(got) == len(wanted) and \
        all(same_number(a, b, exact, dtype) for a, b in zip(got, wanted))


def compare_tensor(what, got, wanted, exact):
    """`wanted`: shape, dtype and data as the golden files write a tensor."""
    if list(got.shape) != wanted["shape"] or str(got.dtype) != "torch." + wanted["dtype"]:
        return [f"{what}: shape {list(got.shape)} of {got.dtype} instead of {wanted['shape']} of "
                f"{wanted['dtype']}"]
    if not same(got.detach().tolist(), wanted["data"], exact, wanted["dtype"]):
        return [f"{what}: {flat(got.tolist())} instead of {wanted['data']}"]
    return []


# ---- operations --------------------------------------------------------------------------------

def graph(fn):
    if fn is None:
        return "None"
    if type(fn).__name__ == "AccumulateGrad":
        return "AccumulateGrad"
    return f"{type(fn).__name__}[{', '.join(graph(next_fn) for next_fn, _ in fn.next_functions)}]"


def plain(value):
    """A saved value as the golden file has it; negative numbers, which read as unsigned ones, signed."""
    if hasattr(value, "dtype"):
        return {"tensor": list(value.shape)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if type(value) is int and value >= 2**63 - 1:
        return value - 2**64 if value >= 2**63 else "INT64_MAX"
    return value


def made(torch, spec, requires_grad):
    tensor = torch.tensor([number(x) for x in spec["data"]], dtype=getattr(torch, spec["dtype"]))
    tensor = tensor.reshape(spec["shape"])
    return tensor.requires_grad_(requires_grad and spec["dtype"].startswith("float"))


def compare_graph(fn, case):
    wanted = re.sub(r"AccumulateGrad\(\w+\)", "AccumulateGrad", case["graph"])
    if graph(fn) != wanted:
        return [f"graph {graph(fn)} instead of {wanted}"]
    problems = []
    for name, value in case["saved"].items():
        got = plain(getattr(fn, "_saved_" + name, "nothing"))
        if got != plain(value):
            problems.append(f"keeps {name} as {got} instead of {value}")
    return problems


def compare_gradients(torch, case, out, inputs, exact):
    grad_out = torch.tensor([number(x) for x in case["grad_out"]], dtype=out.dtype)
    try:
        out.backward(grad_out.reshape(out.shape))
    except RuntimeError as error:
        got = ["RuntimeError", str(error)]
        return [] if got == case.get("error") else [f"backward: {error}"]
    problems = []
    for name, wanted in case["grads"].items():
        got = inputs[name].grad
        if got is None or wanted is None:
            problems += [] if got is wanted else [f"gradient of {name}: {got} instead of {wanted}"]
        else:
            is_sum = IS_DEVICE and len(wanted["data"]) < out.numel()
            problems += compare_tensor(f"gradient of {name}", got, wanted, exact and not is_sum)
    return problems


def compare_operation(torch, case):
    inputs = {name: made(torch, spec, case["requires_grad"])
              for name, spec in case["inputs"].items()}
    out = eval(case["expr"], {**namespace(torch), **inputs})
    is_sum = IS_DEVICE and FREE_SUMS.search(case["expr"])
    exact = not (is_sum or TOLERANT.search(case["expr"]))
    problems = compare_tensor("result", out, case["out"], exact)
    if not problems and exact and not out.is_cuda and repr(out) != case["out"]["repr"]:
        problems.append(f"text {out!r} instead of {case['out']['repr']}")
    if case.get("graph"):
        problems += compare_graph(out.grad_fn, case)
    if case.get("grad_out") is not None:
        problems += compare_gradients(torch, case, out, inputs, exact)
    return problems


def operations(torch, root):
    for case in cases(root, "ops"):
        yield f"{case['id']}: {case['expr']}", lambda: compare_operation(torch, case)


# ---- random numbers ----------------------------------------------------------------------------

def two_shuffled_epochs(torch):
    from torch.utils.data import DataLoader
    loader = DataLoader(list(range(10)), batch_size=3, shuffle=True)
    return [[batch.tolist() for batch in loader] for _ in range(2)]


def split_at_random(torch):
    from torch.utils.data import random_split
    return [list(part.indices) for part in random_split(range(10), [7, 3])]


DESCRIBED = {
    "DataLoader(range 10,batch_size=3,shuffle=True) two epochs": two_shuffled_epochs,
    "random_split(range(10),[7,3])": split_at_random,
}


def compare_stream(torch, case):
    problems = []
    torch.manual_seed(case["seed"])
    for step in case["calls"]:
        call, wanted = step["call"], step["values"]
        if call in DESCRIBED:
            got = DESCRIBED[call](torch)
            problems += [] if got == wanted else [f"{got} instead of {wanted}"]
            continue
        got = eval(call, namespace(torch))
        got = got if isinstance(got, (list, tuple)) else [got]
        if len(got) != len(wanted):
            problems.append(f"{call}: {len(got)} tensors instead of {len(wanted)}")
        # Normal numbers of float64 are the C library's logarithm and cosine.
        exact = not ("randn" in call and "float64" in call)
        for tensor, value in zip(got, wanted):
            problems += compare_tensor(call, tensor, value, exact)
    return problems


def streams(torch, root):
    for case in cases(root, "rng"):
        yield f"seed {case['seed']}: {case['calls'][0]['call']}", \
            lambda: compare_stream(torch, case)


# ---- optimizers and trainings ------------------------------------------------------------------

def compare_steps(torch, case):
    names = namespace(torch)
    p = torch.tensor(case["p0"], requires_grad=True)
    names.update(p=p, scale=torch.tensor(case["scale"]))
    optimizer = getattr(torch.optim, case["optimizer"])([p], **case["kwargs"])
    for i, step in enumerate(case["steps"]):
        optimizer.zero_grad()
        loss = eval(case["loss"], names)
        loss.backward()
        grad = p.grad.tolist()
        optimizer.step()
        if not same(loss.item(), step["loss"], not IS_DEVICE) or not same(grad, step["grad"], True) or \
                not same(p.tolist(), step["param"], True):
            return [f"step {i}: loss {loss.item()}, gradient {grad}, parameter {p.tolist()} "
                    f"instead of {step}"]
    return []


def optimizers(torch, root):
    for case in cases(root, "optim"):
        yield f"{case['optimizer']} {case['kwargs']}", lambda: compare_steps(torch, case)


def train(model, loss_of, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = loss_of(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def line_by_sgd(torch, nn, F):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    x, y = torch.tensor([[1.], [2.], [3.], [4.]]), torch.tensor([[3.], [5.], [7.], [9.]])
    losses = train(model, lambda m: F.mse_loss(m(x), y),
                   torch.optim.SGD(model.parameters(), lr=.01), 200)
    return {"losses": losses, "w": model.weight.tolist(), "b": model.bias.tolist()}


def line_by_adam(torch, nn, F):
    torch.manual_seed(0)
    x = torch.unsqueeze(torch.linspace(-10, 10, 100), dim=1)
    y = 3 * x + 2 + torch.randn(x.size()) * 2
    model = nn.Linear(1, 1)
    losses = train(model, lambda m: F.mse_loss(m(x), y),
                   torch.optim.Adam(model.parameters(), lr=.01), 500)
    return {"x": x.tolist(), "y": y.tolist(), "losses": losses, "w": model.weight.tolist(),
            "b": model.bias.tolist()}


def product_by_momentum(torch, nn, F):
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    x = torch.randn(32, 2)
    y = x[:, :1] * x[:, 1:]
    return {"losses": train(model, lambda m: F.mse_loss(m(x), y),
                            torch.optim.SGD(model.parameters(), lr=.05, momentum=.9), 100)}


def xor_by_adam(torch, nn, F):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
    x = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
    y = torch.tensor([[0.], [1.], [1.], [0.]])
    return {"losses": train(model, lambda m: F.binary_cross_entropy(m(x), y),
                            torch.optim.Adam(model.parameters(), lr=.1), 100)}


def classes_by_sgd(torch, nn, F):
    torch.manual_seed(7)
    x = torch.randn(30, 2)
    y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    model = nn.Linear(2, 3)
    return {"losses": train(model, lambda m: F.cross_entropy(m(x), y),
                            torch.optim.SGD(model.parameters(), lr=.5), 60)}


TRAININGS = [line_by_sgd, line_by_adam, product_by_momentum, xor_by_adam, classes_by_sgd]


def compare_training(torch, case, run):
    import torch.nn as nn
    import torch.nn.functional as F
    got = run(torch, nn, F)
    exact = "tolerance" not in case["name"] and not IS_DEVICE
    return [f"{name}: {flat(values)} instead of {case[name]}" for name, values in got.items()
            if not same(values, case[name], exact)]


def trainings(torch, root):
    for case, run in zip(cases(root, "training"), TRAININGS, strict=True):
        yield case["name"], lambda: compare_training(torch, case, run)
