"""Decompositions: NumPy computes them, and the formulas for the way back are here.

G stands for the gradient of a result, A' for the transpose in the last two dimensions."""

from collections import namedtuple as _namedtuple

import torch as _torch
from torch.autograd import Function as _Function
from torch.linalg import LinAlgError as _LinAlgError

__all__ = ["cholesky", "qr", "eigh", "eigvalsh", "svd", "svdvals", "lstsq", "pinv", "matrix_rank"]


def _turned(a):
    return a.transpose(-2, -1)


def _numpy(function, *arrays, **options):
    """The results of numpy.linalg as tensors like the first."""
    import numpy
    like = arrays[0]
    given = [array.detach().cpu().numpy() for array in arrays]
    found = getattr(numpy.linalg, function)(*given, **options)
    found = found if isinstance(found, tuple) else (found,)
    return [_torch.from_numpy(numpy.array(one)).to(like.device, like.dtype) for one in found]


def _check(name, a, square=False):
    if not isinstance(a, _torch.Tensor):
        raise TypeError(f"linalg_{name}(): argument 'A' (position 1) must be Tensor, not "
                        f"{type(a).__name__}")
    if a.dim() < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if not a.is_floating_point():
        kind = a.type().split(".")[-1].removesuffix("Tensor")
        raise RuntimeError(f"linalg.{name}: Expected a floating point or complex tensor as input. Got "
                           f"{kind}")
    if square and a.size(-1) != a.size(-2):
        raise RuntimeError(f"linalg.{name}: A must be batches of square matrices, but they are "
                           f"{a.size(-2)} by {a.size(-1)} matrices")


def _result(name, fields):
    """A tuple with names that shows itself as torch.return_types do."""
    base = _namedtuple(name, fields)

    def shown(self):
        parts = ",\n".join(f"{field}={value!r}" for field, value in zip(fields, self))
        return f"torch.return_types.{name}(\n{parts})"
    return type(name, (base,), {"__repr__": shown, "__str__": shown, "__slots__": (),
                                "__module__": "torch.return_types"})


_qr = _result("linalg_qr", ("Q", "R"))
_eigh = _result("linalg_eigh", ("eigenvalues", "eigenvectors"))
_svd = _result("linalg_svd", ("U", "S", "Vh"))
_lstsq = _result("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))


# ---- Cholesky: A = L L' ------------------------------------------------------------------------

class LinalgCholesky(_Function):
    @staticmethod
    def forward(ctx, a):
        lower, = _numpy("cholesky", a)
        ctx.save_for_backward(lower)
        return lower

    @staticmethod
    def backward(ctx, grad):
        """L^-' P(L' G) L^-1, made symmetric; P(X) is the lower triangle of X with half of its diagonal."""
        lower, = ctx.saved_tensors
        inner = (_turned(lower) @ grad).tril()
        inner = inner - 0.5 * _torch.diag_embed(inner.diagonal(0, -2, -1))
        inverse = _torch.linalg.inv(lower)
        full = _turned(inverse) @ inner @ inverse
        return 0.5 * (full + _turned(full))


def _first_bad_minor(a):
    import numpy
    for matrix in a.detach().cpu().reshape(-1, *a.shape[-2:]).numpy():
        for order in range(1, len(matrix) + 1):
            try:
                numpy.linalg.cholesky(matrix[:order, :order])
            except numpy.linalg.LinAlgError:
                return order
    return a.size(-1)


def cholesky(A, *, upper=False):
    _check("cholesky", A, square=True)
    import numpy
    try:
        lower = LinalgCholesky.apply(A)
    except numpy.linalg.LinAlgError:
        raise _LinAlgError(
            "linalg.cholesky: The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {_first_bad_minor(A)} is not "
            "positive-definite).") from None
    return _turned(lower) if upper else lower


# ---- QR: A = Q R -------------------------------------------------------------------------------

class LinalgQr(_Function):
    @staticmethod
    def forward(ctx, a):
        q, r = _numpy("qr", a)
        ctx.save_for_backward(q, r)
        return q, r

    @staticmethod
    def backward(ctx, grad_q, grad_r):
        """(G_Q + Q S) R^-' with S = M + M' less the diagonal of M, M = triu(G_R R' - Q' G_Q)."""
        q, r = ctx.saved_tensors
        if r.size(-2) != r.size(-1):
            raise RuntimeError("The QR decomposition is not differentiable when mode='reduced' and "
                               "nrows < ncols")
        m = (grad_r @ _turned(r) - _turned(q) @ grad_q).triu()
        s = m + _turned(m) - _torch.diag_embed(m.diagonal(0, -2, -1))
        return _turned(_torch.linalg.solve(r, _turned(grad_q + q @ s)))


def qr(A, mode="reduced"):
    _check("qr", A)
    if mode == "reduced":
        return _qr(*LinalgQr.apply(A))
    if mode not in ("complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' "
                           "(default), 'r', or 'complete'")
    if A.requires_grad and _torch.is_grad_enabled():
        raise NotImplementedError(f"the gradient of linalg.qr(mode='{mode}') is not supported by "
                                  "Gradlight")
    found = _numpy("qr", A, mode=mode)
    return _qr(*found) if mode == "complete" else _qr(A.new_empty(0), *found)


# ---- eigenvalues of symmetric matrices: A = V diag(l) V' ---------------------------------------

class LinalgEigh(_Function):
    @staticmethod
    def forward(ctx, a, triangle):
        values, vectors = _numpy("eigh", a, UPLO=triangle)
        ctx.save_for_backward(values, vectors)
        return values, vectors

    @staticmethod
    def backward(ctx, grad_values, grad_vectors):
        """V (diag(G_l) + K(V'G_V) / E) V', K(X) = (X - X') / 2, E[i, j] = l[j] - l[i], and nothing on the
        diagonal."""
        values, v = ctx.saved_tensors
        apart = values.unsqueeze(-2) - values.unsqueeze(-1)
        same = _torch.eye(values.size(-1), dtype=_torch.bool, device=values.device)
        of_v = _turned(v) @ grad_vectors
        inner = (0.5 * (of_v - _turned(of_v)) / apart.masked_fill(same, 1)).masked_fill(same, 0)
        return v @ (inner + _torch.diag_embed(grad_values)) @ _turned(v), None


def eigh(A, UPLO="L"):
    _check("eigh", A, square=True)
    return _eigh(*LinalgEigh.apply(A, UPLO))


def eigvalsh(A, UPLO="L"):
    _check("eigvalsh", A, square=True)
    return LinalgEigh.apply(A, UPLO)[0]


# ---- singular values: A = U diag(S) V' ---------------------------------------------------------

class LinalgSvd(_Function):
    @staticmethod
    def forward(ctx, a):
        u, s, vh = _numpy("svd", a, full_matrices=False)
        ctx.save_for_backward(u, s, vh)
        return u, s, vh

    @staticmethod
    def backward(ctx, grad_u, grad_s, grad_vh):
        """U [(K(U'G_U) / E) S + S (K(V'G_V) / E) + diag(G_S)] V', K(X) = X - X', and what of G_U and G_V
        lies across U and V; E[i, j] = S[j]^2 - S[i]^2, 1 on the diagonal."""
        u, s, vh = ctx.saved_tensors
        v, grad_v = _turned(vh), _turned(grad_vh)
        squares = s * s
        same = _torch.eye(s.size(-1), dtype=_torch.bool, device=s.device)
        apart = (squares.unsqueeze(-2) - squares.unsqueeze(-1)).masked_fill(same, 1)
        of_u, of_v = _turned(u) @ grad_u, _turned(v) @ grad_v
        inner = ((of_u - _turned(of_u)) / apart * s.unsqueeze(-2)
                 + s.unsqueeze(-1) * ((of_v - _turned(of_v)) / apart) + _torch.diag_embed(grad_s))
        across_u = (grad_u - u @ of_u) / s.unsqueeze(-2)
        across_v = (grad_v - v @ of_v) / s.unsqueeze(-2)
        return (u @ inner + across_u) @ vh + u @ _turned(across_v)


def svd(A, full_matrices=True, *, driver=None):
    _check("svd", A)
    if not full_matrices or A.size(-2) == A.size(-1):
        return _svd(*LinalgSvd.apply(A))
    if A.requires_grad and _torch.is_grad_enabled():
        raise NotImplementedError("the gradient of linalg.svd(full_matrices=True) is not supported by "
                                  "Gradlight; use full_matrices=False")
    return _svd(*_numpy("svd", A))


def svdvals(A, *, driver=None):
    _check("svdvals", A)
    return LinalgSvd.apply(A)[1]


# ---- least squares -----------------------------------------------------------------------------

class LinalgPinv(_Function):
    @staticmethod
    def forward(ctx, a, rcond):
        inverse, = _numpy("pinv", a, rcond=rcond)
        ctx.save_for_backward(a, inverse)
        return inverse

    @staticmethod
    def backward(ctx, grad):
        """-P'GP' + (1 - AP) G' PP' + P'P G' (1 - PA)"""
        a, p = ctx.saved_tensors
        pt, gt = _turned(p), _turned(grad)
        behind, before = gt @ p @ pt, pt @ p @ gt
        return -pt @ grad @ pt + behind - a @ p @ behind + before - before @ p @ a, None


def pinv(A, *, atol=None, rtol=None, hermitian=False):
    _check("pinv", A)
    usual = max(A.size(-2), A.size(-1)) * _torch.finfo(A.dtype).eps
    return LinalgPinv.apply(A, usual if rtol is None else float(rtol))


def lstsq(A, B, rcond=None, *, driver=None):
    """The solution through the pseudoinverse, which has its gradient."""
    _check("lstsq", A)
    if A.size(-2) != B.size(-2 if B.dim() > 1 else -1):
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    solution = pinv(A, rtol=rcond) @ B
    return _lstsq(solution, A.new_empty(0), matrix_rank(A), A.new_empty(0))


def matrix_rank(A, *, atol=None, rtol=None, hermitian=False):
    _check("matrix_rank", A)
    values = svdvals(A.detach())
    usual = max(A.size(-2), A.size(-1)) * _torch.finfo(A.dtype).eps
    limit = values[..., :1] * (usual if rtol is None else rtol)
    return (values > (limit if atol is None else limit.clamp(min=atol))).sum(-1)
