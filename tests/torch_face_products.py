"""What torch.einsum, torch.outer and torch.linalg promise; run like torch_face.py. The expected values
are PyTorch's."""

import torch


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


def sums(equation, *operands):
    return torch.einsum(equation, *operands).tolist()


def test_einsum():
    a = torch.arange(6.0).reshape(2, 3)
    b = torch.arange(12.0).reshape(3, 4)
    square = torch.arange(9.0).reshape(3, 3)
    v = torch.arange(3.0)
    assert sums("ij,jk", a, b) == (a @ b).tolist()
    assert sums("ij -> ji", a) == a.t().tolist() and sums("ij->", a) == 15
    assert sums("ii", square) == 12 and sums("ii->i", square) == [0, 4, 8]
    assert sums("i,i->", v, v) == 5 and sums("i,j->ij", v, v) == [[0, 0, 0], [0, 1, 2], [0, 2, 4]]
    assert sums("ij,ik,k->j", a, a, v) == [42, 61, 80]
    batch = torch.arange(24.0).reshape(2, 3, 4)
    assert sums("bhd,bhd->bh", batch, batch)[1] == [734, 1230, 1854]
    assert sums("iij->j", batch[:, :2]) == [16, 18, 20, 22]


def test_einsum_with_an_ellipsis():
    a = torch.arange(6.0).reshape(2, 3)
    batch = torch.arange(24.0).reshape(2, 3, 4)
    assert sums("...ij->...ji", batch) == batch.transpose(1, 2).tolist()
    assert sums("...ij,...jk", a, batch) == (a @ batch).tolist()
    assert sums("...ij,...jk->...ik", a, batch) == (a @ batch).tolist()
    assert sums("i...->...", batch) == batch.sum(0).tolist()
    assert sums("...j->j", batch) == batch.sum((0, 1)).tolist()
    assert sums("...->...", a) == a.tolist() and sums("...,...", a, a) == (a * a).tolist()
    assert sums("...i,i->...i", a, a[0]) == (a * a[0]).tolist()
    assert sums("b...,...->b...", batch, batch[1]) == (batch * batch[1]).tolist()
    raises(RuntimeError, "found '.' for operand 0 that is not part of any ellipsis",
           lambda: torch.einsum("..ij", a))
    raises(RuntimeError, "found '.' for operand 0 for which an ellipsis was already found",
           lambda: torch.einsum("...i...", a))
    raises(RuntimeError, "(3) is more than the number of dimensions (2) for operand 0",
           lambda: torch.einsum("...ijk", a))
    raises(RuntimeError, "fewer operands were provided", lambda: torch.einsum("...,...,...", a, a))
    raises(RuntimeError, "do not broadcast", lambda: torch.einsum("...,...", a, batch))


def test_einsum_gradients():
    a = torch.arange(6.0).reshape(2, 3).requires_grad_()
    b = torch.arange(12.0).reshape(3, 4).requires_grad_()
    torch.einsum("ij,jk->ik", a, b).sum().backward()
    assert a.grad.tolist() == [[6, 22, 38]] * 2
    assert b.grad.tolist() == [[3] * 4, [5] * 4, [7] * 4]


def test_einsum_errors():
    a, b = torch.ones(2, 3), torch.ones(3, 4)
    raises(RuntimeError, "fewer operands were provided", lambda: torch.einsum("ij,jk", a))
    raises(RuntimeError, "more operands were provided", lambda: torch.einsum("ij", a, b))
    raises(RuntimeError, "(3) does not match the number of dimensions (2) for operand 0",
           lambda: torch.einsum("ijk", a))
    raises(RuntimeError, "output subscript k does not appear", lambda: torch.einsum("ij->k", a))
    raises(RuntimeError, "output subscript i appears more", lambda: torch.einsum("ij->ii", a))
    raises(RuntimeError, "invalid subscript given at index 1", lambda: torch.einsum("i1", a))
    raises(RuntimeError, "subscript j has size 2 for operand 1", lambda: torch.einsum("ij,jk", a, a))
    raises(ValueError, "at least one operand", lambda: torch.einsum("i->i"))


def test_outer():
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    product = torch.outer(v, torch.tensor([3.0, 4.0, 5.0]))
    assert product.tolist() == [[3, 4, 5], [6, 8, 10]]
    product.sum().backward()
    assert v.grad.tolist() == [12, 12]
    raises(RuntimeError, "outer: Expected 1-D argument self, but got 2-D",
           lambda: torch.outer(torch.ones(2, 2), v))


def test_linalg_norm():
    a = torch.tensor([[3.0, 4.0], [0.0, 5.0]])
    assert torch.linalg.norm(a[0]).item() == 5 and torch.linalg.vector_norm(a[0]).item() == 5
    assert torch.linalg.norm(a, dim=1).tolist() == [5, 5]
    assert torch.linalg.norm(a, 1).item() == 9 and torch.linalg.norm(a, -float("inf")).item() == 5
    raises(NotImplementedError, "singular values", lambda: torch.linalg.norm(a, 2))


def names_of(fn):
    inputs = [names_of(node) for node, _ in fn.next_functions if node is not None]
    return type(fn).__name__ + (f"[{','.join(inputs)}]" if inputs else "")


def test_inverse_and_solutions():
    a = torch.tensor([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]], requires_grad=True)
    b = torch.tensor([1.0, 2, 3], requires_grad=True)
    inverse = torch.inverse(a)
    assert inverse.stride() == (1, 3) and names_of(inverse.grad_fn).startswith("LinalgInvEx")
    assert torch.allclose(inverse @ a, torch.eye(3), atol=1e-6)
    x = torch.linalg.solve(a, b)
    assert names_of(x.grad_fn) == "LinalgSolveExBackward0[AccumulateGrad,AccumulateGrad]"
    assert str(x.detach()) == "tensor([0.3333, 0.3333, 0.6667])"
    assert x.grad_fn._saved_left is True and x.grad_fn._saved_LU.stride() == (1, 3)
    x.sum().backward()
    assert torch.allclose(b.grad, torch.linalg.solve(a.detach().T, torch.ones(3)))
    y = torch.linalg.solve(a.detach(), torch.ones(2, 3), left=False)
    assert torch.allclose(y @ a.detach(), torch.ones(2, 3), atol=1e-6)
    batch = torch.linalg.solve(a.detach().expand(2, 3, 3), b.detach())
    assert batch.shape == (2, 3) and torch.allclose(batch[1], x.detach())
    result = torch.linalg.inv_ex(torch.zeros(2, 2))
    assert result.info.item() == 1 and result.info.dtype == torch.int32
    assert torch.linalg.solve_ex(torch.eye(2), torch.ones(2)).info.item() == 0


def test_singular_matrices_are_refused():
    error = torch.linalg.LinAlgError
    assert issubclass(error, RuntimeError)
    flat = torch.tensor([[1.0, 2], [2, 4]])
    raises(error, "linalg.inv: The diagonal element 2 is zero, the inversion could not be "
           "completed because the input matrix is singular.", lambda: torch.inverse(flat))
    raises(error, "linalg.inv: (Batch element 1): The diagonal element 1 is zero",
           lambda: torch.linalg.inv(torch.stack([torch.eye(2), torch.zeros(2, 2)])))
    raises(error, "torch.linalg.solve: The solver failed because the input matrix is singular.",
           lambda: torch.linalg.solve(flat, torch.ones(2)))
    raises(RuntimeError, "must be batches of square matrices, but they are 2 by 3 matrices",
           lambda: torch.det(torch.ones(2, 3)))
    raises(RuntimeError, "Incompatible shapes of A and B for the equation AX = B (2x2 and 3x1)",
           lambda: torch.linalg.solve(flat, torch.ones(3)))


def test_determinants():
    a = torch.tensor([[2.0, 1], [1, 3]], requires_grad=True)
    torch.det(a).backward()
    assert torch.allclose(a.grad, torch.tensor([[3.0, -1], [-1, 2]]))
    singular = torch.ones(2, 2, requires_grad=True)
    torch.linalg.det(singular).backward()
    assert singular.grad.abs().sum().item() == 0
    sign, logarithm = torch.linalg.slogdet(-torch.eye(3))
    assert sign.item() == -1 and logarithm.item() == 0
    assert str(torch.logdet(-torch.eye(3))) == "tensor(nan)"
    assert torch.det(torch.stack([torch.eye(2), 2 * torch.eye(2)])).tolist() == [1, 4]
    assert "torch.return_types.slogdet(" in repr(torch.slogdet(torch.eye(2)))


def test_products_of_more_dimensions():
    a = torch.arange(6.0).reshape(2, 3).requires_grad_()
    t = torch.arange(24.0).reshape(2, 3, 4)
    dot = torch.tensordot(a, t, dims=([0, 1], [0, 1]))
    assert dot.tolist() == [220, 235, 250, 265] and type(dot.grad_fn).__name__ == "ViewBackward0"
    assert torch.tensordot(a.detach(), t[0], dims=1).shape == (2, 4)
    assert torch.inner(a.detach()[0], a.detach()[1]).item() == 14
    assert names_of(torch.kron(a, a).grad_fn).startswith("UnsafeViewBackward0[MulBackward0[Unsafe")
    assert torch.kron(torch.eye(2), torch.ones(1, 2)).tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    raises(RuntimeError, "contracted dimensions need to match, but first has size 3 in dim -1 and "
           "second has size 2 in dim 0", lambda: torch.tensordot(a, a, 1))
    m = torch.tensor([[1.0, 1], [0, 1]], requires_grad=True)
    assert torch.matrix_power(m, 5).tolist() == [[1, 5], [0, 1]]
    assert torch.linalg.matrix_power(m, -2).tolist() == [[1, -2], [0, 1]]
    assert torch.matrix_power(m, 0).tolist() == [[1, 0], [0, 1]]
