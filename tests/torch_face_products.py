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
    raises(NotImplementedError, "of a matrix", lambda: torch.linalg.norm(a, 2))
