"""Layers that learn how many inputs they have from the first that comes; from then on they are the
layers themselves."""

import torch as _torch
from torch.nn import (BatchNorm1d as _BatchNorm1d, BatchNorm2d as _BatchNorm2d, Conv1d as _Conv1d,
                      Conv2d as _Conv2d, ConvTranspose1d as _ConvTranspose1d,
                      ConvTranspose2d as _ConvTranspose2d, Linear as _Linear,
                      Parameter as _Parameter)
from torch.random import fork_rng as _fork_rng

__all__ = ["LazyLinear", "LazyConv1d", "LazyConv2d", "LazyConvTranspose1d", "LazyConvTranspose2d",
           "LazyBatchNorm1d", "LazyBatchNorm2d"]


class _Lazy:
    """`_settle(count)` makes the parameters; they stay the same objects, so that an optimizer that
    was given them before keeps them."""
    _input_dim = 1

    def _wait(self, names):
        for name in names:
            if getattr(self, name) is not None:
                setattr(self, name, _Parameter(_torch._quietly(_torch.empty, 0)))
        self._first = self.register_forward_pre_hook(type(self)._meet)

    def has_uninitialized_params(self):
        return True

    def _meet(self, inputs):
        self._settle(inputs[0].shape[self._input_dim])
        self._first.remove()
        del self._first
        self.__class__ = self._becomes
        if not self.training:
            self.eval()


class LazyLinear(_Lazy, _Linear):
    __module__ = "torch.nn.modules.linear"
    _becomes = _Linear
    _input_dim = -1

    def __init__(self, out_features, bias=True, device=None, dtype=None):
        _Linear.__init__(self, 0, 0, bias, device=device, dtype=dtype)
        self.out_features = out_features
        self._wait(("weight", "bias"))

    def _settle(self, count):
        self.in_features = count
        where = self.weight.device
        self.weight.data = _torch.empty(self.out_features, count, device=where)
        if self.bias is not None:
            self.bias.data = _torch.empty(self.out_features, device=where)
        _Linear.reset_parameters(self)


class _LazyConv(_Lazy):
    __module__ = "torch.nn.modules.conv"

    def __init__(self, out_channels, *args, **options):
        with _fork_rng():  # nothing is drawn before the inputs are known
            self._becomes.__init__(self, options.get("groups", 1), out_channels, *args, **options)
        self.in_channels = 0
        self._wait(("weight", "bias"))

    def _settle(self, count):
        if count % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        self.in_channels = count
        first, second = self.out_channels, count // self.groups
        if self.transposed:
            first, second = count, self.out_channels // self.groups
        where = self.weight.device
        self.weight.data = _torch.empty(first, second, *self.kernel_size, device=where)
        if self.bias is not None:
            self.bias.data = _torch.empty(self.out_channels, device=where)
        self._becomes.reset_parameters(self)


class LazyConv1d(_LazyConv, _Conv1d):
    __module__ = "torch.nn.modules.conv"
    _becomes = _Conv1d


class LazyConv2d(_LazyConv, _Conv2d):
    __module__ = "torch.nn.modules.conv"
    _becomes = _Conv2d


class LazyConvTranspose1d(_LazyConv, _ConvTranspose1d):
    __module__ = "torch.nn.modules.conv"
    _becomes = _ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, _ConvTranspose2d):
    __module__ = "torch.nn.modules.conv"
    _becomes = _ConvTranspose2d


class _LazyNorm(_Lazy):
    def __init__(self, *args, **options):
        self._becomes.__init__(self, 0, *args, **options)
        self._wait(("weight", "bias"))

    def _settle(self, count):
        self.num_features = count
        for name in ("weight", "bias"):
            parameter = getattr(self, name)
            if parameter is not None:
                parameter.data = _torch.empty(count, device=parameter.device)
        if self.track_running_stats:
            where = self.running_mean.device
            self.running_mean = _torch.zeros(count, device=where)
            self.running_var = _torch.ones(count, device=where)
        self._becomes.reset_parameters(self)


class LazyBatchNorm1d(_LazyNorm, _BatchNorm1d):
    __module__ = "torch.nn.modules.batchnorm"
    _becomes = _BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, _BatchNorm2d):
    __module__ = "torch.nn.modules.batchnorm"
    _becomes = _BatchNorm2d
