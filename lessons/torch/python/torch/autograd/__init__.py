"""Functions of the lesson's own, and anomaly mode."""

import warnings

import torch

__all__ = ["Function", "Variable", "detect_anomaly", "enable_grad", "gradcheck", "gradgradcheck",
           "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled"]

no_grad, enable_grad = torch.no_grad, torch.enable_grad
set_grad_enabled, inference_mode = torch.set_grad_enabled, torch.inference_mode


class Variable(torch.Tensor):
    """What tensors were once wrapped in: calling it returns the tensor itself."""

    def __new__(cls, data, requires_grad=False, volatile=None):
        return data.detach().requires_grad_() if requires_grad else data


def gradcheck(*args, **kwargs):
    from torch.autograd import _check
    return _check.gradcheck(*args, **kwargs)


def gradgradcheck(*args, **kwargs):
    from torch.autograd import _check
    return _check.gradgradcheck(*args, **kwargs)


# ---- functions with a backward of their own --------------------------------------------------------

class BackwardCFunction(torch.autograd.FunctionCtx):
    """The `ctx` of one call, which is also the grad_fn of what that call returned."""
    __module__ = "torch.autograd.function"

    def apply(self, *grads):
        cls = self._forward_cls
        if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
            raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not "
                               "allowed. You should only implement one of them.")
        way_back = cls.backward if cls.vjp is Function.vjp else cls.vjp
        return way_back(self, *grads)


class Function:
    __module__ = "torch.autograd.function"

    def __init__(self, *args, **kwargs):
        warnings.warn(f"{type(self)} should not be instantiated. Methods on autograd functions are all "
                      "static, so you should invoke them on the class itself. Instantiating an "
                      "autograd function will raise an error in a future version of PyTorch.",
                      DeprecationWarning, stacklevel=2)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._backward_cls = type(cls.__name__ + "Backward", (BackwardCFunction,),
                                 {"_forward_cls": cls, "__module__": "torch.autograd.function"})

    def __call__(self, *args, **kwargs):
        raise RuntimeError("Legacy autograd function with non-static forward method is deprecated. "
                           "Please use new-style autograd function with static forward method. "
                           "(Example: https://pytorch.org/docs/stable/autograd.html"
                           "#torch.autograd.Function)")

    @staticmethod
    def forward(ctx, *args, **kwargs):
        raise NotImplementedError("You must implement the forward function for custom "
                                  "autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError("You must implement either the backward or vjp method for your "
                                  "custom autograd.Function to use it with backward mode AD.")

    vjp = staticmethod(lambda ctx, *grad_outputs: Function.backward(ctx, *grad_outputs))

    @staticmethod
    def jvp(ctx, *grad_inputs):
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function "
                                  "to use it with forward mode AD.")

    @classmethod
    def _forward(cls, ctx, args):
        if cls.setup_context is Function.setup_context:
            return cls.forward(ctx, *args)
        output = cls.forward(*args)
        cls.setup_context(ctx, args, output)
        return output

    @classmethod
    def apply(cls, *args, **kwargs):
        if cls.setup_context is not Function.setup_context:
            import inspect
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        elif kwargs:
            raise TypeError(f"{cls.__name__}.apply() takes no keyword arguments")
        return torch.autograd._apply(cls, cls._backward_cls(), args)


# ---- anomaly mode ----------------------------------------------------------------------------------

class _Anomaly:
    __module__ = "torch.autograd.anomaly_mode"

    def _remember(self, check_nan):
        self.prev = torch.is_anomaly_enabled()
        self.check_nan = check_nan
        self.prev_check_nan = torch.is_anomaly_check_nan_enabled()

    def __exit__(self, *exception):
        torch.autograd._set_anomaly(self.prev, self.prev_check_nan)


class detect_anomaly(_Anomaly):
    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, check_nan=True):
        self._remember(check_nan)
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and "
                      "should only be enabled for debugging.", stacklevel=2)

    def __enter__(self):
        torch.autograd._set_anomaly(True, self.check_nan)


class set_detect_anomaly(_Anomaly):
    """Takes effect at once; as a context manager it also restores."""
    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, mode, check_nan=True):
        self._remember(check_nan)
        torch.autograd._set_anomaly(mode, check_nan)

    def __enter__(self):
        pass
