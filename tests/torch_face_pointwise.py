"""What element-wise functions promise beyond the golden cases; run like torch_face.py."""

import math
import warnings

import torch


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def near(tensor, wanted):
    assert len(tensor) == len(wanted), tensor
    for got, value in zip(tensor.tolist(), wanted):
        assert abs(got - value) <= 2e-6 * max(1, abs(value)), (tensor, wanted)


# ---- values ------------------------------------------------------------------------------------

def test_elementary_functions_are_the_mathematical_ones():
    values = [0.3, -0.7, 0.05]
    for name in "tan asin acos atan sinh cosh asinh atanh expm1 log1p erf erfc".split():
        near(getattr(torch, name)(torch.tensor(values)), [getattr(math, name)(x) for x in values])
    near(torch.tensor([1.5, 20]).acosh(), [math.acosh(1.5), math.acosh(20)])
    near(torch.atan2(torch.tensor([1.0, -2]), torch.tensor([-3.0, 0])),
         [math.atan2(1, -3), math.atan2(-2, 0)])
    near(torch.tensor([3.0, 0.5]).exp2(), [8, 2 ** 0.5])
    near(torch.tensor([0.0, 0.5]).sinc(), [1, 2 / math.pi])
    near(torch.tensor([180, 90]).deg2rad(), [math.pi, math.pi / 2])
    near(torch.tensor([0.2, 0.5]).logit(), [math.log(0.25), 0])
    near(torch.tensor([0.0, 1.0]).logit(eps=0.5), [0, 0])
    near(torch.logaddexp(torch.tensor([1.0, -math.inf]), torch.tensor([2.0, 3.0])),
         [math.log(math.exp(1) + math.exp(2)), 3])
    assert torch.logaddexp(torch.tensor(-math.inf), torch.tensor(-math.inf)) == -math.inf
    near(torch.xlogy(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 3.0])), [0, 2 * math.log(3)])
    near(torch.hypot(torch.tensor([3.0]), torch.tensor([4.0])), [5])


def test_whole_numbers_become_floats_where_they_must():
    i = torch.tensor([1, 4])
    for name in "exp sqrt sin log2 erf tan rsqrt exp2 deg2rad".split():
        assert getattr(i, name)().dtype == torch.float32, name
    for name in "floor ceil round trunc abs sign neg relu".split():
        assert getattr(i, name)().dtype == torch.int64, name
    assert (i / 2).dtype == torch.float32 and (i // 2).dtype == torch.int64
    raises(RuntimeError, "result type Float can't be cast to the desired output type Long",
           lambda: i.exp_())
    raises(RuntimeError, '"frac_cpu" not implemented', lambda: i.frac())


def test_division_in_its_four_kinds():
    a, b = torch.tensor([7, -7, 7, -7]), torch.tensor([2, 2, -2, -2])
    assert (a // b).tolist() == [3, -4, -4, 3] and (a % b).tolist() == [1, 1, -1, -1]
    assert torch.fmod(a, b).tolist() == [1, -1, 1, -1]
    assert a.div(b, rounding_mode="trunc").tolist() == [3, -3, -3, 3]
    assert a.div(b, rounding_mode="floor").tolist() == [3, -4, -4, 3]
    assert a.float().div(2, rounding_mode="trunc").tolist() == [3, -3, 3, -3]
    assert (7 // torch.tensor([2.0, -2.0])).tolist() == [3, -4]
    assert (7 % torch.tensor([4, -4])).tolist() == [3, -1]
    raises(RuntimeError, "ZeroDivisionError", lambda: a // 0)
    raises(RuntimeError, "rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'",
           lambda: a.div(2, rounding_mode="up"))
    x = torch.ones(2, requires_grad=True)
    raises(RuntimeError, "derivative for aten::floor_divide is not implemented",
           lambda: (x // 2).sum().backward())


def test_rounding():
    halves = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.7])
    assert halves.round().tolist() == [0, 2, 2, 0, -2]
    assert halves.trunc().tolist() == [0, 1, 2, 0, -1] and halves.floor()[3] == -1
    near(torch.tensor([1.2345, -6.789]).round(decimals=2), [1.23, -6.79])
    assert torch.tensor([1250.0, 1350.0]).round(decimals=-2).tolist() == [1200, 1400]


def test_bits_and_truth():
    i = torch.tensor([6, -7])
    assert (i & 3).tolist() == [2, 1] and (i | 8).tolist() == [14, -7]
    assert (i ^ 1).tolist() == [7, -8] and (~i).tolist() == [-7, 6]
    assert (i << 2).tolist() == [24, -28] and (i >> 1).tolist() == [3, -4]
    assert (1 << torch.tensor([0, 3, 64])).tolist() == [1, 8, 0]
    assert (torch.tensor([200], dtype=torch.uint8) >> 9).item() == 0
    t = torch.tensor([True, False])
    assert (t & True).tolist() == [True, False] and (~t).tolist() == [False, True]
    assert (t ^ torch.tensor([True, True])).dtype == torch.bool
    assert torch.logical_xor(torch.tensor([1, 0]), torch.tensor([2.0, 0])).tolist() == [False] * 2
    assert torch.logical_not(torch.tensor([0.0, 3])).tolist() == [True, False]
    raises(TypeError, "only implemented on integer and Boolean-type", lambda: ~torch.ones(1))
    raises(RuntimeError, "not implemented for 'Float'", lambda: torch.ones(1) & 1)


def test_what_a_number_is():
    x = torch.tensor([1.0, math.nan, math.inf, -math.inf])
    assert x.isnan().tolist() == [False, True, False, False]
    assert x.isinf().tolist() == [False, False, True, True]
    assert x.isfinite().tolist() == [True, False, False, False]
    assert torch.isinf(torch.tensor([3])).tolist() == [False]
    assert torch.nan_to_num(x, nan=7, posinf=8, neginf=9).tolist() == [1, 7, 8, 9]
    assert x.nan_to_num()[2] == torch.tensor(3.4028234663852886e38)
    assert torch.fmax(x, torch.zeros(4)).tolist() == [1, 0, math.inf, 0]
    assert math.isnan(torch.maximum(x, torch.zeros(4))[1])


def test_nearness():
    x = torch.tensor([1.0, math.nan])
    assert torch.allclose(torch.ones(2), torch.ones(2) + 1e-7)
    assert not torch.allclose(torch.ones(2), torch.ones(2) * 1.1)
    assert torch.allclose(torch.ones(2), torch.ones(2) * 1.1, rtol=0.2)
    assert not torch.allclose(x, x) and torch.allclose(x, x, equal_nan=True)
    assert torch.isclose(torch.tensor([math.inf]), torch.tensor([math.inf])).item()
    assert torch.equal(torch.ones(2), torch.ones(2)) and not torch.equal(torch.ones(2), torch.ones(3))
    raises(RuntimeError, "Float did not match Long", lambda: torch.isclose(x, torch.tensor([1])))


def test_clamping_between_tensors():
    a = torch.tensor([-1.0, 0.5, 3.0], requires_grad=True)
    low, high = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    y = a.clamp(low, high)
    assert y.tolist() == [0, 0.5, 1] and y.grad_fn.name() == "ClampBackward0"
    y.sum().backward()
    assert [t.grad.tolist() for t in (a, low, high)] == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert a.detach().clamp(max=torch.tensor(0.0)).tolist() == [-1, 0, 0]
    assert torch.tensor([1, 5]).clamp(0, 2.5).dtype == torch.float32
    assert a.clamp_min(0).grad_fn.name() == "ClampMinBackward0"
    raises(RuntimeError, "At least one of 'min' or 'max' must not be None", lambda: a.clamp())


def test_combinations():
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    assert torch.addcmul(a, b, b, value=2).tolist() == [19, 34]
    assert torch.addcmul(torch.tensor([1]), torch.tensor([2]), torch.tensor([3])).tolist() == [7]
    assert torch.addcdiv(a, b, b).tolist() == [2, 3]
    assert torch.lerp(a, b, 0.5).tolist() == torch.lerp(a, b, torch.full((2,), 0.5)).tolist() == [2, 3]
    raises(RuntimeError, "expected dtype float for `end` but got dtype long int",
           lambda: torch.lerp(a, torch.tensor([1, 2]), 0.5))
    raises(RuntimeError, "Integer division with addcdiv is no longer supported",
           lambda: torch.addcdiv(a, torch.tensor([1]), torch.tensor([2])))


# ---- in place, out= ------------------------------------------------------------------------------

def test_the_underscore_means_in_place():
    for name in ("sin floor exp2 tanh sigmoid relu neg square round sinc erfc frac logit sgn rsqrt "
                 "nan_to_num atan").split():
        x = torch.tensor([0.3, 0.6])
        y = x.clone()
        version = y._version
        assert getattr(y, name + "_")() is y and y._version == version + 1, name
        assert torch.equal(y, getattr(torch, name)(x)), name
    x = torch.tensor([0.3, -0.6])
    assert x.add_(1, alpha=2) is x and x.clamp_(0, 2) is x and torch.relu_(x) is x
    raises(RuntimeError, "a leaf Variable that requires grad is being used in an in-place operation",
           lambda: torch.ones(2, requires_grad=True).floor_())
    w = torch.tensor([0.25, 0.5], requires_grad=True)
    y = (w * 1).logit_()
    y.sum().backward()
    near(w.grad, [1 / (0.25 * 0.75), 4])


def test_operators_in_place():
    i = torch.tensor([7, -7])
    same = i
    i //= 2
    i <<= 2
    i |= 1
    i &= 13
    i ^= 5
    i %= 4
    assert same is i and i.tolist() == [0, 0], i
    assert not hasattr(torch, "add_") and hasattr(torch, "exp_")


def test_out():
    out = torch.zeros(2)
    assert torch.mul(torch.ones(2), 3, out=out) is out and out.tolist() == [3, 3]
    empty = torch.empty(0)
    torch.exp(torch.zeros(2), out=empty)
    assert empty.tolist() == [1, 1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.add(torch.ones(3), 1, out=out)
    assert out.tolist() == [2, 2, 2] and "was resized since it had shape [2]" in str(caught[0].message)
    raises(RuntimeError, "functions with out=... arguments don't support automatic differentiation",
           lambda: torch.add(torch.ones(3, requires_grad=True), 1, out=out))
    raises(RuntimeError, "can't be cast to the desired output type Long",
           lambda: torch.exp(torch.ones(2), out=torch.tensor([1, 2])))
    raises(TypeError, "argument 'out' must be Tensor, not int", lambda: torch.exp(out, out=3))
    raises(TypeError, "unexpected keyword argument 'out'", lambda: out.exp_(out=out))


def test_arguments_are_named_when_wrong():
    a = torch.ones(2)
    raises(TypeError, "maximum(): argument 'other' (position 2) must be Tensor, not int",
           lambda: torch.maximum(a, 1))
    raises(TypeError, "remainder() received an invalid combination of arguments - got (int, int)",
           lambda: torch.remainder(2, 3))
    raises(TypeError, "unsupported operand type(s) for //", lambda: a // "a")
    raises(RuntimeError, "The size of tensor a (2) must match the size of tensor b (3)",
           lambda: torch.fmax(a, torch.ones(3)))
