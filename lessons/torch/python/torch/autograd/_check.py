"""gradcheck and gradgradcheck: derivatives held against small differences."""

import warnings

import torch

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """What gradcheck raises where derivatives disagree."""
    __module__ = "torch.autograd.gradcheck"


def _tuple(values):
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _checked(inputs):
    """The numbers of the inputs that are checked."""
    wanted = [i for i, x in enumerate(inputs) if isinstance(x, torch.Tensor) and x.requires_grad]
    for i in wanted:
        if inputs[i].dtype != torch.float64:
            warnings.warn(f"Input #{i} requires gradient and is not a double precision floating point "
                          "or complex. This check will likely fail if all the inputs are not of "
                          "double precision floating point or complex. ", stacklevel=4)
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none "
                         "of the them have requires_grad=True.")
    return wanted


def _values(tensor):
    return tensor.detach().reshape(-1).tolist()


def _outputs(func, inputs):
    return [out for out in _tuple(func(*inputs)) if isinstance(out, torch.Tensor)]


def _numerical(func, inputs, x, eps):
    """For each output a list with a row for each element of x."""
    rows = []
    data = x.data.reshape(-1) if x.is_contiguous() else None
    if data is None:
        raise ValueError("gradcheck needs inputs that are contiguous; use .contiguous()")
    for i in range(data.numel()):
        before = data[i].item()
        sides = []
        for step in (eps, -eps):
            data[i] = before + step
            sides.append([_values(out) for out in _outputs(func, inputs)])
        data[i] = before
        rows.append([[(a - b) / (2 * eps) for a, b in zip(*outs)] for outs in zip(*sides)])
    count = len(rows[0]) if rows else 0
    return [[row[k] for row in rows] for k in range(count)]


def _analytical(out, x):
    """A row for each element of x, a column for each of out."""
    columns = []
    for j in range(out.numel()):
        seed = torch.zeros(out.numel(), dtype=out.dtype)
        seed[j] = 1
        grad, = torch.autograd.grad(out, x, seed.reshape(out.shape), retain_graph=True,
                                    allow_unused=True)
        columns.append([0.0] * x.numel() if grad is None else _values(grad))
    return [list(row) for row in zip(*columns)] if columns else [[] for _ in range(x.numel())]


def _close(a, b, atol, rtol):
    return all(x == y or abs(x - y) <= atol + rtol * abs(y)
               for row, other in zip(a, b) for x, y in zip(row, other))


def _check(func, inputs, eps, atol, rtol, nondet_tol):
    wanted = _checked(inputs)
    outputs = _outputs(func, inputs)
    for position, i in enumerate(wanted):
        numerical = _numerical(func, inputs, inputs[i], eps)
        for k, out in enumerate(outputs):
            if not out.requires_grad:
                if any(any(row) for row in numerical[k]):
                    raise GradcheckError("Numerical gradient for function expected to be zero")
                continue
            found, again = _analytical(out, inputs[i]), _analytical(out, inputs[i])
            if not _close(found, numerical[k], atol, rtol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {k} with respect to input {position},\n"
                    f"numerical:{torch.tensor(numerical[k], dtype=out.dtype)}\n"
                    f"analytical:{torch.tensor(found, dtype=out.dtype)}\n")
            if not _close(found, again, nondet_tol, 0.0):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and "
                    "grad_output multiple times gives different values, although analytical gradient "
                    "matches numerical gradient.The tolerance for nondeterminism was "
                    f"{nondet_tol}.")


def _refuse(options):
    for name, usual in (("check_forward_ad", False), ("check_batched_grad", False),
                        ("check_batched_forward_grad", False), ("check_backward_ad", True),
                        ("fast_mode", False)):
        if options.pop(name, usual) != usual:
            raise NotImplementedError(f"gradcheck with {name}={not usual} is not supported by "
                                      "Gradlight")
    for name in ("check_undefined_grad", "check_grad_dtypes", "masked"):
        options.pop(name, None)
    if options:
        raise TypeError(f"gradcheck() got an unexpected keyword argument '{next(iter(options))}'")


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0,
              **options):
    _refuse(options)
    try:
        _check(func, _tuple(inputs), eps, atol, rtol, nondet_tol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3,
                  gen_non_contig_grad_outputs=False, raise_exception=True, nondet_tol=0.0, **options):
    inputs = _tuple(inputs)
    if grad_outputs is None:
        grad_outputs = [torch.randn(out.shape, dtype=out.dtype).requires_grad_()
                        for out in _outputs(func, inputs) if out.requires_grad]
    grad_outputs = _tuple(grad_outputs)
    count = len(grad_outputs)

    def first_derivatives(*args):
        given, grads = args[:len(args) - count], args[len(args) - count:]
        outputs = [out for out in _outputs(func, given) if out.requires_grad]
        wanted = [x for x in given if isinstance(x, torch.Tensor) and x.requires_grad]
        found = torch.autograd.grad(outputs, wanted, grads, create_graph=True, allow_unused=True)
        return tuple(grad for grad in found if grad is not None)

    return gradcheck(first_derivatives, inputs + grad_outputs, eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception, nondet_tol=nondet_tol, **options)
