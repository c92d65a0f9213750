"""What the torch face promises of shapes, joining, splitting and indexing. See torch_face.py."""

import torch


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


# ---- joining and splitting -----------------------------------------------------------------------

def test_joining():
    a = torch.arange(6.0).reshape(2, 3).requires_grad_()
    whole = torch.cat([a] + [torch.ones(1, 3)] * 40 + [a * 2] * 60)
    assert whole.shape == (162, 3) and len(whole.grad_fn.next_functions) == 101
    assert [fn is None for fn, _ in whole.grad_fn.next_functions[:3]] == [False, True, True]
    whole.sum().backward()
    assert a.grad.tolist() == [[121] * 3] * 2
    assert torch.cat([torch.tensor([]), a.detach()]).shape == (2, 3)
    assert torch.cat((torch.tensor([1]), torch.tensor([0.5]))).dtype == torch.float32
    assert torch.stack([torch.tensor(1), torch.tensor(2)]).tolist() == [1, 2]
    x, y = torch.tensor([1, 2]), torch.tensor([3, 4])
    assert torch.hstack((x, y)).tolist() == [1, 2, 3, 4]
    assert torch.vstack((x, y)).tolist() == [[1, 2], [3, 4]]
    assert torch.dstack((x, y)).tolist() == [[[1, 3], [2, 4]]]
    assert torch.column_stack((x, y)).tolist() == [[1, 3], [2, 4]]
    assert [t.shape for t in torch.atleast_3d(x, torch.tensor(1), torch.ones(2, 2))] == \
        [(1, 2, 1), (1, 1, 1), (2, 2, 1)]
    raises(TypeError, "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
           lambda: torch.cat(x))
    raises(TypeError, "expected Tensor as element 1 in argument 0, but got int",
           lambda: torch.cat([x, 1]))
    raises(RuntimeError, "zero-dimensional tensor (at position 0) cannot be concatenated",
           lambda: torch.cat([torch.tensor(1)]))


def test_splitting():
    x = torch.arange(10.0).requires_grad_()
    assert [t.tolist() for t in x.split(4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [len(t) for t in torch.split(x, [1, 2, 7])] == [1, 2, 7]
    assert [len(t) for t in x.chunk(4)] == [3, 3, 3, 1]
    assert [len(t) for t in torch.empty(0).chunk(3)] == [0, 0, 0]
    rows = list(x.reshape(5, 2) * 1)
    assert all(row.grad_fn is rows[0].grad_fn for row in rows)
    assert [row.output_nr for row in rows] == [0, 1, 2, 3, 4]
    (rows[1] * rows[3]).sum().backward()
    assert x.grad.tolist() == [0, 0, 6, 7, 0, 0, 2, 3, 0, 0]
    raises(RuntimeError, "Such functions do not allow the output views to be modified inplace",
           lambda: rows[0].add_(1))
    plain = torch.zeros(3, 2)
    for row in plain:
        row += 1
    assert plain.tolist() == [[1, 1]] * 3
    raises(RuntimeError, "split_with_sizes expects split_sizes to sum exactly to 10",
           lambda: x.split([5, 6]))
    raises(IndexError, "Dimension specified as 0 but tensor has no dimensions",
           lambda: torch.tensor(1).unbind())
