"""What torch promises of shapes changed in place, padding, reductions into places, quantiles and counts;
run like torch_face.py. The expected values are PyTorch 2.6's."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def raises(kind, text, call):
    try:
        call()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"no {kind.__name__}")


def graph(fn):
    if fn is None:
        return "None"
    inputs = [graph(node) for node, _ in fn.next_functions]
    return type(fn).__name__ + (f"[{','.join(inputs)}]" if inputs else "")


def test_shapes_change_in_place():
    leaf = torch.arange(6.0).reshape(2, 3).requires_grad_()
    x = leaf.clone()
    assert x.t_() is x and x.shape == (3, 2) and x._version == 1
    assert graph(x.grad_fn) == "TBackward1[CloneBackward0[AccumulateGrad]]"
    x.unsqueeze_(0)
    assert graph(x.grad_fn).startswith("UnsqueezeBackward1[TBackward1[") and x.shape == (1, 3, 2)
    x.transpose_(1, 2).squeeze_(0)
    assert graph(x.grad_fn).startswith("SqueezeBackward4[TransposeBackward1[") and x.shape == (2, 3)
    x.squeeze_()
    assert type(x.grad_fn).__name__ == "SqueezeBackward3"
    (x * torch.arange(6.0).reshape(2, 3)).sum().backward()
    assert leaf.grad.tolist() == [[0, 1, 2], [3, 4, 5]]
    raises(RuntimeError, "a leaf Variable that requires grad", lambda: leaf.t_())
    raises(RuntimeError, "t_() expects a tensor with <= 2 dimensions, but self is 3D",
           lambda: torch.ones(2, 2, 2).t_())
    raises(IndexError, "Dimension out of range", lambda: torch.ones(2, 2).squeeze_(7))
    view = leaf.clone()[0]
    view.unsqueeze_(0)
    assert view.shape == (1, 3) and view._base is not None
    view.sum().backward()


def test_batch_first_turns_in_place():
    x = torch.ones(2, 3, 4)
    for layer in (nn.RNN, nn.GRU):
        out, _ = layer(4, 5, batch_first=True)(x)
        assert type(out.grad_fn).__name__ == "TransposeBackward1" and out.shape == (2, 3, 5)
    out, _ = nn.LSTM(4, 5, batch_first=True)(x)
    assert type(out.grad_fn).__name__ == "TransposeBackward0"


def test_what_a_view_is_of():
    a = torch.arange(6.0)
    assert a._base is None and a.view(2, 3)[1]._base is a
    assert a.as_strided((2, 2), (1, 2), 1).tolist() == [[1, 3], [2, 4]]
    a.requires_grad_()
    a.as_strided((2, 2), (1, 1)).sum().backward()
    assert a.grad.tolist() == [1, 2, 1, 0, 0, 0]
    raises(RuntimeError, "setStorage: sizes [3], strides [1], storage offset 0, and itemsize 4 "
           "requiring a storage size of 12 are out of bounds for storage of size 8",
           lambda: torch.ones(2).as_strided((3,), (1,)))
    raises(RuntimeError, "Negative strides are not supported",
           lambda: torch.ones(2).as_strided((1,), (-1,)))
    raises(RuntimeError, "mismatch in length of strides and shape",
           lambda: torch.ones(2).as_strided((1,), (1, 1)))


def test_padding_from_the_edges():
    x = torch.arange(3.0).reshape(1, 1, 3).requires_grad_()
    reflected = F.pad(x, (2, 1), mode="reflect")
    assert reflected.tolist() == [[[2, 1, 0, 1, 2, 1]]]
    assert graph(reflected.grad_fn) == "ReflectionPad1DBackward0[AccumulateGrad]"
    reflected.sum().backward()
    assert x.grad.tolist() == [[[1, 3, 2]]]
    assert nn.ReplicationPad1d(2)(x).tolist() == [[[0, 0, 0, 1, 2, 2, 2]]]
    assert nn.CircularPad1d((1, 2))(x).tolist() == [[[2, 0, 1, 2, 0, 1]]]
    assert repr(nn.ReflectionPad2d((1, 0, 0, 1))) == "ReflectionPad2d((1, 0, 0, 1))"
    image = torch.arange(4.0).reshape(1, 1, 2, 2)
    assert nn.ReflectionPad2d(1)(image)[0, 0, 0].tolist() == [3, 2, 3, 2]
    assert F.pad(image, (1, 0, 0, 1), mode="circular")[0, 0].tolist() == \
        [[1, 0, 1], [3, 2, 3], [1, 0, 1]]
    raises(RuntimeError, "Argument #4: Padding size should be less than the corresponding input "
           "dimension, but got: padding (3, 0) at dimension 2 of input [1, 1, 3]",
           lambda: F.pad(x, (3, 0), mode="reflect"))
    raises(RuntimeError, "Padding value causes wrapping around more than once.",
           lambda: F.pad(x, (4, 0), mode="circular"))
    raises(NotImplementedError, "Only 2D, 3D, 4D, 5D padding with non-constant padding",
           lambda: F.pad(torch.ones(3), (1, 0), mode="reflect"))
    raises(NotImplementedError, "Unrecognised padding mode x", lambda: F.pad(x, (1, 0), mode="x"))


def test_reductions_into_places():
    ones, places = torch.ones(3), torch.tensor([0, 0, 1])
    source = torch.tensor([2.0, 3, 4], requires_grad=True)

    def reduced(how, **options):
        return torch.scatter_reduce(ones, 0, places, source, how, **options)

    assert reduced("sum").tolist() == [6, 5, 1] and reduced("prod").tolist() == [6, 4, 1]
    assert reduced("amax").tolist() == [3, 4, 1] and reduced("amin").tolist() == [1, 1, 1]
    assert reduced("mean").tolist() == [2, 2.5, 1]
    assert reduced("mean", include_self=False).tolist() == [2.5, 4, 1]
    reduced("mean", include_self=False).sum().backward()
    assert source.grad.tolist() == [0.5, 0.5, 1]
    assert torch.zeros(3).scatter(0, places, torch.ones(3), reduce="add").tolist() == [2, 1, 0]
    assert torch.ones(3).scatter_(0, places, 2.0, reduce="multiply").tolist() == [4, 2, 1]
    raises(RuntimeError, "reduce argument must be either sum, prod, mean, amax or amin, got xxx",
           lambda: reduced("xxx"))
    raises(RuntimeError, "Expected index [] to be no larger than self [3] apart from dimension 0 and "
           "to be no larger size than src [0]",
           lambda: ones.scatter_add(0, torch.tensor(0), torch.ones(0)))
    raises(RuntimeError, "reduce argument must be either add or multiply.",
           lambda: ones.scatter(0, places, ones, reduce="xxx"))


def test_quantiles_and_modes():
    a = torch.tensor([[3.0, 1, 2, 7], [5, 4, 6, 0]], requires_grad=True)
    both = torch.quantile(a, torch.tensor([0.1, 0.5]), dim=0)
    assert str(both.detach()) == ("tensor([[3.2000, 1.3000, 2.4000, 0.7000],\n"
                                  "        [4.0000, 2.5000, 4.0000, 3.5000]])")
    assert graph(both.grad_fn).startswith(
        "SqueezeBackward4[TransposeBackward1[UnsqueezeBackward1[LerpBackward1[GatherBackward0[")
    assert torch.quantile(a, 0.5, keepdim=True).tolist() == [[3.5]]
    assert torch.quantile(a, 0.5, interpolation="lower").item() == 3
    line = torch.tensor([1.0, float("nan"), 3])
    assert torch.nanquantile(line, 0.5).item() == 2 and torch.quantile(line, 0.5).isnan()
    raises(RuntimeError, "quantile() q must be in the range [0, 1] but got 1.5",
           lambda: torch.quantile(a, 1.5))
    raises(RuntimeError, "quantile() input tensor must be either float or double dtype",
           lambda: torch.quantile(torch.tensor([1, 2]), 0.5))
    values, places = torch.mode(torch.tensor([[1, 2, 2], [3, 3, 1]]))
    assert values.tolist() == [2, 3] and places.tolist() == [2, 1]
    assert torch.tensor([2.0, 2, 1, 1]).mode().indices.item() == 3


def test_differences_and_covariances():
    a = torch.tensor([1.0, 3, 6, 10], requires_grad=True)
    assert torch.diff(a).tolist() == [2, 3, 4] and torch.diff(a, n=2).tolist() == [1, 1]
    assert torch.diff(a, prepend=torch.zeros(1)).tolist() == [1, 2, 3, 4]
    assert torch.diff(torch.tensor([True, False])).tolist() == [True]
    assert torch.trapezoid(a).item() == 14.5 and torch.trapz(a, dx=2).item() == 29
    assert torch.trapezoid(a, torch.tensor([0.0, 1, 3, 4])).item() == 19
    assert graph(torch.trapezoid(a).grad_fn).startswith("MulBackward1[SubBackward0[SumBackward1[")
    m = torch.tensor([[2.0, 1, 0], [1, 3, 1]])
    assert str(torch.cov(m)) == "tensor([[1.0000, 0.0000],\n        [0.0000, 1.3333]])"
    assert torch.corrcoef(torch.tensor([[1.0, 2, 3], [3, 2, 1]])).round().tolist() == \
        [[1, -1], [-1, 1]]
    assert torch.histc(torch.tensor([1.0, 2, 1]), bins=4, min=0, max=3).tolist() == [0, 2, 1, 0]
    assert torch.combinations(torch.tensor([1, 2, 3])).tolist() == [[1, 2], [1, 3], [2, 3]]
    assert torch.combinations(torch.tensor([1, 2]), 2, True).tolist() == [[1, 1], [1, 2], [2, 2]]
    raises(RuntimeError, "diff expects input to be at least one-dimensional",
           lambda: torch.diff(torch.tensor(1.0)))


def test_products_of_batches_and_rows():
    batch = torch.arange(8.0).reshape(2, 2, 2).requires_grad_()
    out = torch.baddbmm(torch.ones(2), batch, batch, beta=2, alpha=0.5)
    assert torch.equal(out, 2 + 0.5 * torch.bmm(batch, batch))
    assert type(out.grad_fn).__name__ == "BaddbmmBackward0"
    raises(RuntimeError, "batch1 must be a 3D tensor",
           lambda: torch.baddbmm(torch.ones(2), torch.ones(2, 2), torch.ones(2, 2, 2)))
    attention = nn.MultiheadAttention(4, 2)
    x = torch.ones(3, 1, 4)
    _, weights = attention(x, x, x, attn_mask=torch.zeros(3, 3), average_attn_weights=False)
    assert "BaddbmmBackward0" in graph(weights.grad_fn)
    assert torch.cdist(torch.eye(2), torch.ones(1, 2), p=1.0).tolist() == [[1], [1]]
    raises(RuntimeError, "X1 and X2 must have the same number of columns. X1: 2 X2: 3",
           lambda: torch.cdist(torch.ones(2, 2), torch.ones(2, 3)))
    x, y = torch.eye(3)[0], torch.eye(3)[1]
    assert torch.cross(x, y, dim=0).tolist() == [0, 0, 1]
    assert torch.linalg.cross(y, x).tolist() == [0, 0, -1] and torch.vdot(x, x).item() == 1
    raises(TypeError, "must be Tensor, not int", lambda: torch.cross(x, 2))
    raises(RuntimeError, "linalg.cross: inputs dimension -1 must have length 3. Got 2 and 2",
           lambda: torch.linalg.cross(torch.ones(2), torch.ones(2)))


def test_numbers():
    assert torch.ones(3).eq_(1).tolist() == [1, 1, 1]
    assert torch.tensor([1, 5]).lt_(2).tolist() == [1, 0]
    assert torch.tensor([1.0, 0]).logical_and_(torch.ones(2)).tolist() == [1, 0]
    assert torch.tensor([1.0, 0]).logical_not_().tolist() == [0, 1]
    power = torch.float_power(torch.tensor([1, 2]), 2)
    assert power.dtype == torch.float64 and power.tolist() == [1, 4]
    assert torch.float_power(2, torch.tensor([3.0])).item() == 8
    assert torch.signbit(torch.tensor([-0.0, 1])).tolist() == [True, False]
    assert torch.copysign(torch.tensor([1, 2]), -1).tolist() == [-1, -2]
    assert torch.copysign(torch.tensor([1.0, 2]), torch.tensor([-0.0, 3])).tolist() == [-1, 2]
    a = torch.ones(2, requires_grad=True)
    assert graph(torch.rsub(a, 2).grad_fn) == "RsubBackward1[AccumulateGrad]"
    assert torch.tensor([1]).is_nonzero() and torch.broadcast_shapes((2, 1), (3,)) == (2, 3)
    raises(RuntimeError, "Boolean value of Tensor with more than one value is ambiguous",
           lambda: torch.ones(2).is_nonzero())


def test_how_tensors_print():
    x = torch.tensor([3.14159, 0.001])
    try:
        torch.set_printoptions(precision=2)
        assert str(x) == "tensor([3.14e+00, 1.00e-03])"
        torch.set_printoptions(precision=2, sci_mode=False)
        assert str(x) == "tensor([    3.14,     0.00])"
        torch.set_printoptions(profile="short")
        assert str(torch.arange(1001)) == "tensor([   0,    1,  ...,  999, 1000])"
        torch.set_printoptions(profile="default", threshold=4, edgeitems=1)
        assert str(torch.arange(5)) == "tensor([0,  ..., 4])"
        torch.set_printoptions(profile="full", linewidth=20)
        assert str(torch.arange(6)) == "tensor([0, 1, 2, 3,\n        4, 5])"
    finally:
        torch.set_printoptions(profile="default")
    assert str(x) == "tensor([3.1416e+00, 1.0000e-03])"
    raises(ValueError, "precision must be between", lambda: torch.set_printoptions(precision=99))
