"""Products with Jacobians and Hessians, and these themselves, of functions of tensors."""

import torch

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]


# ---- what goes in and out --------------------------------------------------------------------------

def _as_tuple(given, what, name):
    """(whether it was a tuple, a tuple)"""
    values = given if isinstance(given, tuple) else (given,)
    for i, value in enumerate(values):
        if not isinstance(value, torch.Tensor):
            where = f"value at index {i}" if isinstance(given, tuple) else f"given {what}"
            raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors "
                            f"but the {where} has type {type(value)}.")
    return isinstance(given, tuple), values


def _one(values, is_tuple):
    return values if is_tuple else values[0]


def _starts(inputs, create_graph):
    """Tensors that are told apart from those which the function may know by itself."""
    return tuple(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
                 for x in inputs)


def _finished(values, create_graph):
    return values if create_graph else tuple(value.detach() for value in values)


def _vector(v, like, is_tuple, what, name, create_graph):
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the {what} a single Tensor with a "
                               "single element.")
        return (torch.ones_like(like[0]),)
    _, v = _as_tuple(v, "v", name)
    if len(v) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}."
                           if is_tuple else "The given v should contain a single Tensor.")
    for i, (given, wanted) in enumerate(zip(v, like)):
        if given.shape != wanted.shape:
            entry = f"Entry {i} in " if is_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.shape} but got "
                               f"{given.shape}.")
    return v if create_graph else tuple(value.detach() for value in v)


def _grad(outputs, inputs, grads, strict, create_graph, retain_graph=None):
    """Gradients; zeros where an input has no part in the outputs."""
    pairs = [(out, grad) for out, grad in zip(outputs, grads) if out.requires_grad]
    found = [None] * len(inputs)
    if pairs:
        found = torch.autograd.grad([out for out, _ in pairs], inputs, [grad for _, grad in pairs],
                                    retain_graph=retain_graph, create_graph=create_graph,
                                    allow_unused=True)
    if strict and any(grad is None for grad in found):
        number = [grad is None for grad in found].index(True)
        raise RuntimeError("The output of the user-provided function is independent of input "
                           f"{number}. This is not allowed in strict mode.")
    return tuple(torch.zeros_like(x) if grad is None else grad for x, grad in zip(inputs, found))


def _single(outputs, name):
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError(f"The function given to {name} should return a single Tensor with a single "
                           "element")
    return outputs[0]


# ---- products --------------------------------------------------------------------------------------

def vjp(func, inputs, v=None, create_graph=False, strict=False):
    many_in, inputs = _as_tuple(inputs, "inputs", "vjp")
    with torch.enable_grad():
        inputs = _starts(inputs, create_graph)
        many_out, outputs = _as_tuple(func(*inputs), "outputs of the user-provided function", "vjp")
        v = _vector(v, outputs, many_out, "user-provided function returns", "vjp", create_graph)
        found = _grad(outputs, inputs, v, strict, create_graph)
    return (_one(_finished(outputs, create_graph), many_out),
            _one(_finished(found, create_graph), many_in))


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """By differentiating the way back, which is linear in what it starts from."""
    many_in, inputs = _as_tuple(inputs, "inputs", "jvp")
    with torch.enable_grad():
        v = _vector(v, inputs, many_in, "input to the user-provided function is", "jvp", create_graph)
        inputs = _starts(inputs, create_graph)
        many_out, outputs = _as_tuple(func(*inputs), "outputs of the user-provided function", "jvp")
        seeds = tuple(torch.zeros_like(out).requires_grad_() for out in outputs)
        back = _grad(outputs, inputs, seeds, strict, create_graph=True)
        found = _grad(back, seeds, v, False, create_graph)
    return (_one(_finished(outputs, create_graph), many_out),
            _one(_finished(found, create_graph), many_out))


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    many_in, inputs = _as_tuple(inputs, "inputs", "vhp")
    with torch.enable_grad():
        v = _vector(v, inputs, many_in, "input to the user-provided function is", "vhp", create_graph)
        inputs = _starts(inputs, create_graph)
        _, outputs = _as_tuple(func(*inputs), "outputs of the user-provided function", "vhp")
        out = _single(outputs, "vhp")
        first = _grad((out,), inputs, (torch.ones_like(out),), strict, create_graph=True)
        found = _grad(first, inputs, v, strict, create_graph)
    return _one(_finished((out,), create_graph), False), _one(_finished(found, create_graph), many_in)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """A Hessian is symmetric: v times it is it times v."""
    return vhp(func, inputs, v, create_graph, strict)


# ---- the matrices ----------------------------------------------------------------------------------

def _refuse(vectorize, strategy):
    if vectorize or strategy != "reverse-mode":
        raise NotImplementedError("vectorize=True and forward-mode are not supported by Gradlight")


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False,
             strategy="reverse-mode"):
    _refuse(vectorize, strategy)
    many_in, inputs = _as_tuple(inputs, "inputs", "jacobian")
    with torch.enable_grad():
        inputs = _starts(inputs, create_graph)
        many_out, outputs = _as_tuple(func(*inputs), "outputs of the user-provided function",
                                      "jacobian")
        found = []
        for out in outputs:
            flat = out.reshape(-1)
            rows = [_grad((flat[j],), inputs, (torch.ones_like(flat[j]),), strict, create_graph, True)
                    for j in range(flat.numel())]
            found.append(tuple(torch.stack([row[i] for row in rows]).reshape(out.shape + x.shape)
                               if rows else x.new_zeros(out.shape + x.shape)
                               for i, x in enumerate(inputs)))
    found = tuple(_one(_finished(row, create_graph), many_in) for row in found)
    return _one(found, many_out)


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False,
            outer_jacobian_strategy="reverse-mode"):
    _refuse(vectorize, outer_jacobian_strategy)
    many_in, inputs = _as_tuple(inputs, "inputs", "hessian")

    def gradient(*x):
        _, outputs = _as_tuple(func(*x), "outputs of the user-provided function", "hessian")
        out = _single(outputs, "hessian")
        return _grad((out,), x, (torch.ones_like(out),), strict, create_graph=True)

    found = jacobian(gradient, inputs, create_graph=create_graph, strict=strict)
    return found if many_in else found[0][0]
