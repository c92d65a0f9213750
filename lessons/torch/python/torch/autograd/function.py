"""torch.autograd.function: functions with a backward of their own, under their other address."""

import functools

import torch
from torch.autograd import BackwardCFunction, Function, FunctionCtx

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "once_differentiable"]


class _DelayedError(Function):
    """Passes a gradient on, and fails where it is itself differentiated."""

    @staticmethod
    def forward(ctx, *tensors):
        return tensors

    @staticmethod
    def backward(ctx, *grads):
        raise RuntimeError("trying to differentiate twice a function that was marked with "
                           "@once_differentiable")


def once_differentiable(fn):
    """The backward `fn` runs unrecorded; differentiating what it returned is an error."""
    @functools.wraps(fn)
    def wrapper(ctx, *args):
        with torch.no_grad():
            outputs = fn(ctx, *args)
        if not torch.is_grad_enabled() or \
                not any(isinstance(arg, torch.Tensor) and arg.requires_grad for arg in args):
            return outputs
        all_outputs = outputs if isinstance(outputs, tuple) else (outputs,)

        def fake(output):
            return None if output is None else output.detach().requires_grad_()

        guarded = _DelayedError.apply(*[fake(output) for output in all_outputs])
        return guarded if isinstance(outputs, tuple) else guarded[0]
    return wrapper
