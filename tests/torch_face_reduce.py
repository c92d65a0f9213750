"""What reductions, sorting, linear algebra and losses promise beyond the golden cases; run like
torch_face.py."""

import torch


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


# ---- the largest and the smallest ---------------------------------------------------------------

def test_results_with_names():
    a = torch.tensor([[1.0, 5.0], [5.0, 2.0]])
    result = a.max(1)
    values, indices = result
    assert values is result.values and indices is result[1] and len(result) == 2
    assert type(result) is torch.return_types.max and isinstance(result, tuple)
    assert str(torch.aminmax(a)) == \
        "torch.return_types.aminmax(\nmin=tensor(1.),\nmax=tensor(5.))"


def test_extremes():
    a = torch.tensor([[1.0, 5.0], [5.0, 2.0]], requires_grad=True)
    assert a.max(dim=0, keepdim=True).values.tolist() == [[5, 5]]
    assert a.amax((0, 1)).item() == 5 and a.amin(1, keepdim=True).tolist() == [[1], [2]]
    assert a.argmax().item() == 1 and a.argmin(1).tolist() == [0, 1]
    assert a.argmax(keepdim=True).tolist() == [[1]] and not a.argmax().requires_grad
    assert a.t().argmax().item() == 1
    assert torch.max(a, torch.tensor(3.0)).tolist() == [[3, 5], [5, 3]]
    assert torch.min(a, other=torch.tensor(3.0)).tolist() == [[1, 3], [3, 2]]
    assert torch.tensor(3).max(0).indices.item() == 0
    assert torch.tensor([True, False]).max().item() is True
    low, high = torch.aminmax(a, dim=1)
    (low + 2 * high).sum().backward()
    assert a.grad.tolist() == [[1, 2], [2, 1]]


def test_nan_is_the_largest():
    a = torch.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    a.max().backward()
    assert a.grad.tolist() == [0, 1, 0] and a.argmin().item() == 1


def test_extremes_of_nothing():
    raises(IndexError, "amax(): Expected reduction dim 0 to have non-zero size.",
           lambda: torch.empty(0, 3).amax(0))
    raises(RuntimeError, "amin(): Expected reduction dim to be specified for input.numel() == 0. "
           "Specify the reduction dim with the 'dim' argument.", lambda: torch.empty(0).amin())
    raises(RuntimeError, "\"argmax_cpu\" not implemented for 'Bool'",
           lambda: torch.tensor([True]).argmax())
    assert torch.empty(0, 3).max(1).values.shape == (0,)


# ---- sums, products, spread -----------------------------------------------------------------------

def near(a, b):
    return abs(a - b) <= 1e-6 * (1 + abs(b))


def test_products_and_truth():
    a = torch.tensor([[1.0, 5.0, 0.0], [5.0, 2.0, 4.0]], requires_grad=True)
    assert a.prod(1).tolist() == [0, 40] and torch.tensor([2, 3]).prod().item() == 6
    a.prod(1).sum().backward()
    assert a.grad.tolist() == [[0, 0, 5], [8, 20, 10]]
    two = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    two.prod().backward()
    assert two.grad.tolist() == [0, 0, 0]
    assert a.any().item() is True and a.all(dim=1).tolist() == [False, True]
    assert torch.tensor([1, 2], dtype=torch.uint8).all().dtype == torch.uint8
    assert torch.count_nonzero(a, 0).tolist() == [2, 2, 1]
    nan = torch.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    nan.nansum().backward()
    assert nan.nansum().item() == 4 and nan.nanmean().item() == 2
    assert nan.grad.tolist() == [1, 0, 1]


def test_variances():
    import warnings
    a = torch.tensor([[1.0, 2.0, 6.0], [0.0, 4.0, 8.0]])
    assert near(a.var().item(), 9.5) and a.var(1).tolist() == [7, 16]
    assert near(a.std(unbiased=False).item(), (47.5 / 6) ** 0.5)
    assert a.std(False).item() == a.std(correction=0).item()
    assert a.var(1, True, True).shape == (2, 1) and a.var(dim=(0, 1), keepdim=True).shape == (1, 1)
    variance, mean = torch.var_mean(a, 1)
    assert variance.tolist() == [7, 16] and mean.tolist() == [3, 4]
    deviation, mean = torch.std_mean(a, dim=0, correction=0)
    assert deviation.tolist() == [0.5, 1, 1] and mean.tolist() == [0.5, 3, 7]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        one = torch.ones(1).std()
    assert one.item() != one.item()
    assert "degrees of freedom is <= 0" in str(caught[0].message)


def test_norms():
    a = torch.tensor([[3.0, -4.0], [0.0, 0.0]], requires_grad=True)
    assert a.norm().item() == 5 and a.norm(1).item() == 7 and a.norm(float("inf")).item() == 4
    assert a.norm(0).item() == 2 and torch.norm(a, p="fro", dim=(0, 1)).item() == 5
    assert a.norm(dim=1, keepdim=True).tolist() == [[5], [0]]
    a.norm(dim=1).sum().backward()
    assert near(a.grad[0, 0].item(), 0.6) and a.grad[1].tolist() == [0, 0]
    assert torch.dist(a, torch.zeros(2, 2)).item() == 5
    raises(RuntimeError, "linalg.vector_norm: Expected a floating point or complex tensor as "
           "input. Got Long", lambda: torch.tensor([1]).norm())
    big = torch.tensor([1000.0, 1000.0])
    assert near(big.logsumexp(0).item(), 1000.6931471805599)
    assert torch.tensor([float("-inf")] * 2).logsumexp(0).item() == float("-inf")
