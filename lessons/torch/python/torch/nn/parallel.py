"""DataParallel: the rows of a batch are shared out over the devices, one after the other."""

import itertools as _itertools
import warnings as _warnings

import torch as _torch
from torch.nn import Module as _Module

__all__ = ["DataParallel", "data_parallel"]


def scatter(value, devices, dim=0):
    """One value for each device: a part of each tensor, everything else as it is."""
    if isinstance(value, _torch.Tensor):
        return [part.to(device) for part, device in zip(value.chunk(len(devices), dim), devices)]
    if isinstance(value, (tuple, list)) and len(value) > 0:
        parts = zip(*(scatter(item, devices, dim) for item in value))
        return [type(value)(part) for part in parts]
    if isinstance(value, dict) and len(value) > 0:
        parts = zip(*(scatter(item, devices, dim) for item in value.items()))
        return [type(value)(part) for part in parts]
    return [value for _ in devices]


def gather(outputs, device, dim=0):
    """The outputs of all devices, joined on one."""
    first = outputs[0]
    if isinstance(first, _torch.Tensor):
        if all(output.dim() == 0 for output in outputs) and dim == 0:
            _warnings.warn("Was asked to gather along dimension 0, but all input tensors were "
                           "scalars; will instead unsqueeze and return a vector.")
            outputs = [output.unsqueeze(0) for output in outputs]
        return _torch.cat([output.to(device) for output in outputs], dim)
    if first is None:
        return None
    if isinstance(first, dict):
        return type(first)((key, gather([output[key] for output in outputs], device, dim))
                           for key in first)
    return type(first)(gather(list(parts), device, dim) for parts in zip(*outputs))


class _Moved:
    """A module whose parameters and buffers are, for a while, copies on another device: autograd leads
    from them back to the module's own."""

    def __init__(self, module, device):
        self.own = [(part, name, tensor) for part in module.modules()
                    for place in (part._parameters, part._buffers)
                    for name, tensor in place.items() if tensor is not None]
        self.device = device

    def __enter__(self):
        for part, name, tensor in self.own:
            part._lend(name, tensor.to(self.device))

    def __exit__(self, *exception):
        for part, name, tensor in self.own:
            part._lend(name, tensor)
        return False


class DataParallel(_Module):
    __module__ = "torch.nn.parallel.data_parallel"

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.dim = dim
        self.module = module
        count = _torch.cuda.device_count()
        ids = [] if count == 0 else list(range(count)) if device_ids is None else list(device_ids)
        self.device_ids = [_torch.cuda._index(device) for device in ids]
        if not self.device_ids:
            return
        self.output_device = (self.device_ids[0] if output_device is None
                              else _torch.cuda._index(output_device))
        self.src_device_obj = _torch.device("cuda", self.device_ids[0])
        if len(self.device_ids) == 1:
            self.module.to(self.src_device_obj)

    def forward(self, *inputs, **keywords):
        if not self.device_ids:
            return self.module(*inputs, **keywords)
        for tensor in _itertools.chain(self.module.parameters(), self.module.buffers()):
            if tensor.device != self.src_device_obj:
                raise RuntimeError("module must have its parameters and buffers on device "
                                   f"{self.src_device_obj} (device_ids[0]) but found one of them on "
                                   f"device: {tensor.device}")
        devices = [_torch.device("cuda", index) for index in self.device_ids]
        shares = list(zip(scatter(inputs, devices, self.dim), scatter(keywords, devices, self.dim)))
        if len(devices) == 1:
            return self.module(*shares[0][0], **shares[0][1])
        outputs = []
        for device, (share, named) in zip(devices, shares):
            with _Moved(self.module, device):
                outputs.append(self.module(*share, **named))
        return gather(outputs, _torch.device("cuda", self.output_device), self.dim)


def data_parallel(module, inputs, device_ids=None, output_device=None, dim=0, module_kwargs=None):
    if not isinstance(inputs, tuple):
        inputs = (inputs,) if inputs is not None else ()
    parallel = DataParallel(module, device_ids, output_device, dim)
    return parallel(*inputs, **(module_kwargs or {}))
