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
