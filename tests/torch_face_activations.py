"""What activations promise beyond the golden cases; run like torch_face.py."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


X = [-4.0, -1.0, -0.3, 0.2, 1.0, 4.0]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


FORMULAS = {
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "relu6": lambda x: min(max(x, 0), 6),
    "hardtanh": lambda x: min(max(x, -1), 1),
    "hardsigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softshrink": lambda x: 0 if abs(x) <= 0.5 else x - math.copysign(0.5, x),
    "hardshrink": lambda x: 0 if abs(x) <= 0.5 else x,
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "logsigmoid": lambda x: math.log(sigmoid(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "tanhshrink": lambda x: x - math.tanh(x),
}


def test_activations_are_their_formulas():
    for name, formula in FORMULAS.items():
        y = getattr(F, name)(torch.tensor(X))
        for got, x in zip(y.tolist(), X):
            assert abs(got - formula(x)) <= 2e-6 * max(1, abs(x)), (name, x, got)


def test_modules_call_the_functions():
    pairs = {"LeakyReLU": "leaky_relu", "ELU": "elu", "SELU": "selu", "CELU": "celu", "ReLU6": "relu6",
             "Hardtanh": "hardtanh", "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish",
             "SiLU": "silu", "Mish": "mish", "GELU": "gelu", "Softplus": "softplus",
             "Softshrink": "softshrink", "Hardshrink": "hardshrink", "LogSigmoid": "logsigmoid",
             "Softsign": "softsign", "Tanhshrink": "tanhshrink"}
    x = torch.tensor(X)
    for layer, function in pairs.items():
        assert torch.equal(getattr(nn, layer)()(x), getattr(F, function)(x)), layer
    assert torch.equal(nn.GELU("tanh")(x), F.gelu(x, approximate="tanh"))
    assert nn.Threshold(0.5, 9.0)(x).tolist() == [9, 9, 9, 9, 1, 4]
    assert torch.equal(nn.Softmin(dim=0)(x), F.softmax(-x, dim=0))
    assert torch.equal(nn.GLU(0)(x), x[:3] * torch.sigmoid(x[3:]))


def test_in_place_forms():
    for layer in (nn.LeakyReLU(0.2, True), nn.ELU(inplace=True), nn.Hardswish(True), nn.SiLU(True)):
        x = torch.tensor(X)
        wanted = type(layer)(**({"negative_slope": 0.2} if "Leaky" in repr(layer) else {}))(x)
        y = x.clone()
        assert layer(y) is y and torch.equal(y, wanted), layer
    x = torch.tensor(X, requires_grad=True)
    F.elu_(x * 1).sum().backward()
    y = torch.tensor(X, requires_grad=True)
    F.elu(y).sum().backward()
    assert torch.equal(x.grad, y.grad)
    raises(RuntimeError, "a leaf Variable that requires grad is being used in an in-place operation",
           lambda: F.leaky_relu(x, inplace=True))


def test_prelu_learns_its_slope():
    layer = nn.PReLU()
    assert [(name, p.tolist()) for name, p in layer.named_parameters()] == [("weight", [0.25])]
    x = torch.tensor([[-2.0, 3.0]], requires_grad=True)
    y = layer(x)
    assert y.grad_fn.name() == "PreluKernelBackward0"
    assert y.grad_fn.next_functions[1][0].name() == "ViewBackward0"
    y.sum().backward()
    assert layer.weight.grad.tolist() == [-2] and x.grad.tolist() == [[0.25, 1]]
    assert nn.PReLU(3, 0.1).weight.shape == (3,)
    raises(RuntimeError, "Mismatch of parameter numbers and input channel size",
           lambda: nn.PReLU(3)(torch.ones(2, 2)))


def test_texts():
    texts = ["LeakyReLU(negative_slope=0.2, inplace=True)", "ELU(alpha=1.0)", "SELU(inplace=True)",
             "Hardtanh(min_val=-2, max_val=2)", "Hardswish()", "GELU(approximate='tanh')",
             "Softplus(beta=2, threshold=20.0)", "Softshrink(0.5)", "Threshold(threshold=0.1, value=20)",
             "GLU(dim=-1)", "PReLU(num_parameters=1)", "Softmax2d()"]
    layers = [nn.LeakyReLU(0.2, True), nn.ELU(), nn.SELU(True), nn.Hardtanh(-2, 2), nn.Hardswish(True),
              nn.GELU("tanh"), nn.Softplus(2), nn.Softshrink(), nn.Threshold(0.1, 20), nn.GLU(),
              nn.PReLU(), nn.Softmax2d()]
    assert [repr(layer) for layer in layers] == texts


def test_wrong_arguments():
    x = torch.tensor(X)
    raises(RuntimeError, "\"GeluKernelImpl\" not implemented for 'Long'",
           lambda: F.gelu(torch.tensor([1])))
    raises(RuntimeError, "approximate argument must be either none or tanh", lambda: F.gelu(x, approximate="x"))
    raises(TypeError, "missing 1 required positional argument: 'value'", lambda: nn.Threshold(1))
    raises(RuntimeError, "Halving dimension must be even, but dimension 0 is size 3",
           lambda: F.glu(torch.ones(3)))
    raises(RuntimeError, "lambda must be greater or equal to 0, but found to be -1",
           lambda: F.softshrink(x, -1))
    raises(RuntimeError, "ZeroDivisionError", lambda: F.celu(x, 0))
    raises(ValueError, "expected input to be 3D or 4D", lambda: nn.Softmax2d()(x))
