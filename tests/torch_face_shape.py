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


# ---- indexing ------------------------------------------------------------------------------------

def test_indexing_as_numpy_does():
    import numpy as np
    r = np.arange(24.0).reshape(2, 3, 4)
    x = torch.tensor(r)
    mask, wide = np.array([True, False, True]), np.ones((2, 3), dtype=bool)
    rows = np.array([1, 0])
    whole = slice(None)
    for index in [rows, (rows, rows), (whole, rows), (rows, whole, rows), (whole, mask),
                  (whole, mask, 1), (wide,), ([[1], [0]], [[0, 2]]), (..., [3, 0]), (-1, [2, -1]),
                  ([0, 1], None, [2, 1]), True, False, (whole, range(2)), [], [-1, -2], (0, mask)]:
        got, wanted = x[index], r[index]
        assert got.tolist() == wanted.tolist() and got.shape == wanted.shape, index
    assert x[x > 5].tolist() == r[r > 5].tolist()
    turned = torch.from_numpy(r.transpose(2, 1, 0))
    assert turned[[0, 1], :, [1, 0]].tolist() == r.transpose(2, 1, 0)[[0, 1], :, [1, 0]].tolist()
    assert x[[[0, 1], [1, 2]]].shape == (2, 4)  # a list of lists reads as a tuple
    assert x[torch.tensor(1)].shape == (3, 4)
    raises(IndexError, "too many indices for tensor of dimension 3", lambda: x[[0], [0], [0], [0]])
    raises(IndexError, "valid indices (got object)", lambda: x[object()])


def test_indexing_and_gradients():
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    y = x[[1, 1, 0], [2, 2, 0]]
    assert y.grad_fn.name() == "IndexBackward0"
    assert [i.tolist() for i in y.grad_fn._saved_indices] == [[1, 1, 0], [2, 2, 0]]
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [[100, 0, 0], [0, 0, 11]]
    assert x[:, [1]].grad_fn._saved_indices[0] is None


def test_assignment_by_index():
    import numpy as np
    r = np.zeros((2, 3))
    x = torch.zeros(2, 3, dtype=torch.float64)
    for index, value in [((0, [0, 2]), 1.0), (([0, 1], [1, 1]), [2.0, 3.0]), (r < 1, 4.0),
                         ((slice(None), [1, 2]), [[5.0], [6.0]])]:
        r[index] = value
        x[torch.from_numpy(index) if isinstance(index, np.ndarray) else index] = torch.tensor(
            value, dtype=torch.float64)
        assert x.tolist() == r.tolist(), index
    x[True] = 1
    x[False] = 2
    x[[0, 0, 1]] += 1
    assert x.tolist() == [[2, 2, 2], [2, 2, 2]]
    raises(TypeError, "can't assign a list to a torch.DoubleTensor",
           lambda: x.__setitem__(0, [1, 2, 3]))
    raises(RuntimeError, "Index put requires the source and destination dtypes match, got Double "
           "for the destination and Float for the source.",
           lambda: x.__setitem__([0], torch.ones(3)))
    raises(RuntimeError, "shape mismatch: value tensor of shape [2] cannot be broadcast to "
           "indexing result of shape [1, 3]",
           lambda: x.__setitem__([0], torch.ones(2, dtype=torch.float64)))
    assert x.tolist() == [[2, 2, 2], [2, 2, 2]] and x._version == 6


def test_assignment_and_gradients():
    x = torch.zeros(2, 3, requires_grad=True)
    b = torch.ones(2, requires_grad=True)
    y = x * 2
    y[[0, 1], [2, 1]] = b
    assert y.grad_fn.name() == "IndexPutBackward0" and not y.grad_fn._saved_accumulate
    (y * torch.arange(6.0).reshape(2, 3)).sum().backward()
    assert x.grad.tolist() == [[0, 2, 0], [6, 0, 10]] and b.grad.tolist() == [2, 4]
    z = x * 1
    z[:, [0, 2]] = 5.0
    assert z.grad_fn.name() == "torch::autograd::CopySlices"
    x.grad = None
    z.sum().backward()
    assert x.grad.tolist() == [[0, 1, 0], [0, 1, 0]]


# ---- copies in another order ---------------------------------------------------------------------

def test_rearranging_as_numpy_does():
    import numpy as np
    x = torch.arange(6.0).reshape(2, 3)
    r = x.numpy()
    same = [
        (x.repeat(3, 1, 2), np.tile(r, (3, 1, 2))), (x.tile(2), np.tile(r, 2)),
        (x.repeat_interleave(2), np.repeat(r, 2)),
        (x.repeat_interleave(2, dim=1), np.repeat(r, 2, 1)),
        (torch.repeat_interleave(x, torch.tensor([1, 2]), 0), np.repeat(r, [1, 2], 0)),
        (x.flip(0, 1), r[::-1, ::-1]), (x.fliplr(), np.fliplr(r)), (x.flipud(), np.flipud(r)),
        (torch.diag(torch.arange(3.0), -1), np.diag(np.arange(3.0), -1)),
    ]
    same += [(torch.rot90(x, k), np.rot90(r, k)) for k in range(-2, 5)]
    same += [(torch.roll(x, shift, dims), np.roll(r, shift, dims))
             for shift, dims in [(1, None), (-2, None), (1, 0), ((1, -1), (0, 1)), (7, 1)]]
    for k in range(-2, 3):
        same += [(x.tril(k), np.tril(r, k)), (torch.triu(x, k), np.triu(r, k)),
                 (torch.diag(x, k), np.diag(r, k)), (x.diagonal(k), np.diagonal(r, k))]
    for i, (got, wanted) in enumerate(same):
        assert got.tolist() == wanted.tolist(), i
    assert torch.diag_embed(x).shape == (2, 3, 3) and torch.trace(x).item() == 4
    assert torch.diagflat(x)[4, 4].item() == 4
    y = torch.ones(3, 3)
    y.diagonal().zero_()
    assert y.sum().item() == 6
    raises(RuntimeError, "shifts and dimensions must align. shifts: 2, dims:1",
           lambda: x.roll((1, 2), 0))
    raises(RuntimeError, "Number of dimensions of repeat dims can not be smaller",
           lambda: x.repeat(2))
    raises(RuntimeError, "tril: input tensor must have at least 2 dimensions", lambda: x[0].tril())
    raises(RuntimeError, "dim 0 appears multiple times in the list of dims", lambda: x.flip(0, 0))


# ---- elements by their places --------------------------------------------------------------------

def test_gathering_and_scattering():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.gather(1, torch.tensor([[0, 0], [1, 0]])).tolist() == [[0, 0], [4, 3]]
    assert x.index_select(1, torch.tensor([2, 0])).tolist() == [[2, 0], [5, 3]]
    assert torch.take_along_dim(x, torch.tensor([[2], [0]]), 1).tolist() == [[2], [3]]
    zeros = torch.zeros(3)
    index = torch.tensor([0, 0, 2])
    assert zeros.scatter_add(0, index, torch.tensor([1.0, 2, 3])).tolist() == [3, 0, 3]
    assert zeros.scatter(0, index, torch.tensor([1.0, 2, 3])).tolist() == [2, 0, 3]
    assert zeros.scatter(0, index, value=4).tolist() == [4, 0, 4]
    assert zeros.index_add(0, index, torch.ones(3), alpha=2).tolist() == [4, 0, 2]
    assert zeros.index_fill(0, torch.tensor([-1]), 5).tolist() == [0, 0, 5]
    assert zeros.index_copy(0, torch.tensor([1]), torch.tensor([6.0])).tolist() == [0, 6, 0]
    assert zeros.index_put_((index,), torch.tensor(1.0), accumulate=True).tolist() == [2, 0, 1]
    raises(RuntimeError, "index 5 is out of bounds for dimension 1 with size 3",
           lambda: x.gather(1, torch.tensor([[5]])))
    raises(RuntimeError, "Index tensor must have the same number of dimensions as input tensor",
           lambda: x.gather(1, torch.tensor([0])))
    raises(IndexError, "index out of range in self",
           lambda: x.index_select(0, torch.tensor([5])))
    raises(RuntimeError, "apart from dimension 0 and to be no larger size than src [2, 3]",
           lambda: x.scatter(0, torch.zeros(3, 3).long(), x))


def test_masks_and_choices():
    import torch.nn.functional as F
    x = torch.arange(6.0).reshape(2, 3)
    assert x.masked_select(x > 2).tolist() == [3, 4, 5]
    assert x.masked_fill(x > 2, -1).tolist() == [[0, 1, 2], [-1, -1, -1]]
    assert torch.nonzero(x > 3).tolist() == [[1, 1], [1, 2]]
    assert [t.tolist() for t in torch.where(x > 3)] == [[1, 1], [1, 2]]
    assert x.where(x > 4, 0.0).tolist() == [[0, 0, 0], [0, 0, 5]]
    assert torch.nonzero(torch.tensor(3)).shape == (1, 0)
    assert F.one_hot(torch.tensor([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert F.one_hot(torch.tensor([[0], [1]]), 4).shape == (2, 1, 4)
    raises(RuntimeError, "Class values must be smaller than num_classes.",
           lambda: F.one_hot(torch.tensor([3]), 2))
    raises(RuntimeError, "value cannot be converted to type int64_t without overflow",
           lambda: x.long().masked_fill(x > 0, 1.5))
    value = torch.tensor(2.0, requires_grad=True)
    x.masked_fill(x > 2, value).sum().backward()
    assert value.grad.item() == 3


# ---- dimensions ----------------------------------------------------------------------------------

def test_a_reshape_that_moves_nothing():
    a = torch.arange(6.0).reshape(2, 3).requires_grad_()
    scalar = torch.tensor(2.0, requires_grad=True)
    for result, node in ((a.reshape(-1), "ViewBackward0"), (a[0].reshape(-1), "ViewBackward0"),
                         (a[:, 0].reshape(1, 2), "ReshapeAliasBackward0"),
                         (scalar.expand(3).reshape(-1), "ReshapeAliasBackward0"),
                         (a.t().reshape(-1), "UnsafeViewBackward0")):
        assert type(result.grad_fn).__name__ == node, (result, node)
    column = a[:, 0].reshape(1, 2)
    assert column.grad_fn._saved_self_sym_sizes == (2,) and column.data_ptr() == a.data_ptr()
    (column * torch.tensor([2.0, 3.0])).sum().backward()
    assert a.grad.tolist() == [[2, 0, 0], [3, 0, 0]]


def test_dimensions_as_numpy_moves_them():
    import numpy as np
    x = torch.arange(24.0).reshape(2, 3, 4)
    for source, destination in [(0, 2), (2, 0), (-1, 1), ((0, 1), (1, 0)), ((0, 2), (-1, 0))]:
        assert torch.movedim(x, source, destination).tolist() == \
            np.moveaxis(x.numpy(), source, destination).tolist()
    assert x.unflatten(2, (2, -1)).shape == (2, 3, 2, 2) and x.ravel().shape == (24,)
    assert x.adjoint().shape == x.mH.shape == (2, 4, 3) and x[0].H.shape == (4, 3)
    assert torch.zeros(1, 2, 1, 3).squeeze((0, 2)).shape == (2, 3)
    assert torch.nn.Unflatten(1, (3, 1))(torch.ones(2, 3)).shape == (2, 3, 1)
    assert torch.nn.ConstantPad1d((1, 2), 7.0)(torch.ones(1)).tolist() == [7, 1, 7, 7]
    assert torch.nn.ZeroPad2d((1, 0, 0, 2))(torch.ones(1, 1)).tolist() == [[0, 1], [0, 0], [0, 0]]
    raises(RuntimeError, "unflatten: Provided sizes [3, 1] don't multiply up to the size of dim 0 "
           "(2) in the input tensor", lambda: x.unflatten(0, (3, 1)))
    raises(RuntimeError, "movedim: repeated dim in `source`",
           lambda: torch.movedim(x, (0, 0), (1, 2)))
    raises(RuntimeError, "tensor.H is only supported on matrices", lambda: x.H)


def test_grids_and_cuts():
    import numpy as np
    a, b = torch.tensor([1, 2, 3]), torch.tensor([4, 5])
    for indexing in "ij", "xy":
        grids = torch.meshgrid(a, b, indexing=indexing)
        wanted = np.meshgrid(a.numpy(), b.numpy(), indexing=indexing)
        assert [g.tolist() for g in grids] == [g.tolist() for g in wanted]
    assert torch.cartesian_prod(a, b).tolist() == [[i, j] for i in (1, 2, 3) for j in (4, 5)]
    assert [t.shape for t in torch.broadcast_tensors(torch.ones(3, 1), torch.ones(4))] == \
        [(3, 4), (3, 4)]
    for cuts in [1, 2, 3, 4, 5, [1, 5], (2,)]:
        assert [t.tolist() for t in torch.tensor_split(torch.arange(7), cuts)] == \
            [t.tolist() for t in np.array_split(np.arange(7), cuts)]
    x = torch.ones(2, 3, 4)
    assert [t.shape[1] for t in x.hsplit(3)] == [1, 1, 1]
    raises(RuntimeError, "not divisible by the split_size 2!", lambda: x.hsplit(2))
    raises(RuntimeError, "indexing must be one of", lambda: torch.meshgrid(a, indexing="k"))


# ---- tensors like others, tables -----------------------------------------------------------------

def test_new_tensors():
    x = torch.ones(2, dtype=torch.float64)
    for made, wanted in [(x.new_zeros(2, 1), [[0], [0]]), (x.new_ones((2,)), [1, 1]),
                         (x.new_full((2,), 7), [7, 7]), (x.new_tensor([1, 2]), [1, 2])]:
        assert made.tolist() == wanted and made.dtype == torch.float64
    assert x.new_zeros(1, dtype=torch.int64).dtype == torch.int64 and x.new_empty(3).shape == (3,)
    assert torch.logspace(0, 2, 3).tolist() == [1, 10, 100]
    assert torch.tril_indices(2, 3).tolist() == [[0, 1, 1], [0, 0, 1]]
    assert torch.triu_indices(2, 3, offset=1).tolist() == [[0, 0, 1], [1, 2, 2]]
    assert torch.asarray([1, 2]).dtype == torch.int64
    assert torch.ones(2).type_as(x).dtype == torch.float64
    assert torch.tensor(range(3)).tolist() == [0, 1, 2]


def test_embeddings_from_a_table():
    table = torch.arange(6.0).reshape(3, 2)
    layer = torch.nn.Embedding.from_pretrained(table)
    assert not layer.weight.requires_grad and repr(layer) == "Embedding(3, 2)"
    assert layer(torch.tensor([[2], [0]])).tolist() == [[[4, 5]], [[0, 1]]]
    table[2, 0] = 9  # the layer looks at the lesson's own table
    assert layer(torch.tensor(2)).tolist() == [9, 5]
    layer = torch.nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0)
    layer(torch.tensor([0, 1, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [2, 2], [0, 0]]
    raises(NotImplementedError, "Embedding(sparse=...) is not supported by Gradlight",
           lambda: torch.nn.Embedding(3, 2, sparse=True))
    raises(AssertionError, "Shape of weight does not match num_embeddings and embedding_dim",
           lambda: torch.nn.Embedding(3, 2, _weight=torch.ones(2, 2)))


# ---- searching, lying --------------------------------------------------------------------------

def test_searching():
    x = torch.arange(6.0).reshape(2, 3)
    assert 2 in x and 9 not in x and torch.tensor(3.0) in x
    raises(RuntimeError, "Tensor.__contains__ only supports Tensor or scalar", lambda: "a" in x)
    assert torch.isin(x, torch.tensor([1.0, 5.0])).tolist() == \
        [[False, True, False], [False, False, True]]
    assert torch.isin(x, 2.0, invert=True).sum().item() == 5
    limits, values = torch.tensor([1, 3, 5]), torch.tensor([1, 3, 9])
    assert torch.bucketize(values, limits).tolist() == [0, 1, 3]
    assert torch.bucketize(values, limits, right=True).tolist() == [1, 2, 3]
    assert torch.searchsorted(torch.tensor([[1, 3, 5], [2, 4, 6]]), torch.tensor([[3], [3]]),
                              side="right").tolist() == [[2], [1]]
    assert torch.take(x, torch.tensor([[0, -1]])).tolist() == [[0, 5]]
    assert x.masked_scatter(x > 2, torch.tensor([9.0, 8, 7, 6])).tolist() == [[0, 1, 2], [9, 8, 7]]
    assert torch.zeros(2, 3).fill_diagonal_(2).tolist() == [[2, 0, 0], [0, 2, 0]]
    raises(IndexError, "tried to access index 9 on a tensor of 6 elements",
           lambda: torch.take(x, torch.tensor([9])))
    raises(RuntimeError, "Number of elements of source < number of ones in mask",
           lambda: x.masked_scatter(x > 2, torch.ones(1)))


def test_copies_lie_as_their_source():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.t().clone().stride() == torch.zeros_like(x.t()).stride() == (1, 3)
    assert x.t().clone().tolist() == x.t().tolist() and not x.t().clone().is_contiguous()
    assert x.t().contiguous().stride() == (2, 1) and x[:, ::2].clone().stride() == (2, 1)
    raises(RuntimeError, "view size is not compatible", lambda: x.t().clone().view(-1))
    y = torch.ones(3, 2, requires_grad=True)
    (y.t().clone() * x).sum().backward()
    assert y.grad.tolist() == x.t().tolist()


def test_iterating_makes_one_node():
    x = torch.arange(6.0).view(3, 2).requires_grad_()
    a, b, c = x
    assert a.grad_fn is b.grad_fn and a.grad_fn.name() == "UnbindBackward0"
    assert [row.output_nr for row in (a, b, c)] == [0, 1, 2]
    assert type(iter(x)) is type(iter(()))
    assert [row.tolist() for row in reversed(x)] == [[4, 5], [2, 3], [0, 1]]
    assert reversed(torch.tensor(2)).item() == 2
