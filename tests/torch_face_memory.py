"""Where the elements of a result lie in memory: as PyTorch 2.6 has them."""

import copy

import torch

from torch_face import raises


def cube():
    return torch.arange(24.0).view(2, 3, 4)


# ---- results of element-wise operations -----------------------------------------------------------

def test_a_map_of_a_transpose_stays_one():
    x = torch.arange(6.0).view(2, 3).t()
    for y in (x + 1, -x, x * x, x.exp(), x.relu(), x > 1, torch.where(x > 1, x, 0), x.double(),
              x.clone(), x.clamp(1, 2), x + torch.ones(2), x + torch.ones(3, 2) * x[:, :1]):
        assert y.stride() == (1, 3) and not y.is_contiguous(), y.stride()
    assert (x + 1).tolist() == [[1, 4], [2, 5], [3, 6]]
    raises(RuntimeError, "view size is not compatible with input tensor's size and stride",
           lambda: (x + 1).view(-1))
    assert (x + 1).reshape(-1).tolist() == [1, 4, 2, 5, 3, 6]


def test_the_first_operand_that_knows_decides():
    a, b = torch.arange(6.0).view(2, 3).t(), torch.arange(6.0).view(3, 2)
    assert (a + b).stride() == (1, 3) and (b + a).stride() == (2, 1)
    assert (a[:1] + a).stride() == (1, 3) and (a[:, :1] + b).stride() == (2, 1)
    assert (torch.ones(3, 1) + torch.ones(1, 4)).stride() == (4, 1)
    assert torch.where(b > 2, a, b).stride() == (2, 1)


def test_gaps_are_closed_in_the_same_order():
    t = cube().permute(2, 0, 1)[:, :, :2]
    assert t.stride() == (1, 12, 4) and (t + 1).stride() == (1, 8, 4)
    assert torch.zeros_like(t).stride() == (1, 8, 4)
    assert (cube()[:, :, ::2] * 2).stride() == (6, 2, 1)
    assert (cube()[:1].expand(2, 3, 4) * 2).stride() == (12, 4, 1)


def test_copies_and_likes_keep_the_order():
    t = cube().permute(2, 0, 1)
    for make in (torch.zeros_like, torch.ones_like, torch.rand_like, torch.randn_like,
                 torch.empty_like, torch.clone, copy.deepcopy, lambda t: t.flip(0),
                 lambda t: t.sort(-1)[0], lambda t: t.sort(-1)[1],
                 lambda t: torch.randint_like(t, 5), lambda t: torch.full_like(t, 2),
                 lambda t: t.to(torch.int64),
                 lambda t: torch.nn.functional.mse_loss(t, t, reduction="none")):
        assert make(t).stride() == (1, 12, 4), make
    assert t.contiguous().stride() == (6, 3, 1)
    torch.manual_seed(3)
    drawn = torch.rand_like(t)
    torch.manual_seed(3)
    assert drawn.permute(1, 2, 0).equal(torch.rand(2, 3, 4))


# ---- gradients --------------------------------------------------------------------------------------

def test_a_gradient_lies_as_its_leaf_does():
    w = torch.randn(3, 4).t().requires_grad_()
    for loss in (lambda: (w * w).sum(), lambda: w.sum(), lambda: (w @ torch.ones(3, 2)).sum()):
        w.grad = None
        loss().backward()
        assert w.grad.stride() == (1, 4)


def test_changing_a_view_of_a_result_that_is_not_contiguous():
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    y = x.t() * 2
    y[0] *= 10
    assert y.grad_fn.name() == "torch::autograd::CopySlices" and y.stride() == (1, 3)
    (y * torch.arange(6.0).view(3, 2)).sum().backward()
    assert x.grad.tolist() == [[0, 4, 8], [20, 6, 10]]
    x.grad = None
    y = x.t() * 2
    v = y[:, 1]
    v.mul_(3)
    assert v.grad_fn.name() == "AsStridedBackward0"
    (v * torch.arange(3.0)).sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [0, 6, 12]]


def test_such_a_change_can_be_differentiated_twice():
    x = torch.arange(1.0, 7).view(2, 3).requires_grad_()
    y = x.t() ** 2
    y[1:] *= x.t()[1:]
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [[2, 12, 27], [8, 75, 108]]
    h, = torch.autograd.grad((g * g).sum(), x)
    assert h.tolist() == [[8, 2 * 12 * 12, 2 * 27 * 18], [32, 2 * 75 * 30, 2 * 108 * 36]]


# ---- in place with a wider operand -------------------------------------------------------------------

def test_in_place_with_a_wider_operand_is_computed_wide():
    x, d = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1e-9, 0.1, 1 / 3], dtype=torch.float64)
    for name in ("add_", "sub_", "mul_", "div_", "pow_"):
        narrow = getattr(x.clone(), name)(d)
        assert narrow.dtype == torch.float32
        assert narrow.equal(getattr(x.double(), name)(d).float()), name
    i = torch.arange(3, dtype=torch.int32)
    i *= torch.tensor([2, 3, 2 ** 33])
    assert i.tolist() == [0, 3, 0] and i.dtype == torch.int32


# ---- the slope of a product ---------------------------------------------------------------------------

def test_second_derivative_of_a_product_with_zeros():
    for values, slope, second in (([2.0, 0.0, 4.0], [0, 8, 0], [[0, 4, 0], [4, 0, 2], [0, 2, 0]]),
                                  ([0.0, 0.0, 4.0], [0, 0, 0], [[0, 4, 0], [4, 0, 0], [0, 0, 0]])):
        x = torch.tensor(values, requires_grad=True)
        g, = torch.autograd.grad(x.prod(), x, create_graph=True)
        assert g.tolist() == slope
        assert [torch.autograd.grad(g[i], x, retain_graph=True)[0].tolist()
                for i in range(3)] == second
    x = torch.tensor([[2.0, 0, 4], [1, 2, 3], [0, 0, 5]], dtype=torch.float64, requires_grad=True)
    for function in (lambda x: x.prod(), lambda x: x.prod(0), lambda x: x.prod(1, keepdim=True)):
        assert torch.autograd.gradcheck(function, x) and torch.autograd.gradgradcheck(function, x)
