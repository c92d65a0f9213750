"""torch.linalg's decompositions and their gradients, in what no sign of a vector changes."""
import torch

linalg = torch.linalg
a = torch.tensor([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]], requires_grad=True)
b = torch.tensor([[1.0, 2], [3, 4], [5, 7]], requires_grad=True)
nine, six, four = torch.arange(9.0).view(3, 3), torch.arange(6.0).view(3, 2), torch.arange(4.0).view(2, 2)


def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


def slope(make, x):
    x.grad = None
    make().backward()
    print((x.grad * 100).round() / 100 + 0.0)


print(linalg.cholesky(a).detach(), linalg.cholesky(a.detach(), upper=True))
print(linalg.eigvalsh(a).detach(), linalg.svdvals(b).detach(), linalg.pinv(b).detach().round(decimals=3) + 0.0)
slope(lambda: (linalg.cholesky(a) * nine).sum(), a)
slope(lambda: (linalg.eigvalsh(a) ** 2).sum(), a)
slope(lambda: (linalg.eigh(a).eigenvectors ** 2 * nine).sum(), a)
slope(lambda: (linalg.eigh(a)[0] * torch.arange(3.0)).sum(), a)
slope(lambda: linalg.svdvals(b).sum(), b)
slope(lambda: (linalg.svd(b, full_matrices=False).U ** 2 * six).sum(), b)
slope(lambda: (linalg.svd(b, full_matrices=False).Vh ** 2 * four).sum(), b)
slope(lambda: (linalg.qr(b).Q ** 2 * six).sum(), b)
slope(lambda: (linalg.qr(b)[1] ** 2 * four).sum(), b)
slope(lambda: (linalg.pinv(b) * six.T).sum(), b)
u, s, vh = linalg.svd(b.detach(), full_matrices=False)
print(torch.dist(u @ torch.diag(s) @ vh, b.detach()) < 1e-5, linalg.svd(b.detach()).U.shape)
y = torch.tensor([[1.0], [2], [4]])
fit = linalg.lstsq(b.detach(), y)
print(fit.solution, linalg.matrix_rank(a.detach()), linalg.matrix_rank(torch.ones(3, 3)))
x = torch.randn(2, 3, 3, dtype=torch.float64)
x = x @ x.mT + torch.eye(3)
print(torch.allclose(linalg.cholesky(x) @ linalg.cholesky(x).mT, x), linalg.eigvalsh(x).shape)
show(lambda: linalg.cholesky(-a))
show(lambda: linalg.cholesky(b))
show(lambda: linalg.svd(torch.ones(2)))
show(lambda: linalg.qr(b.detach(), mode="x"))
